"""The person's own keys, straight from `config.toml`: standard library only, because the screen wants them before its
first frame. The strict reader of the configuration says what is wrong with the file; here it only counts as empty."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path


def keymap(home: Path) -> Mapping[str, str]:
    """Keys by the id of their action."""
    try:
        table = tomllib.loads((home / "config.toml").read_text("utf-8")).get("keys", {})
    except (OSError, ValueError):
        return {}
    return {str(name): str(keys) for name, keys in table.items()} if isinstance(table, dict) else {}
