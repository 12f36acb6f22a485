"""A web site on loopback: pages and files by path, with what was asked kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.support.peer import Asked, Peer, http, peer

TULIPS = """<!doctype html><html><head><title>Tulips | Flowers</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Tulips",
"offers": {"@type": "Offer", "price": "24.90", "priceCurrency": "EUR", "priceValidUntil": "2026-11-30"}}</script>
</head><body><h1>Tulips</h1><p class="price">24,90 €</p></body></html>"""

PLANS = "Nr;Tarif;Preis;GB;Laufzeit;Netz\n1;Klein;7,99;5;24;4G\n2;Mittel;12,50;20;1;5G\n3;Gross;19,99;50;1;5G\n"
PLAN_MAPPING = {
    "format": "csv", "delimiter": ";", "decimal": ",", "title": "Tarif", "id": "Nr",
    "columns": {"price_monthly": "Preis", "data_gb": "GB", "term": "Laufzeit"}, "units": {"term": "month"},
}  # fmt: skip

Files = Mapping[str, tuple[str, str | bytes]]


@asynccontextmanager
async def site(files: Files, robots: str | None = "User-agent: *\nAllow: /\n") -> AsyncIterator[Peer]:
    """`files` maps paths to `(media type, content)`."""

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/robots.txt" and robots is not None:
            writer.write(http(robots.encode(), content_type="text/plain"))
        elif asked.path in files:
            kind, content = files[asked.path]
            writer.write(http(content.encode() if isinstance(content, str) else content, content_type=kind))
        else:
            writer.write(http(b"<html>nothing</html>", "404 Not Found", "text/html"))

    async with peer(handle) as served:
        yield served
