"""Signatures of cards, checked with real keys over a loopback server, and what hostile cards try with them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
import rfc8785
from a2a.types import AgentCard
from a2a.utils.signing import create_agent_card_signer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.json_format import MessageToDict, ParseDict
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from negotiators.adapter import EndpointCard, Unreachable
from negotiators.channels.a2a import A2AAdapter
from negotiators.channels.a2a.signatures import check_signatures, thumbprint
from negotiators.wire import AddressRules, Limits
from tests.requirements import requirement
from tests.support.cleared import cleared_probe
from tests.support.peer import Asked, Peer, http, peer

LOOPBACK = AddressRules(allow_loopback=True)
ALGORITHMS: Mapping[str, Any] = {
    "ES256": ECAlgorithm, "ES384": ECAlgorithm, "EdDSA": OKPAlgorithm, "RS256": RSAAlgorithm, "PS256": RSAAlgorithm,
}  # fmt: skip


def new_key(algorithm: str = "ES256") -> Any:
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ES384":
            return ec.generate_private_key(ec.SECP384R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(65537, 2048)


KEY, OTHER = new_key(), new_key()


def public(key: Any, algorithm: str = "ES256", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ALGORITHMS[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": "k1", **more}


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def plain_card(url: str, **more: Any) -> dict[str, Any]:
    face = {"url": f"{url}/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
    return {
        "name": "Müller Strom", "description": "Strom & Gas", "version": "1.0.0", "supportedInterfaces": [face], **more,
    }  # fmt: skip


def signed(card: Mapping[str, Any], key: Any = KEY, header: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The card signed over its own canonical bytes."""
    head = {"alg": "ES256", "kid": "k1", **(header or {})}
    token = jwt.PyJWS().encode(rfc8785.dumps(dict(card)), key, algorithm=head["alg"], headers=head)
    protected, _, signature = token.split(".")
    return {**card, "signatures": [{"protected": protected, "signature": signature}]}


def forged(card: Mapping[str, Any], header: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """A signature made by hand, with a header no library would write."""
    protected = base64url(json.dumps(header).encode())
    given_to_sign = f"{protected}.{base64url(rfc8785.dumps(dict(card)))}".encode()
    return {**card, "signatures": [{"protected": protected, "signature": base64url(sign(given_to_sign))}]}


@dataclass(slots=True)
class Company:
    """Serves a card and a key set; both may be changed."""

    peer: Peer
    documents: dict[str, bytes] = field(default_factory=dict)

    @property
    def jku(self) -> str:
        return f"{self.peer.url}/keys.json"

    def keys(self, *keys: Mapping[str, Any]) -> None:
        self.documents["/keys.json"] = http({"keys": list(keys)})

    async def met(self, card: object) -> EndpointCard:
        self.documents["/.well-known/agent-card.json"] = http(json.dumps(card).encode())
        adapter = A2AAdapter(rules=LOOPBACK, limits=Limits(total=5))
        return await adapter.discover(cleared_probe(self.peer.url))

    async def told(self, card: object) -> str:
        return (await self.met(card)).details["signature"]


@asynccontextmanager
async def company() -> AsyncIterator[Company]:
    documents: dict[str, bytes] = {}

    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(documents.get(asked.path, http({}, "404 Not Found")))

    async with peer(handler) as made:
        found = Company(made, documents)
        found.keys(public(KEY))
        yield found


@requirement("untrusted:card-signatures-are-verified")
@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
async def test_a_signature_that_holds_is_verified_and_its_key_named(algorithm: str) -> None:
    async with company() as acme:
        key = new_key(algorithm)
        acme.keys(public(OTHER, kid="other"), public(key, algorithm))
        card = signed(plain_card(acme.peer.url), key, {"alg": algorithm, "jku": acme.jku})
        assert await acme.told(card) == f"verified:{thumbprint(public(key, algorithm))}"


async def test_a_card_signed_by_the_protocols_own_library_is_verified() -> None:
    async with company() as acme:
        made = ParseDict(plain_card(acme.peer.url, capabilities={"streaming": False}), AgentCard())
        header = {"alg": "ES256", "kid": "k1", "jku": acme.jku, "typ": "JOSE"}
        served = MessageToDict(create_agent_card_signer(KEY, header)(made))  # type: ignore[arg-type]
        served |= {"protocolVersion": "0.3", "url": "http://127.0.0.1:9/", "documentationUrl": ""}
        met = await acme.met(served)
        assert met.details["signature"].startswith("verified:")
        assert met.details["interface"] == f"{acme.peer.url}/a2a"
        checked = await check_signatures(served, acme.peer.url, LOOPBACK, Limits())
        assert isinstance(checked.covered, Mapping) and not {"url", "protocolVersion"} & set(checked.covered)


async def test_an_unsigned_card_is_no_doubt_and_asks_for_no_key() -> None:
    async with company() as acme:
        for card in (plain_card(acme.peer.url), plain_card(acme.peer.url, signatures=[])):
            assert await acme.told(card) == ""
        assert {asked.path for asked in acme.peer.asked} == {"/.well-known/agent-card.json"}


async def test_the_thumbprint_is_that_of_the_standard() -> None:
    """The example of RFC 7638, section 3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
        "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
        "nqDKgw"
    )
    key = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def pem(key: Any) -> bytes:
    found: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def beside(card: dict[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """The card with a header that nothing protects."""
    return {**card, "signatures": [{**card["signatures"][0], "header": dict(header)}]}


HOSTILE: Mapping[str, tuple[Callable[[str, str], dict[str, Any]], str]] = {
    "changed text": (lambda url, jku: {**signed(plain_card(url), header={"jku": jku}), "name": "Muller"}, "not_signed"),
    "another field": (lambda url, jku: {**signed(plain_card(url), header={"jku": jku}), "iconUrl": "x"}, "not_signed"),
    "another key": (lambda url, jku: signed(plain_card(url), OTHER, {"jku": jku}), "not_signed"),
    "no algorithm": (lambda url, jku: forged(plain_card(url), {"alg": "none", "kid": "k1", "jku": jku}, lambda _: b"x"), "algorithm"),
    "none in capitals": (lambda url, jku: forged(plain_card(url), {"alg": "None", "kid": "k1", "jku": jku}, lambda _: b"x"), "algorithm"),
    "hmac of the public key": (
        lambda url, jku: forged(plain_card(url), {"alg": "HS256", "kid": "k1", "jku": jku}, lambda text: hmac.digest(pem(KEY), text, hashlib.sha256)),
        "algorithm",
    ),
    "hmac called ES256": (
        lambda url, jku: forged(plain_card(url), {"alg": "ES256", "kid": "k1", "jku": jku}, lambda text: hmac.digest(pem(KEY), text, hashlib.sha512)),
        "not_signed",
    ),
    "zeros": (lambda url, jku: forged(plain_card(url), {"alg": "ES256", "kid": "k1", "jku": jku}, lambda _: bytes(64)), "not_signed"),
    "its own key": (lambda url, jku: beside(signed(plain_card(url), OTHER, {"jwk": public(OTHER)}), {"jku": jku}), "no_key"),
    "unknown key": (lambda url, jku: signed(plain_card(url), header={"jku": jku, "kid": "k9"}), "no_key"),
    "critical": (lambda url, jku: forged(plain_card(url), {"alg": "ES256", "kid": "k1", "jku": jku, "crit": ["x"], "x": 1}, lambda _: b"x"), "unreadable"),
    "not base64": (lambda url, jku: {**plain_card(url), "signatures": [{"protected": "{}", "signature": "?"}]}, "unreadable"),
    "no list": (lambda url, jku: {**plain_card(url), "signatures": "yes"}, "unreadable"),
    "no object": (lambda url, jku: {**plain_card(url), "signatures": [7]}, "unreadable"),
    "no web": (lambda url, jku: signed(plain_card(url), header={"jku": "file:///etc/passwd"}), "foreign_key"),
    "inside": (lambda url, jku: signed(plain_card(url), header={"jku": "http://169.254.169.254/keys.json"}), "foreign_key"),
}  # fmt: skip


@requirement("untrusted:card-signatures-are-verified")
@pytest.mark.parametrize("how", list(HOSTILE))
async def test_a_signature_that_does_not_hold_is_told_apart(how: str) -> None:
    make, why = HOSTILE[how]
    async with company() as acme:
        assert await acme.told(make(acme.peer.url, acme.jku)) == f"invalid:{why}"


WEAK = rsa.generate_private_key(65537, 1024)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@requirement("untrusted:card-signatures-are-verified")
@pytest.mark.parametrize(
    ("algorithm", "key", "published"),
    [
        ("RS256", WEAK, public(WEAK, "RS256")),
        ("ES256", KEY, public(KEY, use="enc")),
        ("ES256", KEY, public(KEY, alg="ES384")),
        ("ES256", KEY, {**public(KEY), "d": "AQAB"}),
        ("ES256", KEY, {"kty": "oct", "kid": "k1", "k": base64url(b"k" * 32)}),
        ("ES256", KEY, public(new_key("ES384"), "ES384")),
    ],
    ids=["short", "for encryption", "of another algorithm", "private", "symmetric", "another curve"],
)
async def test_a_key_that_does_not_fit_proves_nothing(algorithm: str, key: Any, published: dict[str, Any]) -> None:
    async with company() as acme:
        acme.keys(published)
        assert (
            await acme.told(signed(plain_card(acme.peer.url), key, {"alg": algorithm, "jku": acme.jku}))
            == "invalid:algorithm"
        )


@requirement("untrusted:card-signatures-are-verified")
async def test_keys_are_fetched_from_the_cards_own_origin_only() -> None:
    async with company() as acme, company() as mallory:
        mallory.keys(public(OTHER))
        elsewhere = signed(plain_card(acme.peer.url), OTHER, {"jku": mallory.jku})
        assert await acme.told(elsewhere) == "invalid:foreign_key"
        acme.documents["/keys.json"] = http(b"", "302 Found", Location=mallory.jku)
        assert await acme.told(signed(plain_card(acme.peer.url), OTHER, {"jku": acme.jku})) == "invalid:no_key"
        assert mallory.peer.asked == []


async def test_one_signature_that_holds_is_enough() -> None:
    async with company() as acme:
        card = plain_card(acme.peer.url)
        both = [
            *signed(card, OTHER, {"jku": acme.jku})["signatures"],
            *signed(card, header={"jku": acme.jku})["signatures"],
        ]
        assert (await acme.told({**card, "signatures": both})).startswith("verified:")


async def test_keys_that_cannot_be_reached_say_nothing_about_the_card() -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/keys.json":
            writer.close()
            return
        writer.write(http(signed(plain_card(broken.url), header={"jku": f"{broken.url}/keys.json"})))

    async with peer(handler) as broken:
        with pytest.raises(Unreachable):
            await A2AAdapter(rules=LOOPBACK, limits=Limits(total=5)).discover(cleared_probe(broken.url))


async def test_no_change_of_a_signed_card_is_read_as_signed() -> None:
    """Bytes of the document are changed at random: what is then read as signed is what was signed."""
    async with company() as acme:
        whole = plain_card(acme.peer.url, skills=[{"id": "a", "name": "b", "description": "c", "tags": ["d"]}])
        card = json.dumps(signed(whole, header={"jku": acme.jku}))
        at_most = json.loads(card)
        at_most.pop("signatures")

        chance, verified = random.Random(7), 0
        for _ in range(300):
            at, put = chance.randrange(len(card)), chance.choice('"{}[],:0aZ \\')
            try:
                document = json.loads(card[:at] + put + card[at + 1 :])
            except ValueError:
                continue
            checked = await check_signatures(document, acme.peer.url, LOOPBACK, Limits())
            if checked.told.startswith("verified"):
                verified += 1
                assert checked.covered == at_most
        assert verified < 30, "a blank between two values, or the same character again, is no change"
