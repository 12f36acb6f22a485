"""Taking everything along, and deleting everything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.editing import Editing
from agent.entering import add_need, delete_everything, export_everything, import_persona
from agent.rulebook import RuleBook
from agent.views import FacadeError
from tests.support.process import ending, make_home, start_runner, until


def lived_in(tmp_path: Path) -> Path:
    home = make_home(tmp_path, None, {})
    editing = Editing(home)
    editing.add_fact("pd:PostalCode", "10435")
    editing.add_wish("at most 12 months", "mobile_plan")
    editing.add_contract("mobile_plan", "Funkturm", "29.99")
    RuleBook(home).add("nobody learns my income")
    add_need(home, text="phone plan, 20 GB or more")
    return home


def test_an_export_read_on_an_empty_machine_gives_the_same_memory(tmp_path: Path) -> None:
    home = lived_in(tmp_path)
    made = export_everything(home, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"persona.toml", "ledger.jsonl", "config.toml"}
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "out").iterdir()} == {"0o600"}
    lines = [json.loads(line) for line in (tmp_path / "out" / "ledger.jsonl").read_text().splitlines()]
    assert len(lines) == made["events"]
    assert [one["text"] for one in lines if one["type"] == "NeedStated"] == ["phone plan, 20 GB or more"]
    (tmp_path / "other").mkdir()
    fresh = make_home(tmp_path / "other", None, {})
    import_persona(fresh, tmp_path / "out" / "persona.toml")
    again = export_everything(fresh, tmp_path / "again")
    assert again["files"] == 3
    assert (tmp_path / "again" / "persona.toml").read_text() == (tmp_path / "out" / "persona.toml").read_text()


def test_an_export_never_writes_over_something(tmp_path: Path) -> None:
    home = lived_in(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(FacadeError) as refused:
        export_everything(home, tmp_path / "out")
    assert refused.value.code == "folder_not_empty"


def test_without_a_sealed_value_an_export_asks_for_no_key(tmp_path: Path) -> None:
    home = make_home(tmp_path, None, {})
    add_need(home, text="phone plan, 20 GB or more")
    export_everything(home, tmp_path / "out")
    assert not (tmp_path / "vault.key").exists()


@pytest.mark.timeout(120)
async def test_deleting_ends_the_runner_and_leaves_no_file_of_ours(tmp_path: Path) -> None:
    home = lived_in(tmp_path)
    (home / "notes of mine.txt").write_text("x")
    with ending(start_runner(home)) as runner:
        await until(lambda: (home / "runner.lock").exists() and (home / "runner.lock").read_text().strip(), 60)
        left = await asyncio.to_thread(delete_everything, home)
        assert await asyncio.to_thread(runner.wait, 20) in (0, -15)
    assert left == ("notes of mine.txt",)
    assert [path.name for path in home.iterdir()] == ["notes of mine.txt"]
    with pytest.raises(FacadeError):
        delete_everything(home)
