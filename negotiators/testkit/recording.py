"""Recorded exchanges as fixtures: one JSON object a line, without addresses, secrets and volatile headers.

What is hidden is hidden the same way in requests and answers, so that a replay of the fixture sees the requests the
adapter makes when it is given the placeholders.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from negotiators.testkit.wiretap import Answered, Asked, Exchanged, Wiretap, tapped

COMPANY = "company.invalid"
"""Stands for the company's address in a fixture."""

_KEPT_ASKED = {"content-type", "ucp-agent", "idempotency-key", "request-id", "accept", "a2a-version", "a2a-extensions",
               "mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name"}  # fmt: skip
_KEPT_ANSWERED = {"content-type", "mcp-session-id", "etag", "last-modified"}


def _hidden(text: str, netloc: str, hide: Mapping[str, str]) -> str:
    for secret, placeholder in {netloc: COMPANY, **hide}.items():
        text = text.replace(secret, placeholder) if secret else text
    return text


def lines_of(run: Iterable[Exchanged], netloc: str, hide: Mapping[str, str]) -> str:
    """The fixture's text. `hide` maps what must not be kept to what stands for it."""
    lines = []
    for one in run:
        if one.answered is None:
            continue
        asked, answered = one.asked, one.answered
        entry = {
            "asked": {
                "method": asked.method,
                "path": _hidden(asked.path, netloc, hide),
                "headers": {k: _hidden(v, netloc, hide) for k, v in asked.headers if k in _KEPT_ASKED},
                "body": _hidden(asked.body.decode("utf-8", "replace"), netloc, hide),
            },
            "answered": {
                "status": answered.status,
                "headers": {k: _hidden(v, netloc, hide) for k, v in answered.headers if k in _KEPT_ANSWERED},
                "body": _hidden(answered.body.decode("utf-8", "replace"), netloc, hide),
            },
        }
        lines.append(json.dumps(entry, ensure_ascii=False, sort_keys=True))
    return "\n".join([*lines, ""])


def read_lines(text: str, netloc: str) -> list[Exchanged]:
    """A fixture's exchanges, with the company at `netloc`."""
    found = []
    for line in text.splitlines():
        entry = json.loads(line.replace(COMPANY, netloc))
        asked, answered = entry["asked"], entry["answered"]
        found.append(
            Exchanged(
                Asked(asked["method"], asked["path"], tuple(asked["headers"].items()), asked["body"].encode()),
                Answered(answered["status"], tuple(answered["headers"].items()), answered["body"].encode()),
            )
        )
    return found


@asynccontextmanager
async def repeating(text: str) -> AsyncIterator[Wiretap]:
    """A company that answers as in the fixture, and anything else with status 599."""
    async with tapped("http://127.0.0.1:9") as tap:
        tap.repeat(read_lines(text, tap.url.removeprefix("http://")))
        yield tap
