"""Nothing the program can say is missing in either language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.views import FacadeError
from negotiators.registry import names
from tests.tui.story import HOTEL_LEG
from tui.actions import ACTIONS, GROUPS
from tui.cli.root import VERBS
from tui.errors import CODES as ERROR_CODES
from tui.errors import explain
from tui.screens.base import Pane
from tui.screens.choices import REASONS
from tui.wording import LANGUAGES, Wording, chosen_language, phrases
from tui.wording.catalogue import load, parse_po
from tui.wording.codes import CODES

ROOT = Path(__file__).parents[2]
FIELD = re.compile(r"\{(\w+)\}")


def texts(key: str, language: str) -> list[str]:
    entry = load(language)[key]
    return [text for text in (entry.one, entry.many) if text is not None]


def called_with(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """First string arguments of calls to methods or functions named in `names`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            func = node.func
            name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
            if name in names and isinstance(node.args[0].value, str):
                yield node.args[0].value


def python_files(*rooms: str) -> Iterator[tuple[Path, ast.AST]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def keys_in_code() -> set[str]:
    """Every key that is written out in `tui`, and those that tables make."""
    keys: set[str] = set()
    for _, tree in python_files("tui"):
        keys |= set(called_with(tree, {"t", "n", "tell", "decide"})) - {"empty", "failed", "loading"}
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "help" and isinstance(node.value, ast.Constant):
                keys.add(str(node.value.value))
    keys |= {f"action.{one.id}{end}" for one in ACTIONS for end in ("", ".help")}
    keys |= {f"help.group.{group}" for group in GROUPS}
    keys |= {f"cli.{verb}" for verb in VERBS}
    keys |= {f"reject.{reason}" for reason in REASONS}
    keys |= {f"{listed}.empty" for listed in ("rules", "contracts", "providers", "needs", "facts", "preferences")}
    return keys


def panes(base: type[Pane] = Pane) -> Iterator[type[Pane]]:
    for made in base.__subclasses__():
        yield made
        yield from panes(made)


def reasons_of_the_agent() -> dict[str, set[str]]:
    """Every `Reason(...)` and `IncidentNoted(...)` of `agent` and the engine with a literal code, and its literal
    parameters. The engine's own reasons reach the screen as `rule_<code>`."""
    found: dict[str, set[str]] = {}
    for path, tree in python_files("agent", "negotiators/bargaining"):
        engine = path.parts[-2] == "bargaining" or path.name in {"conversation.py", "market.py", "watch.py"}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            code, name = node.args[0], node.func.id
            if name in {"Reason", "IncidentNoted"} and isinstance(code, ast.Constant) and isinstance(code.value, str):
                known = code.value.replace("-", "_")
                known = f"rule_{known}" if engine and name == "Reason" else known
                params = node.args[1] if len(node.args) > 1 else None
                keys = params.keys if isinstance(params, ast.Dict) and not known.startswith("rule_") else []
                found.setdefault(known, set()).update(str(key.value) for key in keys if isinstance(key, ast.Constant))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_in_the_code_has_a_sentence(language: str) -> None:
    missing = {key for key in keys_in_code() if key not in load(language)}
    assert not missing


def test_both_languages_have_the_same_keys_fields_and_plurals() -> None:
    english, german = load("en"), load("de")
    assert english.keys() == german.keys()
    for key in english:
        fields = [{name for text in texts(key, language) for name in FIELD.findall(text)} for language in LANGUAGES]
        assert fields[0] == fields[1], key
        assert (english[key].many is None) == (german[key].many is None), key
        assert all(text.strip() for language in LANGUAGES for text in texts(key, language)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_code_has_a_sentence_that_uses_only_its_parameters(language: str) -> None:
    for code, kinds in CODES.items():
        assert f"reason.{code}" in load(language), code
        used = {name for text in texts(f"reason.{code}", language) for name in FIELD.findall(text)}
        assert used <= kinds.keys(), code


def test_every_reason_the_agent_makes_is_known_with_all_the_parameters_its_sentence_needs() -> None:
    for code, given in reasons_of_the_agent().items():
        assert code in CODES, f"`{code}` has no entry in tui/wording/codes.py"
        assert given <= CODES[code].keys() | {"provider", "currency", "id", "similarity", "views"}, (code, given)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_code_has_a_message(language: str) -> None:
    assert {code for code in ERROR_CODES if f"error.{code}" not in load(language)} == set()


def test_every_screen_words_its_four_states() -> None:
    import tui.screens.curves
    import tui.screens.help
    import tui.screens.interview
    import tui.screens.lists
    import tui.screens.live
    import tui.screens.market_editors
    import tui.screens.offers
    import tui.screens.own_editors
    import tui.screens.profile
    import tui.screens.talks
    import tui.screens.why  # noqa: F401 - the screens register themselves as subclasses

    for pane in panes():
        if pane.where in {"", "help"}:  # what several screens share has no words of its own
            continue
        for state in ("loading", "failed"):
            assert f"{pane.where}.{state}.title" in load("en"), pane
        assert f"help.{pane.where}" in load("en"), pane
        if pane.where != "why":
            assert f"{pane.where}.empty.title" in load("en"), pane


def test_every_data_category_of_the_vocabulary_has_a_word() -> None:
    from memory.facts import CATEGORIES

    assert not {f"data.{one}" for one in CATEGORIES} - load("de").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_channel_has_a_name_and_no_card_shows_an_id(language: str) -> None:
    from agent.views import Reason

    w = Wording(language)
    assert {name for name in names() if not w.has(f"channel.{name}")} == set()
    for name in names():
        said = w.say(Reason("offers_differ", {"cheaper": "9 EUR", "dearer": "10 EUR", "here": name, "there": "file"}))
        assert f": {w.label('channel', name)} " in said and "{" not in said
        held = phrases.certainty(w, replace(HOTEL_LEG, channel=name))
        assert name == "a2a" or held.endswith(f", {w.label('channel', name)}")


def test_an_error_says_a_state_in_the_person_s_words() -> None:
    stuck = FacadeError("cannot_move", talk="a90adef7", state="waiting_person")
    closed = FacadeError("not_handed_over", item="a90adef7", state="waiting")
    assert explain(stuck, Wording("en")).message == "Talk `a90adef7` cannot move: waits for you."
    assert explain(closed, Wording("de")).message.endswith(f"{Wording('de').label('item.state', 'waiting')}.")


def test_a_missing_parameter_takes_the_sentence_that_does_without_it() -> None:
    from agent.views import Reason

    w = Wording("en")
    refused = {"data_category": "gb:Budget", "rule": "", "reason": "never_class"}
    assert (
        w.say(Reason("question_refused", refused))
        == "wanted to know your budget; refused: this is never told to anybody"
    )
    assert w.say(Reason("question_refused", {**refused, "rule": "rule-3-1"})).endswith("refused by your rule 3")


def test_a_code_nobody_worded_is_shown_with_its_parameters() -> None:
    from agent.views import Reason

    assert Wording("en").say(Reason("brand_new", {"amount": "3"})) == "brand new (amount 3)"


def test_a_counted_reason_takes_its_plural() -> None:
    from agent.views import Reason

    assert Wording("en").say(Reason("contracts_watched", {"count": "1"})) == "1 contract watched"
    assert Wording("de").say(Reason("contracts_watched", {"count": "14"})) == "14 Verträge beobachtet"


def test_what_fills_a_sentence_is_never_read_as_a_sentence() -> None:
    from agent.views import Reason

    words = Wording("en").say(Reason("preference", {"words": "{code} {0} \x1b[31m"}))
    assert "{code} {0}" in words
    assert "\x1b" not in words


@pytest.mark.parametrize(
    "broken", ['msgid "a"\nmsgstr b', "nonsense", 'msgid "a"\nmsgstr "x"\n\nmsgid "a"\nmsgstr "y"']
)
def test_a_broken_catalogue_is_refused(broken: str) -> None:
    with pytest.raises(ValueError):
        parse_po(broken)


@pytest.mark.parametrize(
    ("asked", "environ", "language"),
    [
        ("de", {}, "de"),
        (None, {"LANG": "de_DE.UTF-8"}, "de"),
        (None, {"LC_ALL": "C", "LANG": "de_DE"}, "en"),
        (None, {"GEGENBOT_LANG": "de", "LC_ALL": "en_GB"}, "de"),
        (None, {"LANG": "fr_FR"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_chosen_from_the_option_then_the_environment(asked, environ, language) -> None:
    assert chosen_language(asked, environ) == language


@pytest.mark.parametrize(("language", "known"), [("en", "Gym, Hotel night"), ("de", "Fitnessstudio, Hotelnacht")])
def test_a_sentence_that_is_not_understood_is_answered_with_words_and_not_with_names_of_files(
    language: str, known: str
) -> None:
    told = explain(
        FacadeError("need_not_understood", text="x", candidates="", known="gym, hotel_night"), Wording(language)
    )
    assert known in told.text and "_" not in told.text


@pytest.mark.parametrize(("language", "begin"), [("en", "“Hotel night: ...”"), ("de", "„Hotelnacht: ...“")])
def test_a_sentence_that_names_several_kinds_is_asked_about_with_those(language: str, begin: str) -> None:
    told = explain(
        FacadeError(
            "need_not_understood", text="x", candidates="hotel_night, removal", known="gym, hotel_night, removal"
        ),
        Wording(language),
    )
    assert begin in told.text and "Fitness" not in told.text and "Gym" not in told.text
