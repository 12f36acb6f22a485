"""Signed requests (RFC 9421 as UCP 2026-04-08 uses it, specification `signatures`), and the profile that names the key.

The same signature goes over every transport that is HTTP: REST, MCP (section "MCP Transport": the body is the JSON-RPC
message) and A2A. A shop looks the key up in the profile our requests name. ES256 only, the one every shop has to know.
`cryptography` is loaded when a key is made or used.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from negotiators.channels.ucp.profile import KNOWN, SERVICE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

SIGNED_SINCE = KNOWN[2]
"""The oldest version whose specification has signed requests."""

Signing = Callable[[], Awaitable[str | None]]
"""The person's own key for signed requests, as PEM, if they made one: it never leaves."""

_WIDTH = 32
"""Bytes of each number of a P-256 signature and of a point's coordinates."""


def new_key() -> str:
    """A fresh P-256 key, as PEM. Secret."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The person's key for shops that take signed requests."""

    private: EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of_pem(cls, pem: str) -> SigningKey:
        """Raises `ValueError` for what is no P-256 key."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("the key is no P-256 key")
        return cls(key)

    def public(self) -> dict[str, str]:
        """The public half (RFC 7517), named by its thumbprint (RFC 7638)."""
        point = self.private.public_key().public_numbers()
        x, y = (_unpadded(number.to_bytes(_WIDTH)) for number in (point.x, point.y))
        canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
        kid = _unpadded(hashlib.sha256(canonical.encode()).digest())
        return {"kid": kid, "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256"}

    def headers(self, method: str, url: str, sent: Mapping[str, str], content: bytes | None) -> dict[str, str]:
        """What a request needs beside what is `sent`: the digest of its body and its signature."""
        place = urlsplit(url)
        covered = {"@method": method, "@authority": place.netloc.lower(), "@path": place.path or "/"}
        if place.query:
            covered["@query"] = f"?{place.query}"
        lower = {name.lower(): value for name, value in sent.items()}
        covered |= {name: lower[name] for name in lower if name in ("ucp-agent", "idempotency-key")}
        added: dict[str, str] = {}
        if content is not None:
            added["Content-Digest"] = f"sha-256=:{b64encode(hashlib.sha256(content).digest()).decode()}:"
            covered |= {"content-digest": added["Content-Digest"], "content-type": lower["content-type"]}
        names = " ".join(f'"{name}"' for name in covered)
        said = f'({names});keyid="{self.public()["kid"]}"'
        base = "\n".join([*(f'"{name}": {value}' for name, value in covered.items()), f'"@signature-params": {said}'])
        signature = b64encode(self._sign(base.encode())).decode()
        return added | {"Signature-Input": f"sig1={said}", "Signature": f"sig1=:{signature}:"}

    def _sign(self, base: bytes) -> bytes:
        """The two numbers side by side, not DER as the library gives them."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        r, s = decode_dss_signature(self.private.sign(base, ec.ECDSA(SHA256())))
        return r.to_bytes(_WIDTH) + s.to_bytes(_WIDTH)


async def key_for(signing: Signing | None, version: str) -> SigningKey | None:
    """The key for requests to a shop of a version of UCP, where it knows signatures and there is one."""
    pem = await signing() if signing is not None and version >= SIGNED_SINCE else None
    return SigningKey.of_pem(pem) if pem else None


def _unpadded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def own_profile(key: SigningKey) -> dict[str, object]:
    """The document to put at an address of the person's: what this program understands, and the key it signs with
    (2026-04-08 looks it up under `signing_keys`, what follows it under `keys`)."""
    version = SIGNED_SINCE
    checkout = f"{SERVICE}.checkout"
    extending = {"version": version, "extends": checkout}
    capabilities = {checkout: [{"version": version}]} | {
        f"{SERVICE}.{name}": [extending] for name in ("discount", "fulfillment", "buyer_consent")
    }
    ucp = {"version": version, "services": {}, "payment_handlers": {}, "capabilities": capabilities}
    public = key.public()
    return {"ucp": ucp, "signing_keys": [public], "keys": [public]}
