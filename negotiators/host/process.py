"""One adapter's child process: started with nothing of ours but its own files, spoken to in lines, ended at once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import negotiators
from negotiators.adapter import AdapterError
from negotiators.host import walls
from negotiators.host.watchdog import WATCHDOG, Watched
from negotiators.manifest import Manifest, check_files
from negotiators.wire import JsonLimits, NotStrictJson, strict_json

MAX_LINE = 2 << 20
STEP_SECONDS = 10.0
"""How long an adapter may think between two lines; waiting for a company is the host's time, not its."""

_CODE = "import sys; sys.path.insert(0, sys.argv.pop()); from negotiators.host.child import main; main()"
_ENVIRONMENT = {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}
_LINES = JsonLimits(items=200_000)


class AdapterFailed(AdapterError):
    """A third-party adapter broke off, talked nonsense or took too long. Its process is gone."""

    code = "adapter_failed"


class Child:
    """A running adapter. `confined` says what the system keeps from it and which limits it keeps, as tried in it."""

    def __init__(self, process: Process, work: Path) -> None:
        self._process = process
        self._work = work
        self._watched: Watched | None = None
        self.confined: Mapping[str, bool] = {}

    @classmethod
    async def start(cls, manifest: Manifest, pin: str | None, secrets: Mapping[str, str], work: Path) -> Child:
        """Check the files and run the adapter, in a new folder under `work` that goes with it.

        Raises `FilesChanged`, `AdapterFailed`.
        """
        await asyncio.to_thread(check_files, manifest, pin)
        own = Path(tempfile.mkdtemp(prefix=f"{manifest.name}-", dir=work))
        folder = manifest.folder.resolve()
        command = await asyncio.to_thread(_command, folder, own)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=own, env=_ENVIRONMENT, limit=MAX_LINE,
                start_new_session=True,
            )  # fmt: skip
        except OSError as err:
            _remove(own)
            raise AdapterFailed(f"the adapter `{manifest.name}` cannot be started: {err}") from err
        child = cls(process, own)
        try:
            with _outside(work) as outside:
                start = {"folder": str(folder), "outside": outside, "entry": manifest.entry, "secrets": dict(secrets)}
                await child.say(start)
                ready = (await child.hear()).get("ready")
            child.confined = ready if isinstance(ready, dict) else {}
            child._watched = await asyncio.to_thread(WATCHDOG.watch, process.pid, own)
        except BaseException:
            await child.end()
            raise
        return child

    async def say(self, line: Mapping[str, object]) -> None:
        """Raises `AdapterFailed`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line, separators=(",", ":"), default=str).encode() + b"\n")
            await self._process.stdin.drain()
        except (OSError, RuntimeError) as err:
            raise AdapterFailed(self._ending()) from err

    async def hear(self) -> Mapping[str, object]:
        """The adapter's next line. Raises `AdapterFailed`, also after `STEP_SECONDS`."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(STEP_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError as err:
            raise AdapterFailed(f"the adapter did nothing for {STEP_SECONDS:g} s") from err
        except ValueError as err:
            raise AdapterFailed(f"a line of more than {MAX_LINE} bytes") from err
        if not line:
            raise AdapterFailed(self._ending())
        try:
            value = strict_json(line, _LINES)
        except NotStrictJson as err:
            raise AdapterFailed(f"a line that is not JSON: {err.code}") from err
        if not isinstance(value, dict):
            raise AdapterFailed("a line that is no object")
        return value

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def _ending(self) -> str:
        why = self._watched.ended if self._watched is not None else ""
        return f"the adapter took too much of `{why}`" if why else "the adapter ended"

    async def end(self) -> None:
        """Kill it and remove its folder."""
        if self._watched is not None:
            WATCHDOG.leave(self._watched)
        with suppress(ProcessLookupError):
            self._process.kill()
        try:
            await self._process.wait()
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()
            _remove(self._work)


def measured(work: Path) -> tuple[str, Mapping[str, bool]]:
    """Which wall stands on this machine, and what a child behind it finds refused and limited; nothing where none could
    be started. Runs no adapter."""
    own = Path(tempfile.mkdtemp(prefix="measure-", dir=work))
    try:
        with _outside(work) as outside:
            start = json.dumps({"folder": str(own), "outside": outside, "entry": "", "secrets": {}})
            done = subprocess.run(
                _command(own, own), input=start.encode() + b"\n", capture_output=True, timeout=STEP_SECONDS, cwd=own,
                env=_ENVIRONMENT, check=False,
            )  # fmt: skip
        ready = json.loads(done.stdout or b"{}").get("ready", {})
    except (OSError, ValueError, subprocess.TimeoutExpired):
        ready = {}
    finally:
        _remove(own)
    return walls.standing().name, ready


def _command(folder: Path, own: Path) -> list[str]:
    """Starts the child's side, behind the wall that stands here."""
    room = Path(negotiators.__path__[0])
    command = [walls.interpreter(), "-I", "-S", "-B", "-c", _CODE, str(room.parent)]
    return walls.standing().wrap(command, [*walls.own_python(), room, folder], own)


@contextmanager
def _outside(work: Path) -> Iterator[Mapping[str, object]]:
    """What the child tries its walls with: see `confine.Outside`."""
    opened, name = tempfile.mkstemp(prefix="outside-", dir=work)
    os.close(opened)
    try:
        yield {"file": name, "interfaces": [interface for _, interface in socket.if_nameindex()]}
    finally:
        Path(name).unlink()


def _remove(folder: Path) -> None:
    with suppress(RecursionError):  # folders in folders without end, where the system let it make them
        shutil.rmtree(folder, ignore_errors=True)
