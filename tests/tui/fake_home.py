"""A stand-in for the facade, with the same methods, filled with the story. Thread-safe enough for the watcher."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from agent.views import (
    DigestView,
    DisclosureView,
    DraftView,
    FacadeError,
    IncidentView,
    ItemView,
    LearnedView,
    LedgerCheck,
    ProviderView,
    QuestionView,
    StatusView,
    TalkView,
    WhyView,
)
from tests.tui import story

if TYPE_CHECKING:
    from agent.rulebook import Mode, RuleView


@dataclasses.dataclass
class FakeHouse:
    """`home`, what is in it, and every decision that was taken."""

    home: Path = Path("/home/mira/.local/share/gegenbot")
    view: DigestView = story.DIGEST
    state: StatusView = story.STATUS
    incidents_seen: tuple[IncidentView, ...] = story.INCIDENTS
    talks_seen: tuple[TalkView, ...] = story.TALKS
    disclosed: tuple[DisclosureView, ...] = story.DISCLOSURES
    broken: str = ""
    slow: threading.Event | None = None
    blank: bool = False
    drafts: tuple[DraftView, ...] = story.DRAFTS
    own_keys: Mapping[str, str] = dataclasses.field(default_factory=dict)
    known: bool = True
    """Whether anything of the person is known: contracts, facts, companies, wishes."""
    decisions: list[tuple[str, ...]] = dataclasses.field(default_factory=list)
    spent: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    version: int = 1

    def reading(self) -> FakeReading:
        if self.slow is not None:
            self.slow.wait(20)
        if self.broken:
            raise FacadeError(self.broken, path=str(self.home), why="the disk does not answer")
        return FakeReading(self)

    def deciding(self) -> FakeDeciding:
        return FakeDeciding(self)

    def carrying(self) -> FakeCarrying:
        return FakeCarrying(self)

    def zone(self) -> tzinfo:
        from zoneinfo import ZoneInfo  # the digest as JSON shows no time, so it loads no zone

        return ZoneInfo("Europe/Berlin")

    def is_empty(self) -> bool:
        return self.blank

    def runner_alive(self) -> int | None:
        return self.state.runner_pid

    def start_runner(self) -> int | None:
        self.decisions.append(("start_runner",))
        return 4711

    def start_demo(self, seed: int, language: str) -> int:
        self.decisions.append(("demo", str(seed)))
        return 4712

    def editing(self) -> FakeEditing:
        return FakeEditing(self)

    def rule_book(self) -> FakeRuleBook:
        return FakeRuleBook(self)

    def teaching(self) -> FakeTeaching:
        return FakeTeaching(self)

    def background(self, verb: str) -> Mapping[str, object]:
        self.decisions.append(("background", verb))
        return {"manager": "systemd", "installed": verb == "on", "running": True, "path": "/home/mira/u", "line": ""}

    def export_everything(self, folder: Path) -> Mapping[str, int]:
        self.decisions.append(("export", str(folder)))
        return {"events": 214, "files": 3}

    def delete_everything(self) -> tuple[str, ...]:
        self.decisions.append(("delete",))
        self.blank = True
        return ()

    def categories(self) -> tuple[Mapping[str, object], ...]:
        from agent.entering import categories

        return categories(None)

    def data_categories(self) -> tuple[Mapping[str, str], ...]:
        from agent.editing import data_categories

        return data_categories()

    def read_files(self, paths: tuple[Path, ...]) -> tuple[Mapping[str, object], ...]:
        return story.READ

    def ask_through(self, ask: Callable[[], str | None]) -> None: ...

    def savings(self) -> tuple[Mapping[str, str], ...]:
        return story.SAVINGS if self.known else ()

    def prices(self) -> tuple[Mapping[str, str], ...]:
        return story.PRICES if self.known else ()

    def keymap(self) -> Mapping[str, str]:
        return self.own_keys

    def add_need(
        self, *, text: str | None = None, file: Path | None = None, table: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        self.decisions.append(("need", text or str(file or table)))
        self.blank = False
        return self.read_back(text=text, table=table)

    def read_back(self, *, text: str | None = None, table: Mapping[str, object] | None = None) -> Mapping[str, object]:
        return {
            "need": "need-new",
            "category": "mobile_plan",
            "wishes": {
                "data_gb": {"min": "20", "hard": "true"},
                "term": {"max": "P12M"},
                "price_monthly": {"max": "20 EUR"},
            },
            "not_understood": ["blue"],
        }

    def changed(self, view: DigestView) -> None:
        self.view = view
        self.version += 1

    def set_state(self, item_id: str, state: str) -> None:
        items = tuple(dataclasses.replace(one, state=state) if one.id == item_id else one for one in self.view.items)
        self.changed(dataclasses.replace(self.view, items=items))


class FakeReading:
    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def close(self) -> None: ...

    def data_version(self) -> int:
        if self.house.broken:
            raise FacadeError(self.house.broken, path=str(self.house.home), why="the disk does not answer")
        return self.house.version

    def digest(self) -> DigestView:
        return self.house.view

    def item(self, item_id: str) -> ItemView | None:
        return next((one for one in self.house.view.items if item_id in {one.id, str(one.number)}), None)

    def why(self, item_id: str) -> WhyView:
        item = self.item(item_id)
        if item is None:
            raise FacadeError("no_such_item", item=item_id)
        return dataclasses.replace(story.WHY_MOVE, item=item, because=item.because)

    def talks(self, item_id: str | None = None) -> tuple[TalkView, ...]:
        if item_id is None:
            return self.house.talks_seen
        item = self.item(item_id)
        legs = {leg.negotiation for leg in item.legs} if item else set()
        return tuple(talk for talk in self.house.talks_seen if talk.negotiation in legs)

    def talk(self, negotiation: str) -> TalkView:
        found = next((one for one in self.house.talks_seen if one.negotiation == negotiation), None)
        if found is None:
            raise FacadeError("no_such_talk", talk=negotiation)
        return found

    def disclosures(self) -> tuple[DisclosureView, ...]:
        return self.house.disclosed

    def status(self) -> StatusView:
        return self.house.state

    def incidents(self, after: int = 0) -> tuple[tuple[int, IncidentView], ...]:
        return tuple((number, one) for number, one in enumerate(self.house.incidents_seen, 1) if number > after)

    def ledger_check(self, head: Path | None = None) -> LedgerCheck:
        return LedgerCheck(214, True)

    def rules(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.RULES

    def preferences(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.PREFERENCES

    def contracts(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.CONTRACTS

    def facts(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.FACTS

    def needs(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.NEEDS

    def providers(self) -> tuple[Mapping[str, str], ...]:
        return () if self.house.blank or not self.house.known else story.PROVIDERS

    def limits(self) -> tuple[Mapping[str, str], ...]:
        return story.LIMITS

    def provider(self, name: str) -> ProviderView:
        return story.PROVIDER


class FakeCarrying:
    """What lies ready in the fake home: the drafts of the story."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def drafts(self) -> tuple[DraftView, ...]:
        return self.house.drafts

    def draft(self, negotiation: str) -> DraftView:
        found = next((one for one in self.house.drafts if one.negotiation == negotiation), None)
        if found is None:
            raise FacadeError("nothing_to_carry", talk=negotiation)
        return found

    def carried(self, negotiation: str) -> int:
        found = self.draft(negotiation)
        self.house.decisions.append(("carried", negotiation))
        self.house.drafts = tuple(one for one in self.house.drafts if one is not found)
        return len(found.message_ids)

    def answer(self, negotiation: str, text: str) -> str:
        self.house.decisions.append(("answer", negotiation, text))
        return negotiation

    def move(self, negotiation: str, to: str) -> str:
        self.house.decisions.append(("move", negotiation, to))
        return to

    def signed(self, item_id: str, reference: str = "") -> str:
        self.house.decisions.append(("signed", item_id, reference))
        return item_id


class FakeDeciding:
    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def approve(self, item_id: str, approval_hash: str, *, over_limit: bool = False) -> None:
        item = FakeReading(self.house).item(item_id)
        if item is None or item.approval_hash != approval_hash:
            raise FacadeError("terms_changed", item=item_id)
        if item.over_limit and not over_limit:
            raise FacadeError("over_limit", item=item_id)
        self.house.decisions.append(("approve", item_id, approval_hash, str(over_limit)))
        self.house.set_state(item_id, "approved")

    def spent(self, item_id: str, keys: int, seconds: int) -> None:
        self.house.spent.append((item_id, keys))

    def reject(self, item_id: str, reason: str, issues: Sequence[str] = ()) -> None:
        self.house.decisions.append(("reject", item_id, reason))
        self.house.set_state(item_id, "rejected")

    def later(self, item_id: str, until: str | None = None) -> None:
        self.house.decisions.append(("later", item_id, until or ""))
        self.house.set_state(item_id, "later")

    def counter(self, item_id: str, changes: Mapping[str, str]) -> None:
        self.house.decisions.append(("counter", item_id, *(f"{key}={value}" for key, value in changes.items())))

    def undo(self, item_id: str) -> None:
        self.house.decisions.append(("undo", item_id))
        self.house.set_state(item_id, "waiting")

    def stop(self) -> None:
        self.house.decisions.append(("stop",))
        self.house.changed(dataclasses.replace(self.house.view, stopped=True))

    def resume(self) -> None:
        self.house.decisions.append(("resume",))
        self.house.changed(dataclasses.replace(self.house.view, stopped=False))

    def should_have_shown(self, held_back_id: str) -> None:
        self.house.decisions.append(("should_have_shown", held_back_id))

    def felt(self, provider: str, how: str) -> None:
        self.house.decisions.append(("felt", provider, how))

    def look_now(self) -> None:
        self.house.decisions.append(("look_now",))

    def forget(self, ref: str) -> bool:
        self.house.decisions.append(("forget", ref))
        return True


class FakeRuleBook:
    """Understands every sentence as a ban on the income."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def draft(self, sentence: str) -> tuple[RuleView, ...]:
        from agent.rulebook import RuleView

        return (
            RuleView("d", "", sentence, "forbid", "pd:Income", "none", "any", "", (), (), (), "", "", "", "", "on"),
        )

    def add(self, sentence: str) -> tuple[RuleView, ...]:
        self.house.decisions.append(("rule", sentence))
        return self.draft(sentence)

    def set_mode(self, ref: str, mode: Mode) -> tuple[RuleView, ...]:
        self.house.decisions.append(("mode", ref, mode))
        return ()


class FakeTeaching:
    """An interview of four questions, one of each kind people answer differently; asked about mobile plans only."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def _answers(self) -> list[tuple[str, ...]]:
        return [one for one in self.house.decisions if one[0] == "interview"]

    def progress(self) -> Mapping[str, int]:
        return {} if not self.house.known else {"gym": 0, "mobile_plan": len(self._answers()) or 5}

    def question(self, category: str) -> QuestionView | None:
        done = len(self._answers())
        return story.QUESTIONS[done] if category == "mobile_plan" and done < len(story.QUESTIONS) else None

    def answer(self, category: str, answer: str, *, language: str = "en") -> None:
        self.house.decisions.append(("interview", answer))

    def learned(self, category: str | None = None) -> tuple[LearnedView, ...]:
        return story.LEARNED if category == "mobile_plan" else ()

    def agreed(self, category: str) -> tuple[RuleView, ...]:
        return FakeRuleBook(self.house).draft("nobody learns my income") if category == "mobile_plan" else ()


class FakeEditing:
    """Keeps every call; refuses what is plainly wrong, like the facade."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house

    def _kept(self, *call: object) -> None:
        self.house.decisions.append(tuple(str(part) for part in call))

    def set_limits(
        self, category: str, *, max_total: str | None, max_term_months: str | None, autonomy: str
    ) -> Mapping[str, str]:
        if max_total is not None and not max_total.replace(".", "").isdigit():
            raise FacadeError("bad_amount", value=max_total)
        self._kept("limits", category, max_total, max_term_months, autonomy)
        return {}

    def close_need(self, need: str) -> None:
        self._kept("close_need", need)

    def add_contract(
        self, category: str, provider: str, monthly: str, *, end: str | None = None, notice: str | None = None,
        units: str | None = None,
    ) -> str:  # fmt: skip
        self._kept("contract", category, provider, monthly)
        return "c-1"

    def door_of(self, address: str) -> str:
        from agent.editing import Editing

        return Editing(Path("nowhere")).door_of(address)

    def add_provider(
        self, address: str, *, name: str = "", categories: Sequence[str] = (), trust: str, by_hand: bool = False
    ) -> str:
        by_hand = by_hand or self.door_of(address) == "byhand"
        self._kept("provider", address, *(["byhand"] if by_hand else []), trust)
        return "firm"

    def set_trust(self, provider: str, trust: str) -> None:
        self._kept("trust", provider, trust)

    def add_fact(self, category: str, value: str, label: str = "") -> str:
        self._kept("fact", category, value)
        return "f-1"

    def ladder(self, fact: str) -> tuple[Mapping[str, str], ...]:
        rungs = (("none", ""), ("exists", "known"), ("band", "1xxxx"), ("region", "10xxx"), ("exact", "10435"))
        return tuple({"granularity": rung, "told": told} for rung, told in rungs)

    def draft_wish(self, words: str, category: str | None = None) -> Mapping[str, object]:
        if "12" not in words:
            return {"category": category or "", "wishes": {}}
        return {"category": category or "", "wishes": {"term": {"max": "P12M", "hard": "True"}}}

    def add_wish(self, words: str, category: str | None = None) -> Mapping[str, str]:
        self._kept("wish", words, category)
        return {}

    def correct_wish(self, wish: str, words: str) -> Mapping[str, str]:
        self._kept("correct", wish, words)
        return {}

    def settings(self) -> Mapping[str, str]:
        return story.SETTINGS

    def set_setting(self, key: str, value: str) -> None:
        self._kept("setting", key, value)


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Poll `condition`; raise after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited too long")
        time.sleep(0.01)
