"""The decisions a person can take on a card, from the digest and from its why screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from agent.views import ItemView

if TYPE_CHECKING:
    from tui.app import GegenbotApp
    from tui.house import Decides


class Decisions(Screen[None]):
    """Actions on the chosen card. The host says which card with `chosen`."""

    def chosen(self) -> ItemView | None:
        """The card the keys are about."""
        raise NotImplementedError

    def _gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def _waiting(self) -> ItemView | None:
        """The chosen card if it still waits; otherwise a word about why nothing happens."""
        item = self.chosen()
        if item is None:
            return None
        if item.state not in {"waiting", "later"}:
            app = self._gegenbot()
            app.notify(app.words.label("item.state", item.state), title=app.words.t("decide.not_waiting"), markup=False)
            return None
        return item

    def decide(self, key: str, act: Callable[[Decides], None], item: str = "") -> None:
        """Record a decision in a worker; the app tells how it went."""
        self._gegenbot().decide(key, act, item)

    def action_approve(self) -> None:
        if item := self._waiting():
            from tui.screens.approval import ApprovalScreen

            self.app.push_screen(ApprovalScreen(item))

    def action_reject(self) -> None:
        if item := self._waiting():
            from tui.screens.choices import reject_choice

            self.app.push_screen(
                reject_choice(self._gegenbot().words),
                lambda reason: self._reject(item, reason),
            )

    def _reject(self, item: ItemView, reason: str | None) -> None:
        if reason:
            self.decide("done.rejected", lambda to: to.reject(item.id, reason), item.id)

    def action_later(self) -> None:
        if item := self._waiting():
            from tui.screens.choices import later_choice

            snapshot = self._gegenbot().snapshot
            now = snapshot.digest.made_at if snapshot else None
            choice = later_choice(self._gegenbot().words, item, now)
            self.app.push_screen(choice, lambda until: self._put_off(item, until))

    def _put_off(self, item: ItemView, until: str | None) -> None:
        if until is not None:
            self.decide("done.later", lambda to: to.later(item.id, until or None), item.id)

    def action_counter(self) -> None:
        if item := self._waiting():
            from tui.screens.counter import CounterScreen

            self.app.push_screen(
                CounterScreen(item),
                lambda changes: self._counter(item, changes),
            )

    def _counter(self, item: ItemView, changes: dict[str, str] | None) -> None:
        if changes:
            self.decide("done.countered", lambda to: to.counter(item.id, changes), item.id)

    def action_undo(self) -> None:
        item = self.chosen()
        if item is not None and item.state != "waiting":
            self.decide("done.undone", lambda to: to.undo(item.id), item.id)

    def action_talks(self) -> None:
        from tui.screens.talks import TalksScreen

        item = self.chosen()
        talks = self._gegenbot().kept.one(TalksScreen)
        talks.about(item.id if item else None)
        self.app.push_screen(talks)

    def action_disclosures(self) -> None:
        from tui.screens.lists import DisclosuresScreen

        self.app.push_screen(self._gegenbot().kept.one(DisclosuresScreen))
