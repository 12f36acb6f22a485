"""What a third-party adapter says of itself, read without importing it: `gegenbot-adapter.toml`.

ManifestError
|- BadManifest      a file that is no manifest; the message names file and key
`- FilesChanged     files that are not those the manifest, or the person's configuration, speaks of

A manifest names the adapter, its one entry point, what its channel can carry, and what it needs: the data fields its
companies may ask for, the hosts it talks to, its secrets by name. Its `sha256` covers every other file of the folder,
and its own sha256 (`Manifest.pin`) stands in the person's configuration, so that one changed byte of the adapter
refuses to load. `write_hash` is what an author runs after a change.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from negotiators.adapter import Capabilities, Pace
from negotiators.dialogue import Move

FILE = "gegenbot-adapter.toml"
FORMAT = 1
ENDPOINT_HOST = "endpoint"
"""In `hosts`: the host of the company the person configured, for adapters of a protocol that many companies speak."""

MAX_MANIFEST = 64 << 10
MAX_FILES = 500
MAX_BYTES = 20 << 20
_SKIPPED = "__pycache__"
"""Never read: the child keeps its compiled files elsewhere (`sys.pycache_prefix`)."""

_NAME = re.compile(r"[a-z][a-z0-9-]{1,31}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")
_ENTRY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH_LINE = re.compile(r'^sha256\s*=\s*"[0-9a-f]*"', re.MULTILINE)
_ACTS = frozenset(kind.__name__.lower() for kind in Move.__args__)


class ManifestError(ValueError):
    """An adapter that is not loaded. `code` is machine-readable."""

    code = "bad_manifest"


class BadManifest(ManifestError):
    pass


class FilesChanged(ManifestError):
    code = "adapter_changed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One adapter as its manifest describes it. `fields` are names of data fields (of `Inquire`), `hosts` exact host
    names or `ENDPOINT_HOST`; `pin` is the sha256 of the manifest's own bytes."""

    folder: Path
    name: str
    version: str
    entry: str
    protocol: str
    capabilities: Capabilities
    categories: tuple[str, ...]
    fields: tuple[str, ...]
    hosts: tuple[str, ...]
    secrets: tuple[str, ...]
    sha256: str
    pin: str

    def allows(self, host: str, endpoint_host: str) -> bool:
        """Whether a request may go to `host`, in the talk with the company at `endpoint_host`."""
        return host in self.hosts or (ENDPOINT_HOST in self.hosts and host == endpoint_host)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of one adapter folder; no code is imported and no other file is read. Raises `BadManifest`."""
    path = folder / FILE
    try:
        if path.is_symlink() or path.stat().st_size > MAX_MANIFEST:
            raise BadManifest(f"`{path}` is a link or too large")
        content = path.read_bytes()
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, ValueError) as err:
        raise BadManifest(f"`{path}` cannot be read: {err}") from err
    reader = _Reader(path, table)
    manifest = _manifest(folder, reader, hashlib.sha256(content).hexdigest())
    reader.finish()
    return manifest


def _manifest(folder: Path, read: _Reader, pin: str) -> Manifest:
    if read.take("format", int) != FORMAT:
        raise BadManifest(f"`{read.path}`: `format` is not {FORMAT}")
    name = read.text("name", _NAME)
    capabilities = Capabilities(
        channel=name,
        acts=frozenset(read.texts("channel.acts", _WORD)),
        typed_terms=read.take("channel.typed_terms", bool),
        commits=read.take("channel.commits", bool),
        pace=Pace(read.text("channel.pace", re.compile("synchronous|asynchronous"))),
        idempotent=read.take("channel.idempotent", bool),
    )
    unknown = capabilities.acts - _ACTS
    if unknown:
        raise BadManifest(f"`{read.path}`: `channel.acts` holds `{min(unknown)}`; there are {', '.join(sorted(_ACTS))}")
    return Manifest(
        folder=folder,
        name=name,
        version=read.text("version", _VERSION),
        entry=read.text("entry", _ENTRY),
        protocol=read.text("channel.protocol", re.compile(r"[\w .,:/+-]{1,64}")),
        capabilities=capabilities,
        categories=read.texts("channel.categories", _WORD),
        fields=read.texts("needs.fields", _WORD),
        hosts=read.texts("needs.hosts", _HOST),
        secrets=read.texts("needs.secrets", re.compile(r"[a-z][a-z0-9_]{0,31}")),
        sha256=read.text("files.sha256", _SHA256),
        pin=pin,
    )


class _Reader:
    """Takes typed values out of a TOML table by dotted path; what is left over at the end is an error."""

    def __init__(self, path: Path, table: Mapping[str, Any]) -> None:
        self.path = path
        self._values = dict(_flat(table))

    def take(self, key: str, kind: type) -> Any:
        value = self._values.pop(key, None)
        if type(value) is not kind:
            raise BadManifest(f"`{self.path}`: `{key}` is missing or no {kind.__name__}")
        return value

    def text(self, key: str, pattern: re.Pattern[str]) -> str:
        value: str = self.take(key, str)
        if not pattern.fullmatch(value):
            raise BadManifest(f"`{self.path}`: `{key}` cannot be `{value[:40]}`")
        return value

    def texts(self, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        values = self.take(key, list)
        for value in values:
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise BadManifest(f"`{self.path}`: `{key}` cannot hold `{str(value)[:40]}`")
        if len(set(values)) != len(values) or len(values) > 100:
            raise BadManifest(f"`{self.path}`: `{key}` names something twice, or too much")
        return tuple(values)

    def finish(self) -> None:
        if self._values:
            raise BadManifest(f"`{self.path}`: `{min(self._values)}` is no key of a manifest")


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


# -- files ------------------------------------------------------------------------------------------------------------


def files_hash(folder: Path) -> str:
    """sha256 over path and content of every file of the folder but the manifest. Raises `FilesChanged` for links,
    devices and folders beyond `MAX_FILES` or `MAX_BYTES`: what cannot be told in full is not hashed in part."""
    total = hashlib.sha256()
    files = sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix())
    if len(files) > MAX_FILES or sum(path.stat().st_size for path in files) > MAX_BYTES:
        raise FilesChanged(f"`{folder}` holds more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB")
    for path in files:
        name = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        total.update(f"{len(name)}:".encode() + name + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise FilesChanged(f"`{path}` is a link or no plain file")
        if path.is_dir():
            if path.name != _SKIPPED:
                yield from _files(path)
        elif path != folder / FILE:
            yield path


def check_files(manifest: Manifest, pin: str | None = None) -> None:
    """Compare the files with the manifest, and the manifest with the person's `pin` where given.

    Raises `FilesChanged`; called again each time before the adapter's code is run.
    """
    if pin is not None and manifest.pin != pin:
        raise FilesChanged(f"the manifest of adapter `{manifest.name}` is not the one that was allowed")
    try:
        found = files_hash(manifest.folder)
        now = hashlib.sha256((manifest.folder / FILE).read_bytes()).hexdigest()
    except OSError as err:
        raise FilesChanged(f"the files of adapter `{manifest.name}` cannot be read: {err}") from err
    if found != manifest.sha256 or now != manifest.pin:
        raise FilesChanged(f"the files of adapter `{manifest.name}` are not those of its manifest")


def write_hash(folder: Path) -> Manifest:
    """Put the files' present hash into the manifest: for authors, after a change. Raises `ManifestError`."""
    path = folder / FILE
    text = path.read_text("utf-8")
    changed, count = _HASH_LINE.subn(f'sha256 = "{files_hash(folder)}"', text)
    if count != 1:
        raise BadManifest(f'`{path}`: one line `sha256 = ""` stands under [files]')
    path.write_text(changed, "utf-8")
    return read_manifest(folder)


# -- finding ----------------------------------------------------------------------------------------------------------


def find(places: Iterable[Path]) -> tuple[Manifest | BadManifest, ...]:
    """Every adapter folder in `places`, by name; one that cannot be read is returned as its error."""
    folders = sorted({path.parent for place in places if place.is_dir() for path in place.glob(f"*/{FILE}")})
    return tuple(_read_or_error(folder) for folder in folders)


def _read_or_error(folder: Path) -> Manifest | BadManifest:
    try:
        return read_manifest(folder)
    except BadManifest as err:
        return err


def installed() -> tuple[Manifest | BadManifest, ...]:
    """Adapters installed as packages beside this program."""
    return find(Path(entry) for entry in sys.path if entry)
