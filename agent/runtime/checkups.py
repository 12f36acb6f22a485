"""What goes wrong most often on a person's machine, each looked at on its own: see `agent.runtime.doctor`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.kernel.chain import FILE, connect
from agent.runtime.config import load_config
from agent.runtime.lock import runner_pid
from agent.runtime.paths import Home
from agent.zone import as_machine, machine_zone, zone_of

LITTLE_DISK, NO_DISK = 1 << 30, 100 << 20
SCREEN = (80, 24)
ANSWER_SECONDS = 3.0

WALLS = ("files", "network", "processes")
LIMITS = ("memory", "cpu", "file_size")
WATCHED = ("folder_size", "memory_together")
"""What an adapter is kept from, and what it may take: see `negotiators.host`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is `ok`, `note`, `none` (nothing there yet) or `bad`; `remedy` is the code of what to do about it."""

    state: str
    detail: str = ""
    remedy: str = ""
    params: dict[str, str] = field(default_factory=dict)


def disk(home: Path) -> Finding:
    """A full disk loses nothing, but nothing is sent either."""
    place = home if home.exists() else Path.home()
    free = shutil.disk_usage(place).free
    shown = f"{free >> 20} MiB"
    if free < NO_DISK:
        return Finding("bad", shown, "disk_full")
    return Finding("note", shown, "disk_low") if free < LITTLE_DISK else Finding("ok", shown)


def clock(home: Path) -> Finding:
    """Deadlines and grants rest on the clock: it may not be behind what is recorded."""
    now = datetime.now(UTC)
    if now.year < 2026:
        return Finding("bad", now.isoformat(timespec="minutes"), "clock_off")
    if not (home / FILE).exists():
        return Finding("ok", now.isoformat(timespec="minutes"))
    conn = connect(home / FILE, readonly=True)
    try:
        last = conn.execute("SELECT at FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        simulated = conn.execute("SELECT value FROM meta WHERE key='simulated'").fetchone()
    finally:
        conn.close()
    ahead = last is not None and datetime.fromisoformat(last["at"]) - now
    if ahead and ahead > timedelta(minutes=5) and not (simulated and simulated["value"]):
        return Finding("bad", now.isoformat(timespec="minutes"), "clock_behind", {"last": last["at"]})
    return Finding("ok", now.isoformat(timespec="minutes"))


def zone(home: Path) -> Finding:
    """Digest hours, days and the times shown are meant in the configured zone: it should be where the person is."""
    now, chosen = datetime.now(UTC), zone_of(home)
    if as_machine(chosen, now):
        return Finding("ok", chosen.key)
    machine = machine_zone(now)
    told = {"zone": chosen.key, "machine": machine or now.astimezone().strftime("%z")}
    return Finding("note", chosen.key, "zone_differs" if machine else "zone_unnamed", told)


def lock(home: Path) -> Finding:
    """A lock file with a number in it and no runner: one was killed. It is taken over by itself."""
    path = Home(home).lock
    if not path.exists():
        return Finding("none")
    pid = runner_pid(home)
    if pid is not None:
        return Finding("ok", str(pid))
    left = path.read_text("utf-8").strip()
    return Finding("note", left, "lock_stale", {"pid": left}) if left else Finding("ok")


def keyring(home: Path) -> Finding:
    """Whether there is a keyring that keeps secrets safely."""
    import keyring as rings

    backend = type(rings.get_keyring())
    name = f"{backend.__module__}.{backend.__qualname__}"
    if "plaintext" in name.casefold():
        return Finding("bad", name, "keyring_plain")
    if backend.__module__.endswith(("fail", "null")):
        return Finding("note", "none", "keyring_none")
    return Finding("ok", name)


def screen(home: Path) -> Finding:
    """Whether the terminal holds the screens; not asked where there is none."""
    if not sys.stdout.isatty():
        return Finding("none")
    size = shutil.get_terminal_size()
    shown = f"{size.columns}x{size.lines}"
    if size.columns < SCREEN[0] or size.lines < SCREEN[1]:
        return Finding("note", shown, "terminal_small", {"columns": str(SCREEN[0]), "lines": str(SCREEN[1])})
    return Finding("ok", shown)


def model(home: Path) -> Finding:
    """Whether the configured language model's endpoint takes a connection. Nothing is asked of it."""
    import socket
    from urllib.parse import urlsplit

    config = load_config(Home(home).config).model
    if not config.model:
        return Finding("none")
    parts = urlsplit(config.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), ANSWER_SECONDS).close()
    except OSError as err:
        return Finding("bad", config.base_url, "model_unreachable", {"why": err.strerror or type(err).__name__})
    return Finding("ok", config.base_url)


def mail(home: Path) -> Finding:
    """Whether the mailbox that was set up still lets us in. No mail is read."""
    from agent.runtime.mailbox import load_mailbox, login_secret
    from negotiators.adapter import AdapterError
    from negotiators.wire import AddressRules, WireError

    settings = load_mailbox(home)
    if settings is None:
        return Finding("none")
    secret = login_secret(settings)
    if secret is None:
        return Finding("bad", settings.address, "mail_no_password")
    from negotiators.channels.email.imapbox import ImapBox

    rules = AddressRules(allow_loopback=load_config(Home(home).config).negotiation.allow_loopback)
    try:
        ImapBox(settings, rules).check(secret)
    except (AdapterError, WireError, OSError) as err:
        refused = getattr(err, "code", "").endswith("refused")
        return Finding("bad", settings.address, "mail_refused" if refused else "mail_unreachable")
    return Finding("ok", settings.address)


def index(home: Path) -> Finding:
    """Opens the vector index as the runner would, in a process of its own. A torn one is made anew by itself."""
    from memory.errors import VectorIndexError
    from memory.recall.chroma import current_folder
    from memory.store import Store

    folder = current_folder(home) if home.exists() else None
    if folder is None:
        return Finding("none")
    if runner_pid(home) is not None:
        return Finding("ok", folder.name)
    from agent.runtime.person import embedder_of
    from memory.recall.indexer import IndexProcess

    embedder, _ = embedder_of(load_config(Home(home).config), home)
    try:
        with Store(home, read_only=True):
            IndexProcess(folder, embedder.id, embedder.dimension).close()
    except VectorIndexError as err:
        return Finding("note", str(err)[:80], "index_torn")
    return Finding("ok", folder.name)


def adapters(home: Path) -> Finding:
    """Third-party adapters: readable, unchanged, with their secrets."""
    from agent.runtime.secrets import stored_secret
    from negotiators.manifest import ManifestError, check_files, read_manifest

    allowed = load_config(Home(home).config).adapters
    if not allowed:
        return Finding("none")
    for name, setting in allowed.items():
        try:
            manifest = read_manifest(Path(setting.folder).expanduser())
            check_files(manifest, setting.sha256)
        except ManifestError as err:
            return Finding("bad", name, err.code if err.code == "adapter_changed" else "adapter_bad", {"why": str(err)})
        missing = [one for one in manifest.secrets if stored_secret(name, one) is None]
        if missing:
            return Finding("bad", name, "adapter_secret", {"names": ", ".join(missing)})
    return Finding("ok", ", ".join(allowed))


def walls(home: Path) -> Finding:
    """What shuts a third-party adapter in on this machine, tried in a process that runs none: what the system keeps,
    what only our watchdog does, what nobody does."""
    from negotiators.host.process import measured

    with tempfile.TemporaryDirectory(prefix="gegenbot-") as work:
        wall, kept = measured(Path(work))
    system = [name for name in (*WALLS, *LIMITS) if kept.get(name)]
    watched = [name for name in LIMITS if name not in system] + list(WATCHED)
    loose = [name for name in WALLS if name not in system]
    params = {"wall": wall, "system": " ".join(system), "watchdog": " ".join(watched), "nobody": " ".join(loose)}
    shown = f"{wall}: {params['system']}; watchdog: {params['watchdog']}"
    return Finding("note" if loose else "ok", shown, "walls_open" if loose else "", params)


def identity(home: Path) -> Finding:
    """Companies that changed or look like others and wait for the person."""
    if not (home / FILE).exists():
        return Finding("none")
    conn = connect(home / FILE, readonly=True)
    try:
        query = "SELECT COUNT(*) AS n FROM items WHERE kind='identity' AND state IN ('waiting','later')"
        waiting = conn.execute(query).fetchone()["n"]
    finally:
        conn.close()
    return Finding("note", str(waiting), "identity_waits") if waiting else Finding("ok", "0")


def loopback(home: Path) -> Finding:
    """Companies on this machine are for tests."""
    if load_config(Home(home).config).negotiation.allow_loopback:
        return Finding("note", "allow_loopback", "loopback_allowed")
    return Finding("ok")


def rules(home: Path) -> Finding:
    """Rules that have no effect, or not the one they seem to have."""
    from memory.rules import conflicts
    from memory.store import Store

    if not any(home.glob("memory*")):
        return Finding("none")
    with Store(home, read_only=True) as store:
        known = store.rules()
    found = conflicts(known, datetime.now(UTC))
    shown = str(len(known))
    return Finding("note", f"{len(found)} / {shown}", "rules_fight") if found else Finding("ok", shown)


def writable(home: Path) -> Finding:
    """Whether the folder and its files can be written at all, and are none of somebody else's."""
    if not home.exists():
        return Finding("none")
    for path in [home, *home.glob("*.sqlite3*")]:
        if path.is_symlink():
            return Finding("bad", path.name, "home_link")
        if path.stat().st_uid != os.getuid():
            return Finding("bad", path.name, "home_foreign")
        if not os.access(path, os.W_OK):
            return Finding("bad", path.name, "home_read_only")
    return Finding("ok")
