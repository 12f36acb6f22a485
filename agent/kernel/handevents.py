"""Smaller ledger events: talks carried by hand, provider files, prices seen. Part of the union in
`events`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """The person's word that they took a laid-out message to the company."""

    negotiation: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What the person brought back from the company: a text of theirs, in the body, under an id of ours."""

    negotiation: str
    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """What the person's provider file says of one endpoint, in the body: what is ordered, how answers are read."""

    provider: str
    endpoint: str
    body: str


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """The cheapest all-in total a fixed-price company showed for a category at one look."""

    endpoint: str
    provider: str
    category: str
    total: str
    currency: str


@dataclass(frozen=True, slots=True)
class SignedByHand:
    """The person's word that they closed an item handed over to them, with the company's reference if it gave one."""

    item: str
    reference: str


@dataclass(frozen=True, slots=True)
class DoorChanged:
    """The person's word that a talk goes on at another door of the same company, with all that was said so far."""

    negotiation: str
    endpoint: str
