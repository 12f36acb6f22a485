"""Passwords and tokens of channels and adapters, by owner and name. They lie in the keyring, never in a file of ours.

A service without a desktop gets them from systemd instead (`LoadCredentialEncrypted=gegenbot.OWNER.NAME:...`).
"""

from __future__ import annotations

import os
from pathlib import Path

SERVICE = "gegenbot-secret"

SIGNING = ("ucp-signing", "key")
"""Owner and name of the key that requests to shops are signed with."""


class NoKeyring(Exception):
    """There is no keyring that keeps secrets safely; the text says why."""


def stored_secret(owner: str, name: str) -> str | None:
    """The secret, or `None` where none was stored or no keyring answers. Blocks; may ask the person to unlock."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        path = Path(folder) / f"gegenbot.{owner}.{name}"
        if path.is_file():
            return path.read_text("utf-8").rstrip("\n")
    try:
        return _keyring_call("get_password", owner, name)
    except NoKeyring:
        return None


def keep_secret(owner: str, name: str, value: str) -> None:
    """Store or replace a secret. Raises `NoKeyring`."""
    _keyring_call("set_password", owner, name, value)


def drop_secret(owner: str, name: str) -> None:
    """Delete a secret; one that is not there is none. Raises `NoKeyring`."""
    if stored_secret(owner, name) is not None:
        _keyring_call("delete_password", owner, name)


def _keyring_call(method: str, owner: str, name: str, *value: str) -> str | None:
    import keyring
    from keyring.errors import KeyringError

    backend = type(keyring.get_keyring())
    if "plaintext" in f"{backend.__module__}.{backend.__qualname__}".casefold():
        raise NoKeyring("the keyring keeps secrets in plain text")
    try:
        found: str | None = getattr(keyring, method)(SERVICE, f"{owner}/{name}", *value)
    except KeyringError as err:
        raise NoKeyring(f"no usable keyring ({type(err).__name__})") from err
    return found
