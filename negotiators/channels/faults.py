"""Exchanges that failed, in one form for every channel, and what they mean to the port."""

from __future__ import annotations

from typing import NoReturn

from negotiators.adapter import AdapterError, Delivery, DeliveryState, Malformed, Refused, Unreachable
from negotiators.dialogue import MessageId
from negotiators.wire import AddressRefused, NotStrictJson, RedirectRefused, TooLarge, WireError

REFUSING = {401, 403, 407, 451}
UNSURE = {408, 500, 502, 503, 504}
"""HTTP statuses after which a message may have been taken or not."""

_LATE = {"too_slow", "too_slow_rate", "connection_broke"}


class ExchangeFailed(Exception):
    """An exchange without an answer to read.

    `code` says why; `sent` whether the other side may have got the message; `malformed` that it answered, but not
    with the protocol; `refused` that it answered with an error of the protocol.
    """

    def __init__(self, code: str, *, sent: bool, malformed: bool = False, refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent
        self.malformed = malformed
        self.refused = refused


def of_wire(err: WireError) -> ExchangeFailed:
    """What the guard ended, as an exchange."""
    return ExchangeFailed(err.code, sent=err.sent, malformed=err.sent and err.code not in _LATE)


def of_status(status: int) -> AdapterError | None:
    """What an HTTP status means for discovery; `None`: nothing there, look further."""
    if status in REFUSING:
        return Refused(f"the company refuses to show itself (HTTP {status})")
    if status == 429 or status >= 500:
        return Unreachable(f"the company does not work at present (HTTP {status})")
    return None


def as_adapter_error(err: WireError) -> AdapterError:
    """The channel's error for one of the guard's."""
    match err:
        case AddressRefused() | RedirectRefused():
            return Refused(f"{err.code}: {err}")
        case NotStrictJson() | TooLarge():
            return Malformed(f"{err.code}: {err}")
        case _:
            return Unreachable(f"{err.code}: {err}")


def delivery_of(err: ExchangeFailed, message_id: MessageId) -> Delivery:
    """What became of a sending that failed. A malformed answer is one to a delivered message."""
    if err.malformed:
        return Delivery(DeliveryState.DELIVERED, message_id, error=f"malformed:{err.code}")
    state = DeliveryState.UNKNOWN if err.sent else DeliveryState.FAILED
    return Delivery(state, message_id, error=f"refused:{err.code}" if err.refused else err.code)


def raise_for(err: ExchangeFailed) -> NoReturn:
    """The port's error for a thread that is broken."""
    if err.malformed:
        raise Malformed(f"the answer is not the protocol: {err.code}") from err
    if err.refused:
        raise Refused(f"the company refuses: {err.code}") from err
    raise Unreachable(f"the company does not answer: {err.code}") from err
