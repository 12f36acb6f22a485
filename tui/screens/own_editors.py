"""Editors for what the bot knows of the person: facts, wishes, rules, and when it may speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from tui.house import Edits, Reads
from tui.screens.choices import Choice
from tui.screens.editor import EditorScreen, Row
from tui.screens.form import Form, FormField, Values
from tui.screens.market_editors import category_choices
from tui.widgets.drawn import ink
from tui.widgets.rows import Column
from tui.wording import LANGUAGES, needs, phrases
from tui.wording.rules import sentence

if TYPE_CHECKING:
    from agent.rulebook import Mode


class FactsScreen(EditorScreen):
    """What is true of the person. Values stay sealed; Enter shows what each company would be told of one."""

    where: ClassVar[str] = "facts"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (Column(w.t("facts.col.what"), 26), Column(w.t("facts.col.label"), 0), Column(w.t("facts.col.who"), 14))

    def read(self, reads: Reads) -> Sequence[Row]:
        return reads.facts()

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        return [
            ink(w.label("data", row["category"]), "bold"),
            ink(row.get("label") or "–"),
            ink(w.label("subject", row.get("subject", "person")), "$quiet"),
        ]

    def detail(self, row: Row) -> str:
        return self.words.t("facts.detail")

    def adding(self) -> Form | None:
        w, house = self.words, self.house
        kinds = sorted(((one["id"], w.label("data", one["id"])) for one in house.data_categories()), key=lambda k: k[1])

        def keep(values: Values) -> object:
            return house.editing().add_fact(_kind(values["kind"], kinds), values["value"])

        return Form(
            w.t("facts.form"),
            (
                FormField(
                    "kind",
                    w.t("facts.kind"),
                    example=w.t("facts.kind.example"),
                    suggestions=tuple(words for _, words in kinds),
                ),
                FormField("value", w.t("facts.value"), secret=False),
            ),
            keep,
            note=w.t("facts.note"),
        )

    def action_change(self) -> None:
        row = self.chosen()
        if row is None:
            return
        from tui.screens.ladder import LadderScreen

        self.app.push_screen(LadderScreen(row["id"], self.words.label("data", row["category"])))

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        what = self.words.label("data", row["category"])
        return what, lambda: self.house.deciding().forget(f"fact:{row['id']}")


def _kind(typed: str, kinds: Sequence[tuple[str, str]]) -> str:
    """The kind of data a typed word names: the word itself, else the only or shortest one that begins with it."""
    said = typed.casefold().strip()
    exact = [key for key, words in kinds if said in (words.casefold(), key.casefold())]
    begins = sorted((len(words), key) for key, words in kinds if said and words.casefold().startswith(said))
    return exact[0] if exact else begins[0][1] if begins else typed.strip()


class WishesScreen(EditorScreen):
    """Lasting wishes in the person's own words; a corrected one replaces the old one from now on."""

    where: ClassVar[str] = "wishes"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("wishes.col.words"), 0),
            Column(w.t("wishes.col.for"), 20),
            Column(w.t("wishes.col.hard"), 8),
            Column(w.t("wishes.col.source"), 16, least=100),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        return tuple(row for row in reads.preferences() if not row.get("valid_until"))

    def cells(self, row: Row) -> list[Content]:
        w = self.words
        hard = row.get("hard", "no")
        return [
            ink(phrases.mapping_words(row)),
            ink(w.label("category", row["category"]) if row.get("category") else w.t("form.all_categories"), "$quiet"),
            ink(w.label("hard", hard), "bold" if hard == "yes" else ""),
            ink(w.label("source", row.get("source", "")), "$quiet"),
        ]

    def adding(self) -> Form | None:
        w, house = self.words, self.house
        return Form(
            w.t("wishes.form"),
            (
                FormField("words", w.t("wishes.words"), example=w.t("wishes.words.example")),
                FormField("category", w.t("wishes.for"), "", category_choices(house, w, every=True)),
            ),
            lambda values: house.editing().add_wish(values["words"], values["category"] or None),
            read_back=lambda values: needs.wish(
                w, house.editing().draft_wish(values["words"], values["category"] or None)
            ),
        )

    def changing(self, row: Row) -> Form | None:
        w, house = self.words, self.house
        return Form(
            w.t("wishes.correct"),
            (FormField("words", w.t("wishes.words"), phrases.mapping_words(row)),),
            lambda values: house.editing().correct_wish(row["id"], values["words"]),
            note=w.t("wishes.note"),
            read_back=lambda values: needs.wish(
                w, house.editing().draft_wish(values["words"], row.get("category") or None)
            ),
        )

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        return phrases.mapping_words(row), lambda: self.house.deciding().forget(f"pref:{row['id']}")


class RulesScreen(EditorScreen):
    """Privacy rules, one sentence each. Space switches one on or off; `?` in front of it means: ask me."""

    where: ClassVar[str] = "rules"

    def columns(self) -> Sequence[Column]:
        w = self.words
        return (
            Column(w.t("rules.col.number"), 4),
            Column(w.t("rules.col.effect"), 14),
            Column(w.t("rules.col.text"), 0),
            Column(w.t("rules.col.on"), 5),
        )

    def read(self, reads: Reads) -> Sequence[Row]:
        """One row for each sentence, however many kinds of data it speaks of."""
        found: dict[str, dict[str, str]] = {}
        for row in reads.rules():
            kept = found.setdefault(row.get("number") or row["id"], {**row, "kinds": ""})
            kinds = dict.fromkeys([*filter(None, kept["kinds"].split("|")), row.get("category", "")])
            kept["kinds"] = "|".join(kinds)
        return tuple(found.values())

    def cells(self, row: Row) -> list[Content]:
        w, on = self.words, row.get("enabled", "yes") == "yes"
        style = {"permit": "$success", "ask": "$warning"}.get(row.get("effect", ""), "bold $error") if on else "$quiet"
        return [
            ink(row.get("number", ""), "$quiet"),
            ink(w.label("effect", row.get("effect", "")), style),
            ink(phrases.mapping_words(row), "" if on else "$quiet"),
            ink(w.t("value.yes" if on else "rules.off"), "" if on else "$quiet"),
        ]

    def detail(self, row: Row) -> str:
        w = self.words
        kinds = ", ".join(w.label("data", one) for one in row.get("kinds", "").split("|") if one)
        return w.t("rules.about", kinds=kinds) if kinds else ""

    def adding(self) -> Form | None:
        w, house = self.words, self.house
        return Form(
            w.t("rules.form"),
            (FormField("words", w.t("wishes.words"), example=w.t("rules.example")),),
            lambda values: house.rule_book().add(values["words"]),
            note=w.t("rules.note"),
            read_back=lambda values: " ".join(sentence(w, one) for one in house.rule_book().draft(values["words"])),
        )

    @staticmethod
    def _ref(row: Row) -> str:
        """A sentence's number stands for all its rules."""
        return row.get("number") or row["id"]

    def switching(self, row: Row) -> Callable[[Edits], Any] | None:
        on = row.get("enabled", "yes") == "yes"
        back: Mode = "ask" if row.get("effect") == "ask" else "on"
        return lambda _: self.house.rule_book().set_mode(self._ref(row), "off" if on else back)

    def action_change(self) -> None:
        """Enter: let a rule that permits ask me first."""
        row = self.chosen()
        if row is None or row.get("effect") != "permit":
            return
        w = self.words
        question = Choice(w.t("rules.ask"), [("yes", w.t("rules.ask.yes")), ("no", w.t("rules.ask.no"))])
        book, ref = self.house.rule_book(), self._ref(row)
        self.app.push_screen(
            question,
            lambda answer: self._do("done.kept", lambda: book.set_mode(ref, "ask")) if answer == "yes" else None,
        )

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        return phrases.mapping_words(row), lambda: self.house.deciding().forget(f"rule:{row['id']}")


_SETTINGS = (
    "digest.hours", "digest.decisions", "digest.notes", "notify.how", "notify.quiet", "negotiation.window_hours",
    "language", "zone", "negotiation.allow_loopback",
)  # fmt: skip
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "notify.how": ("off", "desktop", "mail"),
    "language": LANGUAGES,
    "negotiation.allow_loopback": ("no", "yes"),
}


class ScheduleScreen(EditorScreen):
    """When the digest comes, how much it may ask, when nothing is said."""

    where: ClassVar[str] = "schedule"

    def columns(self) -> Sequence[Column]:
        return (Column(self.words.t("schedule.col.what"), 34), Column(self.words.t("schedule.col.value"), 0))

    def read(self, reads: Reads) -> Sequence[Row]:
        found = self.house.editing().settings()
        return tuple({"key": key, "value": found[key]} for key in _SETTINGS)

    def cells(self, row: Row) -> list[Content]:
        return [ink(self.words.t(f"setting.{row['key']}"), "bold"), ink(self._value(row["key"], row["value"]))]

    def _value(self, key: str, value: str) -> str:
        if key in _CHOICES:
            return self.words.label(f"setting.{key}", value or "unset")
        return value or "–"

    def detail(self, row: Row) -> str:
        return self.words.t(f"setting.{row['key']}.means")

    def changing(self, row: Row) -> Form | None:
        w, key = self.words, row["key"]
        choices = tuple((one, w.label(f"setting.{key}", one)) for one in _CHOICES.get(key, ()))
        return Form(
            w.t(f"setting.{key}"),
            (FormField("value", w.t("schedule.value"), row["value"], choices),),
            lambda values: self.house.editing().set_setting(key, values["value"]),
            note=w.t(f"setting.{key}.means"),
        )
