"""What the house does for itself: calls of a language model, the notice to oneself, the signed head, names it can be
made to forget. Part of the union in `events`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """One request to a language model or embedding endpoint: a recipient like any other, with its cost."""

    purpose: str
    model: str
    input_tokens: int
    output_tokens: int
    estimated: bool
    problem: str


@dataclass(frozen=True, slots=True)
class NoticeIntended:
    """A notice to the person is about to be given, `how` (`desktop`, `mail`). `digest` is of its words."""

    notice: str
    how: str
    digest: str


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    """What became of it: `delivered`, `failed` (nothing left) or `unknown`. It is never given a second time."""

    notice: str
    state: str


@dataclass(frozen=True, slots=True)
class HeadSigned:
    """The record up to event `seq` was signed (`head.Head`)."""

    ledger: str
    seq: int
    hash: str
    signed_at: str
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class NameMet:
    """A name that other events mean by its tag (`names.Name`). `body` is the tag; the name lies there."""

    body: str
