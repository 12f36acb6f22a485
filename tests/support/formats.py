"""`python -m tests.support.formats`: keeps, as SQL, what every ledger and memory format added to the one before.

Run it in the commit that adds a migration. Kept apart from the program's migrations, so that changing one of those
does not change what is remembered of folders that exist. A `NAME-1.sql` is a whole folder with rows in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from agent.kernel.schema import MIGRATIONS
from memory.store.schema import migrations

FORMATS = Path(__file__).parents[1] / "fixtures" / "formats"


def script(name: str, version: int) -> str:
    """What makes a file of one format."""
    return "\n".join((FORMATS / f"{name}-{number}.sql").read_text("utf-8") for number in range(1, version + 1))


def keep(name: str, steps: Sequence[str]) -> None:
    """Every format before the last of `steps` that is not kept yet."""
    for version in range(2, len(steps)):
        path = FORMATS / f"{name}-{version}.sql"
        if not path.exists():
            path.write_text(f"{steps[version - 1].strip()}\nPRAGMA user_version={version};\n", "utf-8")
            with sqlite3.connect(":memory:") as conn:
                conn.executescript(script(name, version))


if __name__ == "__main__":
    FORMATS.mkdir(exist_ok=True)
    keep("ledger", MIGRATIONS)
    keep("memory", migrations())
