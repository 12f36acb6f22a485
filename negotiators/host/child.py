"""The child's side of the host: runs one third-party adapter behind its confinement, one call at a time.

JSON Lines over stdio, each line one object. The first line in says what to run, with the secrets. Then per call
`{"do": ...}` comes in; `{"request": ...}` goes out and `{"response": ...}` or `{"failed": ...}` comes back, any number
of times; `{"done": ..., "resume": ...}` or `{"error": ...}` ends the call. What the adapter prints goes nowhere.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import negotiators
from negotiators.categories import Category, shipped
from negotiators.channels.payload import PayloadContext, payload_of, read_payload
from negotiators.dialogue import MessageId, Party, ProviderId
from negotiators.host import limits
from negotiators.host.confine import SYSTEM, Outside, confine
from negotiators.sdk import (
    Company,
    Heard,
    Outgoing,
    OutsideAdapter,
    OutsideSession,
    Refuse,
    Request,
    RequestFailed,
    Response,
    Sent,
    Talk,
)

MAX_RESUME = 8000

_COMMON = ("base64", "datetime", "decimal", "hashlib", "hmac", "html", "urllib.parse", "uuid", "zoneinfo")
"""Imported before the compiled files of the library are out of sight: afterwards each costs its compilation."""


def main() -> None:
    """What `negotiators.host.process` starts, in an empty folder that is the adapter's own. Ends with its input."""
    heard, said = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    start = json.loads(heard.readline())
    folder, work = Path(start["folder"]), Path.cwd()
    for name in _COMMON:
        import_module(name)
    sys.dont_write_bytecode = True
    sys.pycache_prefix = str(work)  # a compiled file beside the adapter's source was never hashed
    limits.limit()
    kept = limits.kept()  # asked before: reading a bound counts as changing one, which is refused from then on
    confined = confine([folder, *_own_code(), *map(Path, SYSTEM)], [work], Outside(**start["outside"]))
    wire = _Wire(heard, said)
    wire.say({"ready": {**asdict(confined), **kept}})
    sys.path.append(str(folder))
    _serve(wire, start["entry"], start["secrets"])


def _own_code() -> list[Path]:
    """The standard library and this room: what an adapter imports beside its own modules."""
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    return [*(Path(path) for path in sorted(library)), *(Path(path) for path in negotiators.__path__)]


class _Wire:
    """Lines to and from the host."""

    def __init__(self, heard: IO[bytes], said: IO[bytes]) -> None:
        self._heard = heard
        self._said = said

    def say(self, line: Mapping[str, object]) -> None:
        self._said.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._said.flush()

    def hear(self) -> Any:
        """The next line; the end of the input ends the process."""
        line = self._heard.readline()
        if not line:
            raise SystemExit(0)
        return json.loads(line)


def _serve(wire: _Wire, entry: str, secrets: Mapping[str, str]) -> None:
    """Answer calls until the input ends. The adapter is imported with the first one, so that its failure is one."""
    adapter: OutsideAdapter | None = None
    calls: _Calls | None = None
    while True:
        order = wire.hear()
        try:
            if adapter is None:
                adapter = _made(entry, secrets)
            if calls is None:
                calls = _Calls(adapter)
            answer = calls.answer(order, wire)
        except Refuse as err:
            wire.say({"error": "unsupported" if err.unsupported else "refused", "message": str(err)[:200]})
        except RequestFailed as err:
            wire.say({"error": "unreachable", "message": err.code, "sent": err.sent})
        except Exception as err:  # noqa: BLE001 - the adapter boundary: its failure is a typed answer
            wire.say({"error": "adapter_failed", "message": type(err).__name__.lower()[:48]})
        else:
            wire.say({"done": answer, "resume": calls.resume})


def _made(entry: str, secrets: Mapping[str, str]) -> OutsideAdapter:
    module, _, name = entry.partition(":")
    adapter: OutsideAdapter = getattr(import_module(module), name)(dict(secrets))
    return adapter


class _Calls:
    """The calls on one adapter and, once it is open, its one session."""

    def __init__(self, adapter: OutsideAdapter) -> None:
        self._adapter = adapter
        self._session: OutsideSession | None = None
        self._category: Category | None = None
        self._talk = Talk("", "", "", {})

    @property
    def resume(self) -> str:
        token = self._session.resume_token() if self._session is not None else ""
        if not isinstance(token, str) or len(token) > MAX_RESUME:
            raise ValueError("a resume token is a string of at most 8,000 characters")
        return token

    def answer(self, order: Mapping[str, Any], wire: _Wire) -> object:
        match order["do"]:
            case "discover":
                return _company(_run(self._adapter.discover(order["url"]), wire))
            case "open":
                self._talk = Talk(**order["talk"])
                self._category = shipped()[self._talk.category]
                self._session = self._adapter.open(self._talk)
                return None
        if self._session is None or self._category is None:
            raise ValueError("no session is open")
        match order["do"]:
            case "send":
                return _sent(_run(self._session.send(self._outgoing(order["move"], self._category)), wire))
            case "receive":
                heard: Sequence[Heard] = _run(self._session.receive(), wire)
                return [self._heard(one, self._category) for one in heard]
            case "status":
                return _sent(_run(self._session.status(order["reference"]), wire))
            case "cancel":
                return _run(self._session.cancel(order["reference"]), wire)
        raise ValueError("an unknown call")

    def _outgoing(self, move: Mapping[str, Any], category: Category) -> Outgoing:
        """The move as typed values, read back from its payload."""
        context = PayloadContext(category, ProviderId("us"), MessageId(move["message_id"]), Party.US)
        moves = read_payload(move["payload"], context).moves
        return Outgoing(move["message_id"], move["round"], moves[0], move["payload"], move["text"], move["language"])

    def _heard(self, heard: Heard, category: Category) -> dict[str, object]:
        """One message as payload objects, which the host reads as it reads any counterpart's."""
        payloads = [
            payload_of(move, category=category, negotiation=self._talk.negotiation, round=0) for move in heard.moves
        ]
        return {
            "id": str(heard.id), "payloads": payloads, "text": str(heard.text), "status": heard.status.value,
            "final": bool(heard.final),
        }  # fmt: skip


def _company(company: Company) -> dict[str, object]:
    return {
        "name": company.name, "description": company.description, "categories": list(company.categories),
        "document": company.document, "details": dict(company.details),
    }  # fmt: skip


def _sent(sent: Sent) -> dict[str, object]:
    return {"state": sent.state, "reference": sent.reference, "error": sent.error}


def _run(steps: Any, wire: _Wire) -> Any:
    """Drive a generator: its requests go out as lines, their answers come back into it. Anything else is the answer."""
    if not isinstance(steps, Generator):
        return steps
    try:
        request = next(steps)
        while True:
            wire.say({"request": _request(request)})
            answer = wire.hear()
            if "response" in answer:
                request = steps.send(Response(**answer["response"]))
            else:
                request = steps.throw(RequestFailed(**answer["failed"]))
    except StopIteration as stop:
        return stop.value


def _request(request: Request) -> dict[str, object]:
    body = None if request.body is None else json.dumps(request.body, separators=(",", ":"), default=str)
    return {"method": request.method, "url": request.url, "headers": dict(request.headers), "body": body}
