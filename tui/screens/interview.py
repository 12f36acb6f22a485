"""The interview: a list of kinds of deal, and the questions about one, a key each. Leaving keeps what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static

from tui.house import Reads
from tui.screens.base import Pane
from tui.widgets.drawn import ink
from tui.widgets.rows import Column, Rows
from tui.wording import interview
from tui.wording.rules import sentence

if TYPE_CHECKING:
    from agent.rulebook import RuleView
    from agent.views import LearnedView, QuestionView


class InterviewsScreen(Pane):
    """What can be asked about, and how far it was. Enter begins or goes on."""

    where: ClassVar[str] = "interviews"

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()

    def compose_body(self) -> ComposeResult:
        w = self.words
        yield Static(ink(w.t("interviews.lead"), "$quiet"), id="lead", markup=False)
        yield Rows(Column(w.t("interviews.col.kind"), 30), Column(w.t("interviews.col.far"), 0))

    def read(self, reads: Reads) -> Mapping[str, int]:
        return self.house.teaching().progress()

    def show(self, view: Mapping[str, int]) -> bool:
        w = self.words
        self._names = tuple(view)
        self.query_one(Rows).set_rows(
            [[ink(w.label("category", name), "bold"), self._far(view[name])] for name in view]
        )
        return bool(view)

    def _far(self, count: int) -> Content:
        return (
            ink(self.words.n("interviews.answered", count)) if count else ink(self.words.t("interviews.new"), "$quiet")
        )

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        name = self._names[message.option_index]
        self.app.push_screen(InterviewScreen(name), lambda _: self.reload())

    def action_open(self) -> None:
        self.query_one(Rows).action_select()


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where the interview stands: a question, or what it ended in."""

    question: QuestionView | None
    learned: tuple[LearnedView, ...]
    rules: tuple[RuleView, ...]


class InterviewScreen(Pane):
    """One question at a time. 1, 2, 3 and = answer; where several may be named, Space marks and Enter goes on."""

    where: ClassVar[str] = "interview"
    live: ClassVar[bool] = False

    def __init__(self, category: str) -> None:
        super().__init__()
        self._category = category
        self._question: QuestionView | None = None
        self._given: str | None = None
        self._marked: set[int] = set()

    def heading(self) -> str:
        return self.words.label("category", self._category)

    def compose_body(self) -> ComposeResult:
        yield Static("", id="lead", markup=False)
        yield Rows(Column("", 3), Column("", 0))

    def read(self, reads: Reads) -> _Stand:
        """Give the answer that was chosen, then ask on."""
        teach = self.house.teaching()
        given, self._given = self._given, None
        if given is not None:
            teach.answer(self._category, given, language=self.words.language)
        question = teach.question(self._category)
        if question is not None:
            return _Stand(question, (), ())
        return _Stand(None, teach.learned(self._category), teach.agreed(self._category))

    def show(self, view: _Stand) -> bool:
        self._question, self._marked = view.question, set()
        if view.question is None:
            return self._ended(view)
        head, asked, *_ = interview.question(self.words, view.question)
        self.query_one("#lead", Static).update(
            Content("\n").join((ink(head, "$quiet"), ink(asked, "bold"), ink(self._how(view.question), "$quiet")))
        )
        self._draw()
        return True

    def _how(self, question: QuestionView) -> str:
        """Which keys answer this kind of question."""
        return self.words.t("interview.mark" if question.kind == "never" else "interview.choose")

    def _ended(self, view: _Stand) -> bool:
        """What was learned, and the rules it ended in, as sentences."""
        w = self.words
        said = [*(interview.learned(w, one) for one in view.learned), *(sentence(w, rule) for rule in view.rules)]
        lines = [ink(w.t("interview.ended"), "bold"), *(ink(" • ", "$accent") + ink(one) for one in said)]
        self.query_one("#lead", Static).update(Content("\n").join(lines))
        self.query_one(Rows).set_rows([])
        return bool(said)

    def _draw(self) -> None:
        assert self._question is not None
        choices = interview.choices(self.words, self._question)
        marks = [key for key, _ in choices]
        if self._question.kind == "never":
            marks = ["✓" if at in self._marked else "·" for at in range(len(choices))]
        rows = zip(marks, choices, strict=True)
        self.query_one(Rows).set_rows([[ink(f" {mark}", "bold $accent"), ink(said)] for mark, (_, said) in rows])

    # -- keys ----------------------------------------------------------------------------------------------------

    def action_first(self) -> None:
        self._choose("1")

    def action_second(self) -> None:
        self._choose("2")

    def action_third(self) -> None:
        self._choose("3")

    def action_alike(self) -> None:
        self._choose("=")

    def _choose(self, key: str) -> None:
        """A key that stands beside a choice answers at once; other keys do nothing."""
        if self._question is None or self._question.kind == "never":
            return
        if key in [one for one, _ in interview.choices(self.words, self._question)]:
            self._give(interview.keyed_answer(self._question, key))

    def action_mark(self) -> None:
        at = self.query_one(Rows).highlighted
        if self._question is not None and self._question.kind == "never" and at is not None:
            self._marked ^= {at}
            self._draw()

    def action_answer(self) -> None:
        self.query_one(Rows).action_select()

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        if self._question is None:
            self.dismiss()
        elif self._question.kind == "never":
            self._give(",".join(self._question.first[at].issue for at in sorted(self._marked)))
        else:
            key, _ = interview.choices(self.words, self._question)[message.option_index]
            self._give(interview.keyed_answer(self._question, key))

    def _give(self, answer: str) -> None:
        self._given, self._question = answer, None
        self.reload()
