"""One adapter's child process: started with nothing of ours but its own files, spoken to in lines, ended at once."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import negotiators
from negotiators.adapter import AdapterError
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
    """A running adapter. `confined` says what the kernel keeps from it: files and network."""

    def __init__(self, process: Process, work: Path) -> None:
        self._process = process
        self._work = work
        self.confined: Mapping[str, bool] = {}

    @classmethod
    async def start(cls, manifest: Manifest, pin: str | None, secrets: Mapping[str, str], work: Path) -> Child:
        """Check the files and run the adapter, in a new folder under `work` that goes with it.

        Raises `FilesChanged`, `AdapterFailed`.
        """
        await asyncio.to_thread(check_files, manifest, pin)
        own = Path(tempfile.mkdtemp(prefix=f"{manifest.name}-", dir=work))
        root = str(Path(negotiators.__path__[0]).parent)
        command = [sys.executable, "-I", "-S", "-B", "-c", _CODE, root]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=own, env=_ENVIRONMENT, limit=MAX_LINE,
                start_new_session=True,
            )  # fmt: skip
        except OSError as err:
            shutil.rmtree(own, ignore_errors=True)
            raise AdapterFailed(f"the adapter `{manifest.name}` cannot be started: {err}") from err
        child = cls(process, own)
        try:
            await child.say(
                {"folder": str(manifest.folder.resolve()), "entry": manifest.entry, "secrets": dict(secrets)}
            )
            ready = (await child.hear()).get("ready")
            child.confined = ready if isinstance(ready, dict) else {}
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
            raise AdapterFailed("the adapter ended") from err

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
            raise AdapterFailed("the adapter ended")
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

    async def end(self) -> None:
        """Kill it and remove its folder."""
        with suppress(ProcessLookupError):
            self._process.kill()
        try:
            await self._process.wait()
        finally:
            if self._process.stdin is not None:
                self._process.stdin.close()
            shutil.rmtree(self._work, ignore_errors=True)
