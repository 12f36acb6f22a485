"""The digest: the few decisions, the notes, and one line each for what was done quietly and what was held back."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical

from agent.views import DigestView, ItemView
from tui.house import Reads
from tui.messages import Loaded, Snapshot
from tui.screens.base import Pane
from tui.screens.deciding import Decisions
from tui.widgets.bars import Lead
from tui.widgets.card import Card
from tui.widgets.drawn import Drawn, hang, ink
from tui.wording import Wording, phrases

_ROOMY = 32
"""From this height on, every card shows everything."""


class Foot(Drawn):
    """Notes, the quiet line, the held-back line."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="foot")
        self.w = w
        self.view: DigestView | None = None

    def show(self, view: DigestView) -> None:
        self.view = view
        self.redraw()

    def draw(self, width: int) -> list[Any]:
        if self.view is None:
            return []
        w, view, lines = self.w, self.view, []
        for note in view.notes:
            lines += hang(ink(" • ", "$secondary"), ink(phrases.note(w, note.reason)), width, 2)
        if quiet := phrases.quiet(w, view.quiet, view.effort):
            lines += hang(ink("   "), ink(quiet, "$quiet"), width, 1)
        if view.to_carry:
            lines += hang(ink(" t ", "bold $accent"), ink(w.n("digest.to_carry", view.to_carry)), width, 1)
        if held := phrases.held_back(w, view.held_back):
            lines += hang(ink(" r ", "bold $accent"), ink(held, "$quiet"), width, 1)
        return lines


class DigestScreen(Decisions, Pane):
    """The screen people see first."""

    where: ClassVar[str] = "digest"

    def heading(self) -> str:
        return ""

    def compose_body(self) -> ComposeResult:
        yield Lead(self.words)
        yield Vertical(id="cards")
        yield Foot(self.words)

    def read(self, reads: Reads) -> DigestView:
        return reads.digest()

    def home_changed(self, snapshot: Snapshot) -> None:
        """The snapshot is the digest: nothing to read again."""
        self.show_snapshot(snapshot)
        self.post_message(Loaded(snapshot.digest))

    async def _fill(self, view: DigestView) -> None:
        box = self.query_one("#cards", Vertical)
        cards = list(box.query(Card))
        if [card.item.id for card in cards] == [item.id for item in view.items]:
            for card, item in zip(cards, view.items, strict=True):
                card.show(item)
            return
        await box.remove_children()
        await box.mount(*(Card(item, self.words) for item in view.items))
        self._fit(self.size.height)
        self.focus_first()

    def show(self, view: DigestView) -> bool:
        self.gegenbot.meter.shown(any(item.state == "waiting" for item in view.items))
        self.query_one(Lead).show(view)
        self.query_one(Foot).show(view)
        self.call_later(self._fill, view)
        return bool(view.items or view.notes)

    def tell(self, state: str, detail: str = "") -> None:
        """An empty digest tells how much is being watched."""
        snapshot = self.gegenbot.snapshot
        if state == "empty" and snapshot is not None:
            fresh = snapshot.digest.made_at is None
            if snapshot.digest.to_carry:
                state, detail = "carry", self.words.n("digest.carry.body", snapshot.digest.to_carry)
            elif fresh and snapshot.status.needs and not snapshot.names:
                state, detail = "alone", ""
            elif fresh and snapshot.status.needs and not snapshot.digest.running:
                state, detail = "quiet_talks", ""
            elif fresh and snapshot.digest.running:
                state, detail = "talking", self.words.n("digest.talking.body", snapshot.digest.running)
            else:
                detail = phrases.empty_digest(self.words, snapshot.digest)
        super().tell(state, detail)

    def focus_body(self) -> None:
        self.focus_first()

    def focus_first(self) -> None:
        """The first card that waits, else the first."""
        if isinstance(self.focused, Card):
            return
        cards = list(self.query(Card))
        waiting = [card for card in cards if card.item.state == "waiting"]
        for card in (waiting or cards)[:1]:
            card.focus()

    def on_resize(self, event: events.Resize) -> None:
        self._fit(event.size.height)

    def _fit(self, height: int) -> None:
        for card in self.query(Card):
            card.full = height >= _ROOMY
        self.set_class(height >= _ROOMY, "roomy")

    def chosen(self) -> ItemView | None:
        focused = self.focused
        return focused.item if isinstance(focused, Card) else None

    def action_down(self) -> None:
        self._step(1)

    def action_up(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        cards = list(self.query(Card))
        if not cards:
            return
        at = cards.index(self.focused) + by if isinstance(self.focused, Card) else 0
        if 0 <= at < len(cards):
            cards[at].focus()
        else:
            self._scroller().scroll_relative(y=by)

    def action_top(self) -> None:
        for card in list(self.query(Card))[:1]:
            card.focus()

    def action_bottom(self) -> None:
        for card in list(self.query(Card))[-1:]:
            card.focus()
        self._scroller().scroll_end()

    @on(Card.Chosen)
    def _clicked(self, message: Card.Chosen) -> None:
        self.action_why()

    def action_why(self) -> None:
        if item := self.chosen():
            from tui.screens.why import WhyScreen

            self.app.push_screen(WhyScreen(item.id))

    def action_held(self) -> None:
        from tui.screens.lists import HeldScreen

        self.app.push_screen(self.gegenbot.kept.one(HeldScreen))

    def action_profile(self) -> None:
        from tui.screens.profile import ProfileScreen

        self.app.push_screen(self.gegenbot.kept.one(ProfileScreen))

    def action_jobs(self) -> None:
        from tui.screens.lists import JobsScreen

        self.app.push_screen(self.gegenbot.kept.one(JobsScreen))

    def action_live(self) -> None:
        from tui.screens.live import LiveScreen

        self.app.push_screen(self.gegenbot.kept.one(LiveScreen))

    def action_look(self) -> None:
        self.decide("done.looks", lambda to: to.look_now())

    def action_history(self) -> None:
        from tui.screens.curves import HistoryScreen

        self.app.push_screen(self.gegenbot.kept.one(HistoryScreen))

    def action_offers(self) -> None:
        from tui.screens.offers import OffersScreen

        self.app.push_screen(OffersScreen())

    def action_need(self) -> None:
        from tui.screens.need import NeedScreen

        self.app.push_screen(NeedScreen())
