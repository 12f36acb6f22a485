"""Signed requests: a shop that takes nothing else, which checks them with a library that is not ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from jwt.algorithms import ECAlgorithm

from negotiators.adapter import DeliveryState
from negotiators.categories import shipped
from negotiators.channels.mcp import McpAdapter
from negotiators.channels.ucp import UcpAdapter
from negotiators.channels.ucp.signing import SigningKey, new_key, own_profile
from negotiators.clock import SimClock
from negotiators.dialogue import Ask
from negotiators.testkit import wiretap
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import tapped
from negotiators.wire import AddressRules, Limits
from tests.contract.test_ucp import ORDER, START, asked_for, price
from tests.contract.test_ucp_over_a2a import Agent
from tests.support.mcpshop import mcp_shop
from tests.support.peer import Asked, http, peer
from tests.support.ucpshop import UcpShop, ucp_shop

PROFILE = "https://mira.example/ucp.json"
PEM = new_key()


class Verifier(HTTPMessageVerifier):  # type: ignore[misc]
    require_created = False
    """The specification signs no time: its requests are told apart by their idempotency keys."""


@dataclass
class Published(HTTPSignatureKeyResolver):  # type: ignore[misc]
    """The keys of the person's profile, as a shop that fetched it has them."""

    document: dict[str, Any]
    listed: str = "signing_keys"

    def resolve_public_key(self, key_id: str) -> Any:
        found = next((key for key in self.document[self.listed] if key["kid"] == key_id), None)
        return ECAlgorithm.from_jwk(found) if found else None


def check(
    method: str, path: str, headers: Mapping[str, str], body: bytes, published: Published, *, keyed: bool = True
) -> None:
    """Raises `InvalidSignature` for a request its buyer's published key did not sign in full; `keyed` asks for an
    idempotency key with whatever has a body."""
    needed = ["@method", "@authority", "@path", "ucp-agent"]
    needed += ["content-digest", "content-type"] if body else []
    needed += ["idempotency-key"] if body and keyed else []
    message = type("Request", (), {"method": method, "url": f"http://{headers['host']}{path}", "headers": headers})
    Verifier(signature_algorithm=ECDSA_P256_SHA256, key_resolver=published).verify(
        message, max_age=None, require_components=[f'"{name}"' for name in needed], body=body
    )


@dataclass(slots=True)
class StrictShop(UcpShop):
    """Refuses every request that its buyer's published key did not sign, in full."""

    version: str = "2026-04-08"
    published: dict[str, Any] = field(default_factory=dict)

    def answer(self, asked: Asked) -> bytes:
        if asked.path.startswith("/.well-known"):
            return UcpShop.answer(self, asked)
        if "signature-input" not in asked.headers:
            return http({"messages": [{"code": "signature_missing"}]}, "401 Unauthorized")
        try:
            check(asked.method, asked.path, asked.headers, asked.body, Published(self.published))
        except InvalidSignature:
            return http({"messages": [{"code": "signature_invalid"}]}, "401 Unauthorized")
        return UcpShop.answer(self, asked)


def stage_of(tap: Any, pem: str | None, profile: str) -> Stage:
    async def signing() -> str | None:
        return pem

    def made() -> UcpAdapter:
        return UcpAdapter(
            rules=AddressRules(allow_loopback=True), limits=Limits(total=5), clock=SimClock(START), signing=signing
        )

    return Stage(made, tap, "", shipped()["purchase"], ORDER | {"profile": profile}, {})


async def test_a_shop_that_takes_signed_requests_only_is_searched_to_its_best_price() -> None:
    shop = StrictShop(published=own_profile(SigningKey.of_pem(PEM)))
    async with ucp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, PEM, PROFILE)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
        wire = "".join(f"{one.headers}{one.body!r}" for one in tap.asked)
    assert price(offers[-1]) == ("31.50 EUR", "5.00 EUR")
    secret = PEM.splitlines()[1]
    assert secret not in wire and "PRIVATE" not in wire


@pytest.mark.parametrize(
    ("pem", "profile", "code"),
    [(None, PROFILE, "signature_missing"), (PEM, "", "signature_missing"), (new_key(), PROFILE, "signature_invalid")],
    ids=["no key", "no profile", "another key"],
)
async def test_without_the_published_key_the_refusal_is_told(pem: str | None, profile: str, code: str) -> None:
    shop = StrictShop(published=own_profile(SigningKey.of_pem(PEM)))
    async with ucp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, pem, profile)
        async with stage.session() as session:
            delivery, replies = await stage.say(session, Ask())
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, f"refused:{code}")
    assert offers_of(replies) == [] and shop.sessions == {}


@pytest.mark.parametrize("version", ["2026-01-11", "2026-01-23"])
async def test_versions_that_know_no_signatures_get_none(version: str) -> None:
    async with ucp_shop(UcpShop(version)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, PEM, PROFILE)
        async with stage.session() as session:
            await asked_for(stage, session)
        assert tap.asked and not any(one.header("signature-input") for one in tap.asked)


async def signing() -> str | None:
    return PEM


def check_all(asked: Sequence[wiretap.Asked], listed: str) -> None:
    published = Published(own_profile(SigningKey.of_pem(PEM)), listed)
    assert asked
    for one in asked:
        check(one.method, one.path, dict(one.headers), one.body, published, keyed=False)


@pytest.mark.parametrize("listed", ["signing_keys", "keys"], ids=["2026-04-08", "newer"])
async def test_every_request_of_a_look_at_a_catalogue_over_mcp_is_signed(listed: str) -> None:
    def made() -> McpAdapter:
        return McpAdapter(
            rules=AddressRules(allow_loopback=True), limits=Limits(total=5), clock=SimClock(START), signing=signing
        )

    order = {"items": [{"id": "tulips"}], "profile": PROFILE}
    async with mcp_shop() as url, tapped(url.removesuffix("/mcp")) as tap:
        stage = Stage(made, tap, "/mcp", shipped()["purchase"], order, {"terms": {"shipping": "0.00"}})
        async with stage.session() as session:
            before = len(tap.asked)
            _, replies = await stage.say(session, Ask())
        check_all(tap.asked[before:], listed)
        wire = b"".join(one.body for one in tap.asked)
    assert price(offers_of(replies)[0])[0] == "30.00 EUR"
    assert PEM.splitlines()[1].encode() not in wire


@pytest.mark.parametrize(("older", "profile"), [(True, PROFILE), (False, "")], ids=["older tools", "no profile"])
async def test_tools_older_than_ucp_and_shops_without_a_profile_learn_of_no_key(older: bool, profile: str) -> None:
    def made() -> McpAdapter:
        return McpAdapter(rules=AddressRules(allow_loopback=True), clock=SimClock(START), signing=signing)

    order = {"search": "tulips", "profile": profile}
    async with mcp_shop(older=older) as url, tapped(url.removesuffix("/mcp")) as tap:
        stage = Stage(made, tap, "/mcp", shipped()["purchase"], order, {})
        async with stage.session() as session:
            _, replies = await stage.say(session, Ask())
        assert not any(one.header("signature-input") or one.header("ucp-agent") for one in tap.asked)
        assert all(b"mira.example" not in one.body for one in tap.asked)
    assert offers_of(replies)


@pytest.mark.parametrize("wire", ["0.3", "1.0"])
async def test_checkout_over_a2a_is_signed_like_every_transport_that_is_http(wire: str) -> None:
    agent = Agent(wire)
    async with peer(agent.handle) as served, tapped(served.url) as tap:
        stage = stage_of(tap, PEM, PROFILE)
        async with stage.session() as session:
            await asked_for(stage, session)
        check_all([one for one in tap.asked if one.method == "POST"], "signing_keys")


def test_a_key_of_another_kind_is_no_signing_key() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = ec.generate_private_key(ec.SECP384R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValueError):
        SigningKey.of_pem(pem)
