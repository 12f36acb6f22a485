"""Ledger events of talks carried by hand: each stands on the person's word. Part of the union in `events`."""

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
class SignedByHand:
    """The person's word that they closed an item handed over to them, with the company's reference if it gave one."""

    item: str
    reference: str
