"""A certificate authority of a test's own, and what it vouches for: this machine's loopback address."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Vouched:
    """Files of a server's certificate and key, and a context that trusts the authority behind them."""

    certificate: Path
    key: Path
    trusting: ssl.SSLContext


def vouched(folder: Path, host: str = "127.0.0.1") -> Vouched:
    folder.mkdir(parents=True, exist_ok=True)
    now, authority, own = (
        datetime.now(UTC),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])

    def made(name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        return builder.add_extension(extension, critical=False).sign(authority, hashes.SHA256())

    root = made(issuer, authority, x509.BasicConstraints(ca=True, path_length=0))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    leaf = made(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), own, address)
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(leaf.public_bytes(Encoding.PEM))
    key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    trusting = ssl.create_default_context(cadata=root.public_bytes(Encoding.PEM).decode())
    return Vouched(certificate, key, trusting)
