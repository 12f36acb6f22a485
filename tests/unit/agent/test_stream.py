"""A stream of messages: what must be seen is seen, what was not asked for is counted, and the day stays short."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent.digest.sameness import Seen, skeleton
from agent.digest.stream import DayDigest, Message, Shown, Stream, company_of
from agent.entering import sort_messages
from agent.language.notices import NoticeKind, read_notice
from agent.teaching import Teaching
from tests.requirements import requirement
from tests.support.stream import (
    ADA,
    DAYS,
    LABELS,
    PERSONAS,
    START,
    Label,
    Persona,
    labels_text,
    made_stream,
    stream_of,
    wanted,
)

DAY = START + timedelta(days=3)


def run(persona: Persona, count: int) -> tuple[list[DayDigest], dict[str, Label]]:
    made, stream = made_stream(persona, count=count), stream_of(persona)
    days = [START + timedelta(days=day) for day in range(DAYS)]
    digests = [
        stream.day([one for one, _ in made if day <= one.at < day + timedelta(days=1)], day + timedelta(days=1))
        for day in days
    ]
    return digests, {label.id: label for _, label in made}


@requirement("attention:must-see-never-lost", "attention:stream-budget")
@pytest.mark.parametrize("persona", PERSONAS, ids=lambda one: one.id)
def test_a_labelled_month_shows_all_that_must_be_seen_and_hardly_anything_else(persona: Persona) -> None:
    digests, labels = run(persona, 500)
    assert all(len(digest.decisions) <= 3 and len(digest.notes) <= 4 for digest in digests)
    shown: list[Shown] = [one for digest in digests for one in (*digest.decisions, *digest.notes)]
    first = [labels[one.sources[0]] for one in shown]
    must = {label.same for label in labels.values() if label.must_see}
    assert len(must) >= 10
    assert must <= {label.same for label in first}
    assert sum(not (label.must_see or label.relevant) for label in first) <= 4
    told = Counter(label.same for label in first if label.same)
    assert max(told.values()) == 1
    accounted = {name for digest in digests for name, _ in digest.held} | {
        name for one in shown for name in one.sources
    }
    assert accounted == set(labels)


def test_the_committed_labels_are_those_of_the_generator() -> None:
    assert LABELS.read_text("utf-8") == labels_text()


def message(subject: str, text: str, *, sender: str = "Lichtwerk <info@lichtwerk.example>", number: int = 0,
            channel: str = "mail", at: datetime = DAY) -> Message:  # fmt: skip
    return Message(f"m{number}", at, channel, sender, subject, text)


RISE = ("Preisanpassung", "Ihr Strompreis erhöht sich zum 24.12.2026 von 40,00 Euro auf 48,00 Euro. Kundennummer 4711.")


def one_day(*messages: Message, stream: Stream | None = None) -> DayDigest:
    return (stream or stream_of(ADA)).day(messages, DAY + timedelta(days=1))


def test_a_price_rise_of_ones_own_company_is_a_decision_with_its_day() -> None:
    digest = one_day(message(*RISE))
    (shown,) = digest.decisions
    assert (shown.kind, shown.day, shown.must_see) == (NoticeKind.PRICE_RISE, date(2026, 12, 24), True)


def test_the_same_words_from_somebody_else_are_held_back() -> None:
    for sender in ("Lichtwerk <info@lichtwerk-konto.example>", "Fremdstrom <info@fremdstrom.example>"):
        digest = one_day(message(*RISE, sender=sender))
        assert digest.decisions == digest.notes == ()
        assert digest.by_reason == {"unknown_sender": 1}


def test_a_displayed_name_makes_nobody_a_partner() -> None:
    assert company_of("Lichtwerk GmbH <x@evil.example>") == "evil"
    assert company_of("Lichtwerk GmbH") == company_of("a <b@mail.lichtwerk.example>") == "lichtwerk"


def test_urgency_moves_nothing() -> None:
    calm = [
        message("Your contract renews", f"your contract {n} renews on {n + 10}.12.2026", number=n) for n in range(5)
    ]
    loud = [
        message(
            "LETZTE CHANCE, SOFORT",
            f"Nur jetzt! Antworten Sie in 10 Minuten! Ihre Rechnung {n}00 über {n}9,00 Euro",
            number=n,
        )
        for n in range(5, 9)
    ]
    digest = one_day(*loud, *calm)
    assert [one.day for one in digest.decisions] == [date(2026, 12, day) for day in (10, 11, 12)]
    quiet = [Message(m.id, m.at, m.channel, m.sender, m.subject, m.text.replace("Nur jetzt! ", "")) for m in loud]
    assert [one.sources for one in one_day(*quiet, *calm).decisions] == [one.sources for one in digest.decisions]


def test_what_has_no_room_today_comes_first_tomorrow_and_nothing_is_told_twice() -> None:
    stream = stream_of(ADA)
    many = [
        message("Your contract renews", f"your contract {n} renews on {n + 8}.12.2026", number=n) for n in range(10)
    ]
    days = [stream.day(many if not day else (), DAY + timedelta(days=day + 1)) for day in range(4)]
    assert [len(day.decisions) for day in days] == [3, 3, 0, 0]
    told = [one.sources[0] for day in days for one in (*day.decisions, *day.notes)]
    assert sorted(told) == sorted(one.id for one in many)


def test_one_offer_on_five_channels_is_one_line_with_five_sources() -> None:
    text = "our mobile plan has 20 GB of data for 12.00 euros per month, minimum term 1 month."
    copies = [
        message("Phone plan: 20 GB", text + " Only today!" * (n % 2), sender="Sparfon", number=n, channel=channel)
        for n, channel in enumerate(("mail", "app", "web", "letter", "sms"))
    ]
    digest = one_day(*copies)
    (shown,) = digest.decisions
    assert shown.kind == "offer" and len(shown.sources) == 5
    assert digest.by_reason == {"duplicate": 4}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("our mobile plan has 20 GB of data for 9.00 euros per month, minimum term 24 months.", "hard_constraint"),
        ("our mobile plan has 5 GB of data for 9.00 euros per month, minimum term 1 month.", "hard_constraint"),
        ("our mobile plan has 20 GB of data, minimum term 1 month.", "incomplete"),
        ("phone cases from 3.00 euros, only today", "no_need"),
    ],
)
def test_an_offer_that_breaks_a_condition_says_too_little_or_was_not_asked_for_is_held_back(
    text: str, reason: str
) -> None:
    digest = one_day(message("Offer", text, sender="Sparfon"))
    assert (digest.decisions, digest.notes) == ((), ())
    assert digest.by_reason == {reason: 1}


def test_mass_mail_with_only_name_and_numbers_changed_is_recognised_and_letters_of_people_are_not() -> None:
    names = frozenset({"ada", "sommer"})
    one = "Dear Ada,\nour winter sale starts on 1.12. with 30 % off every coat in our shop. See you soon!"
    two = "Hello Mr Winter!\nour winter sale starts on 3.12. with 50 % off every coat in our shop. See you soon!"
    seen = Seen()
    seen.add(skeleton(one, names))
    assert seen.like(skeleton(two, names)) == 0
    own = "Hi Ada,\nshall we look at the coats in that shop on Saturday? I saw their sale starts soon. Toni"
    assert seen.like(skeleton(own, names)) is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Rückruf-Service", "Unser Rückruf-Service hilft Ihnen, jetzt zugreifen und 20 % Rabatt sichern."),
        ("Bevor die Preise steigen", "Sichern Sie sich jetzt Ihren Tarif mit 30 % Rabatt. Nur diese Woche!"),
        ("Auf Rechnung kaufen", "Jetzt bestellen mit Ihrem Gutschein 12345, nur noch kurze Zeit."),
        ("Danke für Ihren Einkauf", "Ihre Bestellung 1234567 ist unterwegs."),
    ],
)
def test_selling_and_routine_in_the_words_of_service_is_no_notice(subject: str, text: str) -> None:
    assert read_notice(subject, text, date(2026, 11, 22)) is None


@requirement("attention:should-have-shown-teaches")
def test_should_have_shown_teaches_for_the_sender_and_the_reason(tmp_path: Path) -> None:
    def day(number: int, sender: str) -> str:
        row = {
            "id": f"m{number}",
            "at": "2026-11-05T10:00:00+00:00",
            "sender": sender,
            "subject": "News",
            "text": f"wine {number}",
        }
        return json.dumps(row) + "\n"

    path = tmp_path / "in.jsonl"
    path.write_text(day(1, "Weingut Ahr <a@weingut-ahr.example>") + day(2, "Modehaus <b@modehaus.example>"))
    (before,) = sort_messages(tmp_path / "home", (path,))
    assert before["notes"] == [] and before["held_back"] == {"no_need": 2}
    learned = Teaching(tmp_path / "home").missed("Weingut Ahr <news@weingut-ahr.example>", "no_need")
    (after,) = sort_messages(tmp_path / "home", (path,))
    assert [one["sources"] for one in after["notes"]] == [["m1"]]
    assert after["held_back"] == {"no_need": 1}
    assert learned.startswith("missed-")


def test_a_folder_without_needs_or_contracts_holds_everything_back(tmp_path: Path) -> None:
    path = tmp_path / "box.jsonl"
    at = datetime(2026, 11, 5, tzinfo=UTC).isoformat()
    path.write_text(
        json.dumps({"id": "1", "at": at, "sender": "Lichtwerk", "subject": RISE[0], "text": RISE[1]}) + "\n"
    )
    (row,) = sort_messages(tmp_path / "home", (path,))
    assert (row["decisions"], row["notes"], row["held_back"]) == ([], [], {"unknown_sender": 1})


def test_two_needs_are_wanted_in_the_made_stream() -> None:
    assert {one.valuation.category.id for one in wanted(ADA)} == {"mobile_plan", "gym"}
