"""A decision card: two lines at rest, everything that matters when it is selected."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from agent.views import ItemView, LegView
from tui.widgets.drawn import Drawn, hang, ink, join, pair
from tui.wording import Wording, phrases

_STATE_STYLES = {
    "waiting": "bold $accent",
    "approved": "bold $success",
    "committing": "bold $warning",
    "agreed": "bold $success",
    "partly": "bold $error",
    "mismatch": "bold $error",
    "rejected": "$quiet",
    "later": "$quiet",
    "expired": "$quiet",
}
_MARKS = {"approved": "✓", "committing": "…", "agreed": "✓", "partly": "!", "mismatch": "!", "rejected": "×"}


class Card(Drawn, can_focus=True):
    """One item of the digest. Focused or `full`, it shows its legs, its data and its reasons."""

    full: reactive[bool] = reactive(False, layout=True)

    class Chosen(Message):
        """The card was clicked a second time: the person wants to see more."""

        def __init__(self, item: ItemView) -> None:
            super().__init__()
            self.item = item

    def __init__(self, item: ItemView, w: Wording) -> None:
        super().__init__(classes="card", id=f"card-{item.number}")
        self.item = item
        self.w = w

    def show(self, item: ItemView) -> None:
        """The same card with other contents."""
        if item != self.item:
            self.item = item
            self.redraw()

    def on_focus(self) -> None:
        self.refresh(layout=True)  # the focus is noted after this: what it shows is not known yet

    def on_blur(self) -> None:
        self.refresh(layout=True)

    def on_click(self, event: events.Click) -> None:
        if event.chain > 1:
            self.post_message(self.Chosen(self.item))

    def draw(self, width: int) -> list[Content]:
        w, item = self.w, self.item
        lines = [self._title(width), self._money(width)]
        if self.has_focus or self.full:
            for leg in item.legs:
                lines += self._leg(leg, width)
            most = 99 if self.full else 1
            because = w.t("item.because", because=phrases.because(w, item.because))
            lines += hang(ink("   "), ink(because), width, most)
            if item.legs:
                lines += hang(ink("   "), ink(phrases.data_cost(w, item), "$quiet"), width, most)
            if item.over_limit:
                over = f"{w.t('item.over_limit')}: " + ", ".join(w.say(reason) for reason in item.over_limit)
                lines += hang(ink(" ! ", "bold $warning"), ink(over, "$warning"), width)
        return lines

    def _title(self, width: int) -> Content:
        w, item = self.w, self.item
        mark = _MARKS.get(item.state, str(item.number))
        number = ink(f" {mark} ", _STATE_STYLES.get(item.state, "bold"))
        title = number + ink(phrases.title(w, item), "bold" if item.state == "waiting" else "$quiet")
        return pair(title, ink(phrases.total(w, item), "bold"), width)

    def _money(self, width: int) -> Content:
        w, item = self.w, self.item
        unknown = w.t("saving.unknown") if item.legs else ""
        saved = ink(phrases.saving(w, item.saving, item.currency) or unknown, "$success")
        if item.state != "waiting":
            when = ink(w.label("item.state", item.state), _STATE_STYLES.get(item.state, ""))
            if item.undo_until and item.state in {"approved", "agreed"}:
                when = join((when, ink(phrases.undo(w, item), "$quiet")), " · ")
        else:
            when = ink(phrases.deadline(w, item), "$warning")
        return pair(ink("   ") + saved, when, width)

    def _leg(self, leg: LegView, width: int) -> list[Content]:
        w = self.w
        sure = "$quiet" if leg.certainty == "firm" else "$warning"
        parts = (
            ink(leg.provider) + ink(f" {phrases.score(w, leg)}", "$quiet"),
            ink(w.pick(leg.category_label)),
            ink(phrases.leg_price(w, leg) + " ") + ink(phrases.certainty(w, leg), sure),
            ink(phrases.leg_role(w, leg, self.item.legs), "$quiet"),
        )
        return hang(ink("   ● " if leg.role == "main" else "   ○ ", "$primary"), join(parts, " · "), width)
