"""What a provider writes against what it says in talks: the same thing at two prices, also when both come at once.

A text names fewer terms than a talk does, so it speaks of the same thing when everything it names is the same but the
price; the prices compared are those of the category's price, not totals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from agent.digest.parity import WITHIN
from agent.kernel.codec import terms_json
from agent.kernel.events import IncidentNoted
from agent.kernel.ledger import Ledger
from agent.kernel.names import name_at
from negotiators.categories import Category
from negotiators.dialogue import TermError, Terms, parse_term

Stored = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Said:
    """A price a provider named for something, with everything else it named; `ref` is where it did, `over` at which
    kind of door."""

    provider: str
    category: str
    others: frozenset[tuple[str, str]]
    price: Decimal
    currency: str
    ref: str
    over: str

    def about_the_same(self, other: Said) -> bool:
        same = (self.provider, self.category, self.currency) == (other.provider, other.category, other.currency)
        return same and bool(self.others) and self.others <= other.others


def differing_texts(ledger: Ledger, categories: Mapping[str, Category], now: datetime) -> list[IncidentNoted]:
    """One incident for each provider and category whose text and talk name different prices, with both as proof; none
    for a text that was a proof before."""
    since = (now - WITHIN).isoformat(timespec="milliseconds")
    hosts = hosts_of(ledger)
    talks = list(_in_talks(ledger, categories, since))
    seen = {
        ref
        for row in ledger.rows("SELECT refs FROM incidents WHERE code='offers_differ'")
        for ref in json.loads(row["refs"])
    }
    found: dict[tuple[str, str], IncidentNoted] = {}
    for text in (*_in_mails(ledger, categories, hosts, since), *_in_documents(ledger, categories, hosts, since)):
        talk = next((one for one in talks if text.about_the_same(one) and text.price != one.price), None)
        if talk is None or text.ref in seen:
            continue
        low, high = sorted((text, talk), key=lambda one: one.price)
        params = {
            "cheaper": f"{low.price} {low.currency}", "dearer": f"{high.price} {high.currency}",
            "here": low.over, "there": high.over,
        }  # fmt: skip
        note = IncidentNoted("offers_differ", params, [low.ref, high.ref], text.provider)
        found.setdefault((text.provider, text.category), note)
    return list(found.values())


def hosts_of(ledger: Ledger) -> Sequence[tuple[str, str]]:
    """Host names of the doors of every company, with the company's id."""
    rows = ledger.rows("SELECT url, provider FROM endpoints ORDER BY url")
    return [(_host(row["url"]), row["provider"]) for row in rows]


def _host(address: str) -> str:
    """The domain of a web or mail address."""
    return (urlsplit(address).hostname or "") if "://" in address else address.rpartition("@")[2].lower()


def provider_at(hosts: Sequence[tuple[str, str]], sender: str) -> str | None:
    """Whose door has the domain of a sender, or a part of it."""
    domain = sender.rpartition("@")[2].strip(" >").lower()
    return next(
        (
            provider
            for host, provider in hosts
            if host and (domain == host or domain.endswith(f".{host}") or host.endswith(f".{domain}"))
        ),
        None,
    )


def _owner(ledger: Ledger, hosts: Sequence[tuple[str, str]], tag: str) -> str | None:
    """The company whose door has the domain of whoever a tag means."""
    sender = name_at(ledger.rows, tag)
    return provider_at(hosts, sender.text) if sender is not None else None


def _said(category: Category, terms: Stored, provider: str, ref: str, over: str) -> Said | None:
    price = terms.get(category.headline().name)
    if price is None or price["kind"] != "money":
        return None
    amount, _, currency = price["value"].rpartition(" ")
    others = frozenset((name, term["value"]) for name, term in terms.items() if term["kind"] != "money")
    return Said(provider, category.id, others, Decimal(amount), currency, ref, over)


def _in_talks(ledger: Ledger, categories: Mapping[str, Category], since: str) -> Iterator[Said]:
    """The first offer of every talk: before any haggling the price should be the same everywhere."""
    first: set[str] = set()
    rows = ledger.rows(
        "SELECT t.negotiation, t.message_id, t.moves, n.provider, n.category, e.channel FROM turns t JOIN negotiations "
        "n ON n.id=t.negotiation LEFT JOIN endpoints e ON e.url=n.endpoint "
        "WHERE t.at>? AND t.party='them' AND t.total IS NOT NULL ORDER BY t.seq",
        (since,),
    )
    for row in rows:
        offer = next((move["offer"] for move in json.loads(row["moves"]) if "offer" in move), None)
        category = categories.get(row["category"])
        if offer is None or category is None or row["negotiation"] in first:
            continue
        first.add(row["negotiation"])
        said = _said(category, offer["terms"], row["provider"], f"message:{row['message_id']}", row["channel"] or "")
        if said is not None:
            yield said


def _in_mails(
    ledger: Ledger, categories: Mapping[str, Category], hosts: Sequence[tuple[str, str]], since: str
) -> Iterator[Said]:
    rows = ledger.rows("SELECT m.id, m.sender, b.body FROM mails m JOIN bodies b ON b.id=m.body WHERE m.at>?", (since,))
    for row in rows:
        kept = json.loads(row["body"])
        category, provider = categories.get(kept.get("category", "")), _owner(ledger, hosts, row["sender"])
        if category is not None and provider is not None:
            said = _said(category, kept["terms"], provider, f"mail:{row['id']}", "email")
            if said is not None:
                yield said


def _in_documents(
    ledger: Ledger, categories: Mapping[str, Category], hosts: Sequence[tuple[str, str]], since: str
) -> Iterator[Said]:
    rows = ledger.rows(
        "SELECT id, sender, category, terms, currency FROM found_offers WHERE at>? AND category IS NOT NULL", (since,)
    )
    for row in rows:
        category, provider = categories.get(row["category"]), _owner(ledger, hosts, row["sender"])
        if category is None or provider is None:
            continue
        terms = _typed(category, json.loads(row["terms"]), row["currency"])
        said = _said(category, terms, provider, f"found:{row['id']}", "file")
        if said is not None:
            yield said


def _typed(category: Category, texts: Mapping[str, str], currency: str) -> Stored:
    """The texts of a found offer as stored terms; what is not of its issue's kind is left out."""
    values = {}
    for name, text in texts.items():
        issue = category.issue(name)
        if issue is not None:
            try:
                values[name] = parse_term(issue.kind, text, currency=currency)
            except TermError:
                continue
    return terms_json(Terms.of(values))
