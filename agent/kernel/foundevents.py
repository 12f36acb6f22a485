"""Offers found in what the person gave to read, and what they mean for the tables. Part of the union in `events`."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

FOUND = """
CREATE TABLE found_offers(
  id TEXT PRIMARY KEY, sender TEXT NOT NULL, category TEXT, terms TEXT NOT NULL, price TEXT NOT NULL,
  currency TEXT NOT NULL, valid_until TEXT, verdict TEXT NOT NULL, need TEXT, saves TEXT, at TEXT NOT NULL);
CREATE TABLE found_sources(
  offer TEXT NOT NULL, document TEXT NOT NULL, kind TEXT NOT NULL, price TEXT NOT NULL, currency TEXT NOT NULL,
  body TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY(offer, document));
"""


@dataclass(frozen=True, slots=True)
class OfferFound:
    """One offer in one document. `offer` names it over all its documents, `document` is the text's digest. The title,
    the path and the quotes lie in the body. `verdict`: `fits`, `saves`, or why it is held back."""

    offer: str
    document: str
    kind: str
    sender: str
    category: str | None
    terms: dict[str, str]
    price: str
    currency: str
    valid_until: str | None
    verdict: str
    need: str | None
    saves: str | None
    body: str


def project_found(conn: sqlite3.Connection, at: str, event: OfferFound) -> None:
    """A source more; the offer itself as its latest document states it."""
    conn.execute(
        "INSERT INTO found_sources VALUES(?,?,?,?,?,?,?)",
        (event.offer, event.document, event.kind, event.price, event.currency, event.body, at),
    )
    conn.execute(
        "INSERT OR REPLACE INTO found_offers VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        (event.offer, event.sender, event.category, json.dumps(event.terms, sort_keys=True), event.price,
         event.currency, event.valid_until, event.verdict, event.need, event.saves, at),
    )  # fmt: skip
