"""Three lists: who learned what, what was held back, and what happens when."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from agent.views import DisclosureView, HeldBackView, StatusView
from tui.house import Reads
from tui.screens.base import Pane
from tui.widgets.drawn import ink, put
from tui.widgets.rows import Column, Rows
from tui.wording import phrases


class DisclosuresScreen(Pane):
    """Who learned what, when, under which rule, until when; refusals stand among them."""

    where: ClassVar[str] = "disclosures"

    def compose_body(self) -> ComposeResult:
        w = self.words
        yield Static("", id="lead", markup=False)
        yield Rows(
            Column(w.t("disclosure.col.what"), 0),
            Column(w.t("disclosure.col.who"), 22),
            Column(w.t("disclosure.col.until"), 20),
            Column(w.t("disclosure.col.when"), 18, least=100),
            Column(w.t("disclosure.col.stage"), 18, least=130),
        )
        yield Static("", id="detail", markup=False)

    def read(self, reads: Reads) -> tuple[DisclosureView, ...]:
        return reads.disclosures()

    def show(self, view: tuple[DisclosureView, ...]) -> bool:
        self._view = view
        w = self.words
        released = sum(one.released for one in view)
        told = w.n("disclosures.told", released) + " " + w.n("disclosures.refused", len(view) - released)
        put(self.query_one("#lead", Static), ink(told, "bold"))
        self.query_one(Rows).set_rows([self._row(one) for one in view])
        self.on_option_list_option_highlighted()
        return bool(view)

    def _row(self, one: DisclosureView) -> list[Content]:
        w = self.words
        what = w.pick(one.label) + (f" ({w.label('granularity', one.granularity)})" if one.released else "")
        style = "$quiet" if one.withdrawn else "" if one.released else "bold $success"
        return [
            ink(("✓ " if one.released else "× ") + what, style),
            ink(one.provider),
            ink(phrases.disclosure_until(w, one), style),
            ink(w.formats.moment(one.at), "$quiet"),
            ink(w.label("stage", one.stage), "$quiet"),
        ]

    def on_option_list_option_highlighted(self) -> None:
        """The rule behind the row under the cursor, in the person's own words."""
        at = self.query_one(Rows).highlighted
        if at is None or at >= len(self._view):
            return
        one, w = self._view[at], self.words
        rule = w.t("disclosure.rule", rule=one.rule_text) if one.rule_text else w.t("disclosure.no_rule")
        put(self.query_one("#detail", Static), ink(f"{w.formats.moment(one.at)} · {rule}"))


class HeldScreen(Pane):
    """What was not shown, by reason, with a sample; `m` says that one should have been shown."""

    where: ClassVar[str] = "held"

    def compose_body(self) -> ComposeResult:
        w = self.words
        yield Static("", id="lead", markup=False)
        yield Rows(
            Column(w.t("held.col.company"), 18),
            Column(w.t("held.col.about"), 19),
            Column(w.t("held.col.total"), 9, right=True),
            Column(w.t("held.col.why"), 0),
        )

    def read(self, reads: Reads) -> HeldBackView:
        return reads.digest().held_back

    def show(self, view: HeldBackView) -> bool:
        self._view = view
        w = self.words
        lead = ink(phrases.held_back(w, view), "bold")
        if view.total > len(view.sample):
            lead += Content("\n") + ink(w.n("held.drawn", len(view.sample)), "$quiet")
        put(self.query_one("#lead", Static), lead)
        self.query_one(Rows).set_rows(
            [
                [
                    ink(row.get("provider", "")),
                    ink(w.label("category", row["category"]) if row.get("category") else "–"),
                    ink(w.formats.money(row["total"], row.get("currency") or "EUR") if row.get("total") else "–"),
                    ink(phrases.held_why(w, row), "$quiet"),
                ]
                for row in view.sample
            ]
        )
        return view.total > 0

    def action_missed(self) -> None:
        at = self.query_one(Rows).highlighted
        if at is not None and at < len(self._view.sample):
            held_id = self._view.sample[at].get("id", "")
            self.gegenbot.decide("done.missed", lambda to: to.should_have_shown(held_id))


class JobsScreen(Pane):
    """The runner and its jobs: what happens when, and what the last run did."""

    where: ClassVar[str] = "jobs"

    def compose_body(self) -> ComposeResult:
        w = self.words
        yield Static("", id="lead", markup=False)
        yield Rows(
            Column(w.t("job.col.what"), 0),
            Column(w.t("job.col.next"), 21),
            Column(w.t("job.col.last"), 21),
            Column(w.t("job.col.outcome"), 14, least=90),
        )

    def read(self, reads: Reads) -> StatusView:
        return reads.status()

    def show(self, view: StatusView) -> bool:
        w = self.words
        key = f"status.runner.{view.runner}"
        runner = w.t(key if w.has(key) else "status.runner.none", pid=view.runner_pid or "?")
        put(self.query_one("#lead", Static), ink(runner, "bold"))
        self.query_one(Rows).set_rows(
            [[ink(cell, "bold" if not at else "") for at, cell in enumerate(row)] for row in phrases.job_rows(w, view)]
        )
        return bool(view.jobs)
