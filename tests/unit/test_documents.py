"""What the documents say is what the program does: commands, configuration, needs."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from agent.needs.need import need_from_table
from agent.runtime.config import Config, load_config
from agent.runtime.providerfile import read_provider_file
from negotiators.categories import parse_category, shipped
from negotiators.registry import names
from tui.cli.root import gegenbot

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands() -> list[str]:
    """Every `gegenbot VERB ...` named in the documents, by its verbs."""
    found = set()
    for page in PAGES:
        for line in re.findall(r"gegenbot((?: [a-z][a-z-]*)+)", page.read_text("utf-8")):
            words = line.split()
            if words and words[0] in gegenbot.list_commands(None):  # type: ignore[arg-type]
                found.add(words[0])
    return sorted(found)


@pytest.mark.parametrize("verb", commands())
def test_every_command_the_documents_name_exists_and_explains_itself(verb: str) -> None:
    outcome = CliRunner().invoke(gegenbot, [verb, "--help"])
    assert outcome.exit_code == 0, outcome.output
    assert verb in outcome.output


FOR_PEOPLE = [ROOT / "docs" / f"{name}.md" for name in ("start", "privacy", "mail", "background", "troubleshooting")]


def test_every_command_in_the_pages_for_people_is_one() -> None:
    known = set(gegenbot.list_commands(None))  # type: ignore[arg-type]
    for page in (ROOT / "README.md", *FOR_PEOPLE):
        for word in re.findall(r"`(?:\.venv/bin/)?gegenbot ([a-z][a-z-]*)", page.read_text("utf-8")):
            assert word in known, f"{page.name}: gegenbot {word}"


def told(page: str) -> list[list[str]]:
    """The commands of a page as their words."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return [shlex.split(line) for line in re.findall(r"`gegenbot ([^`]+)`", text)]


def test_the_commands_of_the_first_ten_minutes_run(tmp_path: Path) -> None:
    """In the order of the page, on a real folder. Decisions need a card, so of those only the help is asked for."""
    (tmp_path / "h").mkdir(mode=0o700)
    config = f'[memory]\nembedder = "ngram"\n[vault]\nkey_sources = ["file"]\nkey_file = "{tmp_path / "key"}"\n'
    (tmp_path / "h" / "config.toml").write_text(config)
    (tmp_path / "h" / "config.toml").chmod(0o600)

    def run(*words: str) -> str:
        outcome = CliRunner().invoke(gegenbot, ["--home", str(tmp_path / "h"), *words])
        assert outcome.exit_code == 0, (words, outcome.output)
        return outcome.stdout

    run("providers", "add", "NAME", "--hand", "name@firm.example", "--category", "gym")
    for words in told("start.md"):
        if {"1", "TALK"} & set(words) or words[0] == "delete":
            run(words[0], "--help")
            continue
        known = {
            "NEED": ("needs", "id"), "FACT": ("facts", "id"), "WISH": ("wishes", "id"), "NAME": ("providers", "id"),
        }  # fmt: skip
        filled = [
            json.loads(run(known[word][0], "--json"))[0][known[word][1]] if word in known else word for word in words
        ]
        run(*(str(tmp_path / "out") if word == "FOLDER" else word for word in filled))
    run("delete", "--yes")
    assert not (tmp_path / "h").exists()


def test_the_documents_name_commands_at_all() -> None:
    assert {"demo", "negotiate", "want", "memory", "run", "status"} <= set(commands()) | {"demo"}


def test_the_readmes_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"))) - {"and"}:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_readmes_links_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def _fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    names = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names |= _fields(inner, f"{name}.")
        else:
            names.add(prefix + name)
    return names


def test_the_example_configuration_loads_is_the_default_and_names_every_field() -> None:
    path = ROOT / "config.example.toml"
    assert load_config(path) == Config()
    table = tomllib.loads(path.read_text("utf-8"))
    named = {name for name, value in table.items() if not isinstance(value, dict)}
    named |= {name for name, value in table.items() if value == {}}
    named |= {f"{name}.{key}" for name, value in table.items() if isinstance(value, dict) for key in value}
    assert named == _fields(Config)


def test_the_need_of_the_page_is_a_valid_need() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/needs.md").read_text("utf-8"), re.S)
    need = need_from_table(tomllib.loads(blocks[0]), shipped(), "n", "docs/needs.md")
    assert need.category == "mobile_plan" and len(need.wishes) == 4


def test_the_category_of_the_page_is_a_valid_category() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/categories.md").read_text("utf-8"), re.S)
    category = parse_category(blocks[0], "docs/categories.md")
    assert category.headline().name == "price"
    assert {issue.name for issue in category.issues} == {"price", "inside_too"}


def test_the_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-minilm.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text and "--hash=sha256:" in text


def test_the_provider_files_of_the_page_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/providers.md").read_text("utf-8"), re.S)
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.toml"
        for text in (block, re.sub(r"^# (?=consents|currency|profile)", "", block, flags=re.M)):
            path.write_text(text, "utf-8")
            assert read_provider_file(path, shipped(), names()).doors
    assert len(blocks) == 7
