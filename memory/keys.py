"""Where the vault's key comes from: keyring, key file, systemd credential, passphrase, or a throw-away key.

Never an environment variable, never a plaintext keyring backend, never a file inside the data folder in the clear.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from memory.errors import StoreError
from memory.files import check_private, private_folder, write_private

KEY_BYTES = 32
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**17, 8, 1  # OWASP's first choice for scrypt; 128 MiB, a good half second


class KeyUnavailable(Exception):
    """This source has no key, so the next one is tried; the text says why, without secrets."""


class KeySource(Protocol):
    """One place a key can come from."""

    @property
    def name(self) -> str:
        """A short name for messages."""
        ...

    def data_key(self, *, create: bool) -> bytes:
        """The 32-byte key; with `create`, makes and keeps a new one if there is none. Raises `KeyUnavailable`."""
        ...

    def keep_beside(self, text: str) -> None:
        """Keeps one small text where the key lies, outside the data folder; nothing where that cannot be."""
        ...

    def beside(self) -> str | None:
        """The text kept there last."""
        ...


class _NothingBeside:
    """A source that can keep nothing but its key outside the data folder."""

    def keep_beside(self, text: str) -> None:
        """Keeps nothing."""

    def beside(self) -> str | None:
        """Nothing is kept."""
        return None


class ThrowawayKey:
    """A key that ends with the process: for the demo and for tests."""

    name = "throw-away key"

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or os.urandom(KEY_BYTES)
        self._beside: str | None = None

    def data_key(self, *, create: bool) -> bytes:
        """Always the same key of this object."""
        return self._key

    def keep_beside(self, text: str) -> None:
        """Keeps it as long as the key."""
        self._beside = text

    def beside(self) -> str | None:
        """What was kept."""
        return self._beside


class KeyringKey:
    """The desktop's keyring (Secret Service, Keychain, Credential Locker)."""

    name = "keyring"

    def __init__(self, account: str, service: str = "gegenbot-vault") -> None:
        self._account, self._service = account, service

    def data_key(self, *, create: bool) -> bytes:
        """The stored key; refuses backends that keep secrets in plain text. Raises `KeyUnavailable`."""
        import keyring
        from keyring.errors import KeyringError

        backend = type(keyring.get_keyring())
        if "plaintext" in f"{backend.__module__}.{backend.__qualname__}".casefold():
            raise KeyUnavailable("the keyring backend stores secrets in plain text")
        try:
            text = keyring.get_password(self._service, self._account)
            if text is None and create:
                text = _to_text(os.urandom(KEY_BYTES))
                keyring.set_password(self._service, self._account, text)
        except KeyringError as err:
            raise KeyUnavailable(f"no usable keyring ({type(err).__name__})") from err
        if text is None:
            raise KeyUnavailable("no key stored there")
        return _from_text(text)

    def keep_beside(self, text: str) -> None:
        """Keeps it in the keyring under a name of its own."""
        import keyring
        from keyring.errors import KeyringError

        with suppress(KeyringError):
            keyring.set_password(self._beside, self._account, text)

    def beside(self) -> str | None:
        """What is kept in the keyring."""
        import keyring
        from keyring.errors import KeyringError

        try:
            kept: str | None = keyring.get_password(self._beside, self._account)
        except KeyringError:
            return None
        return kept

    @property
    def _beside(self) -> str:
        return f"{self._service}-head"

    def forget(self) -> None:
        """Removes the stored key and what lies beside it, where there is a keyring that has them."""
        import keyring
        from keyring.errors import KeyringError

        for service in (self._service, self._beside):
            with suppress(KeyringError):
                keyring.delete_password(service, self._account)


class KeyFile:
    """A file (0600) outside the data folder, chosen explicitly by the person."""

    name = "key file"

    def __init__(self, path: Path, data_folder: Path) -> None:
        self._path, self._data_folder = path.expanduser(), data_folder

    def data_key(self, *, create: bool) -> bytes:
        """The key in the file; raises `KeyUnavailable` when it is missing, inside the data folder or open to others."""
        if self._data_folder.resolve() in self._path.resolve().parents:
            raise KeyUnavailable(f"`{self._path}` lies inside the data folder; put it elsewhere")
        try:
            if not self._path.exists() and not self._path.is_symlink():
                if not create:
                    raise KeyUnavailable(f"`{self._path}` does not exist")
                if not self._path.parent.exists():
                    private_folder(self._path.parent)
                write_private(self._path, _to_text(os.urandom(KEY_BYTES)).encode())
            check_private(self._path)
            return _from_text(self._path.read_text(encoding="ascii"))
        except (StoreError, OSError, UnicodeDecodeError) as err:
            raise KeyUnavailable(str(err)) from err

    def keep_beside(self, text: str) -> None:
        """Keeps it in a file of its own beside the key's."""
        with suppress(StoreError, OSError):
            write_private(self.head_path, text.encode())

    def beside(self) -> str | None:
        """What is kept in that file."""
        try:
            check_private(self.head_path)
            return self.head_path.read_text(encoding="ascii")
        except (StoreError, OSError, UnicodeDecodeError):
            return None

    @property
    def head_path(self) -> Path:
        """The file beside the key's."""
        return self._path.with_name(f"{self._path.name}.head")


class SystemdCredential(_NothingBeside):
    """A credential that systemd hands to the service (`LoadCredentialEncrypted=`), in $CREDENTIALS_DIRECTORY."""

    name = "systemd credential"

    def __init__(self, directory: Path | None, credential: str = "gegenbot-vault-key") -> None:
        self._directory, self._credential = directory, credential

    def data_key(self, *, create: bool) -> bytes:
        """The credential's content; it is never made here. Raises `KeyUnavailable`."""
        if self._directory is None:
            raise KeyUnavailable("not started by systemd with credentials")
        try:
            return _from_text((self._directory / self._credential).read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError) as err:
            raise KeyUnavailable(f"no credential `{self._credential}`") from err


class Passphrase(_NothingBeside):
    """A passphrase asked once at a terminal; scrypt turns it into a key that wraps the random data key.

    The wrapped key lies in FOLDER/vault-key.json. `ask` returns the passphrase, or None when there is no terminal.
    """

    name = "passphrase"

    def __init__(self, folder: Path, ask: Callable[[], str | None], *, cost: int = _SCRYPT_N) -> None:
        self._path, self._ask, self._cost = folder / "vault-key.json", ask, cost

    def data_key(self, *, create: bool) -> bytes:
        """Asks, then unwraps (or makes and wraps) the data key. Raises `KeyUnavailable`."""
        if not self._path.exists() and not create:
            raise KeyUnavailable("no passphrase was set")
        said = self._ask()
        if not said:
            raise KeyUnavailable("no terminal to ask at" if said is None else "an empty passphrase")
        return self._unwrap(said) if self._path.exists() else self._wrap(said)

    def _wrap(self, passphrase: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, salt, nonce = os.urandom(KEY_BYTES), os.urandom(16), os.urandom(12)
        box = AESGCM(_scrypt(passphrase, salt, self._cost)).encrypt(nonce, key, b"gegenbot-vault-key-1")
        kept = {
            "kdf": "scrypt",
            "n": self._cost,
            "salt": _to_text(salt),
            "nonce": _to_text(nonce),
            "box": _to_text(box),
        }
        try:
            write_private(self._path, json.dumps(kept).encode())
        except StoreError as err:
            raise KeyUnavailable(str(err)) from err
        return key

    def _unwrap(self, passphrase: str) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            check_private(self._path)
            kept = json.loads(self._path.read_text(encoding="ascii"))
            salt, nonce, box = (base64.b64decode(kept[part]) for part in ("salt", "nonce", "box"))
            cost = int(kept["n"])
            if not 2**10 <= cost <= 2**20:
                raise ValueError("cost")
            return AESGCM(_scrypt(passphrase, salt, cost)).decrypt(nonce, box, b"gegenbot-vault-key-1")
        except InvalidTag as err:
            raise KeyUnavailable("wrong passphrase") from err
        except (StoreError, OSError, ValueError, KeyError, TypeError) as err:
            raise KeyUnavailable(f"`{self._path}` cannot be read") from err


def _scrypt(passphrase: str, salt: bytes, cost: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase.encode())


def _to_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _from_text(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as err:
        raise KeyUnavailable("what is stored there is not a key") from err
    if len(key) != KEY_BYTES:
        raise KeyUnavailable("what is stored there is not a key of 32 bytes")
    return key
