"""Third-party adapters in their own process, against a company on a real socket."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.runtime.checkups import LIMITS, WALLS
from negotiators.adapter import DeliveryState, Unsupported
from negotiators.dialogue import (
    Ask,
    Commit,
    Confirm,
    Inform,
    MessageId,
    NegotiationId,
    OfferId,
    Propose,
    ProviderId,
    terms_hash,
)
from negotiators.host.adapter import AdapterChanged, HostedAdapter, SecretMissing
from negotiators.host.memo import forget_all
from negotiators.host.process import AdapterFailed
from negotiators.manifest import Manifest, write_hash
from negotiators.wire import AddressRules
from tests.requirements import requirement
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.outside import outside
from tests.support.peer import Asked, Peer, http, peer

LOOPBACK = AddressRules(allow_loopback=True)
QUOTE = {"kind": "quote", "monthly": "17.50", "gb": "20", "months": "1", "quote": "q-1", "note": "Hello"}


async def token(adapter: str, name: str) -> str | None:
    return f"{adapter}/{name}/s3cret"


@asynccontextmanager
async def shop() -> AsyncIterator[Peer]:
    """Answers `n` with `id` n; a repeated message id gets its first answer."""
    given: dict[str, dict[str, str]] = {}

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/shop":
            writer.write(http({"name": "Sample Shop"}))
            return
        said = asked.json()
        kind = "quote" if asked.path == "/quotes" else "done" if said["binding"] else "agreed"
        answer = given.setdefault(str(said["id"]), {**QUOTE, "kind": kind, "id": f"a-{len(given) + 1}"})
        writer.write(http(answer))

    async with peer(handler) as made:
        yield made


def hosted(manifest: Manifest, home: Path, **more: Any) -> HostedAdapter:
    return HostedAdapter(manifest, home=home, pin=manifest.pin, rules=LOOPBACK, secrets=token, **more)


async def opened(adapter: HostedAdapter, url: str, resume: str = "", negotiation: str = "n-1") -> Any:
    card = await adapter.discover(cleared_probe(url))
    return await adapter.open(card, NegotiationId(negotiation), "mobile_plan", resume)


async def test_an_adapter_talks_like_a_built_in_channel(tmp_path: Path) -> None:
    async with shop() as company:
        adapter = hosted(outside("sampleshop", tmp_path), tmp_path / "home")
        card = await adapter.discover(cleared_probe(company.url))
        assert (card.channel, card.origin) == ("sampleshop", company.url)
        assert card.capabilities == adapter.manifest.capabilities
        session = await adapter.open(card, NegotiationId("n-1"), "mobile_plan")
        delivery = await session.send(cleared_move(Ask(), category="mobile_plan"))
        assert (delivery.state, delivery.reference) == (DeliveryState.DELIVERED, "a-1")
        (reply,) = await session.receive()
        (proposal,) = reply.moves
        assert isinstance(proposal, Propose) and proposal.offer.typed
        assert proposal.offer.terms["data_gb"] == Decimal(20)
        terms = proposal.offer.terms
        commit = Commit(OfferId("q-1"), terms, terms_hash(ProviderId("shop"), "mobile_plan", terms))
        await session.send(cleared_move(commit, category="mobile_plan", message_id="m-2"))
        (reply,) = await session.receive()
        assert [type(move) for move in reply.moves] == [Confirm]
        assert company.asked[-1].headers["authorization"] == "Bearer sampleshop/api_token/s3cret"
        assert company.asked[-1].headers["sec-gpc"] == "1"
        await session.close()
        assert list((tmp_path / "home" / "work").iterdir()) == []


async def test_a_session_goes_on_after_its_process_was_killed(tmp_path: Path) -> None:
    async with shop() as company:
        adapter = hosted(outside("sampleshop", tmp_path), tmp_path / "home")
        session = await opened(adapter, company.url)
        await session.send(cleared_move(Ask(), category="mobile_plan"))
        os.kill(session._child._process.pid, 9)
        await session._child._process.wait()
        assert (await session.status("m-1")).state is DeliveryState.DELIVERED
        again = await opened(hosted(adapter.manifest, tmp_path / "home"), company.url, session.resume_token())
        assert [type(move) for reply in await again.receive() for move in reply.moves] == [Propose]
        await session.close()
        await again.close()


async def test_many_talks_share_few_processes(tmp_path: Path) -> None:
    async with shop() as company:
        adapter = hosted(outside("sampleshop", tmp_path), tmp_path / "home")
        sessions = [await opened(adapter, company.url, negotiation=f"n-{number}") for number in range(7)]
        for number, session in enumerate(sessions):
            await session.send(cleared_move(Ask(), category="mobile_plan", message_id=f"m-{number}"))
        assert sum(session._child is not None for session in sessions) == 4
        for session in sessions:
            assert len(await session.receive()) == 1
            await session.close()


@requirement("untrusted:adapter-files-are-pinned")
@pytest.mark.parametrize("what", ["code", "manifest", "new file", "link"])
async def test_one_changed_byte_of_an_adapter_refuses_to_load(tmp_path: Path, what: str) -> None:
    async with shop() as company:
        manifest = outside("sampleshop", tmp_path)
        adapter = hosted(manifest, tmp_path / "home")
        await adapter.discover(cleared_probe(company.url))
        code = manifest.folder / "sampleshop.py"
        match what:
            case "code":
                code.write_bytes(code.read_bytes() + b"#")
            case "manifest":
                code.write_bytes(code.read_bytes() + b"#")
                write_hash(manifest.folder)  # a manifest that fits again is not the one that was allowed
            case "new file":
                (manifest.folder / "json.py").write_text("")
            case "link":
                (manifest.folder / "more.py").symlink_to(code)
        with pytest.raises(AdapterChanged):
            await adapter.discover(cleared_probe(company.url))


@requirement("untrusted:adapters-get-nothing")
async def test_a_hostile_adapter_gets_nothing_but_what_its_manifest_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "house"
    home.mkdir(mode=0o700)
    for name in ("memory.db", "ledger.db", "STOP"):
        (home / name).write_bytes(b"CANARY-" + name.encode())
        (home / name).chmod(0o600)
    monkeypatch.setenv("CANARY_SECRET", "CANARY-environment")
    hits: list[bytes] = []

    async def count(asked: Asked, writer: asyncio.StreamWriter) -> None:
        hits.append(asked.body)
        writer.write(http({}))

    target: dict[str, object] = {}

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http(target))

    async with peer(count) as elsewhere, peer(handler) as company:
        port = int(elsewhere.url.rpartition(":")[2])
        named = {
            "other host": f"http://localhost:{port}/", "file": "file:///etc/passwd", "inside": "http://10.0.0.1/",
            "metadata": "http://169.254.169.254/latest/", "userinfo": f"http://a@127.0.0.1:{port}/",
        }  # fmt: skip
        target |= {"home": str(home), "port": port, "elsewhere": named}
        adapter = hosted(outside("thief", tmp_path), tmp_path / "adapters")
        card = await adapter.discover(cleared_probe(company.url))
        loot = company.asked[-1].json()
        print(json.dumps(loot, indent=1), adapter.confined)

    assert {name for name, got in loot.items() if str(got).startswith("got:")} <= {
        "environment",
        "descriptors",
        "arguments",
    }
    assert loot["environment"] == "got: {}"
    assert loot["descriptors"] == "got: []"
    assert loot["arguments"] == "got: []"
    assert json.loads(str(loot["secrets"])) == {"api_token": "thief/api_token/s3cret"}
    assert "CANARY" not in json.dumps(loot)
    assert hits == []
    assert not (home / "planted").exists() and (home / "STOP").exists()
    assert home.stat().st_mode & 0o777 == 0o700
    assert card.categories == ("mobile_plan",)
    if sys.platform == "linux":
        assert dict(adapter.confined) == dict.fromkeys([*WALLS, *LIMITS], True)


async def test_what_the_kernel_keeps_does_not_rest_on_pythons_hook(tmp_path: Path) -> None:
    """The same thief with the audit hook taken away: on Linux nothing changes."""
    if sys.platform != "linux":
        pytest.skip("only Linux confines in the kernel")
    code = (
        "import sys, json; from pathlib import Path; sys.path.insert(0, sys.argv[1]); sys.path.append(sys.argv[2])\n"
        "import thief, keyring, subprocess, socket, ctypes\n"
        "from negotiators.host import confine as inside\n"
        "sys.addaudithook = lambda hook: None\n"
        "inside.confine([Path(sys.argv[2])], [], inside.Outside('/etc/passwd', ()))\n"
        "print(json.dumps(thief.everything('', sys.argv[3], 9)))\n"
    )
    manifest = outside("thief", tmp_path)
    home = tmp_path / "house"
    home.mkdir(mode=0o700)
    (home / "memory.db").write_text("CANARY")
    (home / "STOP").write_text("CANARY")
    root = Path(__file__).parents[2]
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(root), str(manifest.folder), str(home),
        stdout=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    said, _ = await started.communicate()
    loot = json.loads(said)
    kept = {
        "vault", "vault past python", "listing", "parent environment", "parent memory", "passwd", "socket",
        "socket past python", "program", "kill", "fork", "modes", "write", "stop", "own files", "keyring",
    }  # fmt: skip
    assert {name for name in kept if loot[name].startswith("got:") and loot[name] != "got: None"} == set()
    assert (home / "STOP").exists()


@requirement("untrusted:adapters-get-nothing")
async def test_an_undeclared_field_is_neither_asked_nor_told(tmp_path: Path) -> None:
    async with shop() as company:
        manifest = outside("thief", tmp_path)
        adapter = hosted(manifest, tmp_path / "home")
        card = await hosted(outside("sampleshop", tmp_path), tmp_path / "home").discover(cleared_probe(company.url))
        session = await adapter.open(card, NegotiationId("n-1"), "mobile_plan")
        told = [Inform("income", "3000", "exact")]
        delivery = await session.send(cleared_move(Ask(), category="mobile_plan", informs=told))
        assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "undeclared_field:income")
        assert (await session.send(cleared_move(Ask(), category="mobile_plan"))).state is DeliveryState.DELIVERED
        replies = await session.receive()
        assert [reply.problems for reply in replies] == [(), (), ("undeclared_field:bank_account",)]
        await session.close()


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "raise RuntimeError('CANARY')",
        "return 7",
        "import os; os._exit(3)",
        "return Company('x' * 3_000_000)",
        "yield 5",
        "data = []\n        while True: data.append(bytearray(50_000_000))",
        "print('{\"done\": 1}')",
    ],
)  # fmt: skip
async def test_an_adapter_that_breaks_costs_its_own_call_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr("negotiators.host.process.STEP_SECONDS", 2.0)
    manifest = outside("sampleshop", tmp_path)
    code = manifest.folder / "sampleshop.py"
    code.write_text(
        code.read_text().replace('        shop = (yield Request("GET", f"{url}/shop")).json\n', f"        {body}\n")
    )
    adapter = hosted(write_hash(manifest.folder), tmp_path / "home")
    with pytest.raises(AdapterFailed) as failed:
        await adapter.discover(cleared_probe("http://127.0.0.1:9"))
    assert "CANARY" not in str(failed.value)
    assert list((tmp_path / "home" / "work").iterdir()) == []


async def test_a_missing_secret_is_said_by_name(tmp_path: Path) -> None:
    adapter = HostedAdapter(outside("sampleshop", tmp_path), home=tmp_path / "home", pin=None, rules=LOOPBACK)
    with pytest.raises(SecretMissing, match="`api_token`"):
        await adapter.discover(cleared_probe("http://127.0.0.1:9"))


async def test_a_category_the_manifest_does_not_name_is_not_opened(tmp_path: Path) -> None:
    async with shop() as company:
        adapter = hosted(outside("sampleshop", tmp_path), tmp_path / "home")
        card = await adapter.discover(cleared_probe(company.url))
        with pytest.raises(Unsupported):
            await adapter.open(card, NegotiationId("n-1"), "electricity")


@requirement("forget:adapters-keep-nothing")
async def test_what_an_adapter_kept_of_the_person_goes_when_the_person_says_so(tmp_path: Path) -> None:
    async with shop() as company:
        home = tmp_path / "home"
        adapter = hosted(outside("sampleshop", tmp_path), home)
        session = await opened(adapter, company.url)
        await session.send(cleared_move(Ask(), category="mobile_plan", message_id=MessageId("CANARY")))
        assert any(b"CANARY" in path.read_bytes() for path in home.rglob("*") if path.is_file())
        assert "CANARY" not in session.resume_token()
        assert all(path.stat().st_mode & 0o077 == 0 for path in home.rglob("*"))
        await session.close()
        forget_all(home)
        assert not home.exists()
        again = await opened(adapter, company.url, session.resume_token())
        assert (await again.status("CANARY")).state is DeliveryState.UNKNOWN
        await again.close()


async def test_an_answer_that_never_comes_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/shop":
            writer.write(http({"name": "Sample Shop"}))
        else:
            writer.close()

    async with peer(handler) as company:
        session = await opened(hosted(outside("sampleshop", tmp_path), tmp_path / "home"), company.url)
        assert (await session.send(cleared_move(Ask(), category="mobile_plan"))).state is DeliveryState.UNKNOWN
        await session.close()
