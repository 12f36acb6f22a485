"""UCP's checkout over A2A, in both wire forms, and what an agent card may not do. A real merchant's traffic is replayed
in `test_ucp.py`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from negotiators.adapter import DeliveryState, Malformed, Refused, Unsupported
from negotiators.categories import shipped
from negotiators.channels.ucp import UcpAdapter
from negotiators.dialogue import Accept, Ask, Leave, NegotiationId
from negotiators.testkit import rehearsal
from negotiators.testkit.stage import Stage
from negotiators.testkit.wiretap import tapped
from negotiators.wire import AddressRules, Limits
from tests.contract.test_ucp import asked_for
from tests.requirements import requirement
from tests.support.peer import Asked, http, peer
from tests.support.ucpshop import UcpShop

URI = "https://ucp.dev/2026-04-08/specification/reference/"
ORDER = {"items": [{"id": "roses"}], "codes": ["TENOFF"], "currency": "EUR", "profile": "https://mira.example/p.json"}


class Agent:
    """A shop's agent: the documents of `UcpShop` in messages of A2A `wire`. `key` is what it lets in."""

    def __init__(
        self, wire: str, key: str = "", card: Callable[[dict[str, Any]], dict[str, Any]] = lambda it: it
    ) -> None:
        self.wire, self.key, self.card = wire, key, card
        self.shop = UcpShop("2026-04-08", delivers=False)
        self.checkouts: dict[str, str] = {}
        self.actions: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def documents(self, host: str) -> dict[str, Any]:
        profile = self.shop.profile(host, self.shop.version)
        at = f"http://{host}/.well-known/agent-card.json"
        profile["ucp"]["services"]["dev.ucp.shopping"] = [
            {"version": self.shop.version, "transport": "a2a", "endpoint": at}
        ]
        if self.wire == "1.0":
            offered = {"url": f"http://{host}/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
            card: dict[str, Any] = {"supportedInterfaces": [offered]}
        else:
            card = {"url": f"http://{host}/a2a", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC"}
        card["capabilities"] = {"extensions": [{"uri": URI}]}
        return {"/.well-known/ucp": profile, "/.well-known/agent-card.json": self.card(card)}

    async def handle(self, asked: Asked, writer: Any) -> None:
        found = self.documents(asked.headers["host"]).get(asked.path)
        if found is not None:
            writer.write(http(found))
            return
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            writer.write(http({"detail": {"code": "missing_api_key"}}, "401 Unauthorized"))
            return
        self.headers.append(dict(asked.headers))
        call: dict[str, Any] = json.loads(asked.body)
        assert call["method"] == {"1.0": "SendMessage", "0.3": "message/send"}[self.wire]
        writer.write(http({"jsonrpc": "2.0", "id": call["id"], **self.answer(call["params"]["message"])}))

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        (part,) = message["parts"]
        data = dict(part["data"])
        action, context = data.pop("action"), message.get("contextId") or f"c-{len(self.checkouts) + 1}"
        self.actions.append((action, context))
        assert "id" not in data and all("id" not in line for line in data.get("line_items", []))
        key = self.checkouts.setdefault(context, f"chk-{context}")
        if action in ("create_checkout", "update_checkout"):
            if data["line_items"][0]["item"]["id"] not in ("roses", "tulips"):
                return {"error": {"code": -32602, "message": "Product not found"}}
            self.shop.sessions[key] = self.shop.document(key, data)
        held = {**self.shop.sessions[key], **({"status": "canceled"} if action == "cancel_checkout" else {})}
        said = {
            "messageId": "r",
            "contextId": context,
            "parts": [{"text": "there you are"}, {"data": {"a2a.ucp.checkout": held}}],
        }
        return {
            "result": {"message": {**said, "role": "ROLE_AGENT"}} if self.wire == "1.0" else {**said, "kind": "message"}
        }


def giving(key: str) -> Callable[[str], Awaitable[str | None]]:
    async def tokens(host: str) -> str | None:
        return key if host == "127.0.0.1" else None

    return tokens


def stage_at(tap: Any, key: str = "", order: dict[str, Any] | None = None) -> Stage:
    def made() -> UcpAdapter:
        return UcpAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=5), tokens=giving(key))

    return Stage(made, tap, "", shipped()["purchase"], order or ORDER, {})


@pytest.mark.parametrize("wire", ["0.3", "1.0"])
async def test_a_shop_s_agent_is_searched_accepted_and_left_also_after_a_restart(wire: str) -> None:
    agent = Agent(wire, key="k-1")
    async with peer(agent.handle) as served, tapped(served.url) as tap:
        stage = stage_at(tap, "k-1")
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
            token = session.resume_token()
        async with stage.session(token) as session:
            _, (taken,) = await stage.say(session, Accept(offers[-1].id, offers[-1].terms))
            checkout = json.loads(token)["checkout"]
            assert (await session.status(checkout)).state is DeliveryState.DELIVERED
            await stage.say(session, Leave("another_offer_chosen"))
    assert [str(offer.terms["price"]) for offer in offers] == ["35.00 EUR", "31.50 EUR"]
    assert taken.moves == (Accept(offers[-1].id, offers[-1].terms),)
    assert {context for _, context in agent.actions} == {"c-1"} and agent.actions[0][0] == "create_checkout"
    assert {name for name, _ in agent.actions} <= {
        "create_checkout",
        "update_checkout",
        "get_checkout",
        "cancel_checkout",
    }
    assert all(one["x-a2a-extensions"] == one["a2a-extensions"] == URI for one in agent.headers)
    assert all('profile="https://mira.example/p.json"' in one["ucp-agent"] for one in agent.headers)
    assert {one["a2a-version"] for one in agent.headers} == {wire}


@requirement("local:a-shop-s-key-goes-to-that-shop-only")
async def test_without_its_key_a_shop_refuses_and_another_host_gets_none() -> None:
    agent = Agent("0.3", key="k-1")
    async with peer(agent.handle) as served, tapped(served.url) as tap:
        stage = stage_at(tap, "")
        async with stage.session() as session:
            delivery, replies = await stage.say(session, Ask())
    assert (delivery.error, replies) == ("refused:missing_api_key", [])
    elsewhere = UcpAdapter(tokens=giving("k-1"))
    assert await elsewhere._token("https://127.0.0.1/a2a") == "k-1"
    assert await elsewhere._token("https://shop.example/a2a") == ""


async def test_what_the_agent_refuses_is_a_refusal() -> None:
    agent = Agent("0.3")
    async with peer(agent.handle) as served, tapped(served.url) as tap:
        stage = stage_at(tap, order={**ORDER, "items": [{"id": "orchids"}]})
        async with stage.session() as session:
            delivery, _ = await stage.say(session, Ask())
    assert delivery.error == "refused:rpc_error"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"url": "https://evil.example/a2a"}, Refused), ({"preferredTransport": "GRPC"}, Malformed),
        ({"url": None}, Malformed), ({"capabilities": {"extensions": [{"uri": "https://ucp.dev.evil.example/"}]}}, Malformed),
    ],
    ids=["elsewhere", "grpc", "nowhere", "no extension"],
)  # fmt: skip
async def test_a_card_that_leads_elsewhere_or_offers_no_checkout_is_refused(
    change: dict[str, Any], error: type[Exception]
) -> None:
    agent = Agent("0.3", card=lambda found: {**found, **change})
    async with peer(agent.handle) as served:
        with pytest.raises(error):
            await UcpAdapter(rules=AddressRules(allow_loopback=True)).discover(rehearsal.probe(served.url))


async def test_rest_goes_before_a2a_where_a_shop_has_both() -> None:
    agent = Agent("0.3")

    async def both(asked: Asked, writer: Any) -> None:
        found = agent.documents(asked.headers["host"])["/.well-known/ucp"]
        rest = {"version": "2026-01-23", "transport": "rest", "endpoint": f"http://{asked.headers['host']}/rest"}
        found["ucp"]["services"]["dev.ucp.shopping"].append(rest)
        writer.write(http(found))

    async with peer(both) as served:
        card = await UcpAdapter(rules=AddressRules(allow_loopback=True)).discover(rehearsal.probe(served.url))
    assert card.details["endpoint"].endswith("/rest") and "a2a" not in card.details
    with pytest.raises(Unsupported):
        await UcpAdapter().open(card, NegotiationId("n"), "no such category")
