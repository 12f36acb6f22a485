"""Carrying out what the person wants forgotten, in both files: idempotent, and resumed at the next start.

First the ledger's bodies that mention it go (they are found by its value, which is still known), then the entry in
memory with its vectors, then the index is rebuilt. `ForgetRequested` without `Forgotten` is work left in the ledger;
a request above memory's `forgotten_seq` is work left in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.digest.stream import company_at
from agent.kernel.chain import Rows
from agent.kernel.egress import Scanner, compact
from agent.kernel.events import Forgotten
from agent.kernel.ledger import Ledger
from agent.kernel.names import TAG, Name, contract_ref, names, senders
from agent.market.acquaintance import records_of
from agent.runtime.adapters import FOLDER as ADAPTERS
from agent.runtime.lessons import relearn
from agent.runtime.sorting import missed_of
from memory.errors import EntryNotFoundError
from memory.facts import CategoryId, Fact, Granularity, coarsen
from memory.preferences import Preference
from memory.store import EntryKind, PastDecision
from negotiators.host.memo import forget_all

if TYPE_CHECKING:
    from agent.runtime.wiring import House

KINDS = {
    "fact": EntryKind.FACT, "pref": EntryKind.PREFERENCE, "preference": EntryKind.PREFERENCE,
    "rule": EntryKind.RULE, "decision": EntryKind.DECISION, "contract": EntryKind.CONTRACT,
    "circumstance": EntryKind.CIRCUMSTANCE,
}  # fmt: skip

_OF_SENDER = """
SELECT body FROM mails WHERE ?1 IN (sender,'all') AND body IS NOT NULL
UNION SELECT s.body FROM found_sources s JOIN found_offers o ON o.id=s.offer WHERE ?1 IN (o.sender,'all')
"""
"""The bodies that tell of a sender, apart from the name: the sorted mail, the offers kept."""

LEAST = 6
"""Letters and digits a mention needs to be searched by its plain form: shorter ones would erase at random."""

_FORGOTTEN = "forgotten_seq"


def entry_of(ref: str) -> tuple[EntryKind, str] | None:
    """The kind and id a reference such as `fact:income` names."""
    kind, _, name = ref.partition(":")
    return (KINDS[kind], name) if kind in KINDS and name else None


def seller_of(ref: str) -> str | None:
    """The company whose talks `seller:ID` names."""
    kind, _, name = ref.partition(":")
    return name if kind == "seller" and name else None


def file_of(ref: str) -> str | None:
    """The company whose provider file `file:ID` names."""
    kind, _, name = ref.partition(":")
    return name if kind == "file" and name else None


def mail_of(ref: str) -> str | None:
    """The sender's domain whose mail and offers `mail:DOMAIN` names, or `all`."""
    kind, _, name = ref.partition(":")
    return name.lower() if kind == "mail" and name else None


def senders_of(rows: Rows, domain: str) -> list[str]:
    """What a request to forget a domain, or `all`, names instead of it, since a request stays on the record: the tags
    of the domain and of those below it; the domain itself only where records of an earlier format name it anyway.
    Empty when nothing is kept of it."""
    known = senders(rows).items()
    named = [tag for tag, sender in known if domain == "all" or f".{sender.text}".endswith(f".{domain}")]
    early = rows("SELECT 1 FROM mails WHERE ? IN (sender,'all') LIMIT 1", (domain,))
    return named + ([f"mail:{domain}"] if early else [])


@dataclass(slots=True)
class Forgetting:
    """Applies requests to forget, each once."""

    house: House

    def apply(self) -> list[str]:
        """Forget what was asked for; returns the references. Raises `VaultLockedError` when a value is needed to find
        its mentions and the vault is closed: the request stays and is carried out once it opens."""
        ledger, store = self.house.ledger, self.house.person.store
        seen = int(store.blobs.meta(_FORGOTTEN) or 0)
        requests = ledger.events(after=0, kinds=("ForgetRequested",))
        done = {event.payload["request"] for event in ledger.events(kinds=("Forgotten",))}
        forgotten = []
        for request in requests:
            ref = str(request.payload["ref"])
            named = entry_of(ref)
            if request.seq not in done:
                self._wishes_for(ref)
                bodies = sorted(set(self._mentions(named))) if named else self._of_company(ref)
                ledger.forget_bodies(self.house.clock.now(), Forgotten(ref, bodies, request.seq))
            if request.seq > seen:
                if named is not None:
                    self.house.person.recall.close()  # its folder is dropped, and made anew at the next question
                    self._from_memory(*named)
                store.blobs.set_meta(_FORGOTTEN, str(request.seq))
                forgotten.append(ref)
        if forgotten:
            forget_all(self.house.home.root / ADAPTERS)
            self._refresh()
        return forgotten

    def _from_memory(self, kind: EntryKind, name: str) -> None:
        store = self.house.person.store
        names = [name]
        if kind is EntryKind.RULE:
            # One sentence of the person may have been written down as several rules under one number.
            number = next((rule.number for rule in store.rules() if rule.id == name), None)
            names += [rule.id for rule in store.rules() if rule.number == number is not None and rule.id != name]
        if kind is EntryKind.DECISION:
            self._unlearn(name)
        for one in names:
            with suppress(EntryNotFoundError):  # an earlier process came this far
                store.forget(kind, one)

    def _unlearn(self, name: str) -> None:
        """What was learned from a decision is learned anew without it, before its words are scrubbed."""
        store = self.house.person.store
        with suppress(EntryNotFoundError):
            category = self.house.categories.get(store.get(PastDecision, name).category or "")
            if category is not None:
                relearn(store, category, self.house.clock.now(), without=name)

    def _refresh(self) -> None:
        """What this process still holds of it: needles, vectors, talks with their tables, the write-ahead logs."""
        house = self.house
        house.gate.scanner.needles = house.person.scanner().needles
        house.gate.scanner.recent.clear()
        house.person.store.scrub()
        house.ledger.checkpoint()

        for row in house.ledger.rows("SELECT id FROM negotiations"):
            thread = house.threads.get(row["id"])
            if thread is not None:
                thread.prior, thread.acquainted = None, False

    # -- mentions -----------------------------------------------------------------------------------------------

    def _mentions(self, named: tuple[EntryKind, str]) -> Iterator[str]:
        kind, name = named
        match kind:
            case EntryKind.FACT:
                yield from self._of_fact(name)
            case EntryKind.PREFERENCE:
                yield from self._of_preference(name)
            case EntryKind.CONTRACT:
                known = names(self.house.ledger.rows)
                yield from (tag for tag, label in known.items() if label.of == contract_ref(name))
            case _:
                return

    def _of_company(self, ref: str) -> list[str]:
        """The records of every talk with a company, from which the engine learns how it bargains; or what the person's
        file says of it, with every message that ordered by it or holds one of its codes; or what is kept of sorted
        mail."""
        if tag := _tag(ref):
            named = {tag} & names(self.house.ledger.rows).keys()
            return sorted(named | {str(row["body"]) for row in self.house.ledger.rows(_OF_SENDER, (tag,))})
        if provider := seller_of(ref):
            return sorted(set(records_of(self.house.ledger, provider)))
        return sorted(set(self._of_file(file_of(ref) or "")))

    def _wishes_for(self, ref: str) -> None:
        """That mail of a sender should have been shown, said while the sender's name can still be read."""
        store, tag = self.house.person.store, _tag(ref)
        if tag is None:
            return
        known = senders(self.house.ledger.rows)
        named = set(known) if tag == "all" else {tag}
        named = {company_at(known.get(one, Name(one))) for one in named}
        for entry in store.entries(PastDecision):
            if any(company in named for company, _ in missed_of(entry)):
                store.forget(EntryKind.DECISION, entry.id)

    def _of_file(self, provider: str) -> Iterator[str]:
        ledger = self.house.ledger
        codes: set[str] = set()
        for event in ledger.events(kinds=("EndpointSet",)):
            if event.payload["provider"] == provider and (text := ledger.body(event.body)) is not None:
                yield str(event.body)
                for table in json.loads(text)["order"].values():
                    codes.update(str(code) for code in table.get("codes", ()))
        talks = {row["id"] for row in ledger.rows("SELECT id FROM negotiations WHERE provider=?", (provider,))}
        for body, negotiation, text in _bodies(ledger):
            ordered = negotiation in talks and '"order":{' in text  # items, words and arguments of the file, as sent
            if ordered or any(_answers_with(text, code) for code in codes):
                yield body

    def _of_fact(self, name: str) -> Iterator[str]:
        """Every body that holds the value in any view, every text told of it, and the salts of its receipts."""
        ledger, person = self.house.ledger, self.house.person
        try:
            fact = person.store.get(Fact, name)
            value = person.value(fact)
        except EntryNotFoundError:
            return
        rows = ledger.rows("SELECT id, negotiation, granularity FROM releases WHERE fact=? AND released=1", (name,))
        yield from (f"salt:{row['id']}" for row in rows if ledger.body(f"salt:{row['id']}") is not None)
        if value is None:
            return
        told = {str(row["negotiation"]): _told(fact.category, value, row["granularity"]) for row in rows}
        scanner = Scanner.of([(name, fact.category, value)])
        for body, negotiation, text in _bodies(ledger):
            if scanner.scan(text, "") or _answers_with(text, told.get(negotiation)):
                yield body

    def _of_preference(self, name: str) -> Iterator[str]:
        """Needs in whose words it stands, and the decision inputs of every talk it took part in."""
        ledger, store = self.house.ledger, self.house.person.store
        try:
            words = compact(store.get(Preference, name).words)
        except EntryNotFoundError:
            words = ""
        if len(words) >= LEAST:
            yield from (body for body, _, text in _bodies(ledger) if words in compact(text))
        for row in ledger.rows("SELECT id, recalled FROM needs"):
            if any(used["id"] == name for used in json.loads(row["recalled"])):
                chosen = ledger.rows(
                    "SELECT c.body FROM choices c JOIN negotiations n ON n.id=c.negotiation WHERE n.need=? "
                    "AND c.body IS NOT NULL",
                    (row["id"],),
                )
                yield from (str(entry["body"]) for entry in chosen)


def _tag(ref: str) -> str | None:
    """The sender a request means: a tag, `all`, or the domain that records of an earlier format name."""
    return ref if ref.startswith(TAG) else mail_of(ref)


def _told(category: CategoryId, value: str, granularity: str) -> str:
    return coarsen(category, value, Granularity[granularity.upper()]) or ""


def _answers_with(text: str, told: str | None) -> bool:
    """Whether a body of a talk holds what was told in it: as an answer of ours, or anywhere when it is long enough."""
    if not told:
        return False
    if len(compact(told)) >= LEAST and compact(told) in compact(text):
        return True
    return f'"{told}"' in text or f" {told}" in text


def _bodies(ledger: Ledger) -> Iterable[tuple[str, str, str]]:
    """Every body with the talk it belongs to and its text."""
    rows = ledger.rows(
        "SELECT b.id, b.body, COALESCE(json_extract(e.payload,'$.negotiation'),'') AS negotiation FROM bodies b "
        "JOIN events e ON e.body=b.id"
    )
    for row in rows:
        yield str(row["id"]), str(row["negotiation"]), bytes(row["body"]).decode("utf-8", "replace")
