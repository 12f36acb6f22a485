"""The app: one house, one language, one watcher; screens are pushed on top of the digest."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingsMap, BindingType
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from tui.actions import EVERYWHERE, actions_of, bindings_of, use_keys
from tui.effort import Meter
from tui.errors import Exit, Explained, explain
from tui.house import Decides, House
from tui.kept import Kept, warm
from tui.messages import Done, HomeChanged, HomeFailed, Refused, RunnerStarted, Snapshot
from tui.passphrase import Passphrase
from tui.screens.base import Pane
from tui.screens.digest import DigestScreen
from tui.styles import THEMES
from tui.watch import Watcher
from tui.widgets.bars import KeyHint
from tui.wording import Wording, phrases

if TYPE_CHECKING:
    from tui.collector import Collector

SMALLEST = (60, 16)
"""Below this many columns and lines the app says that the terminal is too small."""

_TOASTS = {"confirmed", "confirmation_differs", "leg_slipped", "fallback_used", "grants_expired", "stopped"}
"""Incidents told wherever the person is."""


WARM_AFTER = 0.5
"""Seconds after the start when the code of the other screens is loaded."""


class GegenbotApp(App[int]):
    """Shows one home and takes the person's decisions."""

    CSS_PATH = Path(__file__).parent / "styles" / "gegenbot.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(self, house: House, words: Wording, *, simulated: bool = False, watch: bool = True) -> None:
        super().__init__()
        self.house = house
        self.words = words
        self.simulated = simulated
        self.snapshot: Snapshot | None = None
        self.next_step = ""
        self._started_runner: int | None = None
        self._too_small: Screen[None] | None = None
        self._opened = False
        self._watcher = Watcher(house, words, self) if watch else None
        self._passphrase = Passphrase(self)
        self._asked_to_notify = False
        self.meter = Meter(time.monotonic)
        self.kept = Kept(self)
        self.collector: Collector | None = None
        """Where the screen has a process of its own: what sweeps its memory while nobody types."""
        self._unknown_keys = use_keys(house.keymap())
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(bindings_of(EVERYWHERE, words))])
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def get_driver_class(self) -> type[Driver]:
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from tui.driver import QuickEscape

        return QuickEscape

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self.meter.pressed(event)
            if self._watcher is not None:
                self._watcher.typed()
            if self.collector is not None:
                self.collector.typed()
        await super().on_event(event)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # The default would kill us with the terminal still in its alternate screen.
            loop.add_signal_handler(number, self._signalled, number)
        self.house.ask_through(self._passphrase.ask)
        if self._unknown_keys:
            words = self.words.t("keys.unknown", names=", ".join(self._unknown_keys))
            self.notify(words, severity="warning", timeout=15, markup=False)
        if self.house.is_empty() and not self.simulated:
            self._first_run()
        else:
            self._open()

    def _signalled(self, number: signal.Signals) -> None:
        self.exit(128 + number)

    def _first_run(self) -> None:
        from tui.screens.first_run import FirstRunScreen

        self.push_screen(FirstRunScreen(self.words), self._first_chosen)
        self._begin()

    def _first_chosen(self, choice: str | None) -> None:
        if choice == "demo":
            self.exit(int(Exit.OK))
            self.next_step = "demo"
        elif choice == "setup":
            from tui.screens.setup import SetupScreen

            self.push_screen(SetupScreen(), self._set_up)
        elif choice == "read":
            from tui.screens.offers import OffersScreen

            self.push_screen(OffersScreen(), lambda _: self._back_to_start())

    def _set_up(self, started: bool | None) -> None:
        """After the three questions the digest; who left before the end chooses again."""
        if not started:
            self._back_to_start()
            return
        self._open()
        self._ask_to_stay()

    def _ask_to_stay(self) -> None:
        """Once, after the first need: whether to go on when the screen is closed."""
        from tui.screens.choices import stay_choice

        def stay(answer: str | None) -> None:
            if answer == "on":
                self.do("done.stays", lambda: self.house.background("on"))

        self.push_screen(stay_choice(self.words), stay)

    def _back_to_start(self) -> None:
        """From a first choice that was left: to the digest if there is something by now, else to the choice."""
        if self.house.is_empty():
            self._first_run()
        else:
            self._open()

    async def start_over(self) -> None:
        """Everything was deleted: the first choice again."""
        if self._watcher is not None:
            self._watcher.end()
            self._watcher = Watcher(self.house, self.words, self)
        self.snapshot = None
        self._passphrase.forget()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        await self.kept.drop()
        self._first_run()

    def need_started(self) -> None:
        """A need was stated: told, seen at once, and talked about by a runner."""
        self.notify(self.words.t("done.wanted"), markup=False)
        if self._watcher is not None:
            self._watcher.look_now()
            if not self.simulated:
                self.run_worker(self._ensure_runner, thread=True, group="runner", exit_on_error=False)

    def _open(self) -> None:
        """The digest, and the watcher that keeps it true."""
        self.push_screen(DigestScreen())
        if self.simulated:
            from tui.screens.live import LiveScreen

            self.push_screen(LiveScreen())
        if self._watcher is not None:
            self.run_worker(self._watcher.run, thread=True, group="watch", exit_on_error=False)
            if not self.simulated:
                self.run_worker(self._ensure_runner, thread=True, group="runner", exit_on_error=False)
        self._begin()

    def _ensure_runner(self) -> None:
        """Talks go on only where a runner lives; start one when none does. Runs in a thread."""
        try:
            if self.house.is_empty() or self.house.runner_alive() is not None:
                return
            pid = self.house.start_runner()
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message
            self.post_message(Refused(explain(err, self.words)))
        else:
            if pid is not None:
                self.post_message(RunnerStarted(pid))

    @on(RunnerStarted)
    def _runner_started(self, message: RunnerStarted) -> None:
        self._started_runner = message.pid

    def _begin(self) -> None:
        """The first screens are on the stack: from now on a small terminal is told."""
        self._opened = True
        self._fit(self.size)
        if self.collector is not None:
            self.set_interval(1.0, self.collector.look)
            self.set_timer(WARM_AFTER, self._warm)  # the first frame comes first

    def _warm(self) -> None:
        self.run_worker(warm, thread=True, group="warm", exit_on_error=False)

    def on_unmount(self) -> None:
        self._passphrase.end()
        if self._watcher is not None:
            self._watcher.end()

    @on(HomeChanged)
    def _home_changed(self, message: HomeChanged) -> None:
        before, self.snapshot = self.snapshot, message.snapshot
        for screen in self.screen_stack:
            if isinstance(screen, Pane) and screen is not self.screen and screen.is_mounted and before is not None:
                screen.miss(message.snapshot)
                continue
            changed = getattr(screen, "home_changed", None)
            if changed is not None and screen.is_mounted:
                changed(message.snapshot)
        self._ask_to_notify(message.snapshot)
        if before is not None:
            self._tell_incidents(message.snapshot, len(before.incidents))

    def _ask_to_notify(self, snapshot: Snapshot) -> None:
        """Once, when the first decisions lie on the digest: whether to be told of later ones."""
        if self._asked_to_notify or self.simulated or not isinstance(self.screen, DigestScreen):
            return
        if not any(item.state == "waiting" for item in snapshot.digest.items):
            return
        self._asked_to_notify = True

        def ask() -> None:
            if self.house.editing().settings().get("notify.how") == "":
                self.call_from_thread(self._notify_question)

        self.run_worker(ask, thread=True, group="notify", exit_on_error=False)

    def _notify_question(self) -> None:
        from tui.screens.choices import notify_choice

        def keep(answer: str | None) -> None:
            self.do("done.kept", lambda: self.house.editing().set_setting("notify.how", answer or "off"))

        self.push_screen(notify_choice(self.words), keep)

    def _tell_incidents(self, snapshot: Snapshot, seen: int) -> None:
        for one in snapshot.incidents[seen:]:
            if one.reason.code in _TOASTS and not self.screen.query("#market"):
                self.notify(self.words.say(one.reason), title=phrases.company(one, snapshot.names), markup=False)

    @on(HomeFailed)
    def _home_failed(self, message: HomeFailed) -> None:
        if self.simulated and message.explained.code == "no_home":
            return  # the market is about to open
        for screen in self.screen_stack:
            if isinstance(screen, Pane):
                screen.query_one("#body").display = False
                screen.tell("failed", message.explained.text)

    def decide(self, key: str, act: Callable[[Decides], None], item: str = "") -> None:
        """Record a decision in a worker thread; `Done` or `Refused` follows. One on a card is recorded with what it
        took."""
        keys, seconds = self.meter.decided() if item else (0, 0)

        def recorded() -> None:
            to = self.house.deciding()
            act(to)
            if keys:
                to.spent(item, keys, seconds)

        self.do(key, recorded)

    def do(self, key: str, act: Callable[[], object], after: Callable[[], object] | None = None) -> None:
        """Do something in a worker thread; `Done` or `Refused` tells how it went, and `after` follows a success."""

        def work() -> None:
            try:
                act()
            except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message
                self.post_message(Refused(explain(err, self.words)))
            else:
                self.post_message(Done(key))
                if after is not None:
                    self.call_from_thread(after)
                if self._watcher is not None:
                    self._watcher.look_now()

        self.run_worker(work, thread=True, group="decide", exit_on_error=False)

    @on(Done)
    def _done(self, message: Done) -> None:
        self.notify(self.words.t(message.key), markup=False)

    def refused(self, explained: Explained) -> None:
        """A passphrase that did not open the vault is asked for again next time."""
        if explained.code == "vault_locked":
            self._passphrase.forget()

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        explained = message.explained
        self.refused(explained)
        title = explained.message if explained.remedy else ""
        self.notify(explained.remedy or explained.message, title=title, severity="error", markup=False)

    def on_resize(self, event: events.Resize) -> None:
        if self._opened:
            self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Cover everything with a notice while the terminal is too small."""
        small = size.width < SMALLEST[0] or size.height < SMALLEST[1]
        if small and self._too_small is None:
            from tui.screens.too_small import TooSmallScreen

            self._too_small = TooSmallScreen(self.words, SMALLEST)
            self.push_screen(self._too_small)
        elif self._too_small is not None and not small and self.screen is self._too_small:
            self.pop_screen()
            self._too_small = None

    def action_stop(self) -> None:
        """The brake asks nothing."""
        self.decide("done.stopped_here", lambda to: to.stop())

    def action_resume(self) -> None:
        if self.snapshot is not None and self.snapshot.digest.stopped:
            self.decide("done.resumed", lambda to: to.resume())

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            focused = type(self.screen.focused).__name__ if self.screen.focused is not None else ""
            self.push_screen(HelpScreen(getattr(self.screen, "where", "any"), focused))

    def action_jump(self) -> None:
        from tui.screens.jump import JumpScreen, targets

        if not isinstance(self.screen, JumpScreen) and (found := targets(self.screen)):
            self.push_screen(JumpScreen(found), self._jumped)

    async def _jumped(self, to: Widget | None) -> None:
        if isinstance(to, KeyHint):
            await self.screen.run_action(to.command)
        elif to is not None:
            to.focus()

    def action_theme(self) -> None:
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def action_interrupt(self) -> None:
        self.exit(int(Exit.INTERRUPTED))

    def action_leave(self) -> None:
        if self._started_runner is None:
            self.exit(int(Exit.OK))
            return
        from tui.screens.choices import leave_choice

        self.push_screen(leave_choice(self.words), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer is None:
            return
        if answer == "end" and self._started_runner is not None:
            os.kill(self._started_runner, signal.SIGTERM)
        self.exit(int(Exit.OK))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette, from the same table as keys and help: `group: Action`."""
        where = getattr(screen, "where", "")
        for one in actions_of(where):
            if one.group == "move" or one.id == "palette":
                continue
            title = f"{self.words.t(f'help.group.{one.group}')}: {self.words.t(f'action.{one.id}')}"
            target: App[int] | Screen[object] = self if EVERYWHERE in one.screens else screen
            call = getattr(target, f"action_{one.command}", None)
            if call is not None:
                yield SystemCommand(title, self.words.t(f"action.{one.id}.help"), call)
