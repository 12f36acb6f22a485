"""A made-up stream of messages with labels: thirty days of one person, German and English, five channels.

    python -m tests.support.stream > tests/fixtures/stream_labels.jsonl

Everything is drawn from `stream_phrases.toml` with a seeded generator. A label says what a message is, whether it must be
seen or is worth showing, and which messages tell the same. `ada` is made of the phrases the sorting was written with,
`bo` of phrases it was then checked with, `cy` of phrases it was never changed for.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from agent.digest.stream import Message, Stream, Wanted, wanted_of
from agent.needs.need import Mandate, Need, Wish
from negotiators.categories import load_categories
from negotiators.money import Money

START, DAYS, MESSAGES = datetime(2026, 11, 1, tzinfo=UTC), 30, 2000
LABELS = Path(__file__).parents[1] / "fixtures/stream_labels.jsonl"
_PHRASES = tomllib.loads(Path(__file__).with_name("stream_phrases.toml").read_text("utf-8"))
_NOTICES = {"price_rise": 6, "deadline": 8, "recall": 3, "outage": 10, "invoice": 18}
_NOISE = {"service_marketing": 130, "phishing": 40, "personal": 240, "order": 160, "routine": 60}
_NEAR_MISS = 160
_GREETINGS = (
    "Sehr geehrte Frau {name},",
    "Hallo {name},",
    "Dear {name},",
    "Guten Tag {name},",
    "Liebe {name},",
    "Hi {name}!",
)
_FRIENDS = ("Toni", "Kim", "Alex", "Robin", "Sascha")
_PLACES = ("Köln", "Leipzig", "Bremen", "Freiburg", "Jena")
_THINGS = ("Wasserkocher", "Akkubohrer", "Kinderwagen", "Toaster")
_SELLERS = (
    "Tarifa Mobil", "Funkhaus Nord", "Sparfon", "Kette und Kabel", "Modehaus Lind", "Weingut Ahr", "Flugfix", "Gartenland",
    "Kreditblitz", "Sport Sonne", "Studio Vier", "Traumbett", "Reisewelt", "Klangwerk", "Kochbote", "Telemax", "Fitpalast",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Persona:
    """Whose stream it is: phrase set, name, companies they deal with, and what they pay today."""

    id: str
    phrases: str
    name: str
    partners: tuple[str, ...]
    today: dict[str, str]


ADA = Persona("ada", "a", "Ada Sommer", ("Lichtwerk", "Funkturm", "Hausrat Direkt", "Velotec", "Kuechen Brandt"),
              {"mobile_plan": "19.99", "gym": "34.90"})  # fmt: skip
BO = Persona("bo", "b", "Bo Winter", ("Nordlicht Energie", "Kabelstern", "Sichersein", "Radhaus", "Elektro Falk"),
             {"mobile_plan": "24.99", "gym": "39.90"})  # fmt: skip
CY = Persona("cy", "c", "Cy Lenz", ("Stadtwerke Aue", "Mobilhaus", "Allsicher", "Werkzeug Kraft", "Babywelt"),
             {"mobile_plan": "22.50", "gym": "29.90"})  # fmt: skip
PERSONAS = (ADA, BO, CY)


@dataclass(frozen=True, slots=True)
class Label:
    """What a message is. `same` names the thing it tells of; `must_see` and `relevant` may be shown, others not."""

    id: str
    kind: str
    must_see: bool = False
    relevant: bool = False
    same: str = ""


def wanted(persona: Persona) -> list[Wanted]:
    """Two open needs with conditions, and what is paid today."""
    known = load_categories(None)
    phone = (
        Wish("data_gb", minimum=Decimal(20), hard=True),
        Wish("price_monthly", maximum=Money.of(persona.today["mobile_plan"], "EUR"), hard=True),
    )
    mandates = {name: Mandate(max_term_months=12) for name in ("mobile_plan", "gym")}
    needs = {
        "mobile_plan": Need("phone", "mobile_plan", "", phone, mandates["mobile_plan"]),
        "gym": Need("gym", "gym", "", (), mandates["gym"]),
    }
    return [wanted_of(known[name], need, Decimal(persona.today[name])) for name, need in needs.items()]


def stream_of(persona: Persona) -> Stream:
    names = frozenset(persona.name.lower().split())
    return Stream(wanted(persona), persona.partners, names)


class _Maker:
    """Draws messages and labels for one persona."""

    def __init__(self, persona: Persona, seed: int, count: int) -> None:
        self.persona = persona
        self.random = Random(f"{seed}|{persona.id}")
        self.count = count
        self.made: list[tuple[Message, Label]] = []
        self.told: set[tuple[str, str, str]] = set()

    def all(self) -> list[tuple[Message, Label]]:
        share = self.count / MESSAGES
        for kind, times in _NOTICES.items():
            for number in range(max(1, round(times * share))):
                self.notice(kind, f"{kind}-{number}")
        for category in self.persona.today:
            self.offers(category, max(2, round(6 * share)))
            self.near_misses(category, round(_NEAR_MISS * share / 2))
        for kind, times in _NOISE.items():
            for _ in range(round(times * share)):
                self.noise(kind)
        while len(self.made) < self.count:
            self.campaign()
        made = sorted(self.made[: self.count], key=lambda pair: (pair[0].at, pair[0].id))
        return made

    def notice(self, kind: str, same: str) -> None:
        """A service message of a partner; some are told again on another channel within the week."""
        company, at = self.random.choice(self.persona.partners), self.moment(DAYS - 6)
        fields = self.fields(at)
        while (kind, company, fields["iso"]) in self.told:  # the same words twice would be one thing, not two
            fields = self.fields(at)
        self.told.add((kind, company, fields["iso"]))
        subject, text = self.written(kind, fields)
        for copy in range(self.random.choice((1, 1, 2, 3))):
            channel = ("mail", "app", "letter")[copy]
            sender = self.address(company) if channel == "mail" else company
            when = at + timedelta(hours=self.random.randrange(1, 60) * copy)
            self.add(channel, sender, when, subject, text, kind, must_see=True, same=same)

    def offers(self, category: str, count: int) -> None:
        """Offers worth a line, each cheaper than the one before, told on one to five channels."""
        start = Decimal(self.persona.today[category])
        moments = sorted(self.moment(DAYS - 6) for _ in range(count))
        for number, at in enumerate(moments):
            price = (start * (Decimal("0.9") - Decimal("0.14") * number)).quantize(Decimal("0.10"))
            seller = _SELLERS[number % 3 if category == "mobile_plan" else 9 + number % 2]
            fields = {**self.fields(at), "price": self.money(price), "gb": "20",
                      **self.months(self.random.choice((0, 1)))}  # fmt: skip
            subject, text = self.written(category, fields)
            for copy in range(self.random.randrange(1, 6)):
                channel = ("mail", "web", "app", "letter", "sms")[copy]
                sender = self.address(seller) if channel == "mail" else seller
                hurry = self.random.choice(
                    ("", "\nNur noch heute, sofort antworten!", "\nOthers have booked, last chance!")
                )
                self.add(channel, sender, at + timedelta(hours=copy), subject, text + hurry, "offer", relevant=True,
                         same=f"{category}-{number}")  # fmt: skip

    def near_misses(self, category: str, count: int) -> None:
        """The same kind of thing, but too long, too little or too dear."""
        for _ in range(count):
            at, wrong = self.moment(), self.random.choice(("term", "dear", "little", "silent"))
            price = Decimal(self.persona.today[category]) * Decimal("0.6" if wrong in ("term", "little") else "1.3")
            wrong = "dear" if wrong == "little" and category != "mobile_plan" else wrong
            price = Decimal(self.persona.today[category]) * Decimal("1.3") if wrong == "dear" else price
            fields = {**self.fields(at), "price": self.money(price.quantize(Decimal("0.10"))),
                      "gb": "5" if wrong == "little" else "30", **self.months(24 if wrong == "term" else 1)}  # fmt: skip
            subject, text = self.written(category, fields)
            text = text.split(" für ")[0].split(" for ")[0] if wrong == "silent" else text
            self.add("mail", self.address(self.random.choice(_SELLERS)), at, subject, text, f"near_miss_{wrong}")

    def noise(self, kind: str) -> None:
        at = self.moment()
        subject, text = self.written(kind, self.fields(at))
        partner = self.random.choice(self.persona.partners)
        match kind:
            case "service_marketing" | "routine":
                sender = self.address(partner)
            case "phishing":
                sender = f"{partner} <service@{self.slug(partner)}-{self.random.choice(('konto', 'billing', 'info'))}.example>"
            case "personal":
                sender = f"{self.random.choice(_FRIENDS)} <x{self.random.randrange(99)}@post.example>"
            case _:
                sender = self.address(self.random.choice(_SELLERS))
        self.add("mail", sender, at, subject, text, kind)

    def campaign(self) -> None:
        """One mass mail, sent several times with another greeting or number."""
        seller, at = self.random.choice(_SELLERS), self.moment()
        line = self.random.choice(_PHRASES["other"][self.persona.phrases])
        for copy in range(self.random.randrange(1, 9)):
            when = min(at + timedelta(days=copy * 3), START + timedelta(days=DAYS, hours=-1))
            subject, text = self.filled(line, self.fields(when))
            self.add(
                self.random.choice(("mail", "mail", "app", "sms")), self.address(seller), when, subject, text, "other"
            )

    # -- words --------------------------------------------------------------------------------------------------

    def written(self, kind: str, fields: dict[str, str]) -> tuple[str, str]:
        return self.filled(self.random.choice(_PHRASES[kind][self.persona.phrases]), fields)

    def filled(self, line: str, fields: dict[str, str]) -> tuple[str, str]:
        subject, _, text = line.partition(" | ")
        greet = self.random.choice(_GREETINGS).format(name=self.persona.name.split()[self.random.randrange(2)])
        return subject.format(greet=greet, **fields), text.format(greet=greet, **fields)

    def fields(self, at: datetime) -> dict[str, str]:
        random, day = self.random, (at + timedelta(days=self.random.randrange(12, 40))).date()
        old = Decimal(random.randrange(1000, 6000)) / 100
        return {
            "company": random.choice(self.persona.partners), "name": self.persona.name.split()[0], "day": self.day(day), "iso": day.isoformat(),
            "old": self.money(old), "new": self.money(old * Decimal("1.15")),
            "amount": self.money(Decimal(random.randrange(900, 30000)) / 100), "number": str(random.randrange(10**6, 10**7)),
            "thing": random.choice(_THINGS), "price": self.money(Decimal(random.randrange(500, 20000)) / 100), "gb": "20",
            "percent": str(random.choice((10, 20, 30, 50))), "friend": random.choice(_FRIENDS),
            "place": random.choice(_PLACES), **self.months(12),
        }  # fmt: skip

    def months(self, count: int) -> dict[str, str]:
        return {"months": f"{count} Monate" if count != 1 else "1 Monat",
                "months_en": f"{count} months" if count != 1 else "1 month"}  # fmt: skip

    def money(self, amount: Decimal) -> str:
        return f"{amount:.2f}".replace(".", self.random.choice((",", ",", ".")))

    def day(self, day: date) -> str:
        return self.random.choice((day.strftime("%d.%m.%Y"), day.isoformat(), f"{day.day}.{day.month}.{day.year}"))

    def slug(self, company: str) -> str:
        return company.lower().replace(" ", "-")

    def address(self, company: str) -> str:
        return f"{company} <{self.random.choice(('info', 'service', 'news'))}@{self.slug(company)}.example>"

    def moment(self, days: int = DAYS) -> datetime:
        return START + timedelta(minutes=self.random.randrange(days * 24 * 60))

    def add(self, channel: str, sender: str, at: datetime, subject: str, text: str, kind: str, **label: object) -> None:
        name = f"{self.persona.id}-{len(self.made):04d}"
        self.made.append((Message(name, at, channel, sender, subject, text), Label(name, kind, **label)))  # type: ignore[arg-type]


def made_stream(persona: Persona, *, seed: int = 1, count: int = MESSAGES) -> list[tuple[Message, Label]]:
    """The messages of thirty days with their labels, in order of arrival."""
    return _Maker(persona, seed, count).all()


def labels_text() -> str:
    """One line per message; what a message is not is left out."""
    rows = [asdict(label) for persona in PERSONAS for _, label in made_stream(persona)]
    return "".join(json.dumps({key: value for key, value in row.items() if value}) + "\n" for row in rows)


if __name__ == "__main__":
    print(labels_text(), end="")
