"""The market as it happens: who she is, what she allows, then a line for every incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from agent.views import IncidentView
from tui.house import Reads
from tui.messages import Snapshot
from tui.screens.base import Pane
from tui.widgets.drawn import EMPTY, Drawn, Roll, hang, ink
from tui.wording import Wording, phrases

SHOWN = 400
"""Incidents kept on the screen; the ledger keeps all."""

_MARKS = {
    "agreement_held": ("✓", "bold $success"),
    "confirmed": ("✓", "bold $success"),
    "ledger_verified": ("✓", "bold $success"),
    "approval_given": ("✓", "$success"),
    "question_refused": ("◆", "bold $warning"),
    "pressure_ignored": ("◆", "bold $warning"),
    "price_text_differs": ("!", "bold $warning"),
    "confirmation_differs": ("!", "bold $error"),
    "provider_unreachable": ("×", "$error"),
    "provider_malformed": ("×", "$error"),
    "left_no_zone": ("×", "$quiet"),
    "round_done": ("─", "$quiet"),
    "window_closed": ("■", "bold $primary"),
    "digest_ready": ("■", "bold $primary"),
    "digest_made": ("■", "bold $primary"),
    "commit_sent": ("→", "bold $accent"),
    "persona_rule": ("§", "$primary"),
    "leg_slipped": ("!", "bold $warning"),
    "fallback_used": ("○", "bold $primary"),
    "stopped": ("■", "bold $error"),
}


def incident_lines(w: Wording, one: IncidentView, names: Mapping[str, str], width: int) -> list[Content]:
    """Clock, mark, company, sentence."""
    mark, style = _MARKS.get(one.reason.code, ("·", "$quiet"))
    first = ink(f" {w.formats.clock(one.at)} ", "$quiet") + ink(f"{mark} ", style)
    said = w.say(one.reason)
    company = phrases.company(one, names)
    if company:
        words = ink(company, "bold") + ink(f": {said}")
    else:
        words = ink(said[:1].upper() + said[1:], "$quiet" if one.reason.code == "round_done" else "")
    return hang(first, words, width)


class Persona(Drawn):
    """Who this is for and what is wanted: it stays above what happens."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="persona")
        self.w = w
        self.lines: list[tuple[str, str]] = []

    def draw(self, width: int) -> list[Content]:
        made: list[Content] = []
        for label, words in self.lines:
            made += hang(ink(f" {label} ", "bold $primary"), ink(words), width, 3)
        return [*made, EMPTY] if made else []


class Market(Roll):
    """The incidents, oldest first."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="market")
        self.w = w
        self.incidents: tuple[IncidentView, ...] = ()
        self.names: Mapping[str, str] = {}
        self._drawn: dict[tuple[int, int], list[Content]] = {}
        """The day and the lines by incident and width: only new ones are wrapped."""

    @property
    def quiet(self) -> bool:
        """Whether no company was heard of yet."""
        return not any(one.provider for one in self.incidents)

    def show(self, incidents: tuple[IncidentView, ...]) -> None:
        """Draw the new ones; lines of others than before are forgotten."""
        if incidents[: len(self.incidents)] != self.incidents:
            self._drawn.clear()
        self.incidents = incidents
        self.redraw()

    def _lines(self, one: IncidentView, width: int) -> list[Content]:
        key = (id(one), width)
        if key not in self._drawn:
            day = ink(f" ── {self.w.formats.day(one.at, year=True)} ──", "bold $primary")
            self._drawn[key] = [day, *incident_lines(self.w, one, self.names, width)]
        return self._drawn[key]

    def draw(self, width: int) -> list[Content]:
        shown = [one for one in self.incidents if one.reason.code != "persona"][-SHOWN:]
        lines: list[Content] = []
        today = EMPTY
        for one in shown:
            day, *told = self._lines(one, width)
            if day.plain != today.plain:
                today = day
                lines.append(day)
            lines += told
        return lines


class Ready(Drawn):
    """One line at the bottom when decisions wait: the market's result, and the key that leads there."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="ready")
        self.w = w
        self.waiting = 0

    def show(self, waiting: int) -> None:
        self.waiting = waiting
        self.display = waiting > 0
        self.redraw()

    def draw(self, width: int) -> list[Content]:
        return [ink(" " + self.w.n("live.ready", self.waiting), "bold")]


class LiveScreen(Pane):
    """What happens while talks run. Follows the newest line until the person scrolls up."""

    where: ClassVar[str] = "live"
    live: ClassVar[bool] = False

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Ready(self.words)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self.query_one(Ready).show(sum(item.state == "waiting" for item in snapshot.digest.items))

    def on_mount(self) -> None:
        self.query_one(Ready).show(0)
        super().on_mount()

    def compose_body(self) -> ComposeResult:
        yield Persona(self.words)
        yield Market(self.words)

    def read(self, reads: Reads) -> dict[str, Any]:
        return {
            "needs": reads.needs(),
            "incidents": tuple(one for _, one in reads.incidents()),
            "names": {row["id"]: row["name"] for row in reads.providers()},
        }

    def show(self, view: dict[str, Any]) -> bool:
        self.query_one(Market).names = view["names"]
        self._show_persona(view["incidents"], view["needs"])
        self._show_incidents(view["incidents"])
        return bool(view["incidents"] or view["needs"])

    def _show_persona(self, incidents: tuple[IncidentView, ...], needs: tuple[Mapping[str, str], ...]) -> None:
        w, persona = self.words, self.query_one(Persona)
        lines = [(w.t("live.who"), w.say(one.reason)) for one in incidents if one.reason.code == "persona"]
        wanted = dict.fromkeys(w.label("category", row.get("category", "")) for row in needs)
        persona.lines = [*lines, (w.t("live.needs"), " · ".join(wanted))] if wanted else lines
        persona.redraw()

    def home_changed(self, snapshot: Snapshot) -> None:
        self.show_snapshot(snapshot)
        if not self.query_one("#body").display:
            self.reload()
        else:
            if self.query_one(Market).quiet:  # needs are still being stated
                self.reload()
            self.query_one(Market).names = snapshot.names
            self._show_incidents(snapshot.incidents)

    def _show_incidents(self, incidents: tuple[IncidentView, ...]) -> None:
        market, body = self.query_one(Market), self.query_one("#body")
        follow = body.scroll_offset.y >= body.max_scroll_y - 1
        if incidents != market.incidents:
            market.show(incidents)
        if follow:
            self.call_after_refresh(body.scroll_end, animate=False)

    def tell(self, state: str, detail: str = "") -> None:
        """The simulated companies take a moment to open, so nothing happens yet."""
        super().tell("opening" if state == "empty" and self.gegenbot.simulated else state, detail)

    def action_digest(self) -> None:
        self.dismiss()
