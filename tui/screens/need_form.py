"""A need as a form made from its category's issues: a value where it matters, and whether it is a must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from tui.screens.read_back import ReadBack
from tui.widgets.choice import ChoiceField
from tui.widgets.drawn import ink
from tui.wording import Wording

Issue = Mapping[str, Any]
_MATTERS = ("any", "nice", "must")


def bound_of(issue: Issue) -> str:
    """Whether a value typed for an issue is a maximum, a minimum or the wish itself."""
    if issue["kind"] in {"money", "number", "duration"}:
        return "max" if issue["better"] == "lower" else "min"
    return "want"


def table_of(category: str, issues: Sequence[Issue], given: Mapping[str, tuple[str, str]]) -> dict[str, object]:
    """The form as the table of a NEED file; an issue without a value, or that does not matter, is left out."""
    wishes: dict[str, object] = {}
    for issue in issues:
        value, matters = given.get(str(issue["name"]), ("", "any"))
        if value and matters != "any":
            typed: object = value
            if issue["kind"] == "flag":
                typed = value == "yes"
            elif issue["kind"] == "duration" and value.isdigit():
                typed = int(value)
            elif issue["kind"] in {"money", "number"}:
                typed = value.replace(",", ".")
            wishes[str(issue["name"])] = {bound_of(issue): typed, "hard": matters == "must"}
    return {"category": category, "issues": wishes}


class NeedForm(ReadBack):
    """The first Enter reads the form back, the second one starts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, category: Mapping[str, object]) -> None:
        super().__init__()
        self._category = str(category["id"])
        self._issues: Sequence[Issue] = cast("Sequence[Issue]", category["issues"])

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="form"):
            title = w.t("need.form", category=w.label("category", self._category))
            yield Static(ink(title, "bold"), id="dialog-title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                for issue in self._issues:
                    with Horizontal(classes="field"):
                        yield Static(ink(self._label(issue, w)), classes="field-label", markup=False)
                        yield self._value(issue, w)
                        answers = tuple((one, w.label("matters", one)) for one in _MATTERS)
                        yield ChoiceField(answers, "any", id=f"matters-{issue['name']}")
            yield Static("", id="need-read", markup=False)
            yield Static(ink(w.t("need.form.keys"), "$quiet"), id="ask", markup=False)

    def _label(self, issue: Issue, w: Wording) -> str:
        bound = bound_of(issue)
        name, unit = w.pick(issue["label"]), "€" if issue["kind"] == "money" else str(issue["unit"] or "")
        if issue["kind"] == "duration":
            name = w.t("field.in", name=name, unit=w.t("unit.month"))
        elif unit:
            name += f" ({unit})"
        return name if bound == "want" else w.t(f"need.bound.{bound}", name=name)

    def _value(self, issue: Issue, w: Wording) -> Input | ChoiceField:
        field_id = f"value-{issue['name']}"
        if issue["kind"] == "flag":
            return ChoiceField((("yes", w.t("value.yes")), ("no", w.t("value.no"))), "yes", id=field_id)
        if issue["kind"] == "choice":
            return ChoiceField(tuple((one, w.label("choice", one)) for one in issue["choices"]), "", id=field_id)
        return Input(id=field_id, compact=True)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        """A value was given, so it matters: a must until the person says otherwise."""
        name = str(message.input.id).removeprefix("value-")
        matters = self.query_one(f"#matters-{name}", ChoiceField)
        if message.value and matters.value == "any":
            matters.action_step(2)

    def table(self) -> dict[str, object]:
        """What stands in the form."""
        given = {}
        for issue in self._issues:
            widget = self.query_one(f"#value-{issue['name']}")
            value = widget.value.strip() if isinstance(widget, Input) else cast("ChoiceField", widget).value
            given[str(issue["name"])] = (value, self.query_one(f"#matters-{issue['name']}", ChoiceField).value)
        return table_of(self._category, self._issues, given)

    @on(Input.Submitted)
    @on(ChoiceField.Submitted)
    def _submitted(self) -> None:
        self.submit(self.table())
