"""What the terminal needs of a home: the facade of `agent` behind protocols, imported only when used.

`open_house` is the one place where the real facade is reached; tests give screens and verbs a house of their own.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from agent.rulebook import Mode, RuleView
    from agent.views import (
        DigestView,
        DisclosureView,
        DraftView,
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


class Reads(Protocol):
    """Read views of one home. Not shared between threads."""

    def close(self) -> None: ...
    def data_version(self) -> int: ...
    def digest(self) -> DigestView: ...
    def item(self, item_id: str) -> ItemView | None: ...
    def why(self, item_id: str) -> WhyView: ...
    def talks(self, item_id: str | None = None) -> tuple[TalkView, ...]: ...
    def talk(self, negotiation: str) -> TalkView: ...
    def disclosures(self) -> tuple[DisclosureView, ...]: ...
    def status(self) -> StatusView: ...
    def incidents(self, after: int = 0) -> tuple[tuple[int, IncidentView], ...]: ...
    def ledger_check(self, head: Path | None = None) -> LedgerCheck: ...
    def rules(self) -> tuple[Mapping[str, str], ...]: ...
    def preferences(self) -> tuple[Mapping[str, str], ...]: ...
    def contracts(self) -> tuple[Mapping[str, str], ...]: ...
    def facts(self) -> tuple[Mapping[str, str], ...]: ...
    def needs(self) -> tuple[Mapping[str, str], ...]: ...
    def providers(self) -> tuple[Mapping[str, str], ...]: ...
    def provider(self, name: str) -> ProviderView: ...
    def limits(self) -> tuple[Mapping[str, str], ...]: ...


class Decides(Protocol):
    """Appends the person's decisions."""

    def approve(self, item_id: str, approval_hash: str, *, over_limit: bool = False) -> None: ...
    def reject(self, item_id: str, reason: str, issues: Sequence[str] = ()) -> None: ...
    def later(self, item_id: str, until: str | None = None) -> None: ...
    def counter(self, item_id: str, changes: Mapping[str, str]) -> None: ...
    def undo(self, item_id: str) -> None: ...
    def spent(self, item_id: str, keys: int, seconds: int) -> None: ...
    def forget(self, ref: str) -> bool: ...
    def stop(self) -> None: ...
    def resume(self) -> None: ...
    def should_have_shown(self, held_back_id: str) -> None: ...
    def felt(self, provider: str, how: str) -> None: ...
    def look_now(self) -> None: ...


class Edits(Protocol):
    """Changes what the bot works from."""

    def set_limits(
        self, category: str, *, max_total: str | None, max_term_months: str | None, autonomy: str
    ) -> Mapping[str, str]: ...
    def close_need(self, need: str) -> None: ...
    def add_contract(
        self, category: str, provider: str, monthly: str, *, end: str | None = None, notice: str | None = None,
        units: str | None = None,
    ) -> str: ...  # fmt: skip
    def door_of(self, address: str) -> str: ...
    def add_provider(
        self, address: str, *, name: str = "", categories: Sequence[str] = (), trust: str, by_hand: bool = False
    ) -> str: ...
    def set_trust(self, provider: str, trust: str) -> None: ...
    def add_fact(self, category: str, value: str, label: str = "") -> str: ...
    def ladder(self, fact: str) -> tuple[Mapping[str, str], ...]: ...
    def add_wish(self, words: str, category: str | None = None) -> Mapping[str, str]: ...
    def draft_wish(self, words: str, category: str | None = None) -> Mapping[str, object]: ...
    def correct_wish(self, wish: str, words: str) -> Mapping[str, str]: ...
    def settings(self) -> Mapping[str, str]: ...
    def set_setting(self, key: str, value: str) -> None: ...


class Rules(Protocol):
    """The person's privacy rules."""

    def draft(self, sentence: str) -> tuple[RuleView, ...]: ...
    def add(self, sentence: str) -> tuple[RuleView, ...]: ...
    def set_mode(self, ref: str, mode: Mode) -> tuple[RuleView, ...]: ...


class Teaches(Protocol):
    """The interview, and what it ended in."""

    def progress(self) -> Mapping[str, int]: ...
    def question(self, category: str) -> QuestionView | None: ...
    def answer(self, category: str, answer: str, *, language: str = "en") -> None: ...
    def learned(self, category: str | None = None) -> tuple[LearnedView, ...]: ...
    def agreed(self, category: str) -> tuple[RuleView, ...]: ...


class Carries(Protocol):
    """What the person carries to companies by hand, and brings back."""

    def drafts(self) -> tuple[DraftView, ...]: ...
    def draft(self, negotiation: str) -> DraftView: ...
    def carried(self, negotiation: str) -> int: ...
    def answer(self, negotiation: str, text: str) -> str: ...
    def signed(self, item_id: str, reference: str = "") -> str: ...
    def move(self, negotiation: str, to: str) -> str: ...


class House(Protocol):
    """One data folder and what can be done with it."""

    home: Path

    def reading(self) -> Reads: ...
    def deciding(self) -> Decides: ...
    def carrying(self) -> Carries: ...
    def editing(self) -> Edits: ...
    def rule_book(self) -> Rules: ...
    def teaching(self) -> Teaches: ...
    def zone(self) -> tzinfo: ...
    def is_empty(self) -> bool: ...
    def runner_alive(self) -> int | None: ...
    def start_runner(self) -> int | None: ...
    def start_demo(self, seed: int, language: str) -> int: ...
    def categories(self) -> tuple[Mapping[str, object], ...]: ...
    def data_categories(self) -> tuple[Mapping[str, str], ...]: ...
    def read_back(
        self, *, text: str | None = None, table: Mapping[str, object] | None = None
    ) -> Mapping[str, object]: ...
    def add_need(
        self, *, text: str | None = None, file: Path | None = None, table: Mapping[str, object] | None = None
    ) -> Mapping[str, object]: ...
    def read_files(self, paths: tuple[Path, ...]) -> tuple[Mapping[str, object], ...]: ...
    def ask_through(self, ask: Callable[[], str | None]) -> None: ...
    def keymap(self) -> Mapping[str, str]: ...
    def savings(self) -> tuple[Mapping[str, str], ...]: ...
    def prices(self) -> tuple[Mapping[str, str], ...]: ...
    def background(self, verb: str) -> Mapping[str, object]: ...
    def export_everything(self, folder: Path) -> Mapping[str, int]: ...
    def delete_everything(self) -> tuple[str, ...]: ...


class LocalHouse:
    """The house on this machine, through the modules of `agent` that are its facade."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def reading(self) -> Reads:
        from agent.reading import Reading

        return Reading(self.home)

    def deciding(self) -> Decides:
        from agent.deciding import Deciding

        return Deciding(self.home)

    def carrying(self) -> Carries:
        from agent.carrying import Carrying

        return Carrying(self.home)

    def editing(self) -> Edits:
        from agent.editing import Editing

        return Editing(self.home)

    def rule_book(self) -> Rules:
        from agent.rulebook import RuleBook

        return RuleBook(self.home)

    def teaching(self) -> Teaches:
        from agent.teaching import Teaching

        return Teaching(self.home)

    def zone(self) -> tzinfo:
        from agent.zone import zone_of

        return zone_of(self.home)

    def is_empty(self) -> bool:
        """Whether nothing was ever set up here: then the first-run choice is shown."""
        from agent.views import FacadeError

        try:
            self.reading().close()
        except FacadeError as err:
            return err.code == "no_home"
        return False

    def runner_alive(self) -> int | None:
        from agent.running import runner_alive

        return runner_alive(self.home)

    def start_runner(self) -> int | None:
        from agent.running import start_runner

        return start_runner(self.home)

    def start_demo(self, seed: int, language: str) -> int:
        from agent.running import start_demo_process

        return start_demo_process(seed, self.home, language)

    def categories(self) -> tuple[Mapping[str, object], ...]:
        from agent.entering import categories

        return categories(self.home)

    def data_categories(self) -> tuple[Mapping[str, str], ...]:
        from agent.editing import data_categories

        return data_categories()

    def read_back(self, *, text: str | None = None, table: Mapping[str, object] | None = None) -> Mapping[str, object]:
        from agent.entering import read_back

        return read_back(self.home, text=text, table=table)

    def add_need(
        self, *, text: str | None = None, file: Path | None = None, table: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        from agent.entering import add_need

        return add_need(self.home, text=text, file=file, table=table)

    def read_files(self, paths: tuple[Path, ...]) -> tuple[Mapping[str, object], ...]:
        from agent.entering import read_files

        return tuple(read_files(self.home, paths))

    def export_everything(self, folder: Path) -> Mapping[str, int]:
        from agent.entering import export_everything

        return export_everything(self.home, folder)

    def delete_everything(self) -> tuple[str, ...]:
        from agent.entering import delete_everything

        return delete_everything(self.home)

    def savings(self) -> tuple[Mapping[str, str], ...]:
        from agent.history import savings

        return savings(self.home)

    def prices(self) -> tuple[Mapping[str, str], ...]:
        from agent.history import prices

        return prices(self.home)

    def keymap(self) -> Mapping[str, str]:
        from agent.keymap import keymap

        return keymap(self.home)

    def background(self, verb: str) -> Mapping[str, object]:
        from agent.running import background

        return background(self.home, verb)

    def ask_through(self, ask: Callable[[], str | None]) -> None:
        from agent.asking import ask_through

        ask_through(ask)


PATIENCE = 3.0
"""Seconds the simulated market gets to end by itself; its folder is thrown away anyhow."""


class DemoHouse(LocalHouse):
    """A throw-away home in which a child process runs the simulated market."""

    def __init__(self, home: Path, seed: int, language: str) -> None:
        super().__init__(home)
        self.child = self.start_demo(seed, language)
        self._ended = False

    def reading(self) -> Reads:
        if self._child_ended():
            from agent.views import FacadeError

            raise FacadeError("demo_failed", path=str(self.home / "runner.log"))
        return super().reading()

    def _child_ended(self) -> bool:
        if not self._ended:
            with suppress(ChildProcessError):
                self._ended = os.waitpid(self.child, os.WNOHANG)[0] != 0
        return self._ended

    def end(self) -> None:
        """End the market and wait for it, so that the folder can go."""
        if not self._child_ended():
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.child, signal.SIGTERM)
                end = time.monotonic() + PATIENCE
                while not self._child_ended() and time.monotonic() < end:
                    time.sleep(0.05)
                if not self._ended:
                    os.kill(self.child, signal.SIGKILL)
                    os.waitpid(self.child, 0)


def default_home() -> Path:
    """`GEGENBOT_HOME`, else the data folder of the platform."""
    if given := os.environ.get("GEGENBOT_HOME"):
        return Path(given)
    from agent.running import default_home as platform_home

    return platform_home()


def open_house(home: Path | None) -> House:
    """The house in `home`, or in the default data folder."""
    return LocalHouse(home if home is not None else default_home())
