"""What checks look at: moved cards, differences of two runs, the environment, the logs."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from negotiators.adapter import EndpointCard
from negotiators.dialogue import Reply
from negotiators.testkit.wiretap import Exchanged

CANARY = "gegenbotcanary"
_ENVIRONMENT = ("USER", "LOGNAME", "HOSTNAME", "EMAIL", "ACCEPT_LANGUAGE", "GEGENBOT_PERSON")


def moved(card: EndpointCard, before: str, after: str) -> EndpointCard:
    """The card as if the company had moved: every address of it."""
    details = {key: value.replace(before, after) for key, value in card.details.items()}
    return replace(card, url=card.url.replace(before, after), origin=card.origin.replace(before, after),
                   details=details)  # fmt: skip


def difference(first: list[Exchanged], again: list[Exchanged]) -> str:
    for left, right in zip(first, again, strict=False):
        if left.asked.content != right.asked.content:
            return f"{left.asked.method} {left.asked.path} / {right.asked.method} {right.asked.path}"
    return f"{len(first)} / {len(again)} requests"


def aware(moment: datetime | None) -> bool:
    return moment is None or moment.tzinfo is not None


def shown(replies: list[Reply]) -> str:
    return ", ".join(f"{[type(move).__name__ for move in reply.moves]} {reply.problems}" for reply in replies)[:200]


def codes_of(order: Mapping[str, object]) -> list[str]:
    codes = order.get("codes", ())
    return [str(code) for code in codes] if isinstance(codes, list | tuple) else []


@contextmanager
def canaries() -> Iterator[None]:
    """Environment variables an adapter has no business with, filled with something that must not travel."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update({name: f"{CANARY}-{name.lower()}" for name in _ENVIRONMENT})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def log_lines(but: tuple[str, ...]) -> Iterator[list[str]]:
    """Everything any logger writes, at the finest level, except those whose names start with one of `but`."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(but):
                lines.append(record.getMessage())

    root, keep = logging.getLogger(), Keep(level=0)
    level = root.level
    root.addHandler(keep)
    root.setLevel(1)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(level)
