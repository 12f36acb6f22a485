"""Views as lines: what the why screen, the approval and the transcript draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.content import Content

from agent.views import ComparedView, DraftView, ItemView, LegView, TalkView, TurnView, WhyView
from tui.widgets.drawn import EMPTY, Drawn, columns, hang, ink, join, pair
from tui.widgets.theirs import theirs
from tui.wording import Wording, phrases


def heading(text: str) -> list[Content]:
    return [EMPTY, ink(text, "bold $primary")]


def leg_terms(w: Wording, leg: LegView, item: ItemView, width: int) -> list[Content]:
    """A leg with all its terms: label on the left, value beside it, claimed values worded and coloured."""
    role = phrases.leg_role(w, leg, item.legs)
    lines = [
        EMPTY,
        pair(
            ink(leg.provider, "bold") + ink(f" {phrases.score(w, leg)}", "$quiet"),
            ink(w.pick(leg.category_label), "$quiet"),
            width,
        ),
    ]
    if role:
        lines += hang(ink("  "), ink(role, "$warning"), width)
    pairs = [(phrases.term_pair(w, term), term.standing) for term in leg.terms]
    label_width = 27 if width > 50 else 20
    for (label, value), standing in pairs:
        name = ink("  ") + ink(label, "$quiet").truncate(label_width, pad=True) + ink("  ")
        lines += hang(name, ink(value, "$warning" if standing == "claimed" else ""), width)
    name = ink("  ") + ink(w.t("leg.total"), "$quiet").truncate(label_width, pad=True) + ink("  ")
    return [*lines, name + ink(w.formats.money(leg.total, leg.currency), "bold")]


def money_lines(w: Wording, item: ItemView, width: int) -> list[Content]:
    """Total, saving, deadlines and undo of an item."""
    lines = [pair(ink(phrases.title(w, item), "bold"), ink(phrases.total(w, item), "bold"), width)]
    saved = phrases.saving(w, item.saving, item.currency)
    if saved:
        lines += hang(EMPTY, ink(f"{saved}, {phrases.against(w, item.saving)}".rstrip(", "), "$success"), width)
    when = join((ink(phrases.deadline(w, item), "$warning"), ink(phrases.undo(w, item), "$quiet")), " · ")
    lines += hang(EMPTY, when, width)
    if claimed := phrases.claimed_deadline(w, item):
        lines += hang(EMPTY, ink(claimed, "italic $secondary"), width)
    return lines


class WhyText(Drawn):
    """Why an item is there, in the order people ask: reasons, comparison, wishes, rules, terms."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="why-text")
        self.w = w
        self.view: WhyView | None = None

    def draw(self, width: int) -> list[Content]:
        if self.view is None:
            return []
        w, view = self.w, self.view
        lines = money_lines(w, view.item, width)
        lines += heading(w.t("why.reasons"))
        for said in dict.fromkeys(phrases.note(w, reason) for reason in view.because):
            lines += hang(ink(" • ", "$accent"), ink(said), width)
        if view.share_of_best:
            share = w.t("why.share", percent=w.formats.percent(view.share_of_best))
            lines += hang(ink(" • ", "$accent"), ink(share), width)
        lines += self._compared(view.compared, width)
        lines += self._evidence("why.preferences", view.preferences, width)
        lines += self._evidence("why.rules", view.rules, width)
        lines += heading(w.t("why.data"))
        lines += hang(ink(" • ", "$accent"), ink(phrases.data_cost(w, view.item)), width)
        lines += heading(w.t("why.terms"))
        for leg in view.item.legs:
            lines += leg_terms(w, leg, view.item, width)
        return lines

    def _evidence(self, key: str, rows: Iterable[Mapping[str, str]], width: int) -> list[Content]:
        lines: list[Content] = []
        for said in dict.fromkeys(phrases.evidence(self.w, row) for row in rows):
            lines += hang(ink(" • ", "$accent"), ink(said), width)
        return [*heading(self.w.t(key)), *lines] if lines else []

    def _compared(self, rows: tuple[ComparedView, ...], width: int) -> list[Content]:
        if not rows:
            return []
        w = self.w
        name = max(len(phrases.compared_name(w, row)) for row in rows)
        widths = (3, min(name, 24), 11, max(width - min(name, 24) - 20, 12))
        return heading(w.n("why.asked", len(rows))) + [
            columns(
                (
                    ink(" ✓ " if row.excluded is None else " · ", "bold $success" if row.excluded is None else ""),
                    ink(phrases.compared_name(w, row), "bold" if row.excluded is None else ""),
                    ink((w.formats.money(row.total, row.currency) if row.total else "–").rjust(11)),
                    ink(w.say(row.excluded) if row.excluded else w.t("why.chosen"), "$quiet"),
                ),
                widths,
            )
            for row in rows
        ]


class TalkText(Drawn):
    """A transcript: ours on the left with the reason for each number, theirs set in and marked."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="talk-text")
        self.w = w
        self.view: TalkView | None = None
        self.draft: DraftView | None = None

    def draw(self, width: int) -> list[Content]:
        if self.view is None:
            return []
        lines: list[Content] = []
        for turn in self.view.turns:
            lines += self._turn(turn, self.view.provider, width)
        return [*lines[1:], *self._ready(width)]

    def _ready(self, width: int) -> list[Content]:
        """What lies ready to be carried: whereto, and the keys."""
        if self.draft is None:
            waits = self.view is not None and self.view.by_hand and self.view.state == "waiting_them"
            return [EMPTY, *hang(ink(" ✎ ", "$accent"), ink(self.w.t("draft.carried")), width)] if waits else []
        draft = self.draft
        key = "draft.ready" if draft.address != draft.provider else "draft.ready.named"
        told = self.w.t(key, provider=draft.provider, address=draft.address)
        return [
            EMPTY,
            *hang(ink(" ✎ ", "bold $warning"), ink(told, "bold"), width),
            *hang(ink("   "), ink(self.w.t("draft.keys"), "$quiet"), width),
        ]

    def _turn(self, turn: TurnView, provider: str, width: int) -> list[Content]:
        w = self.w
        ours = phrases.is_ours(turn)
        indent = 0 if ours else min(6, width // 12)
        inner = width - indent
        who = ink(w.t("talk.we") if ours else provider, "bold $primary" if ours else "bold $secondary")
        act = ink(" " + phrases.act(w, turn))
        said = who + act
        if turn.total:
            said += ink("  ") + ink(w.formats.money(turn.total, turn.currency), "bold")
        lines = [EMPTY, pair(said, ink(w.t("talk.round", round=turn.round), "$quiet"), inner)]
        rest = [phrases.term_pair(w, term) for term in turn.terms if term.kind != "money" or term.value != turn.total]
        if rest:
            lines += hang(ink("  "), ink(", ".join(f"{label}: {value}" for label, value in rest), "$quiet"), inner)
        if turn.ours:
            lines += hang(ink("  "), ink(w.t("quote", words=" ".join(turn.ours.split())), "italic $quiet"), inner)
        if turn.theirs:
            their = theirs(turn.theirs, w.t("talk.theirs", provider=provider), inner - 2)
            lines += [line.pad_left(2) for line in their]
        if turn.reason:
            lines += hang(ink("  → ", "bold $accent"), ink(w.say(turn.reason)), inner)
        return [line.pad_left(indent) for line in lines]
