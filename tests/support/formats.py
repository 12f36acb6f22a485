"""`python -m tests.support.formats`: keeps an SQL file of every ledger and memory format that has none yet.

Run it in the commit that adds a migration: the file of the format before it is made from the newest older one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from agent.kernel.schema import MIGRATIONS
from memory.store.schema import migrations

FORMATS = Path(__file__).parents[1] / "fixtures" / "formats"


def keep(name: str, steps: Sequence[str]) -> None:
    """Every format before the last of `steps`, from the one before it."""
    for version in range(2, len(steps)):
        path = FORMATS / f"{name}-{version}.sql"
        if path.exists():
            continue
        earlier = (FORMATS / f"{name}-{version - 1}.sql").read_text("utf-8").rstrip("\n")
        head = f"PRAGMA user_version={version - 1};"
        script = earlier.replace(head, f"PRAGMA user_version={version};", 1)
        lines = script.removesuffix("COMMIT;")
        ending = "COMMIT;\n" if script.endswith("COMMIT;") else ""
        path.write_text(f"{lines}\n{steps[version - 1].strip()}\n{ending}", "utf-8")
        with sqlite3.connect(":memory:") as conn:
            conn.executescript(path.read_text("utf-8"))


if __name__ == "__main__":
    FORMATS.mkdir(exist_ok=True)
    keep("ledger", MIGRATIONS)
    keep("memory", migrations())
