"""What Gegenbot works from: one line for each part, with the key that opens its editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static

from agent.views import FacadeError
from tui.house import Reads
from tui.screens.base import Pane
from tui.screens.editor import EditorScreen
from tui.screens.form import Form, FormField, FormScreen
from tui.widgets.drawn import ink
from tui.widgets.rows import Column, Rows
from tui.wording.clean import one_line


def _editor(name: str) -> Callable[[], type[EditorScreen]]:
    def find() -> type[EditorScreen]:
        from tui.screens import market_editors, own_editors

        for module in (market_editors, own_editors):
            if found := getattr(module, name, None):
                kind: type[EditorScreen] = found
                return kind
        raise LookupError(name)

    return find


def _interviews() -> type[Pane]:
    from tui.screens.interview import InterviewsScreen

    return InterviewsScreen


PARTS: Mapping[str, Callable[[], type[Pane]]] = {
    "wants": _editor("WantsScreen"),
    "limits": _editor("LimitsScreen"),
    "companies": _editor("CompaniesScreen"),
    "contracts": _editor("ContractsScreen"),
    "facts": _editor("FactsScreen"),
    "rules": _editor("RulesScreen"),
    "wishes": _editor("WishesScreen"),
    "schedule": _editor("ScheduleScreen"),
    "interviews": _interviews,
}
"""The parts in the order of their number keys."""


class ProfileScreen(Pane):
    """A menu: a number or Enter opens a part."""

    where: ClassVar[str] = "profile"

    def compose_body(self) -> ComposeResult:
        yield Static(ink(self.words.t("profile.lead"), "$quiet"), id="lead", markup=False)
        yield Rows(
            Column("", 3), Column(self.words.t("profile.col.part"), 22), Column(self.words.t("profile.col.now"), 0)
        )

    def read(self, reads: Reads) -> dict[str, list[str]]:
        w = self.words
        open_needs = [row for row in reads.needs() if row["state"] == "open"]
        asked = self.house.teaching().progress()
        set_limits = [row for row in reads.limits() if row["max_total"] or row["autonomy"] != "propose"]
        return {
            "wants": [row.get("words") or w.label("category", row["category"]) for row in open_needs],
            "limits": [w.label("category", row["category"]) for row in set_limits],
            "companies": list(dict.fromkeys(row["name"] for row in reads.providers())),
            "contracts": [row["provider"] for row in reads.contracts()],
            "facts": [w.label("data", row["category"]) for row in reads.facts()],
            "rules": list(dict.fromkeys(row.get("text", "") for row in reads.rules())),
            "wishes": [row.get("words", "") for row in reads.preferences() if not row.get("valid_until")],
            "interviews": [w.label("category", name) for name, count in asked.items() if count],
            "schedule": [self.house.editing().settings()["digest.hours"]],
        }

    def show(self, view: dict[str, list[str]]) -> bool:
        self.query_one(Rows).set_rows(
            [self._row(number, name, view.get(name, [])) for number, name in enumerate(PARTS, 1)]
        )
        return True

    def _row(self, number: int, name: str, entries: list[str]) -> list[Content]:
        w = self.words
        told = ", ".join(dict.fromkeys(map(one_line, entries)))
        now = ink(told) if name == "schedule" else ink(f"{len(entries)}  ", "bold") + ink(told, "$quiet")
        return [
            ink(f" {number}", "bold $accent"),
            ink(w.t(f"{name}.title"), "bold"),
            now if entries else ink(w.t(f"{name}.none"), "$quiet"),
        ]

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self._open(message.option_index)

    def action_open(self) -> None:
        self.query_one(Rows).action_select()

    def on_key(self, event: events.Key) -> None:
        if event.key.isdigit() and 1 <= int(event.key) <= len(PARTS):
            event.stop()
            self._open(int(event.key) - 1)

    def action_export(self) -> None:
        """Everything into a new folder of the person's choice."""
        w, house = self.words, self.house
        here = Path.home() / "gegenbot-export"
        form = Form(
            w.t("export.form"),
            (FormField("folder", w.t("export.folder"), str(here)),),
            lambda values: house.export_everything(Path(values["folder"]).expanduser()),
            done="done.taken",
            note=w.t("export.note"),
        )
        self.app.push_screen(FormScreen(form))

    def action_delete(self) -> None:
        """Everything that was ever kept, after a typed word; then the first screen again."""
        w, house = self.words, self.house
        word = w.t("delete.word")

        def delete(values: Mapping[str, str]) -> object:
            if values["word"].casefold() != word:
                raise FacadeError("not_the_word", word=word)
            return house.delete_everything()

        form = Form(
            w.t("delete.form"),
            (FormField("word", w.t("delete.ask", word=word)),),
            delete,
            done="done.deleted",
            note=w.t("delete.note"),
        )

        async def gone(deleted: object) -> None:
            if deleted is not None:
                await self.gegenbot.start_over()

        self.app.push_screen(FormScreen(form), gone)

    def _open(self, number: int) -> None:
        def back(_: Any) -> None:
            self.reload()

        self.app.push_screen(self.gegenbot.kept.one(list(PARTS.values())[number]()), back)
