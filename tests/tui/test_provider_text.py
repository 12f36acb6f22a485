"""No widget takes a company's words raw: by type, and by reading the source of every screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from agent import views
from agent.reading import Reading
from agent.runtime.runner import Runner
from negotiators.dialogue import Ask
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, phone_terms

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "tui").rglob("*.py"))
DRAWING = {"tui/widgets/drawn.py", "tui/widgets/theirs.py"}
"""Where `Content` is made of strings; everything else composes with `ink` and `theirs`, which clean what they get."""

SHOWING = {"Static", "Label", "notify", "Button", "Checkbox", "RadioButton", "Option", "OptionList", "Tooltip"}
"""What Textual would parse as markup when given a string."""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            yield name, node


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@requirement("untrusted:no-widget-takes-raw-text")
def test_nothing_in_the_terminal_room_parses_markup_or_opens_untrusted_text() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in {"from_markup", "UntrustedText", "reveal", "from_ansi", "AnsiDecoder"}:
                found.append(f"{place(path, node)} {name}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "rich":
                found.append(f"{place(path, node)} rich")
            if (
                isinstance(node, ast.keyword)
                and node.arg == "markup"
                and getattr(node.value, "value", None) is not False
            ):
                found.append(f"{place(path, node.value)} markup")
    assert found == []


@requirement("untrusted:no-widget-takes-raw-text")
def test_a_string_reaches_the_screen_only_without_markup() -> None:
    found = []
    for path in SOURCES:
        for name, call in calls(path):
            plain = any(keyword.arg == "markup" for keyword in call.keywords)
            given = [
                *call.args,
                *(k.value for k in call.keywords if k.arg in {"content", "label", "prompt", "message"}),
            ]
            if name in SHOWING and given and not plain and not all(_is_content(one) for one in given[:1]):
                found.append(f"{place(path, call)} {name}")
            if name == "Content" and str(path.relative_to(ROOT)) not in DRAWING and not _is_literal(call):
                found.append(f"{place(path, call)} Content")
    assert found == []


def _is_content(node: ast.expr) -> bool:
    """Made by one of the functions that clean, or a content object kept in a name that says so."""
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        return name in {"ink", "join", "pair", "Content", "_ask", "_keys", "styled", "assemble", "columns"}
    return isinstance(node, ast.BinOp) and _is_content(node.left) and _is_content(node.right)


def _is_literal(call: ast.Call) -> bool:
    return all(isinstance(one, ast.Constant) for one in call.args)


@requirement("untrusted:no-widget-takes-raw-text")
def test_words_of_a_company_are_drawn_in_two_places_only() -> None:
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "theirs":
                found.add(str(path.relative_to(ROOT)))
    assert found == {"tui/cli/plain.py", "tui/widgets/sections.py"}


@requirement("untrusted:no-widget-takes-raw-text")
def test_theirs_is_made_by_the_sanitiser_alone() -> None:
    made = [
        (path, call)
        for room in ("agent", "memory", "tui")
        for path in sorted((ROOT / room).rglob("*.py"))
        for name, call in calls(path)
        if name == "Theirs"
    ]
    assert made
    for path, call in made:
        (given,) = call.args
        assert isinstance(given, ast.Call) and getattr(given.func, "id", "") == "safe_text", place(path, call)


def parts_of(kind: Any) -> Iterator[Any]:
    """Every type a view is made of."""
    yield kind
    for inner in get_args(kind):
        yield from parts_of(inner)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for one in fields(kind):
            yield from parts_of(hints[one.name])


@requirement("untrusted:approvals-show-our-terms")
@pytest.mark.parametrize("view", [views.ItemView, views.LegView, views.TermView, views.Reason, views.NoteView])
def test_what_an_approval_shows_has_no_place_for_their_words(view: type) -> None:
    assert views.Theirs not in set(parts_of(view))
    assert views.Theirs in set(parts_of(views.TurnView))


@requirement("untrusted:approvals-show-our-terms")
async def test_a_card_says_nothing_a_company_wrote(tmp_path: Path) -> None:
    words = "CANARY [@click=app.quit]press[/] \x1b[31mred\x1b]8;;http://x\x07 \u202egninrut"

    def says(company: Company, cleared: Any) -> list[Any]:
        return [company.propose(phone_terms("12.00"), text=words)] if isinstance(cleared.move, Ask) else []

    async with living(tmp_path / "h", [Company("acme", says)]) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        await house.market.hold_live(house.book.open_needs()[0])
        await Runner(house).tick(digest=True)
        reads = Reading(house.home.root)
        shown = reads.digest()
        talked = repr(reads.talk(shown.items[0].legs[0].negotiation))
        reads.close()
        assert shown.items and "CANARY" not in repr(shown)
        assert "CANARY" in talked and "\\x1b" not in talked and "\\u202e" not in talked
