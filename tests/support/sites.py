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
VASES = """<?xml version="1.0" encoding="iso-8859-1"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Vases</title>
<item><g:id>v-1</g:id><title>Vase blau</title><link>https://vases.example/1</link><g:price>39.00 EUR</g:price>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:condition>new</g:condition></item>
<item><g:id>v-2</g:id><title>Vase gr\u00fcn</title><g:price>35.00 EUR</g:price>
<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:condition>new</g:condition></item>
</channel></rss>""".encode("iso-8859-1")
"""Goods as shops publish them for price comparisons: RSS with Google's fields, in an older charset."""

VASE_MAPPING = {
    "format": "xml", "title": "title", "id": "g:id",
    "columns": {"price": "g:price", "shipping": "g:shipping/g:price", "condition": "g:condition"},
}  # fmt: skip

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
