"""Fixtures of the terminal tests: a fixed zone, no colour switches from outside, apps over the story."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local times are part of the screens: every test runs in one zone."""
    for name in ("NO_COLOR", "TEXTUAL_THEME", "GEGENBOT_HOME", "GEGENBOT_LANG", "COLORTERM", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
