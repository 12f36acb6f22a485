"""Set up in three questions: what is wanted, what is paid for it today, which companies may be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.errors import explain
from tui.messages import Done, Loaded, Refused
from tui.screens.read_back import told_back
from tui.widgets.bars import KeyBar
from tui.widgets.drawn import ink

if TYPE_CHECKING:
    from tui.app import GegenbotApp
    from tui.house import House

STEPS = ("want", "today", "whom")


@dataclass(slots=True)
class Answers:
    """What was answered so far. Nothing is kept before the last answer."""

    want: str = ""
    category: str = ""
    """What is paid today is paid for this one."""
    categories: tuple[str, ...] = ()
    monthly: str = ""
    company: str = ""
    addresses: dict[str, str] = field(default_factory=dict)
    """What was typed for each company, with the channel it is reached over."""

    def keep(self, house: House, language: str) -> Mapping[str, object]:
        """State everything: the contract first, so that the need knows what is paid today. Companies are written to in
        the language the person reads here."""
        edits = house.editing()
        if edits.settings()["language"] != language:
            edits.set_setting("language", language)
        if self.monthly:
            edits.add_contract(self.category, self.company, self.monthly)
        for address in self.addresses:
            edits.add_provider(address, categories=self.categories, trust="allowed")
        return house.add_need(text=self.want)


class SetupScreen(Screen[bool]):
    """Enter answers, an empty second or third answer goes on, Esc goes back. Dismissed with True once a need runs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "previous", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._answers = Answers()
        self._step = 0

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="setup"):
            yield Static("", id="setup-step", markup=False)
            yield Static("", id="setup-question", markup=False)
            yield Input(id="setup-answer")
            yield Input(id="setup-more", placeholder=w.t("setup.company.example"))
            yield Static("", id="setup-told", markup=False)
            yield Static("", id="setup-keys", markup=False)
        yield KeyBar("first", w)

    def on_mount(self) -> None:
        self._ask()

    def _ask(self) -> None:
        """Show the question of this step."""
        w, name = self.gegenbot.words, STEPS[self._step]
        self.query_one("#setup-step", Static).update(
            ink(w.t("setup.step", step=self._number(), steps=self._steps()), "bold $primary")
        )
        self.query_one("#setup-question", Static).update(ink(w.t(f"setup.{name}"), "bold"))
        answer = self.query_one("#setup-answer", Input)
        answer.placeholder = w.t(f"setup.{name}.example")
        with self.prevent(Input.Changed):
            answer.value = {"want": self._answers.want, "today": self._answers.monthly}.get(name, "")
        self.query_one("#setup-more").display = name == "today"
        self._tell(ink(w.t(f"setup.{name}.hint"), "$quiet"), f"setup.{name}.keys")
        answer.focus()

    def _tell(self, told: Content, keys: str) -> None:
        self.query_one("#setup-told", Static).update(told)
        self.query_one("#setup-keys", Static).update(ink(self.gegenbot.words.t(keys), "$accent"))

    @on(Input.Changed, "#setup-answer")
    def _changed(self) -> None:
        if STEPS[self._step] == "want" and self._answers.category:
            self._answers.category = ""
            self._tell(ink(self.gegenbot.words.t("setup.want.hint"), "$quiet"), "setup.want.keys")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        first = self.query_one("#setup-answer", Input).value.strip()
        second = self.query_one("#setup-more", Input).value.strip()
        getattr(self, f"_answer_{STEPS[self._step]}")(first, second)

    def _answer_want(self, text: str, _: str) -> None:
        if text and text == self._answers.want and self._answers.category:
            self._next()
        elif text:
            self._do(lambda: (text, self.gegenbot.house.read_back(text=text)), Loaded)

    @on(Loaded)
    def _read_back(self, message: Loaded) -> None:
        text, made = message.view
        if STEPS[self._step] == "whom":
            self._let_in(text, str(made))
            return
        self._answers.want, self._answers.categories = text, tuple(one["category"] for one in made.get("needs", [made]))
        self._answers.category = self._paid_monthly(self._answers.categories)
        self._tell(told_back(self.gegenbot.words, made), "setup.want.keys_read")

    def _paid_monthly(self, categories: tuple[str, ...]) -> str:
        """The first of them that is paid for again and again; what is bought once has no contract."""
        kinds = {str(one["id"]): bool(one["recurring"]) for one in self.gegenbot.house.categories()}
        return next((one for one in categories if kinds.get(one)), categories[0])

    def _answer_today(self, amount: str, company: str) -> None:
        w = self.gegenbot.words
        if amount and not company:
            self._tell(ink(w.t("setup.today.who"), "$warning"), "setup.today.keys")
            self.query_one("#setup-more", Input).focus()
            return
        self._answers.monthly, self._answers.company = amount, company
        self._next()

    def _answer_whom(self, address: str, _: str) -> None:
        w = self.gegenbot.words
        if address:
            self._do(lambda: (address, self.gegenbot.house.editing().door_of(address)), Loaded)
        else:
            self._do(
                lambda: self._answers.keep(self.gegenbot.house, w.language), lambda made: Done("done.wanted", made)
            )

    def _let_in(self, address: str, door: str) -> None:
        """One more company, told with how it is reached."""
        w = self.gegenbot.words
        self._answers.addresses[address] = door
        self.query_one("#setup-answer", Input).value = ""
        each = (w.t(f"setup.door.{door}", company=one) for one, door in self._answers.addresses.items())
        told = ink(w.t("setup.whom.added", companies=", ".join(each)), "$success")
        self._tell(told, "setup.whom.keys_more")

    def _next(self) -> None:
        """The next question that makes sense: what is bought once is not paid for by the month."""
        self._step += 1
        if STEPS[self._step] == "today" and not self._recurs():
            self._step += 1
        self._ask()

    def _steps(self) -> int:
        return len(STEPS) if self._recurs() else len(STEPS) - 1

    def _number(self) -> int:
        """Which question this is, of those that are asked."""
        return min(self._step + 1, self._steps())

    def _recurs(self) -> bool:
        found = self.gegenbot.house.categories()
        return next((bool(one["recurring"]) for one in found if one["id"] == self._answers.category), True)

    def _do(self, work: Callable[[], Any], told: Callable[[Any], Loaded | Done]) -> None:
        def act() -> None:
            try:
                found = work()
            except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
                self.post_message(Refused(explain(err, self.gegenbot.words)))
            else:
                self.post_message(told(found))

        self.run_worker(act, thread=True, exclusive=True, exit_on_error=False)

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        message.stop()
        code = message.explained.code
        if code in {"bad_amount", "bad_words"} and STEPS[self._step] == "whom":
            self._step = STEPS.index("today")
            self._ask()
        self._tell(ink(message.explained.text, "$error"), f"setup.{STEPS[self._step]}.keys")

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        self.dismiss(True)

    def action_previous(self) -> None:
        if self._step == 0:
            self.dismiss(False)
        else:
            self._step -= 1
            if STEPS[self._step] == "today" and not self._recurs():
                self._step -= 1
            self._ask()
