"""Puts one house together: everything the runner, a single negotiation and the demo share."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.digest.compose import Composer
from agent.kernel.citing import Cited
from agent.kernel.disclosure import Disclosure
from agent.kernel.errors import ConfigInvalid
from agent.kernel.events import BundleStated, IncidentNoted, NeedStated, ProviderKnown
from agent.kernel.gate import Gate
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.myterms import Agreements, Proffer
from agent.kernel.names import Naming
from agent.market.aftercare import Aftercare
from agent.market.desk import Desk, MarketRules
from agent.market.endpoints import pace
from agent.market.market import Market
from agent.market.needs_book import NeedsBook
from agent.market.signing import Signing
from agent.market.threads import Threads
from agent.market.understand import Claims, Reader
from agent.market.watch import Watch
from agent.needs.bundles import Bundle
from agent.needs.completing import complete
from agent.needs.need import Need, inside
from agent.runtime.adapters import adapters_of, declared_pace
from agent.runtime.config import Config, load_config
from agent.runtime.paths import Home
from agent.runtime.person import Person, ask_at_terminal, embedder_of, key_sources
from agent.zone import Days
from memory.facts import CATEGORIES
from memory.keys import KeySource
from memory.store import Store
from negotiators.adapter import Pace
from negotiators.categories import Category, load_categories
from negotiators.channels.payload import payload_of
from negotiators.clock import Clock, SimClock, SystemClock
from negotiators.dialogue import AgreementWord, Ask, Inform, Move, Offer, OfferId, ProviderId
from negotiators.text import UntrustedText

if TYPE_CHECKING:
    from agent.language.model import ModelReader
    from agent.language.results import ReadOffer


log = logging.getLogger("gegenbot.house")

PROMPT_PART = 4
"""Others wait for a silent company for one part in so many of the patience it has itself."""


def random_id() -> str:
    return uuid.uuid4().hex


def payload(
    move: Move, category: Category, negotiation: str, round: int, informs: Sequence[Inform]
) -> Mapping[str, object]:
    return payload_of(move, category=category, negotiation=negotiation, round=round, informs=informs)


def wording(
    move: Move,
    category: Category,
    language: str,
    informs: Sequence[Inform],
    introduces: bool = False,
    cites: Cited | None = None,
    agreement: AgreementWord | None = None,
) -> str:
    """The sentence beside a move, from the language room's rules."""
    from agent.language.wording import ActDetails, word_move

    labels = {str(term): kind.de if language == "de" else kind.en for term, kind in CATEGORIES.items()}
    details = ActDetails(
        first=introduces or isinstance(move, Ask), field_labels=labels, informs=tuple(informs),
        cites=(cites.price, cites.url, cites.day) if cites else None,
        agreement=(agreement.status, agreement.id) if agreement else None,
    )  # fmt: skip
    return word_move(move, category, "de" if language == "de" else "en", details)


def _claims(
    read: ReadOffer, text: UntrustedText, category: Category, provider: ProviderId, offer_id: OfferId
) -> Claims:
    """A closed reader's values as claims of this provider, with what else the text does."""
    from agent.language.reading import Signal, read_intent

    intent = read_intent(text, category)
    offer = Offer(offer_id, provider, category.id, read.terms, read.valid_until, evidence=read.evidence)
    return Claims(
        offer=offer if read else None,
        accepts=intent.has(Signal.ACCEPT) and not intent.has(Signal.REFUSE),
        refuses=intent.has(Signal.REFUSE),
        ends=intent.has(Signal.END),
        pressure=intent.has(Signal.PRESSURE),
        final=intent.has(Signal.FINAL),
        inquiries=tuple(question.inquire for question in intent.questions),
        asked=tuple(
            (question.inquire.field, question.span.quote)
            for question in intent.questions
            if not question.inquire.field.startswith("issue:")
        ),
        problems=read.problems,
    )


async def rules_reader(
    text: UntrustedText, category: Category, provider: ProviderId, offer_id: OfferId, today: date
) -> Claims:
    """Counterpart text through the closed readers of `agent.language`, off the event loop."""
    from agent.language.reading import read_offer

    def read() -> Claims:
        found = read_offer(text, category, today=today, default_currency=category.currency)
        return _claims(found, text, category, provider, offer_id)

    return await asyncio.to_thread(read)


def model_reader(model: ModelReader, ledger: Ledger, clock: Clock) -> Reader:
    """The rules' reading completed by a configured model; what it added or failed at is on the ledger."""

    async def read(
        text: UntrustedText, category: Category, provider: ProviderId, offer_id: OfferId, today: date
    ) -> Claims:
        found = await model.read_offer(text, category, today=today, default_currency=category.currency)
        if found.added or found.problems:
            params = {"added": ", ".join(found.added), "problems": ", ".join(found.problems), "model": model.name}
            note = IncidentNoted("model_read", params, [f"text:{text.digest[:16]}"], provider)
            await asyncio.to_thread(ledger.append, clock.now(), [note])
        return await asyncio.to_thread(_claims, found.offer, text, category, provider, offer_id)

    return read


def reader_of(config: Config, ledger: Ledger, clock: Clock) -> Reader:
    """Rules, or rules with the configured model."""
    if not config.model.model:
        return rules_reader
    from agent.language.model import ModelReader as Model
    from agent.language.modelcall import ModelSetting
    from agent.runtime.spending import SpendLedger

    setting = ModelSetting(config.model.model, config.model.base_url, seconds=config.model.timeout_seconds)
    return model_reader(Model(setting, SpendLedger(ledger, clock, config.model)), ledger, clock)


def proffer_of(config: Config) -> Proffer:
    """The agreement on data the person chose."""
    return Proffer(config.privacy.agreement, config.privacy.also)


@dataclass(slots=True)
class House:
    """One running house. Close it when done."""

    home: Home
    config: Config
    clock: Clock
    ledger: Ledger
    person: Person
    categories: Mapping[str, Category]
    gate: Gate
    disclosure: Disclosure
    threads: Threads
    book: NeedsBook
    market: Market
    signing: Signing
    aftercare: Aftercare
    watch: Watch
    composer: Composer
    new_id: Callable[[], str]
    agreements: Agreements
    days: Days
    embedder_note: str = ""

    # -- needs and providers ------------------------------------------------------------------------------------

    def know_provider(self, provider: str, name: str, endpoint: str, categories: Sequence[str], trust: str) -> None:
        """Let a provider in. `trust` is `trusted`, `allowed` or `blocked`."""
        event = ProviderKnown(provider, name, trust, endpoint, "a2a", list(categories))
        self.ledger.append(self.clock.now(), [event])

    def state_need(self, need: Need, *, window: timedelta | None = None, contract: str | None = None) -> Need:
        """Complete a need from memory, put it on the ledger and return it as it will be negotiated."""
        self.ledger.append(self.clock.now(), [self._stated(need, None, window, contract)])
        return self.book.need(need.id)

    def state_bundle(
        self, bundle: Bundle, *, window: timedelta | None = None, contracts: Mapping[str, str] | None = None
    ) -> Bundle:
        """Put needs that are decided together on the ledger, all or none. `contracts` names what the person pays today
        by need, where it is not the only one of its category."""
        naming = Naming(self.ledger.rows, self.new_id)
        event = naming.tag(bundle.event, f"bundle:{bundle.id}") if bundle.event else ""
        cap = str(bundle.cap.amount) if bundle.cap is not None else None
        together = BundleStated(bundle.id, event, cap, bundle.currency, [need.id for need in bundle.needs])
        known = contracts or {}
        stated = [self._stated(need, bundle.event or None, window, known.get(need.id)) for need in bundle.needs]
        self.ledger.append(self.clock.now(), [*(Draft(met, name) for met, name in naming.new()), together, *stated])
        return replace(bundle, needs=tuple(self.book.need(need.id) for need in bundle.needs))

    def _stated(self, need: Need, event: str | None, window: timedelta | None, contract: str | None) -> Draft:
        """A need completed from memory, as it goes on the ledger."""
        now, category = self.clock.now(), self.categories[need.category]
        row = self.ledger.row("SELECT limits FROM limits WHERE category=?", (need.category,))
        need = replace(need, mandate=inside(need.mandate, json.loads(row["limits"]) if row else {}))
        completed = complete(need, category, self.person.recalled(need.text, category, now, event=event))
        contracts = self.person.contracts(self.days.of(now))
        known = contract or next((c.id for c in contracts.values() if c.category == need.category), None)
        units = completed.units or self._units(category)
        ends = now + (window or self._window(need.category))
        stated = NeedStated(
            need=need.id, category=need.category,
            issues={wish.issue: wish.texts() for wish in completed.wishes}, mandate=completed.mandate.texts(),
            window_ends=ends.isoformat(), units=str(units) if units is not None else None, bundle=need.bundle,
            leg=completed.leg.texts(), contract=known, recalled=[dict(entry) for entry in completed.recalled],
            body=f"need:{need.id}" if need.text else None,
        )  # fmt: skip
        return Draft(stated, need.text or None)

    def _window(self, category: str) -> timedelta:
        """How long offers are collected: longer where a company that is let in answers slowly."""
        rows = self.ledger.rows(
            "SELECT DISTINCT e.channel, e.url FROM endpoints e JOIN providers p ON p.id=e.provider "
            "WHERE p.trust<>'blocked' AND EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value=?)",
            (category,),
        )
        talks = self.config.negotiation
        slow = any(self._pace(row["url"], row["channel"]) is Pace.ASYNCHRONOUS for row in rows)
        return timedelta(hours=max(talks.window_hours, talks.slow_window_hours) if slow else talks.window_hours)

    def _pace(self, endpoint: str, channel: str) -> Pace:
        """How fast a company answers; before it was ever met, what its adapter's manifest says."""
        return declared_pace(self.config, channel) or pace(self.ledger, endpoint, channel)

    def _units(self, category: Category) -> Decimal | None:
        """What a per-unit price is multiplied by: the person's own yearly use where memory has it in clear terms."""
        for contract in self.person.contracts(self.days.of(self.clock.now())).values():
            if contract.category == category.id and category.unit_name and contract.units is not None:
                return contract.units
        return None

    def take_settings(self) -> None:
        """The person changed a setting while we run; it holds from now on."""
        try:
            self.config = load_config(self.home.config)
            self.agreements.chosen = proffer_of(self.config)
            self.days.zone = ZoneInfo(self.config.zone)
        except ConfigInvalid as err:
            log.warning("the changed configuration is not used: %s", err)

    async def close(self) -> None:
        await self.threads.close()
        self.shut()

    def shut(self) -> None:
        """Close the files, where no talk was ever opened."""
        self.person.recall.close()
        self.person.store.close()
        self.ledger.close()


def build(
    root: Path,
    *,
    clock: Clock | None = None,
    config: Config | None = None,
    sources: Sequence[KeySource] | None = None,
    holds_lock: bool = False,
    new_id: Callable[[], str] = random_id,
    rules: MarketRules | None = None,
    reader: Reader | None = None,
    languages: Mapping[str, str] | None = None,
) -> House:
    """Open a data folder and wire the rooms. Raises the errors of config, ledger and memory."""
    home = Home(root).make(config.zone if config is not None else "")
    config = config or load_config(home.config)
    clock = clock or SystemClock()
    categories = load_categories(home.categories)
    ledger = Ledger(home.root)
    store = Store(home.root)
    embedder, note = embedder_of(config, home.root)
    keys = sources if sources is not None else key_sources(config, home.root, ask_at_terminal)
    person = Person(store, embedder, categories, sources=keys, holds_lock=holds_lock)
    ledger.set_meta("embedder", embedder.id)
    gate = Gate(ledger, clock, home.root, wording=wording, payload=payload, new_id=new_id, scanner=person.scanner())
    adapter_for = adapters_of(config, home.root, categories, ledger, clock)
    patience = config.negotiation.patience_seconds
    prompt = None if isinstance(clock, SimClock) else patience / PROMPT_PART
    threads = Threads(ledger, gate, adapter_for, patience=patience, prompt=prompt)
    days = Days(ZoneInfo(config.zone))
    book = NeedsBook(ledger, categories, lambda: person.contracts(days.of(clock.now())), days)
    disclosure = Disclosure(ledger, person, new_id)
    agreements = Agreements(ledger, proffer_of(config))
    market_rules = rules or MarketRules(
        rounds=config.negotiation.rounds,
        poll=timedelta(minutes=config.negotiation.poll_minutes),
        language=config.language,
    )
    desk = Desk(
        ledger,
        gate,
        disclosure,
        agreements,
        threads,
        book,
        clock,
        reader or reader_of(config, ledger, clock),
        new_id,
        market_rules,
        dict(languages or {}),
    )
    market = Market(desk)
    signing = Signing(ledger, gate, market, threads, book, disclosure, clock, new_id, config.language)
    aftercare = Aftercare(ledger, signing, market, threads, book, clock)
    composer = Composer(ledger, book, new_id)
    return House(
        home, config, clock, ledger, person, categories, gate, disclosure, threads, book, market, signing, aftercare,
        Watch(desk), composer, new_id, agreements, days, note,
    )  # fmt: skip
