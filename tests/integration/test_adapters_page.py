"""`docs/adapters.md` is executed: from nothing to a green card; and a flawed adapter gets a red one."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.deciding import Deciding
from agent.kernel.events import ProviderKnown
from agent.runtime import adapters
from agent.runtime.config import Config, Memory, Negotiation, Outside
from agent.runtime.providerfile import read_provider_file
from agent.runtime.runner import Runner
from agent.runtime.workshop import CARD, list_adapters, new_adapter
from negotiators.categories import shipped
from negotiators.manifest import read_manifest
from negotiators.testkit.mock import serve
from tests.support.house import living, phone_need
from tui.cli.root import gegenbot

PAGE = (Path(__file__).parents[2] / "docs/adapters.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)


def run(home: Path, *argv: str) -> Result:
    return CliRunner().invoke(gegenbot, ["--home", str(home), *argv])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.timeout(600)
def test_the_page_leads_from_nothing_to_a_green_card(home: Path, tmp_path: Path) -> None:
    for line in blocks("sh")[0].splitlines():
        outcome = run(home, *shlex.split(line)[1:])
        assert outcome.exit_code == 0, (line, outcome.output)
    folder = tmp_path / "acme-mobil-adapter"
    card = json.loads((folder / CARD).read_text())
    assert card["green"] and len(card["checks"]) >= 14
    contract = (folder / "test_contract.py").read_text()
    assert blocks("python")[0].strip() in contract, "the page shows the file that `new` makes"
    talk = (folder / "fixtures/talk.jsonl").read_text()
    assert "token-of-the-mock-company" not in talk and "127.0.0.1" not in talk and "/quotes" in talk
    settings, company = blocks("toml")
    pinned = settings.replace("PIN", card["pin"]).replace("~", str(tmp_path))
    config = Config.model_validate(tomllib.loads(pinned))
    assert read_manifest(Path(config.adapters["acme-mobil"].folder)).pin == config.adapters["acme-mobil"].sha256
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "config.toml").write_text(pinned)
    assert {row["name"]: row["health"] for row in list_adapters(home)}["acme-mobil"] == "ready"
    (folder / "acme_mobil/acme_mobil.py").write_text("changed = True\n")
    assert {row["name"]: row["health"] for row in list_adapters(home)}["acme-mobil"] == "adapter_changed"
    path = tmp_path / "acme.toml"
    path.write_text(company)
    assert read_provider_file(path, shipped(), ("acme-mobil",)).doors[0].channel == "acme-mobil"


@pytest.mark.timeout(300)
def test_an_adapter_that_declares_more_than_it_carries_gets_a_red_card(home: Path, tmp_path: Path) -> None:
    assert run(home, "adapters", "new", "boaster").exit_code == 0
    folder = tmp_path / "boaster-adapter"
    manifest = folder / "boaster/gegenbot-adapter.toml"
    manifest.write_text(manifest.read_text().replace('"leave"]', '"leave", "withdraw"]'))
    contract = folder / "test_contract.py"
    others = "".join(
        f"    {name} = None\n"
        for name in dir(__import__("negotiators.testkit", fromlist=["x"]).AdapterContract)
        if name.startswith("test_") and not name.startswith("test_declared")
    )
    contract.write_text(contract.read_text() + "\n" + others)
    outcome = run(home, "adapters", "check", str(folder))
    assert outcome.exit_code == 1 and "not green" in outcome.output
    assert "`withdraw` is declared and refused" in json.loads((folder / CARD).read_text())["checks"][0]["why"]


async def test_a_new_adapter_takes_part_in_a_need_and_its_deal_is_handed_over(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its manifest says that no deal is closed over it: a yes sends nothing."""
    monkeypatch.setattr(adapters, "stored_secret", lambda adapter, name: "token")
    root = new_adapter("acme-mobil", tmp_path)
    monkeypatch.syspath_prepend(str(root))
    import mock_company

    folder = root / "acme_mobil"
    setting = Outside(folder=str(folder), sha256=read_manifest(folder).pin)
    talks = Negotiation(allow_loopback=True, patience_seconds=30.0)
    config = Config(memory=Memory(embedder="ngram"), negotiation=talks, adapters={"acme-mobil": setting})
    async with serve(mock_company.answers()) as url, living(home, config=config) as house:
        house.threads._adapter_for = adapters.adapters_of(config, home, house.categories, house.ledger, house.clock)
        known = ProviderKnown("acme", "Acme", "allowed", url, "acme-mobil", ["mobile_plan"])
        house.ledger.append(house.clock.now(), [known])
        house.state_need(phone_need())
        await Runner(house).tick()
        (item,) = house.ledger.rows("SELECT id, approval_hash, total FROM items")
        assert item["total"] == "150.00"
        Deciding(home).approve(item["id"], item["approval_hash"])
        house.clock.advance(timedelta(minutes=5))
        await Runner(house).tick()
        assert house.ledger.row("SELECT state FROM items")["state"] == "handover"
        acts = {row["act"] for row in house.ledger.rows("SELECT act FROM outbox")}
    assert "commit" not in acts and acts <= {"ask", "propose", "accept"}


@pytest.mark.parametrize(
    ("argv", "code"),
    [(("new", "Bad Name"), "adapter_name"), (("check", "."), "adapter_bad"), (("record", "."), "adapter_bad"),
     (("shadow", "Nobody", "12.00"), "no_quote")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_what_to_do(home: Path, argv: tuple[str, ...], code: str) -> None:
    from agent.views import FacadeError

    outcome = run(home, "adapters", *argv)
    assert isinstance(outcome.exception, FacadeError) and outcome.exception.code == code
