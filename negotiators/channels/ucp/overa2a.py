"""UCP's checkout over A2A: the same documents, carried as data parts of messages (specification `checkout-a2a`).

The shop's own number of the conversation (`contextId`) names the checkout there, so it is part of what a thread keeps.
Both wire forms are spoken, the JSON-RPC of A2A 0.3 and of 1.0, whichever the agent card offers. Only actions that buy
nothing exist here: there is no way to complete a checkout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from negotiators.adapter import Malformed
from negotiators.channels.cards import followed
from negotiators.channels.faults import UNSURE, ExchangeFailed, of_wire
from negotiators.channels.payload.fields import safe_id
from negotiators.channels.ucp.client import HttpClient, agent_headers, error_code
from negotiators.wire import AddressRules, Limits, WireError, strict_json

if TYPE_CHECKING:
    from negotiators.channels.ucp.signing import SigningKey

CHECKOUT = "a2a.ucp.checkout"
MAX_PARTS = 20
MAX_INTERFACES = 20

_EXTENSION = re.compile(r"https://ucp\.dev/20\d\d-[01]\d-[0-3]\d/specification/reference/?")


def extension_of(card: object) -> str:
    """UCP's extension as the card spells it: shops compare the characters. Raises `Malformed` for a card without it."""
    found = card.get("capabilities") if isinstance(card, Mapping) else None
    listed = found.get("extensions") if isinstance(found, Mapping) else None
    for entry in listed[:MAX_INTERFACES] if isinstance(listed, list) else []:
        uri = entry.get("uri") if isinstance(entry, Mapping) else None
        if isinstance(uri, str) and _EXTENSION.fullmatch(uri):
            return uri
    raise Malformed("the agent card does not offer UCP's extension")


def endpoint_of(card: object, url: str, rules: AddressRules) -> tuple[str, str]:
    """Where and in which version of A2A (`0.3` or `1.0`) the agent of a card takes JSON-RPC. Raises `Malformed`, and
    `Refused` for an agent on another host."""
    if not isinstance(card, Mapping):
        raise Malformed("the document is no agent card")
    listed = card.get("supportedInterfaces")
    for entry in listed[:MAX_INTERFACES] if isinstance(listed, list) else []:
        if isinstance(entry, Mapping) and entry.get("protocolBinding") == "JSONRPC":
            version = "1.0" if str(entry.get("protocolVersion", "")).startswith("1") else "0.3"
            return _address(entry.get("url"), url, rules), version
    if card.get("preferredTransport", "JSONRPC") != "JSONRPC":
        raise Malformed("the agent does not take JSON-RPC")
    return _address(card.get("url"), url, rules), "0.3"


def _address(stated: object, url: str, rules: AddressRules) -> str:
    if not isinstance(stated, str):
        raise Malformed("the agent card names no address")
    return followed(stated, url, rules)


class AgentClient(HttpClient):
    """See `ShopClient`: the same calls, as messages. `context` is the shop's number of this conversation, empty before
    its first answer."""

    def __init__(
        self,
        endpoint: str,
        wire: str,
        extension: str,
        version: str,
        rules: AddressRules,
        limits: Limits,
        token: str = "",
        signing: SigningKey | None = None,
    ) -> None:
        super().__init__(rules, limits)
        self._endpoint = endpoint
        self._wire = wire
        self._extension = extension
        self._version = version
        self._token = token
        self._signing = signing

    async def call(
        self, method: str, path: str, body: Mapping[str, object] | None, *, key: str, profile: str = ""
    ) -> object:
        """The checkout of the shop's answer. Raises `ExchangeFailed`."""
        message = self._message(_action(method, path), body or {}, key)
        request = {"jsonrpc": "2.0", "id": key, "method": _METHODS[self._wire], "params": {"message": message}}
        content = json.dumps(request, separators=(",", ":")).encode()
        headers = self._headers(key, profile)
        if self._signing is not None and profile:
            headers |= self._signing.headers("POST", self._endpoint, headers, content)
        try:
            response = await self._opened().post(self._endpoint, content=content, headers=headers)
            value = strict_json(response.content) if response.content else None
        except WireError as err:
            raise of_wire(err) from err
        if not response.is_success:
            code = error_code(value) or f"http_{response.status_code}"
            unsure = response.status_code in UNSURE
            raise ExchangeFailed(code, sent=unsure, refused=not unsure)
        return self._checkout(value)

    def _headers(self, key: str, profile: str) -> dict[str, str]:
        return {
            **agent_headers(self._version, key, profile, self._token),
            "Content-Type": "application/json",
            "A2A-Version": self._wire,
            "A2A-Extensions": self._extension,
            "X-A2A-Extensions": self._extension,
        }

    def _message(self, action: str, body: Mapping[str, object], key: str) -> dict[str, object]:
        data = {"action": action, **_without_numbers(body)}
        part: dict[str, object] = {"data": data} if self._wire == "1.0" else {"kind": "data", "data": data}
        named: dict[str, object] = {"contextId": self.context} if self.context else {}
        if self._wire == "1.0":
            return {"messageId": key, "role": "ROLE_USER", "parts": [part], **named}
        return {"messageId": key, "role": "user", "kind": "message", "parts": [part], **named}

    def _checkout(self, value: object) -> object:
        """The checkout in a message, or in what a task brought forth."""
        answer = value if isinstance(value, Mapping) else {}
        if isinstance(answer.get("error"), Mapping):
            raise ExchangeFailed(error_code(answer) or "rpc_error", sent=False, refused=True)
        found = answer.get("result")
        said = found if isinstance(found, Mapping) else {}
        inner = said.get("message", said.get("task"))
        said = inner if isinstance(inner, Mapping) else said
        self.context = safe_id(said.get("contextId")) or self.context
        for part in _parts(said):
            held = part.get("data")
            if isinstance(held, Mapping) and CHECKOUT in held:
                return held[CHECKOUT]
        raise ExchangeFailed("no_session", sent=True, malformed=True)


_METHODS = {"0.3": "message/send", "1.0": "SendMessage"}


def _action(method: str, path: str) -> str:
    """What a request of the REST binding is called here."""
    last = path.rstrip("/").rpartition("/")[2]
    if method == "POST" and last == "cancel":
        return "cancel_checkout"
    return {"POST": "create_checkout", "PUT": "update_checkout", "GET": "get_checkout"}[method]


def _without_numbers(body: Mapping[str, object]) -> dict[str, object]:
    """A checkout's document without the shop's numbers of it and its lines: here the conversation says which it is, and
    shops refuse them."""
    lines = body.get("line_items")
    kept = {key: value for key, value in body.items() if key != "id"}
    if isinstance(lines, list):
        kept["line_items"] = [{key: value for key, value in line.items() if key != "id"} for line in lines]
    return kept


def _parts(said: Mapping[str, object]) -> list[Mapping[str, object]]:
    status = said.get("status")
    message = status.get("message") if isinstance(status, Mapping) else None
    held = [said, message, *(said.get("artifacts") if isinstance(said.get("artifacts"), list) else [])]  # type: ignore[misc]
    listed = [one.get("parts") for one in held[:MAX_PARTS] if isinstance(one, Mapping)]
    return [part for one in listed if isinstance(one, list) for part in one[:MAX_PARTS] if isinstance(part, Mapping)]
