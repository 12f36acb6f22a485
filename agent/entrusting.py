"""The facade's part for keys that adapters and shops ask for: kept in the keyring, shown to nobody again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.views import FacadeError

SHOPS = ("ucp", "acp")
"""Owners of keys that shops gave the person for their interface; each is named by the shop's host."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def keep_key(home: Path, owner: str, name: str, value: str) -> None:
    """Keep a key under a name the owner asks for: one an adapter's manifest lists, or a shop's host. Raises
    `FacadeError` (`no_such_key`, `empty_key`, `no_keyring`)."""
    from agent.runtime.secrets import keep_secret

    asked = _named(home, owner, name)
    if not value.strip():
        raise FacadeError("empty_key", name=asked)
    with _keyring():
        keep_secret(owner, asked, value.strip())


def forget_key(home: Path, owner: str, name: str) -> None:
    """Delete a key; one that is not there is none."""
    from agent.runtime.secrets import drop_secret

    asked = _named(home, owner, name)
    with _keyring():
        drop_secret(owner, asked)


def signing_profile() -> dict[str, object]:
    """The profile to publish for shops that insist on one, with the key requests are signed with; it is made and kept
    at the first call. Raises `FacadeError` (`no_keyring`)."""
    from agent.runtime.secrets import SIGNING, keep_secret, stored_secret
    from negotiators.channels.ucp.signing import SigningKey, new_key, own_profile

    pem = stored_secret(*SIGNING)
    if pem is None:
        pem = new_key()
        with _keyring():
            keep_secret(*SIGNING, pem)
    return own_profile(SigningKey.of_pem(pem))


def forget_signing() -> None:
    """Delete the key; shops of the published profile refuse what nobody signs any more."""
    from agent.runtime.secrets import SIGNING, drop_secret

    with _keyring():
        drop_secret(*SIGNING)


def _named(home: Path, owner: str, name: str) -> str:
    if owner in SHOPS:
        if not _HOST.fullmatch(name.lower()):
            raise FacadeError("no_such_key", owner=owner, name=name[:80], known="HOST")
        return name.lower()
    known = _asked_for(home, owner)
    if name not in known:
        raise FacadeError("no_such_key", owner=owner[:40], name=name[:80], known=", ".join(known))
    return name


def _asked_for(home: Path, owner: str) -> tuple[str, ...]:
    """Names a configured adapter's manifest asks for; none for anything else."""
    from agent.edge import facade_errors
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home
    from negotiators.manifest import ManifestError, read_manifest

    with facade_errors():
        setting = load_config(Home(home).config).adapters.get(owner)
    if setting is None:
        return ()
    try:
        return read_manifest(Path(setting.folder).expanduser()).secrets
    except ManifestError:
        return ()


@contextmanager
def _keyring() -> Iterator[None]:
    from agent.runtime.secrets import NoKeyring

    try:
        yield
    except NoKeyring as err:
        raise FacadeError("no_keyring", why=str(err)) from err
