"""The facade's paper side: letters the person signs, and the brief for taking a talk over. Nothing here leaves the
machine; the person posts or carries it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.views import FacadeError
from agent.zone import Days, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from sqlite3 import Row
    from typing import Any

    from agent.kernel.ledger import Ledger
    from agent.language.brief import BriefFacts, Step
    from agent.language.letters import Letter
    from memory.store import Contract, Store
    from negotiators.categories import Category

LETTERS = ("cancellation", "objection", "data_request", "erasure", "withdraw_consent", "object_marketing")


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """What the person asked for. `contract` is an id of memory or the contract's own name; empty fields are completed
    from memory: the company and the end from the contract, the sender from the vault."""

    kind: str
    to: str = ""
    address: tuple[str, ...] = ()
    contract: str = ""
    number: str = ""
    by: date | None = None
    points: tuple[str, ...] = ()
    sender: str = ""
    sender_address: tuple[str, ...] = ()
    enclosures: tuple[str, ...] = ()


def letter(home: Path, order: LetterOrder, language: str) -> str:
    """The letter's text. Raises `FacadeError`: `letter_incomplete` naming what is missing, `vault_locked`."""
    from agent.language.letters import write_letter

    with _letter_errors():
        return write_letter(_made(home, order, language), "de" if language == "de" else "en")


def letter_pdf(home: Path, order: LetterOrder, language: str) -> bytes:
    """The letter as a page to print. Raises `FacadeError` as `letter` does, and `letter_unprintable`."""
    from agent.language.letterpdf import LetterUnprintable, draw_letter

    try:
        with _letter_errors():
            return draw_letter(_made(home, order, language), "de" if language == "de" else "en")
    except LetterUnprintable as err:
        raise FacadeError("letter_unprintable", characters=err.characters) from err


@contextmanager
def _letter_errors() -> Iterator[None]:
    from agent.language.letters import LetterIncomplete

    try:
        yield
    except LetterIncomplete as err:
        raise FacadeError("letter_incomplete", missing=err.missing) from err


def _made(home: Path, order: LetterOrder, language: str) -> Letter:
    from agent.language.letters import Letter, LetterKind, Postal

    order, days = _completed(home, order, language), Days(zone_of(home))
    return Letter(
        LetterKind(order.kind), Postal(order.sender, order.sender_address), Postal(order.to, order.address),
        days.of(datetime.now(UTC)), order.contract, order.number, order.by, order.points,
        order.enclosures,
    )  # fmt: skip


def _completed(home: Path, order: LetterOrder, language: str) -> LetterOrder:
    from agent.kernel.errors import AgentError
    from agent.runtime.paths import Home
    from memory.errors import MemoryRoomError, VaultLockedError
    from memory.store import Store
    from negotiators.categories import load_categories

    try:
        place = Home(home).make()
        with Store(place.root) as store:
            order = _with_contract(order, store, load_categories(place.categories), language)
            if not order.sender:
                order = _with_sender(order, store, home)
        return order
    except VaultLockedError as err:
        raise FacadeError("vault_locked", why=str(err)) from err
    except AgentError as err:
        raise FacadeError(err.code, **err.params) from err
    except MemoryRoomError as err:
        raise FacadeError("home_unreadable", path=str(home), why=str(err)) from err


def _with_contract(order: LetterOrder, store: Store, categories: Mapping[str, Category], language: str) -> LetterOrder:
    from memory.store import Contract

    known: dict[str, Contract] = {entry.id: entry for entry in store.entries(Contract)}
    kept = known.get(order.contract)
    if kept is None:
        return order
    by = order.by or (kept.end if order.kind == "cancellation" else None)
    known_as = categories[kept.category].labels[language] if kept.category in categories else kept.category
    return replace(order, contract=kept.label or known_as, to=order.to or kept.provider, by=by)


def _with_sender(order: LetterOrder, store: Store, home: Path) -> LetterOrder:
    """Name and address of the person, where the vault holds them."""
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home
    from agent.runtime.person import ask_at_terminal, key_sources
    from memory.facts import Fact
    from memory.vault import Vault

    now = datetime.now(UTC)
    wanted = {"pd:Name": "", "pd:PhysicalAddress": ""}
    facts = [fact for fact in store.entries(Fact) if fact.subject == "person" and fact.is_valid(now)]
    if not any(fact.category in wanted for fact in facts):
        return order
    vault = Vault.open(store, key_sources(load_config(Home(home).config), home, ask_at_terminal))
    for fact in facts:
        if fact.category in wanted and not wanted[fact.category]:
            wanted[fact.category] = vault.value(fact.id)
    lines = tuple(part.strip() for part in wanted["pd:PhysicalAddress"].split(",") if part.strip())
    return replace(order, sender=wanted["pd:Name"], sender_address=order.sender_address or lines)


def brief(home: Path, ref: str, language: str) -> str:
    """The one-page brief of a card (its id or number on the digest) or of a talk. Raises `FacadeError`:
    `no_such_talk`, and `nothing_on_the_table` for a talk in which nobody named terms yet."""
    from agent.language.brief import write_brief
    from agent.reading import Reading

    reads = Reading(home)
    try:
        item = reads.item(ref)
        talk = item.legs[0].negotiation if item is not None else reads.talk(ref).negotiation
        approved = item is not None and item.state in ("approved", "handover")
    finally:
        reads.close()
    return write_brief(_brief_facts(home, talk, approved, language), "de" if language == "de" else "en")


def _brief_facts(home: Path, talk: str, approved: bool, language: str) -> BriefFacts:
    from agent.kernel.codec import terms_from
    from agent.kernel.ledger import Ledger
    from agent.language.brief import BriefFacts
    from negotiators.categories import load_categories

    ledger = Ledger(home)
    try:
        row = ledger.rows(
            "SELECT n.*, p.name FROM negotiations n JOIN providers p ON p.id=n.provider WHERE n.id=?", (talk,)
        )[0]
        category = load_categories(home / "categories")[row["category"]]
        turns, days = ledger.rows("SELECT * FROM turns WHERE negotiation=? ORDER BY seq", (talk,)), Days(zone_of(home))
        offers = [stored for turn in turns if turn["party"] == "them" and (stored := _offered(turn))]
        held = json.loads(row["held"]) if row["held"] else None
        terms = terms_from(held["terms"] if held else offers[-1]["terms"] if offers else {})
        if not terms:
            raise FacadeError("nothing_on_the_table", talk=talk[:8])
        theirs = [body for turn in turns if turn["party"] == "them" and (body := ledger.body(turn["body"]))]
        return BriefFacts(
            row["name"], row["endpoint"], category, terms,
            claimed=_claimed(held, offers), approved=approved,
            steps=[_step(turn, category, days) for turn in turns if json.loads(turn["moves"])],
            told=_told(ledger, row["provider"], language),
            missing=[name for name in category.mandatory if name not in terms],
            their_words=theirs[-1] if theirs else "", reference=talk[:8],
        )  # fmt: skip
    finally:
        ledger.close()


def _claimed(held: Mapping[str, Any] | None, offers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the terms on the table stand in the company's words only."""
    if held is not None and held["standing"] != "incomplete":
        return bool(held["standing"] == "claimed")
    return any(entry["standing"] == "claimed" for entry in offers[-1].get("evidence", ()))


def _offered(turn: Row) -> Mapping[str, Any] | None:
    found: list[Mapping[str, Any]] = [move["offer"] for move in json.loads(turn["moves"]) if "offer" in move]
    return found[-1] if found else None


def _step(turn: Row, category: Category, days: Days) -> Step:
    from agent.kernel.codec import terms_from
    from agent.language.brief import Step

    move = json.loads(turn["moves"])[0]
    price = terms_from(move.get("offer", move).get("terms") or {}).get(category.headline().name)
    return Step(days.of(datetime.fromisoformat(turn["at"])), turn["party"] == "us", move["act"], price)


def _told(ledger: Ledger, provider: str, language: str) -> list[str]:
    """What the company learned, by the names of the data, with how exactly."""
    from memory.facts import CATEGORIES, CategoryId

    rows = ledger.rows(
        "SELECT DISTINCT data_category FROM releases WHERE provider=? AND released=1 ORDER BY at", (provider,)
    )
    known = [CATEGORIES.get(CategoryId(row["data_category"])) for row in rows]
    return [(kind.de if language == "de" else kind.en) for kind in known if kind is not None]
