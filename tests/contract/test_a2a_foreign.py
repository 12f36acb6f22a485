"""The A2A channel against servers written by hand: sloppy, old, hostile or slow, none on the SDK."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from negotiators.adapter import DeliveryState, EndpointCard, Malformed, Refused, Session, Unreachable, Unsupported
from negotiators.channels.a2a import A2AAdapter
from negotiators.channels.payload import EXTENSION_URI
from negotiators.dialogue import Ask, NegotiationId, Propose, Reject, Reply, ReplyStatus, Standing
from negotiators.money import Money
from negotiators.wire import AddressRules, Limits
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.peer import Asked, Peer, http, peer

LOOPBACK = AddressRules(allow_loopback=True)
WELL_KNOWN = "/.well-known/agent-card.json"


def adapter(**limits: Any) -> A2AAdapter:
    return A2AAdapter(rules=LOOPBACK, limits=Limits(**limits))


def card(url: str, *, version: str = "1.0", typed: bool = True, binding: str = "JSONRPC") -> dict[str, Any]:
    extensions = [{"uri": EXTENSION_URI, "required": False}] if typed else []
    common = {"name": "Somebody", "description": "sells", "capabilities": {"extensions": extensions}}
    if version == "1.0":
        face = {"url": url, "protocolBinding": binding, "protocolVersion": version}
        return {**common, "supportedInterfaces": [face]}
    return {**common, "url": url, "preferredTransport": binding, "protocolVersion": version}


def talker(answer: Callable[[Asked], object], make_card: Callable[[str], object], path: str = WELL_KNOWN) -> Any:
    """A server with its card at `path` that answers every POST with `answer` as a JSON-RPC result."""

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "GET":
            found = asked.path == path
            url = f"http://{asked.headers['host']}/a2a"
            writer.write(http(make_card(url)) if found else http(b"<html>", "404 Not Found", "text/html"))
            return
        answered = answer(asked)
        writer.write(
            answered if isinstance(answered, bytes) else http({"jsonrpc": "2.0", "id": "1", "result": answered})
        )

    return handle


async def opened(served: Peer, category: str = "mobile_plan", **limits: Any) -> tuple[EndpointCard, Session]:
    channel = adapter(**limits)
    found = await channel.discover(cleared_probe(served.url))
    return found, await channel.open(found, NegotiationId("n-1"), category)


async def said(session: Session, message_id: str = "m-1", category: str = "mobile_plan") -> list[Reply]:
    delivery = await session.send(cleared_move(Ask(), category=category, message_id=message_id))
    assert delivery.state is DeliveryState.DELIVERED, delivery
    return await session.receive()


OFFER = {
    "type": EXTENSION_URI,
    "act": "propose",
    "offer_id": "o-1",
    "expires_at": "2026-12-01T18:00:00Z",
    "binding": True,
    "terms": {"price_monthly": {"type": "money", "value": "12.50", "unit": "EUR"}},
}


def message(*parts: object, message_id: str = "a-1", **more: object) -> dict[str, object]:
    return {"message": {"messageId": message_id, "role": "ROLE_AGENT", "parts": list(parts), **more}}


async def test_a_hand_written_1_0_server_is_understood() -> None:
    answer = message({"text": "Hello"}, {"data": OFFER}, contextId="theirs")
    async with peer(talker(lambda _: answer, card)) as served:
        found, session = await opened(served)
        (reply,) = await said(session)
        await said(session, "m-2")
        await session.close()
    assert (found.protocol, found.name.reveal()) == ("a2a/1.0", "Somebody")
    (proposal,) = reply.moves
    assert isinstance(proposal, Propose) and proposal.offer.binding
    assert proposal.offer.terms["price_monthly"] == Money.of("12.50", "EUR")
    posts = [asked for asked in served.asked if asked.method == "POST"]
    first, second = (asked.json()["params"]["message"] for asked in posts)  # type: ignore[index, call-overload]
    assert (first["messageId"], first["contextId"], second["contextId"]) == ("m-1", "n-1", "theirs")
    assert first["parts"][1]["data"]["act"] == "cfp" and posts[0].headers["a2a-version"] == "1.0"


async def test_a_hand_written_0_3_server_at_the_legacy_address_is_understood() -> None:
    parts = [{"kind": "text", "text": "Hallo"}, {"kind": "data", "data": OFFER}]
    answer = {"kind": "message", "messageId": "a-1", "role": "agent", "parts": parts}
    old = talker(lambda _: answer, lambda url: card(url, version="0.3.0"), "/.well-known/agent.json")
    async with peer(old) as served:
        found, session = await opened(served)
        (reply,) = await said(session)
        await session.close()
    post = served.asked[-1].json()
    assert found.protocol == "a2a/0.3" and post["method"] == "message/send"
    assert served.asked[-1].headers["a2a-version"] == "0.3"
    assert isinstance(reply.moves[0], Propose)


@pytest.mark.parametrize(("named", "spoken"), [("1.0", "message/send"), ("0.3.0", "SendMessage")])
async def test_a_card_that_names_the_wrong_version_costs_one_question(named: str, spoken: str) -> None:
    def answer(asked: Asked) -> object:
        if asked.json()["method"] != spoken:
            return http({"jsonrpc": "2.0", "id": "1", "error": {"code": -32601, "message": "Method not found"}})
        if spoken == "SendMessage":
            return message({"data": OFFER})
        return {"kind": "message", "messageId": "a", "role": "agent", "parts": [{"kind": "data", "data": OFFER}]}

    async with peer(talker(answer, lambda url: card(url, version=named))) as served:
        _, session = await opened(served)
        (reply,) = await said(session)
        await said(session, "m-2")
        await session.close()
    assert isinstance(reply.moves[0], Propose)
    assert [asked.json()["method"] for asked in served.asked[1:]].count(spoken) == 2 and len(served.asked) == 4


async def test_the_http_json_binding_is_spoken_when_the_card_lists_only_it() -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        url = f"http://{asked.headers['host']}/v1"
        answer = card(url, binding="HTTP+JSON") if asked.method == "GET" else message({"data": OFFER})
        writer.write(http(answer))

    async with peer(handle) as served:
        _, session = await opened(served)
        (reply,) = await said(session)
        await session.close()
    assert served.asked[-1].path == "/v1/message:send" and isinstance(reply.moves[0], Propose)


async def test_a_bot_without_the_extension_gets_sentences_and_its_shop_offer_is_read() -> None:
    shop = {
        "@context": "https://schema.org",
        "@type": "Offer",
        "price": 12.5,
        "priceCurrency": "EUR",
        "priceSpecification": {"@type": "UnitPriceSpecification", "unitCode": "MON", "billingDuration": 24},
    }
    plain = talker(lambda _: message({"text": "Here you are"}, {"data": shop}), lambda url: card(url, typed=False))
    async with peer(plain) as served:
        found, session = await opened(served)
        (reply,) = await said(session)
        await said(session, "m-2")
        await session.close()
    sent = served.asked[-2].json()["params"]["message"]  # type: ignore[index, call-overload]
    assert sent["parts"] == [{"text": "Hello."}] and "contextId" not in sent
    assert served.asked[-1].json()["params"]["message"]["contextId"] == "n-1"  # type: ignore[index, call-overload]
    assert not found.capabilities.commits and "a2a-extensions" not in served.asked[-1].headers
    (proposal,) = reply.moves
    assert isinstance(proposal, Propose) and not proposal.offer.typed
    assert {item.standing for item in proposal.offer.evidence} == {Standing.CLAIMED}
    assert set(proposal.offer.terms) == {"price_monthly", "term"}
    assert reply.problems == ("number_not_string:offer.price",)


async def test_answers_without_ids_are_told_apart_and_repeats_are_not() -> None:
    answer = {"message": {"role": "ROLE_AGENT", "parts": [{"text": "ok"}]}}
    async with peer(talker(lambda _: answer, card)) as served:
        _, session = await opened(served)
        first, second, again = await said(session), await said(session, "m-2"), await said(session, "m-2")
        await session.close()
    assert len(first) == len(second) == 1 and again == []
    assert first[0].message_id != second[0].message_id


async def test_another_message_under_a_used_id_is_flagged() -> None:
    texts = iter(["12 EUR", "99 EUR"])
    async with peer(talker(lambda _: message({"text": next(texts)}), card)) as served:
        _, session = await opened(served)
        (first,), (second,) = await said(session), await said(session, "m-2")
        await session.close()
    assert second.problems == ("reused_message_id",) and first.message_id != second.message_id


async def test_a_task_is_polled_until_it_answers() -> None:
    states = iter(["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING", "TASK_STATE_COMPLETED"])

    def answer(asked: Asked) -> object:
        state = next(states)
        task: dict[str, Any] = {"id": "t-1", "contextId": "c-1", "status": {"state": state}}
        if state.endswith("COMPLETED"):
            task["artifacts"] = [{"artifactId": "x", "parts": [{"data": OFFER}]}]
        return {"task": task} if asked.json()["method"] == "SendMessage" else task

    async with peer(talker(answer, card)) as served:
        _, session = await opened(served)
        (working,) = await said(session)
        (still,), (done,) = await session.receive(), await session.receive()
        assert await session.receive() == []
        await session.close()
    assert [one.status for one in (working, still, done)] == [
        ReplyStatus.WORKING,
        ReplyStatus.WORKING,
        ReplyStatus.ANSWERED,
    ]
    assert isinstance(done.moves[0], Propose)


async def test_a_closed_task_is_left_for_the_context() -> None:
    answers = iter(
        [
            http({"jsonrpc": "2.0", "id": "1", "result": {"task": {"id": "t-1", "contextId": "c-1", "status": {"state": "TASK_STATE_INPUT_REQUIRED"}}}}),
            http({"jsonrpc": "2.0", "id": "1", "error": {"code": -32004, "message": "terminal"}}),
            http({"jsonrpc": "2.0", "id": "1", "result": message({"text": "again"})}),
        ]
    )  # fmt: skip
    async with peer(talker(lambda _: next(answers), card)) as served:
        _, session = await opened(served)
        await said(session)
        (reply,) = await said(session, "m-2")
        await session.close()
    sent = [asked.json()["params"]["message"] for asked in served.asked if asked.method == "POST"]  # type: ignore[index, call-overload]
    assert [one.get("taskId") for one in sent] == [None, "t-1", None]
    assert [one["messageId"] for one in sent] == ["m-1", "m-2", "m-2"] and reply.text is not None


@pytest.mark.parametrize(
    ("state", "status"),
    [("REJECTED", ReplyStatus.CLOSED), ("CANCELED", ReplyStatus.CLOSED), ("FAILED", ReplyStatus.FAILED)],
)
async def test_an_ended_task_ends_the_talk(state: str, status: ReplyStatus) -> None:
    said_no = {"messageId": "a", "role": "ROLE_AGENT", "parts": [{"data": {**OFFER, "act": "reject"}}]}
    task = {"task": {"id": "t", "contextId": "c", "status": {"state": f"TASK_STATE_{state}", "message": said_no}}}
    async with peer(talker(lambda _: task, card)) as served:
        _, session = await opened(served)
        (reply,) = await said(session)
        await session.close()
    assert (reply.status, reply.final, len(reply.moves)) == (status, True, 1)
    assert isinstance(reply.moves[0], Reject)


async def test_protocol_errors_are_refusals_and_gateway_errors_are_unknown() -> None:
    for body, state, error in (
        (http({"jsonrpc": "2.0", "id": "1", "error": {"code": -32009, "message": "no"}}), DeliveryState.FAILED, "refused:version_not_supported"),
        (http({"jsonrpc": "2.0", "id": "1", "error": {"code": -31999, "message": "no"}}), DeliveryState.FAILED, "refused:agent_error"),
        (http(b"busy", "503 Busy", "text/plain"), DeliveryState.UNKNOWN, "http_503"),
        (http(b"who?", "401 Unauthorized", "text/plain"), DeliveryState.FAILED, "refused:http_401"),
    ):  # fmt: skip
        async with peer(talker(lambda _, body=body: body, card)) as served:
            _, session = await opened(served)
            delivery = await session.send(cleared_move(Ask(), category="mobile_plan"))
            await session.close()
        assert (delivery.state, delivery.error) == (state, error)


async def test_a_silent_peer_leaves_the_outcome_unknown() -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "GET":
            writer.write(http(card(f"http://{asked.headers['host']}/")))
        elif asked.json()["method"] == "SendMessage":
            await asyncio.Event().wait()
        else:
            task = {"id": "t-9", "contextId": "n-1", "status": {"state": "TASK_STATE_WORKING"}}
            task["history"] = [{"messageId": "m-1", "role": "ROLE_USER", "parts": []}]  # type: ignore[assignment]
            writer.write(http({"jsonrpc": "2.0", "id": "1", "result": {"tasks": [task]}}))

    async with peer(silent) as served:
        _, session = await opened(served, total=0.3)
        delivery = await session.send(cleared_move(Ask(), category="mobile_plan"))
        found = await session.status("m-1")
        (reply,) = await session.receive()
        await session.close()
    assert (delivery.state, delivery.error) == (DeliveryState.UNKNOWN, "too_slow")
    assert (found.state, found.reference) == (DeliveryState.DELIVERED, "t-9")
    assert reply.status is ReplyStatus.WORKING


async def test_a_broken_connection_leaves_the_outcome_unknown_and_a_resend_is_the_same_message() -> None:
    posts = 0

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal posts
        if asked.method == "GET":
            writer.write(http(card(f"http://{asked.headers['host']}/")))
            return
        posts += 1
        if posts == 1:
            writer.transport.abort()
        else:
            writer.write(http({"jsonrpc": "2.0", "id": "1", "result": message({"text": "hi"})}))

    async with peer(handle) as served:
        _, session = await opened(served)
        cleared = cleared_move(Ask(), category="mobile_plan")
        first, again = await session.send(cleared), await session.send(cleared)
        replies = await session.receive()
        await session.close()
    assert (first.state, first.error) == (DeliveryState.UNKNOWN, "connection_broke")
    assert again.state is DeliveryState.DELIVERED and len(replies) == 1
    sent = [asked.json()["params"]["message"] for asked in served.asked if asked.method == "POST"]  # type: ignore[index, call-overload]
    assert sent[0] == sent[1]


async def test_fifty_talks_are_stopped_at_once() -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "GET":
            writer.write(http(card(f"http://{asked.headers['host']}/")))
        else:
            arrived.release()
            await asyncio.Event().wait()

    arrived = asyncio.Semaphore(0)
    async with peer(silent) as served:
        channel = adapter()
        found = await channel.discover(cleared_probe(served.url))
        sessions = [await channel.open(found, NegotiationId(f"n-{n}"), "mobile_plan") for n in range(50)]
        talks = [asyncio.ensure_future(one.send(cleared_move(Ask(), category="mobile_plan"))) for one in sessions]
        for _ in talks:
            await arrived.acquire()
        began = asyncio.get_running_loop().time()
        for talk in talks:
            talk.cancel()
        ended = await asyncio.gather(*talks, return_exceptions=True)
        assert asyncio.get_running_loop().time() - began < 1.0
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)
        for one in sessions:
            await one.close()


def _dripping(asked: Asked, writer: asyncio.StreamWriter) -> Any:
    async def drip() -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n")
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.01)

    return drip()


def _endless(asked: Asked, writer: asyncio.StreamWriter) -> Any:
    async def pour() -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    return pour()


def _bomb(asked: Asked, writer: asyncio.StreamWriter) -> Any:
    async def drop() -> None:
        writer.write(http(gzip.compress(b" " * (64 << 20)), content_encoding="gzip"))

    return drop()


@pytest.mark.parametrize(
    ("attack", "state", "error"),
    [
        (_dripping, DeliveryState.UNKNOWN, "too_slow_rate"),
        (_endless, DeliveryState.DELIVERED, "malformed:too_large"),
        (_bomb, DeliveryState.DELIVERED, "malformed:inflated"),
    ],
)
async def test_a_slow_endless_or_bursting_peer_is_cut(attack: Any, state: DeliveryState, error: str) -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "GET":
            writer.write(http(card(f"http://{asked.headers['host']}/")))
        else:
            await attack(asked, writer)

    async with peer(handle) as served, peer(talker(lambda _: message({"text": "hi"}), card)) as other:
        _, session = await opened(served, grace=0.05, total=5.0)
        _, beside = await opened(other)
        delivery, replies = await asyncio.gather(
            session.send(cleared_move(Ask(), category="mobile_plan")), said(beside)
        )
        await session.close()
        await beside.close()
    assert (delivery.state, delivery.error) == (state, error)
    assert len(replies) == 1


# Discovery


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"name": "x"}, Malformed),
        ({"url": "/"}, Malformed),
        ([], Malformed),
        (card("/", binding="GRPC"), Unsupported),
        (card("/", version="7.0"), Malformed),
        (card("http://127.0.0.2/"), Refused),
        (card("https://example.com/"), Refused),
        (card("ftp://127.0.0.1/"), Refused),
        (card("http://user@127.0.0.1/"), Refused),
        ({**card("/"), "capabilities": {"extensions": [{"uri": "urn:other", "required": True}]}}, Refused),
        (b'{"name":"x","name":"y","url":"/"}', Malformed),
        (b'{"name":"x","url":"/","pad":' + b"[" * 100 + b"]" * 100 + b"}", Malformed),
    ],
)
async def test_a_bad_card_is_refused(document: Any, error: type[Exception]) -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http(document))

    async with peer(handle) as served:
        with pytest.raises(error):
            await adapter().discover(cleared_probe(served.url))


async def test_addresses_a_card_may_name() -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        port = asked.headers["host"].rpartition(":")[2]
        places = {"/same": "/rpc", "/name": f"http://localhost:{port}/rpc", "/any": f"http://0.0.0.0:{port}/rpc"}
        place = asked.path.removesuffix(WELL_KNOWN)
        writer.write(http(card(places[place])))

    async with peer(handle) as served:
        found = [await adapter().discover(cleared_probe(served.url + path)) for path in ("/same", "/name", "/any")]
    host = served.url.rpartition(":")[0]
    port = served.url.rpartition(":")[2]
    assert [one.details["interface"] for one in found] == [
        f"{host}:{port}/rpc",
        f"http://localhost:{port}/rpc",
        f"{host}:{port}/rpc",
    ]
    assert len({one.card_hash for one in found}) == 3


async def test_the_address_of_the_card_itself_is_taken() -> None:
    async with peer(talker(lambda _: {}, card, "/bots/sales.json")) as served:
        found = await adapter().discover(cleared_probe(served.url + "/bots/sales.json"))
        assert found.origin == served.url
        with pytest.raises(Malformed):
            await adapter().discover(cleared_probe(served.url + "/bots"))


@pytest.mark.parametrize(
    ("status", "error"), [("403 No", Refused), ("500 Oops", Unreachable), ("429 Slow", Unreachable)]
)
async def test_a_status_instead_of_a_card(status: str, error: type[Exception]) -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"", status))

    async with peer(handle) as served:
        with pytest.raises(error):
            await adapter().discover(cleared_probe(served.url))


async def test_redirects_are_followed_within_the_origin_and_never_out_of_it_with_a_body() -> None:
    async def stranger(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http({}))

    async with peer(stranger) as outside:

        async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
            if asked.method == "GET":
                writer.write(http(card("/a")))
            elif asked.path == "/a":
                writer.write(http(b"", "307 Moved", Location="/b"))
            elif asked.path == "/b" and len(served.asked) < 5:
                writer.write(http({"jsonrpc": "2.0", "id": "1", "result": message({"text": "moved"})}))
            else:
                writer.write(http(b"", "308 Gone", Location=outside.url + "/"))

        async with peer(handle) as served:
            _, session = await opened(served)
            (reply,) = await said(session)
            assert reply.text is not None
            served.asked.extend([served.asked[0]] * 5)
            delivery = await session.send(cleared_move(Ask(), category="mobile_plan", message_id="m-2"))
            await session.close()
        assert delivery.error == "malformed:redirect_refused" and outside.asked == []


async def test_nothing_but_https_is_spoken_without_leave() -> None:
    for url in ("http://127.0.0.1:1/", "https://127.0.0.1/", "https://10.0.0.1/", "http://example.com/"):
        with pytest.raises(Refused):
            await A2AAdapter().discover(cleared_probe(url))


async def test_cookies_are_not_kept() -> None:
    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        answer: object = (
            card("/a") if asked.method == "GET" else {"jsonrpc": "2.0", "id": "1", "result": message({"text": "x"})}
        )
        writer.write(http(answer, Set_Cookie="track=1; Path=/"))

    async with peer(handle) as served:
        _, session = await opened(served)
        await said(session)
        await said(session, "m-2")
        await session.close()
    assert all("cookie" not in asked.headers and asked.headers["sec-gpc"] == "1" for asked in served.asked)
    assert json.loads(served.asked[-1].body)["params"]["message"]["messageId"] == "m-2"
