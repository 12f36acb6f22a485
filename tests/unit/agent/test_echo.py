"""What a company repeats of our own words is not its offer."""

from datetime import UTC, datetime

from agent.market.understand import understand, without_echo
from agent.runtime.wiring import rules_reader
from negotiators.categories import shipped
from negotiators.dialogue import MessageId, OfferId, Propose, ProviderId, Reply
from negotiators.text import UntrustedText

OURS = (
    "Thank you for your message.\n\nCould we meet on these terms?\n\n- price: 400.00 EUR\n- day: 12 December 2026\n\n"
    "With kind regards, Gegenbot, acting for a private customer"
)


async def read(text: str) -> Reply:
    reply = Reply(MessageId("m"), (), UntrustedText(text, "acme"))
    category, now = shipped()["removal"], datetime(2026, 11, 22, tzinfo=UTC)
    done = await understand(reply, category, ProviderId("acme"), rules_reader, OfferId("o"), now.date(), [OURS])
    return done.reply


async def test_an_echo_of_our_proposal_is_no_offer() -> None:
    reply = await read(f"Hello! I have received your request ({OURS})")
    assert not [move for move in reply.moves if isinstance(move, Propose)]


async def test_an_offer_beside_the_echo_is_read() -> None:
    reply = await read(f"You wrote: {OURS}\n\nOur price: 650.00 EUR on 12 December 2026.")
    offers = [move.offer for move in reply.moves if isinstance(move, Propose)]
    assert [str(offer.terms["price"]) for offer in offers] == ["650.00 EUR"]


async def test_an_echo_is_seen_although_an_earlier_message_began_alike() -> None:
    earlier = OURS.replace("400.00", "390.00")
    reply = Reply(MessageId("m"), (), UntrustedText(f"Received: {OURS}", "acme"))
    category, now = shipped()["removal"], datetime(2026, 11, 22, tzinfo=UTC)
    done = await understand(
        reply, category, ProviderId("acme"), rules_reader, OfferId("o"), now.date(), [earlier, OURS]
    )
    assert not [move for move in done.reply.moves if isinstance(move, Propose)]


def test_blanking_keeps_every_position() -> None:
    text = UntrustedText(f"ab {OURS} cd 5 EUR", "acme")
    own = without_echo(text, [OURS]).reveal()
    assert len(own) == len(text.reveal()) and own.startswith("ab ") and own.endswith("cd 5 EUR")
