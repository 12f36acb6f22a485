"""The house on third-party adapters: used like a channel of its own, trusted like a company."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.kernel.events import ForgetRequested, ProviderKnown
from agent.runtime import adapters
from agent.runtime.adapters import adapters_of
from agent.runtime.config import Config, Memory, Negotiation, Outside
from agent.runtime.runner import Runner
from negotiators.manifest import Manifest, write_hash
from tests.requirements import requirement
from tests.support.gating import acting
from tests.support.house import living, phone_need
from tests.support.outside import outside
from tests.support.peer import Asked, http, peer


@asynccontextmanager
async def house_on(tmp_path: Path, manifest: Manifest, url: str, pin: str = "") -> Any:
    """A house whose one company is reached over the third-party adapter."""
    config = Config(
        memory=Memory(embedder="ngram"),
        negotiation=Negotiation(allow_loopback=True, patience_seconds=30.0),
        adapters={manifest.name: Outside(folder=str(manifest.folder), sha256=pin or manifest.pin)},
    )
    async with living(tmp_path / "home", config=config, persona=True) as house:
        house.threads._adapter_for = adapters_of(config, house.home.root, house.categories, house.ledger, house.clock)
        known = ProviderKnown("shop", "Shop", "allowed", url, manifest.name, ["mobile_plan"])
        house.ledger.append(house.clock.now(), [known])
        yield house


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "stored_secret", lambda adapter, name: f"{adapter}-{name}")


async def test_a_need_is_bargained_and_signed_over_a_third_party_adapter(tmp_path: Path) -> None:
    asked_before: list[str] = []

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/shop":
            return writer.write(http({"name": "Sample Shop"}))
        said = asked.json()
        asked_before.append(str(said["id"]))
        kind = "quote" if asked.path == "/quotes" else "done" if said["binding"] else "agreed"
        terms = {"monthly": "12.00", "gb": "20", "months": "1", "quote": "q-1"}
        writer.write(http({"kind": kind, "id": f"a-{len(asked_before)}", **terms}))

    async with peer(handler) as company, house_on(tmp_path, outside("sampleshop", tmp_path), company.url) as house:
        house.state_need(acting())
        await Runner(house).tick()
        row = house.ledger.row("SELECT state FROM negotiations")
        assert row["state"] in {"held", "waiting_person", "agreed"}
        for item in house.ledger.rows("SELECT id FROM items"):
            await house.signing.carry_out(item["id"], by_mandate=True)
        assert house.ledger.row("SELECT state FROM negotiations")["state"] == "agreed"
        assert len(set(asked_before)) == len(asked_before)


@requirement("untrusted:forged-consent-is-void")
async def test_consent_that_an_adapter_forges_binds_nobody(tmp_path: Path) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http({"home": "/", "port": 9, "elsewhere": {}}))

    async with peer(handler) as company, house_on(tmp_path, outside("thief", tmp_path), company.url) as house:
        house.state_need(phone_need())
        for _ in range(3):
            await Runner(house).tick()
        kinds = ("Committed", "Confirmed", "Approved", "Released", "Learned")
        assert house.ledger.events(kinds=kinds) == []
        rows = house.ledger.rows("SELECT body FROM turns WHERE party='them'")
        assert rows
        assert [json.loads(row["problems"]) for row in house.ledger.rows("SELECT problems FROM turns")]
        assert "bank_account" not in json.dumps([dict(row) for row in house.ledger.rows("SELECT * FROM releases")])


@pytest.mark.parametrize(
    ("what", "code"),
    [("pin", "adapter_changed"), ("manifest", "adapter_missing"), ("crash", "adapter_failed")],
)
async def test_an_adapter_that_is_not_run_is_said_and_costs_its_talk_only(tmp_path: Path, what: str, code: str) -> None:
    manifest = outside("sampleshop", tmp_path)
    pin = manifest.pin
    if what == "pin":
        pin = "0" * 64
    elif what == "manifest":
        (manifest.folder / "gegenbot-adapter.toml").write_text("name = 7")
    else:
        (manifest.folder / "sampleshop.py").write_text("raise SystemExit(3)")
        manifest = write_hash(manifest.folder)
        pin = manifest.pin
    async with house_on(tmp_path, manifest, "http://127.0.0.1:9", pin) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        (incident,) = house.ledger.rows("SELECT code FROM incidents")
        assert incident["code"] == code


@requirement("forget:adapters-keep-nothing")
async def test_forgetting_takes_what_adapters_kept(tmp_path: Path) -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        quote = {"kind": "quote", "monthly": "99.00", "gb": "20", "months": "1", "quote": "q-1", "id": "a-1"}
        writer.write(http({"name": "Sample Shop"} if asked.path == "/shop" else quote))

    async with peer(handler) as company, house_on(tmp_path, outside("sampleshop", tmp_path), company.url) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        kept = house.home.root / adapters.FOLDER
        (ours,) = (row["message_id"] for row in house.ledger.rows("SELECT message_id FROM outbox WHERE round=1"))
        assert _holding(kept, ours.encode())
        house.ledger.append(house.clock.now(), [ForgetRequested("fact:income")])
        await Runner(house).tick()
        assert _holding(kept, ours.encode()) == []


def _holding(folder: Path, needle: bytes) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if needle in path.read_bytes()]
