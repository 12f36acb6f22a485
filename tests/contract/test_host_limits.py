"""What an adapter may take and is kept from, on this system and on those whose kernel does less."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.runtime import checkups
from negotiators.host import process, walls
from negotiators.host.process import AdapterFailed, measured
from negotiators.host.watchdog import Bounds, Usage, Watchdog, excess
from negotiators.manifest import write_hash
from tests.contract.test_host import hosted
from tests.requirements import requirement
from tests.support.cleared import cleared_probe
from tests.support.outside import outside
from tests.support.peer import Asked, http, peer

MB = 1_000_000
SMALL = Usage(memory=10 * MB, cpu=1, folder=0, files=0)
BOUNDS = Bounds(memory=100 * MB, cpu=10, folder=5 * MB, files=10, together=150 * MB)

WEAK = (
    "import negotiators.host.confine as c, negotiators.host.limits as l; l.supported = lambda: False; "
    "c._landlock = c._seccomp = lambda *given: False; c._hook = lambda *given: lambda *event: None; main()"
)
"""A child whose kernel has neither Landlock nor seccomp, and whose adapter got past Python's hook."""


@pytest.fixture
def weak_kernel(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(walls, "supported", lambda: False)
    monkeypatch.setattr(process, "_CODE", process._CODE.replace("main()", WEAK))
    walls.standing.cache_clear()
    yield
    walls.standing.cache_clear()


def test_what_goes_beyond_its_bounds_ends_and_nothing_else() -> None:
    usages = {
        1: SMALL, 2: Usage(101 * MB, 1, 0, 0), 3: Usage(MB, 11, 0, 0), 4: Usage(MB, 1, 6 * MB, 2),
        5: Usage(MB, 1, 0, 11),
    }  # fmt: skip
    assert excess(usages, BOUNDS) == {2: "memory", 3: "cpu", 4: "folder", 5: "folder"}


def test_all_together_end_largest_first_until_the_rest_fits() -> None:
    usages = {number: Usage(memory * MB, 0, 0, 0) for number, memory in enumerate((60, 30, 70, 20))}
    assert excess(usages, BOUNDS) == {2: "memory_together"}
    more = {number: Usage(80 * MB, 0, 0, 0) for number in range(4)}
    assert len(excess(more, BOUNDS)) == 3


@requirement("untrusted:adapters-are-bounded")
@pytest.mark.parametrize(
    ("body", "bounds", "why"),
    [
        ("kept = bytearray(90_000_000); (yield Request('GET', url)); return len(kept)", Bounds(memory=80 * MB), "memory"),
        ("while True: pass", Bounds(cpu=1.0), "cpu"),
        ("[open(f'f{n}', 'wb').write(b'x' * 1_000_000) for n in range(9)]; (yield Request('GET', url))", Bounds(folder=4 * MB), "folder"),
        ("[open(f'f{n}', 'wb').close() for n in range(99)]; (yield Request('GET', url))", Bounds(files=50), "folder"),
        ("(yield Request('GET', url))", Bounds(together=10 * MB), "memory_together"),
    ],
)  # fmt: skip
async def test_the_watchdog_ends_an_adapter_that_takes_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, bounds: Bounds, why: str
) -> None:
    """On every system: here the kernel's own limits are wider. It does so also while the adapter waits for us."""
    monkeypatch.setattr(process, "WATCHDOG", Watchdog(bounds))
    manifest = outside("sampleshop", tmp_path)
    code = manifest.folder / "sampleshop.py"
    code.write_text(
        code.read_text().replace('        shop = (yield Request("GET", f"{url}/shop")).json\n', f"        {body}\n")
    )
    gone = asyncio.Event()

    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await gone.wait()

    async with peer(slow) as company:
        adapter = hosted(write_hash(manifest.folder), tmp_path / "home")
        child = await adapter.start()
        try:
            await child.say({"do": "discover", "url": company.url})
            with pytest.raises(AdapterFailed, match=f"too much of `{why}`"):
                line = await child.hear()
                assert "request" in line, line
                await child.hear()
        finally:
            gone.set()
            await child.end()
    assert list((tmp_path / "home" / "work").iterdir()) == []


async def test_nobody_is_watched_once_the_adapters_are_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dog = Watchdog()
    monkeypatch.setattr(process, "WATCHDOG", dog)
    child = await hosted(outside("sampleshop", tmp_path), tmp_path / "home").start()
    thread = dog._thread
    assert thread is not None and thread.is_alive()
    await child.end()
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive() and not dog._watched


@requirement("untrusted:adapters-are-bounded")
def test_here_the_kernel_keeps_every_wall_and_limit(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux confines in the kernel")
    wall, kept = measured(tmp_path)
    assert (wall, set(kept)) == ("kernel", {*checkups.WALLS, *checkups.LIMITS})
    assert all(kept.values())
    assert list(tmp_path.iterdir()) == []


def test_a_wall_that_is_not_there_is_not_claimed(
    tmp_path: Path, weak_kernel: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walls, "candidate", lambda: None)
    wall, kept = measured(tmp_path)
    assert (wall, kept["files"], kept["network"]) == ("none", False, False)
    found = checkups.walls(tmp_path)
    assert (found.state, found.remedy) == ("note", "walls_open")
    assert {"files", "network"} <= set(found.params["nobody"].split())


def test_a_program_that_does_not_work_here_is_not_used(weak_kernel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "candidate", lambda: walls.Wall("bwrap", lambda command, readable, work: ["false"]))
    assert walls.standing().name == "none"


@pytest.mark.skipif(not walls.works(walls.Wall("bwrap", walls.bwrap)), reason="bubblewrap is not here or may not")
class TestBubblewrap:
    """A kernel without Landlock and seccomp, with the adapter past Python's hook: the namespaces alone."""

    def test_it_is_chosen_and_its_walls_are_measured(self, tmp_path: Path, weak_kernel: None) -> None:
        wall, kept = measured(tmp_path)
        assert wall == "bwrap"
        assert kept["files"] and kept["network"] and kept["memory"] and kept["cpu"]
        if os.getuid() != 0:  # the bound on processes does not hold for root
            assert kept["processes"]

    @requirement("untrusted:adapters-get-nothing")
    async def test_a_hostile_adapter_gets_nothing(self, tmp_path: Path, weak_kernel: None) -> None:
        home = tmp_path / "house"
        home.mkdir(mode=0o700)
        for name in ("memory.db", "ledger.db", "STOP"):
            (home / name).write_bytes(b"CANARY-" + name.encode())
        hits: list[bytes] = []
        target: dict[str, object] = {}

        async def count(asked: Asked, writer: asyncio.StreamWriter) -> None:
            hits.append(asked.body)
            writer.write(http({}))

        async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(http(target))

        async with peer(count) as elsewhere, peer(handler) as company:
            target |= {"home": str(home), "port": int(elsewhere.url.rpartition(":")[2]), "elsewhere": {}}
            adapter = hosted(outside("thief", tmp_path), tmp_path / "adapters")
            await adapter.discover(cleared_probe(company.url))
            loot = company.asked[-1].json()
        harmless = {"environment", "descriptors", "arguments", "socket past python", "kill", "fork"}
        assert {name for name, got in loot.items() if str(got).startswith("got:")} <= harmless
        assert "CANARY" not in json.dumps(loot)
        assert hits == []
        assert sorted(path.name for path in home.iterdir()) == ["STOP", "ledger.db", "memory.db"]
        assert list((tmp_path / "adapters" / "work").iterdir()) == []

    async def test_it_ends_with_its_adapter(self, tmp_path: Path, weak_kernel: None) -> None:
        child = await hosted(outside("sampleshop", tmp_path), tmp_path / "home").start()
        assert child._watched is not None
        inside = [one for one in child._watched.processes if one.pid != child._process.pid]
        assert inside, "the adapter behind the wall is watched, not only the wall"
        await child.end()
        for one in inside:
            one.wait(10)


def test_what_bubblewrap_is_told(tmp_path: Path) -> None:
    told = walls.bwrap(
        ["python", "-c", "pass"], [Path("/usr/lib"), Path("/dev/null"), tmp_path / "adapter"], tmp_path / "own"
    )
    assert told[-4:] == ["--", "python", "-c", "pass"]
    assert {"--unshare-all", "--die-with-parent", "--new-session"} <= set(told)
    binds = [told[at + 1] for at, word in enumerate(told) if word in {"--ro-bind-try", "--bind"}]
    assert binds == ["/usr/lib", str(tmp_path / "adapter"), str(tmp_path / "own")]
    assert "--share-net" not in told and "--proc" not in told


def test_what_sandbox_exec_is_told(tmp_path: Path) -> None:
    """Data only: there is no Mac here. Nothing is allowed before everything was denied, and denials come last."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    text = walls.profile([link / "adapter"], tmp_path / "own")
    assert text.startswith("(version 1)\n(deny default)\n")
    assert text.rstrip().endswith("(deny network*) (deny process-fork) (deny mach-lookup) (deny mach-register)")
    assert f'(subpath "{os.path.realpath(tmp_path)}/adapter")' in text and "link" not in text
    writable = re.findall(r"\(allow [^()]*file-write\*[^()]*(\(.*\))\)", text)
    assert writable == [f'(subpath "{os.path.realpath(tmp_path)}/own")']
    assert "(allow network" not in text and "(allow default" not in text and "(allow file-read*)" not in text


def test_a_folders_name_cannot_write_rules_of_its_own() -> None:
    text = walls.profile([Path('/a"))(allow default)(allow file-read* (subpath "/')], Path("/own\\"))
    assert text.count("(allow default)") == 1 and '\\"))(allow default)' in text
    assert '"/own\\\\"' in text


def test_the_watchdog_costs_nothing_before_it_watches() -> None:
    code = "import sys, negotiators.host.adapter; print([n for n in ('psutil', 'httpx') if n in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"
