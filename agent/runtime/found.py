"""Keeping the offers of mails, pages and files: each stored once, weighed against open needs and running contracts.

The same offer in several documents is one offer with several sources: the sender, the category and the terms make it
one, the price does not. A price that differs between them is said, with both documents as proof.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.kernel.chain import canonical
from agent.kernel.events import Event, IncidentNoted
from agent.kernel.foundevents import OfferFound
from agent.kernel.ledger import Draft
from agent.kernel.names import Naming, contract_ref
from agent.needs.contracts import Contract, cost_today
from agent.needs.need import Need
from agent.needs.valuation import Valuation
from negotiators.dialogue import TermError, Terms, TermValue, parse_term
from negotiators.money import plain

if TYPE_CHECKING:
    from agent.language.documents import ReadDocument
    from agent.language.textoffers import TextOffer
    from agent.runtime.wiring import House


@dataclass(frozen=True, slots=True)
class Verdict:
    """`saves` against a contract, `fits` a need, or why an offer is held back: `spam`, `expired`, `not_wanted`,
    `breaks_wish`, `dearer_than_today`, `unclear`."""

    code: str
    need: str | None = None
    contract: Contract | None = None
    saves: Decimal | None = None


def keep_offers(root: Path, paths: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """The records of `read`, each document's offers kept before its record is given; the last is
    `{"kept", "known", "fits", "saves", "held_back"}`."""
    from agent.language.documents import Setting, read_documents
    from agent.runtime.wiring import build

    house = build(root)
    counts = dict.fromkeys(("kept", "known", "fits", "saves", "held_back"), 0)
    try:
        keeper = _Keeper(house)
        setting = Setting(keeper.today, "EUR", house.categories)
        for document in read_documents(paths, setting):
            for outcome in keeper.keep(document):
                counts[outcome] += 1
                counts["kept"] += outcome != "known"
            yield document.record()
        yield counts
    finally:
        house.shut()


class _Keeper:
    """Weighs and stores the offers of one run."""

    def __init__(self, house: House) -> None:
        self._house = house
        now = house.clock.now()
        self.today = house.days.of(now)
        self._needs = [(need, house.book.valuation(need)) for need in house.book.open_needs()]
        self._contracts = [c for c in house.person.contracts(self.today).values() if c.continues]

    def keep(self, document: ReadDocument) -> Iterator[str]:
        """What became of each offer of a document: `known`, `fits`, `saves` or `held_back`."""
        digest = hashlib.sha256(document.text.encode()).hexdigest()[:32]
        events: list[Draft | Event] = []
        naming = Naming(self._house.ledger.rows, self._house.new_id)
        seen: set[str] = set()
        for offer in document.offers:
            key = offer_key(document, offer)
            if key in seen or self._is_known(key, digest):
                yield "known"
                continue
            seen.add(key)
            verdict = self._judge(document, offer)
            made = list(self._events(document, offer, naming, key, digest, verdict))
            events += [*(Draft(met, name) for met, name in naming.new()), *made]
            yield verdict.code if verdict.code in ("fits", "saves") else "held_back"
        if events:
            self._house.ledger.append(self._house.clock.now(), events)

    def _is_known(self, key: str, digest: str) -> bool:
        row = self._house.ledger.row("SELECT 1 FROM found_sources WHERE offer=? AND document=?", (key, digest))
        return row is not None

    def _events(
        self, document: ReadDocument, offer: TextOffer, naming: Naming, key: str, digest: str, verdict: Verdict
    ) -> Iterator[Draft | Event]:
        price, currency = plain(offer.price.amount), offer.price.currency
        sender = naming.tag(document.sender or Path(document.path.partition("#")[0]).name)
        body = canonical({
            "title": offer.title, "path": document.path,
            "evidence": [[item.name, item.span.quote, item.span.start, item.span.end] for item in offer.evidence],
        })  # fmt: skip
        found = OfferFound(
            key, digest, "mail" if document.mail_class else "file", sender, offer.category,
            dict(offer.terms), price, currency, offer.valid_until.isoformat() if offer.valid_until else None,
            verdict.code, verdict.need, str(verdict.saves) if verdict.saves is not None else None,
            f"found:{key}:{digest[:12]}",
        )  # fmt: skip
        yield Draft(found, body)
        named = {"provider": sender, "price": f"{price} {currency}"}
        if verdict.code == "saves" and (contract := verdict.contract) is not None:
            against = naming.tag(contract.label, contract_ref(contract.id))
            saved = {"saved": f"{verdict.saves} {currency}", "contract": against}
            yield IncidentNoted("found_saves", {**named, **saved}, [f"found:{key}"], None)
        elif verdict.code == "fits":
            yield IncidentNoted("found_fits", {**named, "category": offer.category or ""}, [f"found:{key}"], None)
        other = self._other_price(key, price, currency, offer.valid_until)
        if other is not None:
            low, high = sorted((Decimal(price), other))
            prices = {"low": f"{plain(low)} {currency}", "high": f"{plain(high)} {currency}"}
            yield IncidentNoted("price_differs", {"provider": named["provider"], **prices}, [f"found:{key}"], None)

    def _other_price(self, key: str, price: str, currency: str, until: date | None) -> Decimal | None:
        """The price another document states for the same offer, where it differs and neither has run out."""
        if until is not None and until < self.today:
            return None
        row = self._house.ledger.row(
            "SELECT s.price FROM found_sources s JOIN found_offers o ON o.id=s.offer WHERE s.offer=? AND s.currency=? "
            "AND s.price<>? AND (o.valid_until IS NULL OR o.valid_until>=?) ORDER BY s.at DESC LIMIT 1",
            (key, currency, price, self.today.isoformat()),
        )
        return Decimal(row["price"]) if row is not None else None

    # -- weighing -----------------------------------------------------------------------------------------------

    def _judge(self, document: ReadDocument, offer: TextOffer) -> Verdict:
        if document.mail_class == "spam":
            return Verdict("spam")
        if offer.valid_until is not None and offer.valid_until < self.today:
            return Verdict("expired")
        category = self._house.categories.get(offer.category or "")
        if category is None:
            return Verdict("not_wanted")
        terms = typed_terms(offer, category.id, self._house)
        needs = [(need, valuation) for need, valuation in self._needs if need.category == category.id]
        contracts = [contract for contract in self._contracts if contract.category == category.id]
        if not needs and not contracts:
            return Verdict("not_wanted")
        found = [self._against_need(need, valuation, terms) for need, valuation in needs]
        found += [self._against_contract(contract, category.id, terms) for contract in contracts]
        return min(found, key=lambda verdict: (_ORDER.index(verdict.code), -(verdict.saves or 0)))

    def _against_need(self, need: Need, valuation: Valuation, terms: Terms) -> Verdict:
        """A term nobody named is no breach here: it is asked about once the person wants the offer."""
        broken = {
            violation.code
            for violation in valuation.violations(terms, "", self._house.clock.now())
            if violation.code not in ("incomplete", "hard_missing", "no_term", "no_amount", "other_provider")
        }
        return Verdict("breaks_wish" if broken else "fits", need.id)

    def _against_contract(self, contract: Contract, category: str, terms: Terms) -> Verdict:
        """All-in over the first year, where the offer says enough to be summed up."""
        need = Need("found", category, "", units=contract.units)
        cost = Valuation(self._house.categories[category], need).cost(terms)
        today = cost_today(contract, self.today)
        if cost.year1 is None or today.year1 is None or cost.year1.currency != today.year1.currency:
            return Verdict("unclear", contract=contract)
        saved = (today.year1 - cost.year1).rounded().amount
        return Verdict("saves" if saved > 0 else "dearer_than_today", None, contract, saved)


_ORDER = ("saves", "fits", "unclear", "dearer_than_today", "breaks_wish")
"""Of several verdicts on one offer the first counts."""


def typed_terms(offer: TextOffer, category: str, house: House) -> Terms:
    """The offer's terms as values of its category; what is not of its issue's kind is left out."""
    found: dict[str, TermValue] = {}
    for name, text in offer.terms.items():
        issue = house.categories[category].issue(name)
        if issue is None:
            continue
        try:
            found[name] = parse_term(issue.kind, text, currency=offer.price.currency)
        except TermError:
            continue
    return Terms.of(found)


_WORD = re.compile(r"[^\W\d_]{3,}|\d+")


def offer_key(document: ReadDocument, offer: TextOffer) -> str:
    """What makes two findings one offer: the sender, and the terms but for money; of goods the words of their title.

    A document without a sender stands for itself."""
    amounts = {name for name, text in offer.terms.items() if re.fullmatch(r"-?[\d.]+ [A-Z]{3}", text)}
    rest = sorted((name, text) for name, text in offer.terms.items() if name not in amounts)
    words = sorted(set(_WORD.findall((offer.title or "").casefold())))
    named: Iterable[Any] = rest if offer.category and rest else words
    parts = [document.sender or document.path, offer.category, offer.price.currency, list(named)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:24]
