"""`make tasks`: ten things a new person tries, with what each costs in keystrokes and seconds. No documentation: every
key that is pressed stands on the screen, or on the help screen, whose visit is counted too."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.tui.first_steps import Person, first_digest, hotel, set_up, sitting_down

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"need": "gym, at most 30 EUR a month", "rule": "nobody learns my income", "wish": "at most 12 months",
           "better": "at most 6 months"},
    "de": {"need": "Fitnessstudio, höchstens 30 EUR im Monat", "rule": "niemand erfährt mein Einkommen",
           "wish": "höchstens 12 Monate", "better": "höchstens 6 Monate"},
}  # fmt: skip
CTRL_U = "\x15"


def home(person: Person) -> None:
    """Back to the digest, however deep."""
    for _ in range(5):
        if "Esc" not in person.term.text:
            return
        person.leave()


def enter_a_need(person: Person) -> None:
    person.press("n", "n")
    person.says("need.title")
    person.write(WORDS[person.language]["need"])
    person.enter()
    person.says("need.keys_read")
    person.enter()
    person.says("done.wanted")


def part(person: Person, number: int, title: str) -> None:
    person.press("p", "p")
    person.says("profile.lead")
    person.press(str(number), str(number))
    person.says(title)


def change_a_limit(person: Person) -> None:
    part(person, 2, "limits.lead")
    person.enter()
    person.says("limits.note")
    person.write("150")
    person.enter()
    person.says("done.kept")
    home(person)


def forbid_a_datum(person: Person) -> None:
    part(person, 6, "rules.title")
    person.press("a", "a")
    person.says("rules.note")
    person.write(WORDS[person.language]["rule"])
    person.enter()
    person.says("form.keys_read")
    person.enter()
    person.says("done.kept")
    home(person)


def find_out_why(person: Person) -> None:
    person.press("w", "w")
    person.says("why.reasons")
    home(person)


def correct_a_preference(person: Person) -> None:
    part(person, 7, "wishes.title")
    person.enter()
    person.says("wishes.note")
    person.press("Ctrl+U", "Enter", CTRL_U)
    person.write(WORDS[person.language]["better"])
    person.enter()
    person.says("form.keys_read")
    person.enter()
    person.says("done.kept")
    home(person)


def approve(person: Person) -> None:
    person.press("a", "a")
    person.press("y", "y")
    person.sees(person.w.label("item.state", "agreed"))


def undo(person: Person) -> None:
    person.press("u", "u")
    person.says("done.undone")


def stop(person: Person) -> None:
    person.press("s", "s")
    person.sees(person.w.t("digest.stopped", key="S"))


def export(person: Person) -> None:
    person.press("p", "p")
    person.says("profile.lead")
    person.press("e", "e")
    person.says("export.note")
    person.enter()
    person.says("done.taken")
    home(person)


def delete_everything(person: Person) -> None:
    person.press("p", "p")
    person.says("profile.lead")
    person.press("D", "D")
    person.says("delete.form")
    person.write(person.w.t("delete.word"))
    person.enter()
    person.says("first.setup")


TASKS: tuple[Callable[[Person], None], ...] = (
    enter_a_need, change_a_limit, forbid_a_datum, find_out_why, correct_a_preference, approve, undo, stop, export,
    delete_everything,
)  # fmt: skip


def a_wish_to_correct(person: Person) -> None:
    """Before the tasks: there is something to put right."""
    part(person, 7, "wishes.title")
    person.press("a", "a")
    person.says("wishes.words")
    person.write(WORDS[person.language]["wish"])
    person.enter()
    person.says("form.keys_read")
    person.enter()
    person.says("done.kept")
    home(person)


def tried(language: str, folder: Path) -> list[tuple[str, int, float]]:
    """Every task with its keystrokes and seconds."""
    found = []
    with hotel() as shop, sitting_down(folder, language) as person:
        set_up(person, shop.url)
        first_digest(person)
        a_wish_to_correct(person)
        for task in TASKS:
            before, began = len(person.pressed), time.monotonic()
            task(person)
            found.append((task.__name__.replace("_", " "), len(person.pressed) - before, time.monotonic() - began))
        assert not (folder / ".local" / "share" / "gegenbot" / "ledger.sqlite3").exists()
        assert (folder / "gegenbot-export" / "persona.toml").exists()
    return found


def main() -> None:
    for language in ("en", "de"):
        with tempfile.TemporaryDirectory(prefix="gegenbot-tasks-") as folder:
            rows = tried(language, Path(folder))
        sys.stdout.write(f"{language}: task                     keystrokes  seconds\n")
        sys.stdout.writelines(f"    {name:<24} {keys:>10} {seconds:>8.1f}\n" for name, keys, seconds in rows)


if __name__ == "__main__":
    main()
