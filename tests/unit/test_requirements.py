"""Promises, requirements and tests name each other, in both directions."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from tests.requirements import PROMISES, REQUIREMENTS

TESTS = Path(__file__).parents[1]


def named() -> dict[str, list[str]]:
    """Requirement ids with the test functions that name them, read from the source."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "requirement":
                    for argument in call.args:
                        assert isinstance(argument, ast.Constant)
                        found.setdefault(str(argument.value), []).append(f"{path.name}::{node.name}")
    return found


def test_every_requirement_is_named_by_a_test() -> None:
    guarded = named()
    bare = [one.id for one in REQUIREMENTS if one.id not in guarded and not one.elsewhere]
    assert bare == []


def test_every_named_requirement_exists_and_no_id_is_given_twice() -> None:
    known = Counter(one.id for one in REQUIREMENTS)
    assert [(one, tests) for one, tests in named().items() if one not in known] == []
    assert [one for one, times in known.items() if times > 1] == []


def test_every_promise_has_requirements_and_every_requirement_a_promise() -> None:
    assert {one.promise for one in REQUIREMENTS} == set(PROMISES)
    assert all(one.text.endswith(".") and one.source for one in REQUIREMENTS)


def test_tests_of_other_rooms_that_are_named_exist() -> None:
    for one in REQUIREMENTS:
        for place in one.elsewhere:
            path, _, function = place.partition("::")
            source = TESTS.parent / path
            assert source.exists(), (one.id, place)
            tests = {
                node.name
                for node in ast.walk(ast.parse(source.read_text("utf-8")))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert function in tests, (one.id, place)
