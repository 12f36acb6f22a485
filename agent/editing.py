"""The facade's editing side: what the bot works from. Limits, contracts, providers, facts, wishes, settings.

Each call is a short visit that needs no runner; a running one sees the change at its next look. Only facts ever need
the vault's key.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.edge import facade_errors
from agent.views import FacadeError
from agent.zone import Days, zone_of

if TYPE_CHECKING:
    from agent.kernel.events import Event
    from agent.needs.need import Wish
    from memory.preferences import Preference
    from memory.store import Store
    from memory.vault import Vault
    from negotiators.categories import Category

AUTONOMY = ("tell", "propose", "act")
TRUST = ("trusted", "allowed", "blocked")

_BARE_NAME = re.compile(r"(?!localhost$)(?=.*[^\W\d_])(?:[^\s@:/.]+|[^@:/]*\s[^@:/]*)", re.IGNORECASE)
"""One word without a dot, or several words: no address of a machine looks like that."""

_MAIL = re.compile(r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+")


class Editing:
    """What the person may change in one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    # -- visits -------------------------------------------------------------------------------------------------

    @contextmanager
    def _memory(self) -> Iterator[Store]:
        from agent.kernel.ledger import Ledger
        from agent.runtime.paths import Home
        from memory.store import Store

        with facade_errors():
            home = Home(self.home).make()
            Ledger(home.root).close()
            with Store(home.root) as store:
                yield store

    def _vault(self, store: Store) -> Vault:
        from agent.runtime.config import load_config
        from agent.runtime.paths import Home
        from agent.runtime.person import ask_at_terminal, key_sources
        from memory.vault import Vault

        config = load_config(Home(self.home).config)
        return Vault.open(store, key_sources(config, self.home, ask_at_terminal))

    def _append(self, *events: Event) -> None:
        from agent.kernel.ledger import Ledger
        from agent.runtime.paths import Home

        with facade_errors():
            ledger = Ledger(Home(self.home).make().root)
            try:
                ledger.append(datetime.now(UTC), list(events))
            finally:
                ledger.close()

    def _category(self, name: str) -> Category:
        from negotiators.categories import load_categories

        known = load_categories(self.home / "categories")
        if name not in known:
            raise FacadeError("unknown_category", where="", key=name, nearest="", known=", ".join(sorted(known)))
        return known[name]

    # -- limits and needs ---------------------------------------------------------------------------------------

    def set_limits(
        self, category: str, *, max_total: str | None, max_term_months: str | None, autonomy: str
    ) -> Mapping[str, str]:
        """How far the bot may go in a category, for what runs and for what comes. `None` lifts a bound. Raises
        `FacadeError` (`bad_amount`, `bad_number`, `limit_needed`, `unknown_category`)."""
        from agent.kernel.events import LimitsSet

        known = self._category(category)
        limits = {"autonomy": _one_of(autonomy, AUTONOMY)}
        if max_total is not None:
            limits |= {"max_total": str(_amount(max_total)), "currency": known.currency}
        if max_term_months is not None:
            limits["max_term_months"] = str(_whole(max_term_months))
        if autonomy == "act" and max_total is None:
            raise FacadeError("limit_needed", category=category)
        self._append(LimitsSet(category, limits))
        return limits

    def close_need(self, need: str) -> None:
        """The person no longer wants it. Raises `FacadeError` (`no_such_need`)."""
        from agent.kernel.events import NeedClosed
        from agent.reading import Reading

        reads = Reading(self.home)
        try:
            found = [row["id"] for row in reads.needs() if row["id"] == need and row["state"] == "open"]
        finally:
            reads.close()
        if not found:
            raise FacadeError("no_such_need", need=need)
        self._append(NeedClosed(need, "withdrawn"))

    # -- contracts ----------------------------------------------------------------------------------------------

    def add_contract(
        self, category: str, provider: str, monthly: str, *, end: str | None = None, notice: str | None = None,
        units: str | None = None,
    ) -> str:  # fmt: skip
        """What the person pays today: the baseline of every saving. `end` is a day, `notice` whole months, `units`
        what is used in a year. Returns its id; one of the same category and provider is replaced."""
        from memory.errors import EntryNotFoundError
        from memory.store import Contract, ContractId, PriceStep

        known = self._category(category)
        name = f"{category}-{_slug(provider)}"
        entry = Contract(
            ContractId(name), category, _named(provider), known.currency,
            (PriceStep(0, _amount(monthly)),), None, _day(end) if end else None,
            f"P{_whole(notice)}M" if notice else "",
            (("units", str(_amount(units))),) if units else (),
        )  # fmt: skip
        with self._memory() as store:
            try:
                store.replace(entry)
            except EntryNotFoundError:
                store.add(entry)
        return name

    # -- providers ----------------------------------------------------------------------------------------------

    def door_of(self, address: str) -> str:
        """The channel a company is reached over at what was typed: `email`, `a2a`, or `byhand` for a bare name. Raises
        `FacadeError` (`bad_address`, `no_channel`)."""
        return _address(address)[1]

    def add_provider(
        self, address: str, *, name: str = "", categories: Sequence[str] = (), trust: str, by_hand: bool = False
    ) -> str:
        """Let a company in by its web or e-mail address, for these categories (none: for all). Returns its id.
        Raises `FacadeError` (`bad_address`, `no_channel`, `bad_choice`)."""
        from agent.runtime.keeping import know_provider
        from negotiators.categories import load_categories

        address, channel, host = _address(address, by_hand)
        known = tuple(categories or sorted(load_categories(self.home / "categories")))
        with facade_errors():
            return know_provider(self.home, name or host, address, known, _one_of(trust, TRUST), channel)

    def set_trust(self, provider: str, trust: str) -> None:
        """Trusted, allowed or blocked. A blocked company is not asked again. Raises `FacadeError`
        (`no_such_provider`)."""
        from agent.kernel.events import ProviderKnown
        from agent.reading import Reading

        reads = Reading(self.home)
        try:
            rows = [row for row in reads.providers() if row["id"] == provider]
        finally:
            reads.close()
        if not rows:
            raise FacadeError("no_such_provider", provider=provider)
        first = rows[0]
        categories = [name for name in first["categories"].split(", ") if name]
        self._append(
            ProviderKnown(provider, first["name"], _one_of(trust, TRUST), first["address"], first["channel"],
                          categories)
        )  # fmt: skip

    # -- facts --------------------------------------------------------------------------------------------------

    def add_fact(self, category: str, value: str, label: str = "") -> str:
        """Something true of the person, its value sealed. Returns its id. Raises `FacadeError` (`vault_locked`,
        `data_missing`, `unknown_data`, `bad_words`)."""
        from memory.errors import UnknownTermError
        from memory.facts import CategoryId, Fact, FactId
        from memory.facts import category as data_category

        if not category:
            raise FacadeError("data_missing")
        try:
            kind = data_category(category)
        except UnknownTermError as err:
            raise FacadeError("unknown_data", data=category, nearest=err.nearest_term or "") from err
        if kind.never or not value.strip():
            raise FacadeError("bad_words", value=value[:40])
        fact = Fact(FactId(f"f-{uuid.uuid4().hex[:8]}"), CategoryId(category), label)
        with self._memory() as store:
            self._vault(store).put(fact, " ".join(value.split()))
        return fact.id

    def ladder(self, fact: str) -> tuple[Mapping[str, str], ...]:
        """What would be told of a fact on each rung, coarsest first: `{granularity, told}`. Raises `FacadeError`
        (`vault_locked`, `no_such_item`)."""
        from memory.errors import EntryNotFoundError
        from memory.facts import Fact, FactId, coarsen, ladder

        with self._memory() as store:
            try:
                known = store.get(Fact, fact)
                value = self._vault(store).value(FactId(fact))
            except EntryNotFoundError as err:
                raise FacadeError("no_such_item", item=f"fact:{fact}") from err
        return tuple(
            {"granularity": rung.name.lower(), "told": coarsen(known.category, value, rung) or ""}
            for rung in ladder(known.category)
        )

    # -- wishes -------------------------------------------------------------------------------------------------

    def add_wish(self, words: str, category: str | None = None) -> Mapping[str, str]:
        """A lasting wish in the person's words, with the terms that could be read from it."""
        from memory.preferences import PreferenceId

        made, _ = self._wish(PreferenceId(f"p-{uuid.uuid4().hex[:8]}"), words, category)
        with self._memory() as store:
            store.add(made)
        return {"id": made.id, "words": made.words, "category": made.category or "", "terms": str(len(made.terms))}

    def draft_wish(self, words: str, category: str | None = None) -> Mapping[str, object]:
        """What would be understood of a wish; nothing is kept. The same shape as a need that is read back."""
        made, wishes = self._wish("", words, category)
        return {"category": made.category or "", "wishes": {wish.issue: wish.texts() for wish in wishes}}

    def correct_wish(self, wish: str, words: str) -> Mapping[str, str]:
        """From now on this is what the person wants instead; what followed from the old wish falls with it, in memory
        and in open needs. Raises `FacadeError` (`no_such_item`)."""
        from agent.kernel.events import Learned, Retracted
        from memory.errors import EntryNotFoundError
        from memory.preferences import Preference, PreferenceId

        with self._memory() as store:
            try:
                old = store.get(Preference, wish)
                made, _ = self._wish(PreferenceId(f"p-{uuid.uuid4().hex[:8]}"), words, old.category)
                derived = store.correct(PreferenceId(wish), made, datetime.now(UTC))
            except EntryNotFoundError as err:
                raise FacadeError("no_such_item", item=f"pref:{wish}") from err
            self._append(Retracted(wish, list(derived)), Learned(made.id, wish, "corrected"))
        return {"id": made.id, "words": made.words, "category": made.category or "", "terms": str(len(made.terms))}

    def _wish(self, name: Any, words: str, category: str | None) -> tuple[Preference, Sequence[Wish]]:
        from agent.language.reading import read_need
        from agent.needs.need import Wish
        from memory.preferences import Preference
        from negotiators.categories import load_categories

        words = _named(words)
        categories = load_categories(self.home / "categories")
        if category:
            categories = {category: self._category(category)}
        now = datetime.now(UTC)
        read = read_need(f"{categories[category].labels['en']}: {words}" if category else words, categories,
                         today=Days(zone_of(self.home)).of(now))  # fmt: skip
        wishes = [Wish(one.issue, one.minimum, one.maximum, one.want, None, one.hard) for one in read.wishes]
        terms = tuple(term for wish in wishes for term in _terms(wish.issue, wish.texts()))
        hard = bool(wishes) and all(wish.hard for wish in wishes)
        found = read.category.id if read.category is not None else category
        return Preference(name, words, terms, found, hard=hard, stated_at=now, valid_from=now), wishes

    # -- settings -----------------------------------------------------------------------------------------------

    def settings(self) -> Mapping[str, str]:
        """The settings people change: when, how much, in which language."""
        from agent.runtime.settings import shown

        with facade_errors():
            return shown(self.home)

    def set_setting(self, key: str, value: str) -> None:
        """Change one setting in `config.toml`, keeping its comments. Raises `FacadeError` (`bad_setting`,
        `unknown_key`; `no_mailbox` and `no_desktop` where a notice could not be given)."""
        from agent.runtime.settings import change

        with facade_errors():
            if key == "notify.how":
                from agent.runtime.notify import can_tell

                can_tell(self.home, value)
            change(self.home, key, value)


def data_categories() -> tuple[Mapping[str, str], ...]:
    """Kinds of personal data a fact may be of, with their words: `{id, en, de}`."""
    from memory.facts import CATEGORIES

    return tuple({"id": kind.id, "en": kind.en, "de": kind.de} for kind in CATEGORIES.values() if not kind.never)


def _terms(issue: str, texts: Mapping[str, str]) -> Iterator[Any]:
    """A wish of a need as terms of a lasting wish."""
    from memory.preferences import Op, Term

    for key, op in (("min", Op.LEAST), ("max", Op.MOST), ("want", Op.IS)):
        if key in texts:
            value, _, unit = texts[key].partition(" ")
            period = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?", value)
            if period and (period[1] or period[2]):
                value, unit = str(12 * int(period[1] or 0) + int(period[2] or 0)), "months"
            yield Term(issue, op, value, unit)


def _address(text: str, by_hand: bool = False) -> tuple[str, str, str]:
    """The address as kept, its channel, and what to call the company when it has no name. A bare name is a company the
    person carries the words to."""
    from negotiators.registry import names

    text = " ".join(text.split())
    if _MAIL.fullmatch(text):
        channel = "email" if "email" in names() else "byhand"
        host = text.partition("@")[2]
    elif _BARE_NAME.fullmatch(text):
        channel, host = "byhand", text
    else:
        if "://" not in text:
            text = f"https://{text}"
        parts = urlsplit(text)
        try:
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            fine = False
        local = parts.hostname in ("localhost",) or bool(re.fullmatch(r"[\d.]+|.*:.*", parts.hostname or ""))
        if not fine or " " in parts.netloc or not ("." in (parts.hostname or "") or local):
            raise FacadeError("bad_address", address=text[:120])
        channel, host = "a2a", parts.netloc.casefold()
    channel = "byhand" if by_hand else channel
    if channel not in names():
        raise FacadeError("no_channel", channel=channel, address=text[:120])
    return text, channel, host


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "one"


def _named(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > 400:
        raise FacadeError("bad_words", value=text[:40])
    return text


def _one_of(value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise FacadeError("bad_choice", value=value[:40], known=", ".join(known))
    return value


def _amount(text: str) -> Decimal:
    """A positive amount as people type it: `20`, `20.50`, `20,50`."""
    cleaned = re.sub(r"(?i)\s|eur|€", "", text)
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d{1,2}", cleaned):
        cleaned = cleaned.replace(".", "").replace(",", ".")
    cleaned = cleaned.replace(",", "")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", cleaned, re.ASCII) or Decimal(cleaned) == 0:
        raise FacadeError("bad_amount", value=text[:40])
    return Decimal(cleaned)


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or int(text) > 600:
        raise FacadeError("bad_number", value=text[:40])
    return int(text)


def _day(text: str) -> date:
    """A day as `2027-01-31` or `31.1.2027`."""
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text.strip())
    except ValueError as err:
        raise FacadeError("bad_day", value=text[:40]) from err
