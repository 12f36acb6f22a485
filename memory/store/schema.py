"""Opening the memory file: safe rights, the right pragmas, ordered migrations (`migrations/NNNN.sql`)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from memory.errors import StoreTooNewError, StoreUnavailableError
from memory.files import check_private, create_private_file, private_folder

FILE_NAME = "memory.sqlite3"


def migrations() -> list[str]:
    """The SQL of every migration, in order; the position + 1 is the `user_version` it leads to."""
    found = sorted(
        (item for item in files("memory.store.migrations").iterdir() if item.name.endswith(".sql")),
        key=lambda i: i.name,
    )
    return [item.read_text(encoding="utf-8") for item in found]


def open_file(folder: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """The connection to FOLDER/memory.sqlite3, migrated; autocommit, so transactions are explicit.

    Raises `StoreUnsafeError`, `StoreTooNewError`, `StoreUnavailableError`.
    """
    path = folder / FILE_NAME
    if read_only:
        check_private(folder)
        check_private(path)
    else:
        private_folder(folder)
        create_private_file(path)
    connection = None
    try:
        mode = "ro" if read_only else "rw"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=5.0,
        )
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, read_only=read_only)
    except sqlite3.Error as err:
        if connection is not None:
            connection.close()
        raise StoreUnavailableError(f"cannot open `{path}`: {err}") from err
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, *, read_only: bool) -> None:
    steps = migrations()
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(steps):
        raise StoreTooNewError(
            f"the memory file has version {version}, this program knows {len(steps)}; update Gegenbot"
        )
    if read_only:
        if version < len(steps):
            raise StoreUnavailableError("the memory file has not been migrated yet; run any writing command once")
        return
    for number, sql in enumerate(steps[version:], version + 1):
        with closing(connection.cursor()) as cursor:
            # executescript commits what is open, so the transaction is part of the script.
            cursor.executescript(f"BEGIN IMMEDIATE; {sql}; PRAGMA user_version = {number}; COMMIT;")
