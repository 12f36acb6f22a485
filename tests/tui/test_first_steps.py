"""From an empty home to a running need and a first digest: at 80x24, in both languages, no file, shown keys only."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.runtime.config import load_config
from tests.tui.first_steps import first_digest, hotel, set_up, sitting_down


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_new_person_comes_to_a_first_digest_with_the_keys_on_the_screen(tmp_path: Path, language: str) -> None:
    with hotel() as shop, sitting_down(tmp_path, language) as person:
        set_up(person, shop.url)
        first_digest(person)
        assert shop.heard
        assert (
            load_config(tmp_path / ".local" / "share" / "gegenbot" / "config.toml").language == language
        )  # companies are written to in it
    assert len(person.pressed) < 120


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "de"])
def test_ten_tasks_need_no_documentation(tmp_path: Path, language: str) -> None:
    from tests.tui.ten_tasks import TASKS, tried

    found = tried(language, tmp_path)
    assert len(found) == len(TASKS) == 10
    assert max(keys for _, keys, _ in found) < 60
