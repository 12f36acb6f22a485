"""Service messages among marketing: a price rise, a deadline, a recall, an outage, an invoice. German and English.

A notice speaks of the reader's own contract, delivery or product; marketing uses the same words about somebody else's
("before prices rise", "Rückruf-Service", "auf Rechnung kaufen"). Whether the sender is a company the person deals with is
judged elsewhere: a text alone never makes a notice binding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from agent.language.amounts import find_amounts
from agent.language.dates import find_days
from negotiators.money import Money

_FLAGS = re.IGNORECASE | re.DOTALL


class NoticeKind(StrEnum):
    """What a service message is about, the most pressing first."""

    RECALL = "recall"
    PRICE_RISE = "price_rise"
    DEADLINE = "deadline"
    OUTAGE = "outage"
    INVOICE = "invoice"
    MESSAGE = "message"  # about the person's own matter, in words no pattern knows


@dataclass(frozen=True, slots=True)
class Notice:
    """A service message. `day` is the latest day it names after today, or `None`; it orders, it binds nothing. `rise`
    is how much a price goes up, where the text states both prices."""

    kind: NoticeKind
    day: date | None
    rise: Money | None = None


_PATTERNS: dict[NoticeKind, re.Pattern[str]] = {
    NoticeKind.RECALL: re.compile(
        r"\b(?:product|safety|voluntary|precautionary)[ -]recall\b|\b(?:we|is|are|being|must) (?:\w+ ){0,3}recall(?:ed|ing)?\b"
        r"|\brecall of\b|\brecall notice\b|\bstop using\b|\bdo not (?:use|eat|charge) (?:it|the|this|your)\b|\bsafety (?:notice|warning|alert)\b"
        r"|\bproduktrückruf\b|\brückruf(?:aktion)?\b(?!-?\s?service)|\brufen wir (?:\w+ ){0,6}zurück\b|\bsicherheits(?:hinweis|warnung)\b"
        r"|\bnicht (?:mehr|weiter) (?:verwenden|benutzen|verzehren|aufladen)\b|\bwird zurückgerufen\b",
        _FLAGS,
    ),
    NoticeKind.PRICE_RISE: re.compile(
        r"\b(?:your|the) (?:\w+ ){0,4}(?:price|tariff|rate|fee|premium|contribution|charge|instal?lment)s? (?:\w+ ){0,4}"
        r"(?:increas\w*|ris(?:e|es|ing)|go(?:es|ing)? up|chang(?:es?|ing)|will be|adjust\w*)\b"
        r"|\b(?:price|tariff|premium|fee|contribution) (?:increase|adjustment|change|rise)\b"
        r"|\b(?:have|need) to (?:raise|increase|adjust) (?:your|the|our) (?:\w+ ){0,3}(?:price|fee|premium|rate|tariff)s?\b"
        r"|\byou(?:'ll| will)? pay [^\n]{0,40}(?:instead of|more)\b"
        r"|\b(?:preis|beitrags?|tarif|gebühren|entgelt|prämien)(?:anpassung|erhöhung|änderung)\b"
        r"|\b(?:ihr|dein|der|unser)e?r? (?:\w+ ){0,3}(?:\w*preis|\w*beitrag|abschlag|\w*tarif|\w*prämie|gebühr|\w*entgelt) "
        r"(?:\w+ ){0,5}(?:erhöht|steigt|ändert|beträgt|von)\b"
        r"|\b(?:erhöhen|passen) wir (?:\w+ ){0,4}(?:\w*preise?|\w*beitrag|\w*beiträge|\w*entgelte?)\b"
        r"|\bzahl(?:en|st) (?:sie|du)\b[^\n]{0,40}\b(?:mehr|statt)\b",
        _FLAGS,
    ),
    NoticeKind.DEADLINE: re.compile(
        r"\b(?:notice period|cancellation period|trial period|withdrawal period|deadline)\b[^\n]{0,60}\b(?:ends?|expires?|until|on|by|is)\b"
        r"|\b(?:contract|plan|subscription|policy|membership)\b[^\n]{0,40}\b(?:renews?|extends?|is extended|runs out|ends|expires)\b"
        r"|\b(?:cancel|object|reply|respond|send us|return)\b[^\n]{0,30}\b(?:by|until|no later than)\b"
        r"|\blast day (?:to|for)\b"
        r"|\b(?:kündigungs|widerrufs|widerspruchs|einspruchs|rückgabe|antwort)frist\b|\bprobezeitraum endet\b"
        r"|\b(?:vertrag|tarif|abo(?:nnement)?|police|mitgliedschaft)\b[^\n]{0,40}\b(?:verlängert|endet|läuft[^\n]{0,30}\b(?:aus|ab))\b"
        r"|\b(?:bis|spätestens)\b[^\n]{0,40}\b(?:kündigen|widersprechen|antworten|zurücksenden|einreichen|zurückgeben)\b"
        r"|\bletzter tag\b",
        _FLAGS,
    ),
    NoticeKind.OUTAGE: re.compile(
        r"\b(?:service |power |network |planned |unplanned )?(?:outage|disruption|interruption)s?\b|\bmaintenance (?:work|window)?\b"
        r"|\b(?:will be|is|are) (?:\w+ )?(?:unavailable|down|interrupted|without (?:power|water|internet))\b|\bno (?:water|power|internet) (?:on|from|between)\b"
        r"|\b(?:netz|strom|internet|server|versorgungs)?(?:störung|ausfall|unterbrechung|abschaltung)(?:en)?\b|\bwartungs(?:arbeiten|fenster)\b"
        r"|\b(?:nicht (?:verfügbar|erreichbar)|abgestellt|ohne (?:strom|wasser|internet))\b",
        _FLAGS,
    ),
    NoticeKind.INVOICE: re.compile(
        r"\b(?:your|the|this) (?:\w+ ){0,3}(?:invoice|bill|statement)\b|\binvoice (?:no|number|for|\d)|\bpayment (?:is )?(?:due|reminder|overdue)\b"
        r"|\b(?:amount|balance) due\b|\bwe (?:will )?(?:collect|debit)\b|\bcould not (?:collect|debit)\b"
        r"|\b(?:ihre?|deine?|die|eine neue) (?:\w+ ){0,3}(?:\w*rechnung|jahresabrechnung|abrechnung)\b|\brechnung (?:nr|vom|für|\d)"
        r"|\b(?:zahlungserinnerung|mahnung|lastschrift|rückbuchung)\b|\bzahlbar bis\b|\b(?:buchen|ziehen) wir (?:\w+ ){0,5}(?:ab|ein)\b",
        _FLAGS,
    ),
}

_OWN = re.compile(
    r"\b(?:your|you (?:have|bought|ordered|own|pay)|customer (?:no|number)|contract (?:no|number)|policy (?:no|number)|our customers?|"
    r"ihr(?:e[mnrs]?)?|ihnen|dein(?:e[mnrs]?)?|dir|kunden(?:nummer|-nr)|vertrags(?:nummer|-nr|konto)|rechnungsnummer|in ihrem gebiet|bestellung)\b",
    _FLAGS,
)
"""A notice says whose matter it is."""

_SPOKEN = frozenset(["heute", "morgen", "gestern", "übermorgen", "today", "tomorrow", "tonight", "yesterday"])
"""Days that mean another one in the copy that arrives tomorrow, and "heute Morgen" is no tomorrow."""

_NUMBER = re.compile(r"\b\d{4,}\b|\d+[.,]\d{2}\b")
"""A customer number or an amount."""

_SELLS = re.compile(
    r"\b(?:upgrade (?:now|today)|switch (?:now|today|and save)|order (?:now|today)|buy now|shop now|save (?:up to )?\d|% off|"
    r"\d+ ?% (?:discount|rabatt|sparen)|discount code|voucher|limited time|only (?:today|this week)|don't miss|grab|deals?|win\b|"
    r"jetzt (?:wechseln|bestellen|sichern|kaufen|upgraden|sparen|zugreifen)|nur (?:heute|diese woche|noch kurze zeit)|rabatt(?:code)?|"
    r"gutschein|schnäppchen|gewinn(?:en|spiel)|verpassen sie|verpass|aktionspreis|angebote? der woche|newsletter)\b",
    _FLAGS,
)
"""Words of selling. One is forgiven in a notice with a date; a text that mostly sells is no notice."""


_ROUTINE = re.compile(
    r"\b(?:order|shipping|delivery|booking) (?:confirmation|update)\b|\bconfirm(?:s|ing|ed)? (?:your|the) order\b|\b(?:parcel|package|"
    r"shipment)\b|\bthank(?:s| you) for (?:your|shopping|choosing|visiting)\b|\bhow (?:satisfied|happy|was|did)\b|\brate (?:us|your)\b|"
    r"\b(?:survey|feedback|review|new sign-?in|sign-?in code|one-time code|log-?in)\b|\bbestell(?:bestätigung|ung (?:ist )?(?:eingegangen|"
    r"unterwegs|versandt))\b|\bversand(?:bestätigung|t)\b|\b(?:paket|sendung|lieferung)\b|\bunterwegs\b|\b(?:danke|dank) für\b|"
    r"\b(?:umfrage|bewertung|bewerten|zufrieden|anmeldung|anmeldecode|einmalcode|feedback)\b",
    _FLAGS,
)
"""What companies send as a matter of routine: receipts, parcels, surveys, codes."""


def read_notice(subject: str, text: str, today: date) -> Notice | None:
    """The notice a message is, or `None`. The kind whose words come first wins; selling outweighs one mention.

    A text that speaks of the reader's own matter with a number or a day, and neither sells nor is routine, is a notice
    too: better one line too many from a company one deals with than a letter lost for its choice of words.
    """
    whole = f"{subject}.\n{text}"
    if not _OWN.search(whole):
        return None
    named = [(whole[day.span.start : day.span.end].lower(), day.day) for day in find_days(whole, today)]
    days = [day for words, day in named if day > today and words not in _SPOKEN]
    found = [(match.start(), kind) for kind, pattern in _PATTERNS.items() if (match := pattern.search(whole))]
    sells = len(_SELLS.findall(whole))
    if not found:
        told = not sells and not _ROUTINE.search(whole) and (days or _NUMBER.search(whole))
        return Notice(NoticeKind.MESSAGE, max(days, default=None)) if told else None
    said = sum(len(pattern.findall(whole)) for pattern in _PATTERNS.values())
    if sells and sells >= said + (1 if days else 0):
        return None
    kind = _first(found, len(subject))
    return Notice(kind, max(days, default=None), _rise(whole) if kind is NoticeKind.PRICE_RISE else None)


_BOTH = re.compile(r"\b(?:auf|to|statt|instead of|bisher|up from|previously)\b|[→>]", re.IGNORECASE)
_NEAR = 60
"""Characters between an old and a new price in one sentence."""


def _rise(text: str) -> Money | None:
    """The difference of the first two prices that are set against each other."""
    found = [(one.span, price) for one in find_amounts(text, "EUR") if (price := one.money()) is not None]
    for (before, old), (after, new) in pairwise(found):
        between = text[before.end : after.start]
        if len(between) <= _NEAR and _BOTH.search(between) and old.currency == new.currency and old != new:
            return max(old, new) - min(old, new)
    return None


def _first(found: list[tuple[int, NoticeKind]], subject: int) -> NoticeKind:
    """The kind the subject names, the most pressing of several; else the one named first in the text."""
    order = list(NoticeKind)
    in_subject = [kind for at, kind in found if at <= subject]
    return min(in_subject, key=order.index) if in_subject else min(found)[1]
