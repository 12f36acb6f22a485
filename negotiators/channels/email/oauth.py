"""Leave by OAuth 2 for programs without a browser of their own: the device flow of RFC 8628, and renewed tokens.

The person registers an application at their provider once and gives its identifier; they type the shown code on any
device. What is kept is the token that renews access, never a password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from negotiators.adapter import Malformed, Unreachable
from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.finding import OAuth
from negotiators.wire import AddressRules, Limits, WireError
from negotiators.wire.httpx_edge import guarded_client

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LONGEST = 15 * 60
"""Seconds we wait for the person at most, whatever the provider allows."""

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person types, and where. `device` is the secret we ask with; times in seconds."""

    user_code: str
    address: str
    device: str
    every: float
    lasts: float


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    renewal: str


async def begin(oauth: OAuth, client_id: str, rules: AddressRules) -> DeviceCode:
    """Ask for a code. Raises `Unreachable`, `Malformed`, `LoginRefused`."""
    status, answer = await _post(oauth.device, {"client_id": client_id, "scope": oauth.scope}, rules)
    if status != 200:
        raise LoginRefused("the provider refuses this application", str(answer.get("error", "")))
    try:
        return DeviceCode(
            str(answer["user_code"]), str(answer.get("verification_uri") or answer["verification_url"]),
            str(answer["device_code"]), float(answer.get("interval", 5)), float(answer["expires_in"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as err:
        raise Malformed("the provider's device code cannot be read") from err


async def finish(oauth: OAuth, client_id: str, code: DeviceCode, rules: AddressRules, pause: Pause) -> Tokens:
    """Wait until the person has typed the code. Raises `LoginRefused` with `access_denied` or `expired_token`."""
    asked = {"grant_type": DEVICE_GRANT, "client_id": client_id, "device_code": code.device}
    every, waited = max(code.every, 1.0), 0.0
    while waited < min(code.lasts, LONGEST):
        await pause(every)
        waited += every
        status, answer = await _post(oauth.token, asked, rules)
        if status == 200:
            return _tokens(answer, "")
        error = str(answer.get("error", ""))
        if error == "slow_down":
            every += 5.0
        elif error != "authorization_pending":
            raise LoginRefused("the provider gave no leave", error)
    raise LoginRefused("nobody typed the code in time", "expired_token")


async def renewed(oauth: OAuth, client_id: str, renewal: str, rules: AddressRules) -> Tokens:
    """A fresh access token; the renewal token stays unless the provider gives a new one."""
    asked = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": renewal, "scope": oauth.scope}
    status, answer = await _post(oauth.token, asked, rules)
    if status != 200:
        raise LoginRefused("the provider renews no leave", str(answer.get("error", "")))
    return _tokens(answer, renewal)


def _tokens(answer: Mapping[str, Any], renewal: str) -> Tokens:
    access, fresh = answer.get("access_token"), answer.get("refresh_token") or renewal
    if not isinstance(access, str) or not isinstance(fresh, str) or not access or not fresh:
        raise Malformed("the provider's answer holds no token")
    return Tokens(access, fresh)


async def _post(url: str, fields: Mapping[str, str], rules: AddressRules) -> tuple[int, Mapping[str, Any]]:
    async with guarded_client(rules, Limits(total=20.0)) as client:
        try:
            answer = await client.post(url, data=dict(fields))
            found = answer.json()
        except (WireError, httpx.HTTPError, OSError) as err:
            raise Unreachable("the provider of the leave cannot be reached") from err
        except ValueError as err:
            raise Malformed("the provider's answer cannot be read") from err
    return answer.status_code, found if isinstance(found, dict) else {}
