"""Folders and files that nobody else on this machine may read (0700 and 0600), and writing without half a file."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from memory.errors import StoreUnavailableError, StoreUnsafeError

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def private_folder(path: Path) -> Path:
    """Creates the folder, or checks that it is ours alone; raises `StoreUnsafeError`, `StoreUnavailableError`."""
    try:
        if not path.exists() and not path.is_symlink():
            path.mkdir(mode=FOLDER_MODE, parents=True)
            path.chmod(FOLDER_MODE)
    except OSError as err:
        raise StoreUnavailableError(f"cannot create `{path}`: {err.strerror}") from err
    check_private(path)
    return path


def check_private(path: Path) -> None:
    """Raises `StoreUnsafeError` for a symbolic link, a foreign owner, or rights for group or others."""
    try:
        found = path.lstat()
    except OSError as err:
        raise StoreUnavailableError(f"cannot look at `{path}`: {err.strerror}") from err
    if stat.S_ISLNK(found.st_mode):
        raise StoreUnsafeError(f"`{path}` is a symbolic link; put the folder itself there")
    if os.name != "posix":
        return  # Windows keeps access lists instead of mode bits; the profile folder is private there
    if found.st_uid != os.getuid():
        raise StoreUnsafeError(f"`{path}` belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        wanted = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise StoreUnsafeError(f"others can read `{path}`; run `chmod {wanted} '{path}'`")


def create_private_file(path: Path) -> None:
    """Creates an empty file only we can read, or checks the one that is there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    except FileExistsError:
        check_private(path)
    except OSError as err:
        raise StoreUnavailableError(f"cannot create `{path}`: {err.strerror}") from err


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file as a whole, or leaves it untouched; what is written is on the disk when this returns."""
    draft = path.with_name(f".{path.name}.{os.urandom(16).hex()}")
    try:
        number = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as err:
        with suppress(OSError):
            draft.unlink()
        raise StoreUnavailableError(f"cannot write `{path}`: {err.strerror}") from err
