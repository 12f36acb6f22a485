"""A German set of our own: offers, company replies, needs and mails, in two halves. The accuracy must not fall.

The rules were tuned on the first half (even hash) and are checked on the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.language.documents import Setting, read_mail
from agent.language.mailclass import classify_mail
from agent.language.mailfile import parse_mail
from agent.language.reading import read_intent, read_need, read_offer
from negotiators.categories import shipped
from negotiators.dialogue import term_text
from negotiators.text import UntrustedText

FOLDER = Path(__file__).parents[2] / "fixtures" / "german"
TODAY = date(2026, 11, 22)


def lines(name: str) -> Iterator[list[str]]:
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        yield [cell.strip().replace("\\n", "\n") for cell in line.split("|")]


def half_of(cells: list[str]) -> int:
    return hashlib.sha256("|".join(cells[:2]).encode()).digest()[0] & 1


def pairs(text: str) -> set[str]:
    return {part.strip() for part in text.split(";") if part.strip()}


def offer_is_right(cells: list[str]) -> bool:
    category, text, expected = (*cells, "")[:3]
    found = read_offer(UntrustedText(text, "them"), shipped()[category.strip()], today=TODAY)
    return {f"{name}={value}" for name, value in found.terms.texts().items()} == pairs(expected)


def reply_is_right(cells: list[str]) -> bool:
    text, signal, category = (*cells, "", "")[:3]
    found = read_intent(UntrustedText(text, "them"))
    signals = {kind.value for kind, _ in found.signals}
    asked = [question.inquire.category for question in found.questions]
    if category:
        return category in asked[:1] and not signals & {"accept", "confirm"}
    return (signal in signals if signal else not signals & {"accept", "confirm", "end", "refuse"}) and not asked


def need_is_right(cells: list[str]) -> bool:
    text, category, expected = cells
    need = read_need(text, shipped(), today=TODAY)
    found = set()
    for wish in need.wishes:
        for sign, value in ((">=", wish.minimum), ("<=", wish.maximum), ("=", wish.want)):
            if value is not None:
                found.add(f"{wish.issue}{sign}{term_text(value)}{'!' if wish.hard else ''}")
    return need.category is not None and need.category.id == category and pairs(expected) <= found


def mail_of(cells: list[str]) -> bytes:
    kind, subject, text = cells[0], cells[1], cells[2]
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["Date"] = subject, "anna@privat.example", "Sun, 22 Nov 2026 10:00:00 +0100"
    if kind == "newsletter":
        mail["From"], mail["Message-ID"] = "Laden <newsletter@laden.example>", "<1@laden.example>"
        mail["List-Unsubscribe"], mail["Precedence"] = "<https://laden.example/abmelden>", "bulk"
    else:
        mail["From"], mail["Message-ID"], mail["In-Reply-To"] = (
            "Tom <tom@privat.example>",
            "<2@privat.example>",
            "<x@y>",
        )
    mail.set_content(text)
    return mail.as_bytes()


def mail_is_right(cells: list[str]) -> bool:
    kind, expected = cells[0], cells[-1]
    raw = mail_of(cells)
    label = classify_mail(parse_mail(raw))
    document = read_mail(raw, "x", Setting(TODAY, "EUR", shipped()))
    prices = {term_text(offer.price) for offer in document.offers}
    return label == {"newsletter": "newsletter", "personal": "personal_or_list"}[kind] and prices == pairs(expected)


CHECKS: dict[str, tuple[Callable[[list[str]], bool], tuple[float, float]]] = {
    "offers": (offer_is_right, (0.95, 0.85)),
    "replies": (reply_is_right, (0.95, 0.9)),
    "needs": (need_is_right, (0.95, 0.75)),
    "newsletters": (mail_is_right, (0.95, 0.8)),
}


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("name", CHECKS)
def test_the_accuracy_on_german_texts_does_not_fall(name: str, half: int) -> None:
    check, floors = CHECKS[name]
    items = [cells for cells in lines(name) if half_of(cells) == half]
    wrong = [cells for cells in items if not check(cells)]
    assert items
    assert 1 - len(wrong) / len(items) >= floors[half], wrong
