"""Counterparts nobody here wrote, run by hand on loopback: `make soak` talks to those whose address it is given.

GEGENBOT_UCP_MERCHANT=http://127.0.0.1:8182   the reference merchant of the UCP samples (its flower shop)
GEGENBOT_A2A_MERCHANT=http://127.0.0.1:8100   a merchant that takes UCP's checkout over A2A; its key in
    GEGENBOT_A2A_KEY, and in GEGENBOT_A2A_PROFILE the address of a UCP profile it can fetch
GEGENBOT_A2A_SAMPLES="http://127.0.0.1:9999 http://127.0.0.1:9998"   the protocol's own hello-world agents, 1.0 and 0.3
GEGENBOT_ACP_MERCHANT=http://127.0.0.1:8100   a merchant that takes ACP; its key in GEGENBOT_ACP_KEY
GEGENBOT_MCP_STOREFRONT=http://127.0.0.1:8300/api/mcp   a server with the older storefront tools, or a forwarder to a
    shop that has them, and in GEGENBOT_MCP_PRODUCT the id of one of its products
GEGENBOT_MCP_SERVER=http://127.0.0.1:3001/mcp    @modelcontextprotocol/server-everything, streamableHttp
GEGENBOT_MCP_CONFORMANCE="node .../conformance/dist/index.js"   the client suite (it needs Node 22)

The last two listen on every interface: run them, and the tests, in a network namespace (`unshare -rn`).
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from negotiators.adapter import DeliveryState, Unsupported
from negotiators.categories import shipped
from negotiators.channels.acp import AcpAdapter
from negotiators.channels.mcp import McpAdapter
from negotiators.channels.mcp.exchange import Exchange
from negotiators.channels.ucp import UcpAdapter
from negotiators.dialogue import Accept, Ask, Leave
from negotiators.testkit import rehearsal
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import tapped
from negotiators.wire import AddressRules, Limits
from tests.contract.test_ucp import asked_for, price, stage_of

ROOT = Path(__file__).parents[2]
SAMPLES = os.environ.get("GEGENBOT_A2A_SAMPLES", "").split()
MCP = os.environ.get("GEGENBOT_MCP_SERVER", "")
SUITE = os.environ.get("GEGENBOT_MCP_CONFORMANCE", "")
UCP = os.environ.get("GEGENBOT_UCP_MERCHANT", "")
A2A = os.environ.get("GEGENBOT_A2A_MERCHANT", "")
ACP = os.environ.get("GEGENBOT_ACP_MERCHANT", "")
STOREFRONT = os.environ.get("GEGENBOT_MCP_STOREFRONT", "")


@pytest.mark.soak
@pytest.mark.skipif(not UCP, reason="no counterpart: GEGENBOT_UCP_MERCHANT is not set")
async def test_the_reference_merchant_of_ucp_is_searched_to_its_best_price() -> None:
    order = {"items": [{"id": "bouquet_roses", "quantity": 1}], "codes": ["10OFF", "NOPE"], "currency": "USD"}
    async with tapped(UCP) as tap:
        stage = stage_of(tap, order)
        stage.prefix = uuid.uuid4().hex  # the merchant remembers idempotency keys of earlier runs
        async with stage.session() as session:
            offers, replies = await asked_for(stage, session, "US")
            best = offers[-1]
            _, (taken,) = await stage.say(session, Accept(best.id, best.terms))
            await stage.say(session, Leave("another_offer_chosen"))
            paths = [one.path for one in tap.asked]
    assert price(best) == ("31.50 USD", "0.00 USD"), "ten percent off, and roses travel free"
    assert "code_not_applied:1" in replies[-1].problems and taken.moves == (Accept(best.id, best.terms),)
    assert not any(path.endswith("/complete") for path in paths)


@pytest.mark.soak
@pytest.mark.skipif(not A2A, reason="no counterpart: GEGENBOT_A2A_MERCHANT is not set")
async def test_a_merchant_over_a2a_is_searched_to_its_best_price() -> None:
    codes, profile = ["SAVE10", "NOPE"], os.environ.get("GEGENBOT_A2A_PROFILE", "")
    order = {"items": [{"id": "prod_1", "quantity": 1}], "codes": codes, "currency": "USD", "profile": profile}

    async def key(host: str) -> str | None:
        return os.environ.get("GEGENBOT_A2A_KEY")

    def made() -> UcpAdapter:
        return UcpAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=20), tokens=key)

    async with tapped(A2A) as tap:
        stage = Stage(made, tap, "", shipped()["purchase"], order, {}, prefix=uuid.uuid4().hex)
        async with stage.session() as session:
            offers, replies = await asked_for(stage, session, "US")
            token = session.resume_token()
        async with stage.session(token) as session:
            best = offers[-1]
            _, (taken,) = await stage.say(session, Accept(best.id, best.terms))
            delivery, _ = await stage.say(session, Leave("another_offer_chosen"))
        said = [json.loads(one.body) for one in tap.asked if one.body]
    assert price(best)[0] == "22.50 USD" and "code_not_applied:1" in replies[-1].problems
    assert taken.moves == (Accept(best.id, best.terms),) and delivery.state is DeliveryState.DELIVERED
    actions = [one["params"]["message"]["parts"][0]["data"]["action"] for one in said]
    assert set(actions) == {"create_checkout", "update_checkout", "get_checkout", "cancel_checkout"}


@pytest.mark.soak
@pytest.mark.skipif(not SAMPLES, reason="no counterpart: GEGENBOT_A2A_SAMPLES is not set")
def test_the_samples_of_a2a_are_talked_to_and_what_they_echo_is_no_offer(tmp_path: Path) -> None:
    need = tmp_path / "need.toml"
    need.write_text('category = "mobile_plan"\n[mandate]\nmax_total = "240.00"\ncurrency = "EUR"\n')
    for url in SAMPLES:
        command = [str(Path(sys.executable).with_name("gegenbot")), "--home", str(tmp_path / "home"), "negotiate", url]
        done = subprocess.run(
            [*command, "--need", str(need), "--allow-loopback", "--max-rounds", "4", "--json"], cwd=ROOT, capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
        told = json.loads(done.stdout)
        assert "Hello" in done.stdout and told["outcome"]["state"] != "agreed", told["outcome"]
        theirs = [turn for turn in told["transcript"] if turn["from"] == "them"]
        assert theirs and all(turn["terms"] is None for turn in theirs)


@pytest.mark.soak
@pytest.mark.skipif(not MCP, reason="no counterpart: GEGENBOT_MCP_SERVER is not set")
async def test_a_server_without_a_catalogue_is_listed_and_left_alone() -> None:
    exchange = Exchange(MCP, AddressRules(allow_loopback=True), Limits(total=20))
    assert {"echo", "get-sum"} <= set(await exchange.tools())
    with pytest.raises(Unsupported):
        await McpAdapter(rules=AddressRules(allow_loopback=True)).discover(rehearsal.probe(MCP))


@pytest.mark.soak
@pytest.mark.skipif(not STOREFRONT, reason="no counterpart: GEGENBOT_MCP_STOREFRONT is not set")
async def test_a_storefront_s_product_has_one_exact_price_and_the_cart_is_left_alone() -> None:
    base, _, path = STOREFRONT.removeprefix("http://").partition("/")
    order = {"items": [{"id": os.environ["GEGENBOT_MCP_PRODUCT"]}]}
    async with tapped(f"http://{base}") as tap:
        stage = Stage(
            lambda: McpAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=20)), tap, f"/{path}",
            shipped()["purchase"], order, {"terms": {"shipping": "0.00"}},
        )  # fmt: skip
        async with stage.session() as session:
            _, replies = await stage.say(session, Ask())
        said = [json.loads(one.body) for one in tap.asked if one.body]
    (offer,) = offers_of(replies)
    assert price(offer)[0].partition(" ")[0] not in ("0.00", "") and not offer.unread
    called = {one["params"]["name"] for one in said if one["method"] == "tools/call"}
    assert called == {"get_product_details"}


@pytest.mark.soak
@pytest.mark.skipif(not SUITE, reason="no counterpart: GEGENBOT_MCP_CONFORMANCE is not set")
@pytest.mark.parametrize("scenario", ["initialize", "tools_call"])
def test_the_client_conformance_suite_of_mcp_passes(scenario: str) -> None:
    client = f"{sys.executable} -m tests.support.mcp_client"
    command = [*shlex.split(SUITE), "client", "--command", client, "--scenario", scenario]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    told = done.stdout + done.stderr
    assert "0 failed" in told and done.returncode == 0, told[-2000:]


@pytest.mark.soak
@pytest.mark.skipif(not ACP, reason="no counterpart: GEGENBOT_ACP_MERCHANT is not set")
async def test_a_merchant_over_acp_is_searched_to_its_best_price_and_left() -> None:
    order = {"items": [{"id": "prod_1", "quantity": 1}], "codes": ["SAVE10", "NOPE"]}

    async def key(host: str) -> str | None:
        return os.environ.get("GEGENBOT_ACP_KEY")

    def made() -> AcpAdapter:
        return AcpAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=20), tokens=key)

    async with tapped(ACP) as tap:
        stage = Stage(made, tap, "", shipped()["purchase"], order, {"terms": {"shipping": "0.00"}}, uuid.uuid4().hex)
        async with stage.session() as session:
            _, replies = await stage.say(session, Ask())
            best = offers_of(replies)[-1]
            _, (taken,) = await stage.say(session, Accept(best.id, best.terms))
            delivery, _ = await stage.say(session, Leave("another_offer_chosen"))
        paths = [one.path for one in tap.asked]
    assert (price(best)[0], str(best.terms["fees"])) == ("22.50 USD", "2.25 USD")
    assert "code_not_applied:1" in replies[-1].problems
    assert taken.moves == (Accept(best.id, best.terms),) and delivery.state is DeliveryState.DELIVERED
    assert paths[-1].endswith("/cancel") and not any(path.endswith("/complete") for path in paths)
