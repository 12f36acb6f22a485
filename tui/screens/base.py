"""What every screen shares: bars, its four states, keys from the registry, and reading in a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from tui.actions import bindings_of
from tui.errors import explain
from tui.house import House, Reads
from tui.messages import Loaded, LoadFailed, Snapshot
from tui.widgets.bars import KeyBar, TopBar, notice
from tui.widgets.drawn import put
from tui.wording import Wording

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class Pane(Screen[None]):
    """A screen with a top bar, a body and a key bar.

    Subclasses set `where` (their name in the registry and in the catalogues), give `compose_body`, say in `read`
    what to load, and fill the body in `show`. Until then the notice says that it loads; when the load fails it
    says what to do; when `show` returns False it says why there is nothing.
    """

    where: ClassVar[str] = ""
    live: ClassVar[bool] = True
    """Whether to read again when the home changes."""

    def __init__(self) -> None:
        super().__init__()
        self._missed: Snapshot | None = None
        self.left = False
        """Whether it was left, and is shown once more as it was until it has read again."""
        self._bindings = self._bindings.merge([self._bindings, BindingsMap(bindings_of(self.where, self.words))])

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    @property
    def words(self) -> Wording:
        return self.gegenbot.words

    @property
    def house(self) -> House:
        return self.gegenbot.house

    def compose(self) -> ComposeResult:
        yield TopBar(self.heading(), self.words)
        yield Static(notice(self.words, self.where, "loading"), id="notice", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield from self.compose_body()
        yield KeyBar(self.where, self.words)

    def heading(self) -> str:
        """What stands beside the name in the top bar."""
        return self.words.t(f"{self.where}.title")

    def compose_body(self) -> ComposeResult:
        """The widgets of the filled state."""
        yield from ()

    def on_mount(self) -> None:
        self.query_one("#body").display = False
        if self.gegenbot.snapshot is not None:
            self.show_snapshot(self.gegenbot.snapshot)
        self.reload()

    def reload(self) -> None:
        """Read in a worker; `Loaded` or `LoadFailed` follows."""
        self.run_worker(self._read, thread=True, exclusive=True, group="read", exit_on_error=False)

    def _read(self) -> None:
        worker = get_current_worker()
        try:
            reads = self.house.reading()
            try:
                view = self.read(reads)
            finally:
                reads.close()
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            if not worker.is_cancelled:
                self.post_message(LoadFailed(explain(err, self.words)))
            return
        if not worker.is_cancelled:
            self.post_message(Loaded(view))

    def read(self, reads: Reads) -> Any:
        """What this screen shows. Runs in a thread."""
        raise NotImplementedError

    def show(self, view: Any) -> bool:
        """Fill the body; False when there is nothing to show."""
        raise NotImplementedError

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        filled = self.show(message.view)
        self.query_one("#body").display = filled
        self.query_one("#notice").display = not filled
        if filled:
            self.focus_body()
        else:
            self.tell("empty")

    @on(LoadFailed)
    def _failed(self, message: LoadFailed) -> None:
        if self.gegenbot.simulated and message.explained.code == "no_home":
            return  # the market is about to open
        self.query_one("#body").display = False
        self.tell("failed", message.explained.text)

    def wait(self) -> None:
        """Show nothing of what stood here until the next reading."""
        self.query_one("#body").display = False
        self.tell("loading")

    def tell(self, state: str, detail: str = "") -> None:
        """Show the notice of a state instead of the body."""
        shown = self.query_one("#notice", Static)
        group = self.where if self.words.has(f"{self.where}.{state}.title") else "pane"
        put(shown, notice(self.words, group, state, detail))
        shown.display = True

    def focus_body(self) -> None:
        """Give the keys to the first thing in the body that takes them."""
        if self.focused is None:
            for widget in self.query_one("#body").query("*"):
                if widget.focusable:
                    widget.focus()
                    return

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The home changed: the bar at once, the body by reading again."""
        bar = self.query_one(TopBar)
        bar.show(snapshot.digest, snapshot.status, simulated=self.gegenbot.simulated)

    def home_changed(self, snapshot: Snapshot) -> None:
        self.show_snapshot(snapshot)
        if self.live:
            self.reload()

    def on_screen_suspend(self) -> None:
        """Under a dialog the bar names what can still be done."""
        top = self.app.screen
        if isinstance(top, ModalScreen) and getattr(top, "takes_keys", True):
            self.query_one(KeyBar).cover(covered=True)

    def on_screen_resume(self) -> None:
        """While other screens lay on top, changes were not drawn here: one look makes up for them."""
        self.query_one(KeyBar).cover(covered=False)
        if self.left:
            self.left, self._missed = False, None
            if self.gegenbot.snapshot is not None:
                self.show_snapshot(self.gegenbot.snapshot)
            self.reload()
        elif self._missed is not None:
            missed, self._missed = self._missed, None
            self.home_changed(missed)

    def miss(self, snapshot: Snapshot) -> None:
        """The home changed while another screen lies on top."""
        self._missed = snapshot

    def _scroller(self) -> Widget:
        """What j, k, g and G move when nothing in focus knows how."""
        return self.query_one("#body")

    def _move(self, cursor: str, scroll: Callable[[Widget], None]) -> None:
        moved = getattr(self.focused, f"action_{cursor}", None)
        if moved is not None:
            moved()
        else:
            scroll(self._scroller())

    def action_down(self) -> None:
        self._move("cursor_down", lambda widget: widget.scroll_down())

    def action_up(self) -> None:
        self._move("cursor_up", lambda widget: widget.scroll_up())

    def action_top(self) -> None:
        self._move("first", lambda widget: widget.scroll_home())

    def action_bottom(self) -> None:
        self._move("last", lambda widget: widget.scroll_end())

    def action_back(self) -> None:
        self.dismiss()
