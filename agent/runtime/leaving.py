"""Taking everything along, and deleting everything: what a person may want who leaves."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from agent.kernel.chain import FILE
from agent.kernel.errors import ConfigInvalid
from agent.kernel.ledger import Ledger
from agent.runtime.config import load_config
from agent.runtime.keeping import save_persona
from agent.runtime.paths import Home
from agent.runtime.person import key_file
from agent.runtime.service import Background, end_runner

OURS = (
    "ledger.sqlite3*", "memory.sqlite3*", "index*", "config.toml", "config.new", "runner.lock", "runner.log", "STOP",
    "vault-key.json", "categories", "adapters",
)  # fmt: skip
"""Every file and folder this program writes into a data folder."""


def export_everything(root: Path, folder: Path) -> Mapping[str, int]:
    """Write memory (importable), the whole ledger as JSON Lines with its texts, and the configuration into a new
    folder that only the person can read. Raises `ConfigInvalid` (`folder_not_empty`)."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigInvalid("folder_not_empty", path=str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    save_persona(root, folder / "persona.toml")
    ledger = Ledger(root)
    try:
        events = ledger.events()
        lines = [
            json.dumps(
                {"seq": one.seq, "at": one.at, "type": one.type, **one.payload, "text": ledger.body(one.body)},
                ensure_ascii=False,
            )
            for one in events
        ]
    finally:
        ledger.close()
    _write(folder / "ledger.jsonl", "".join(f"{line}\n" for line in lines))
    config = Home(root).config
    if config.exists():
        _write(folder / "config.toml", config.read_text("utf-8"))
    return {"events": len(events), "files": len(list(folder.iterdir()))}


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)


def delete_everything(root: Path) -> tuple[str, ...]:
    """End the background work and delete what this program wrote: the data folder's files and the vault's key.
    Returns the names of files of others that were left alone."""
    if not (root / FILE).exists() and not any(root.glob("memory.sqlite3*")):
        raise ConfigInvalid("no_home", path=str(root))
    Background(root).off()
    end_runner(root)
    _delete_key(root)
    for pattern in OURS:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    left = tuple(sorted(path.name for path in root.iterdir()))
    if not left:
        root.rmdir()
    return left


def _delete_key(root: Path) -> None:
    """The key beside its values would be worth nothing, but it is the person's."""
    from memory.keys import KeyFile, KeyringKey

    try:
        config = load_config(Home(root).config)
    except ConfigInvalid:
        return
    if not config.vault.key_file:  # a file the person chose may open other things too
        key_file(config, root).unlink(missing_ok=True)
        KeyFile(key_file(config, root), root).head_path.unlink(missing_ok=True)
    if "keyring" in config.vault.key_sources:
        KeyringKey(str(root)).forget()
