"""Bad input on the command line: one clear error, what to do, a documented exit code, and nothing lost."""

from __future__ import annotations

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import pytest

from agent.kernel.ledger import FILE, Ledger, connect, verify
from agent.runtime.lock import RunnerLock
from agent.runtime.paths import Home
from tests.requirements import requirement
from tests.support.peer import Asked, http, peer
from tests.support.process import gegenbot, make_home
from tests.support.shop import Shop, opened

NEED = """category = "mobile_plan"
[issues.data_gb]
min = 20
hard = true
[mandate]
max_total = "260.00"
"""


def one_error(told, code: int, *words: str) -> None:
    """Ended with the code, said one short thing, and showed no traceback."""
    assert told.returncode == code, (told.returncode, told.stderr[-600:])
    assert "Traceback" not in told.stderr and told.stderr.strip()
    assert len(told.stderr.strip().splitlines()) <= 3, told.stderr
    for word in words:
        assert word in told.stderr, told.stderr


def events(home: Path) -> int:
    conn = connect(home / FILE, readonly=True)
    try:
        count, broken = verify(conn)
        assert broken is None
        return count
    finally:
        conn.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path, None, {})


def need_file(tmp_path: Path, text: str = NEED) -> str:
    (tmp_path / "need.toml").write_text(text)
    return str(tmp_path / "need.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [("category = ", ("need.toml",)), (NEED.replace("max_total", "max_totl"), ("max_totl", "max_total"))],
)
def test_a_broken_need_is_one_error_with_exit_2(home: Path, tmp_path: Path, text: str, words) -> None:
    told = gegenbot(
        "--home", str(home), "negotiate", "http://127.0.0.1:9", "--need", need_file(tmp_path, text), "--allow-loopback"
    )
    one_error(told, 2, *words)
    assert events(home) == 0


@pytest.mark.parametrize(("text", "words"), [("zone = ", ("config.toml",)), ("zoen = 'UTC'", ("zoen", "zone"))])
def test_a_broken_configuration_is_one_error_with_exit_2(home: Path, tmp_path: Path, text: str, words) -> None:
    (home / "config.toml").write_text(text)
    told = gegenbot(
        "--home", str(home), "negotiate", "http://127.0.0.1:9", "--need", need_file(tmp_path), "--allow-loopback"
    )
    one_error(told, 2, *words)


def test_an_unreachable_bot_ends_with_exit_3(home: Path, tmp_path: Path) -> None:
    told = gegenbot(
        "--home",
        str(home),
        "negotiate",
        "http://127.0.0.1:9",
        "--need",
        need_file(tmp_path),
        "--allow-loopback",
        "--json",
    )
    assert told.returncode == 3, told.stderr
    assert '"failed"' in told.stdout and "Traceback" not in told.stderr
    assert events(home) > 0


async def test_a_malformed_bot_ends_with_exit_3_and_its_own_talk_only(home: Path, tmp_path: Path) -> None:
    async def nonsense(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b'{"name": NaN, "name": 1}'))

    async with peer(nonsense) as served:
        told = await asyncio.to_thread(
            gegenbot,
            "--home",
            str(home),
            "negotiate",
            served.url,
            "--need",
            need_file(tmp_path),
            "--allow-loopback",
            "--json",
        )
    assert told.returncode == 3 and '"malformed"' in told.stdout, (told.stdout, told.stderr)
    assert "Traceback" not in told.stderr


@requirement("local:loopback-needs-leave")
async def test_loopback_is_not_spoken_to_unless_it_is_allowed(tmp_path: Path) -> None:
    home = make_home(tmp_path, None, {})
    (home / "config.toml").write_text('[memory]\nembedder = "ngram"\n')
    shop = Shop("acme", Decimal(16), Decimal(9))
    async with opened(shop) as served:
        told = await asyncio.to_thread(
            gegenbot, "--home", str(home), "negotiate", shop.url, "--need", need_file(tmp_path), "--json"
        )
    assert told.returncode == 3 and served.asked == []


@requirement("durable:full-disk-loses-nothing")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small tmpfs")
def test_a_full_disk_is_one_error_with_exit_1_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=3m,mode=700 tmpfs {disk} 2>/dev/null") != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        home = make_home(disk, None, {})
        before = events(home)
        with (disk / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        told = gegenbot("--home", str(home), "want", "--file", need_file(tmp_path))
        one_error(told, 1)
        (disk / "filler").unlink()
        assert events(home) == before
        assert gegenbot("--home", str(home), "want", "--file", need_file(tmp_path)).returncode == 0
        assert events(home) > before
    finally:
        os.system(f"umount -l {disk}")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a folder read-only")
def test_a_read_only_home_is_one_error_with_its_path(tmp_path: Path) -> None:
    home = make_home(tmp_path, None, {})
    if os.system(f"mount --bind {home} {home} 2>/dev/null && mount -o remount,ro,bind {home} 2>/dev/null") != 0:
        pytest.skip("mounting read-only is not allowed here")
    try:
        told = gegenbot("--home", str(home), "want", "--file", need_file(tmp_path))
        one_error(told, told.returncode, str(home))
        assert told.returncode in (1, 2)
    finally:
        os.system(f"umount -l {home}")
    assert events(home) == 0


@requirement("durable:second-runner")
def test_a_second_runner_is_one_error_with_exit_2(home: Path) -> None:
    lock = RunnerLock(Home(home)).take()
    try:
        one_error(gegenbot("--home", str(home), "run"), 2, str(os.getpid()))
    finally:
        lock.release()


def test_a_home_that_others_can_read_is_refused(home: Path, tmp_path: Path) -> None:
    home.chmod(0o755)
    told = gegenbot("--home", str(home), "want", "--file", need_file(tmp_path))
    one_error(told, 2, str(home))


def test_a_locked_vault_is_one_error_with_exit_4_and_stores_nothing(home: Path, tmp_path: Path) -> None:
    (home / "config.toml").write_text('[vault]\nkey_sources = ["systemd"]\n')
    (tmp_path / "me.toml").write_text(
        'format = 1\n[person]\nname = "A"\n[[facts]]\nid = "name"\ncategory = "pd:Name"\nvalue = "Anna"\n'
    )
    told = gegenbot("--home", str(home), "memory", "import", str(tmp_path / "me.toml"))
    one_error(told, 4)
    assert b"Anna" not in b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_ledger_of_a_newer_version_and_one_that_is_none_are_one_error(home: Path) -> None:
    ledger = Ledger(home)
    ledger.conn.execute("PRAGMA user_version=999")
    ledger.close()
    one_error(gegenbot("--home", str(home), "run"), 1)
    (home / FILE).write_bytes(b"not a database " * 500)
    one_error(gegenbot("--home", str(home), "run"), 1)
