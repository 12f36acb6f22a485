"""Channels by name, without importing them.

A channel's protocol library may cost seconds; `names` and `describe` read this table only, `load` imports the one
that is used. Third-party adapters are not here: they run under `negotiators.host`, in a process of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from negotiators.adapter import Adapter, Pace


class UnknownChannel(LookupError):
    """A channel name that is not in the table. The message lists those that are."""


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What is known of a channel before it is loaded. `target` is `module:class`; `speaks` names protocols; none where
    a person carries the words."""

    name: str
    target: str
    speaks: tuple[str, ...]
    bargains: bool
    """Whether terms can be countered over it, beyond choosing among what is offered."""
    pace: Pace = Pace.SYNCHRONOUS
    polled: bool = True
    """Whether answers have to be asked for; otherwise they are brought."""
    acts: tuple[str, ...] = ()
    """The acts it carries, where every counterpart's are the same; empty: the counterpart's card says."""
    commits: bool = True
    """Whether a deal can be closed over it; otherwise the person closes it."""
    words: bool = False
    """Whether all that is said over it is words, without typed terms."""


BUILT_IN: tuple[ChannelInfo, ...] = (
    ChannelInfo("a2a", "negotiators.channels.a2a:A2AAdapter", ("A2A 1.0", "A2A 0.3"), bargains=True),
    ChannelInfo(
        "ucp",
        "negotiators.channels.ucp:UcpAdapter",
        ("UCP 2026-01-11", "UCP 2026-01-23", "UCP 2026-04-08"),
        bargains=False,
        acts=("ask", "inform", "accept", "withdraw", "leave"),
        commits=False,
    ),
    ChannelInfo(
        "acp",
        "negotiators.channels.acp:AcpAdapter",
        ("ACP 2026-01-16", "ACP 2026-01-30", "ACP 2026-04-17"),
        bargains=False,
        acts=("ask", "accept", "withdraw", "leave"),
        commits=False,
    ),
    ChannelInfo(
        "mcp",
        "negotiators.channels.mcp:McpAdapter",
        ("MCP 2026-07-28", "MCP 2025-11-25"),
        bargains=False,
        acts=("ask",),
        commits=False,
    ),
    ChannelInfo(
        "mcptool",
        "negotiators.channels.mcp:McpToolAdapter",
        ("MCP 2026-07-28", "MCP 2025-11-25"),
        bargains=False,
        acts=("ask",),
        commits=False,
    ),
    ChannelInfo(
        "feed",
        "negotiators.channels.feed:FeedAdapter",
        ("CSV", "JSON Lines", "RSS", "Atom"),
        bargains=False,
        acts=("ask",),
        commits=False,
    ),
    ChannelInfo(
        "web",
        "negotiators.channels.web:WebAdapter",
        ("JSON-LD", "microdata", "RDFa", "OpenGraph"),
        bargains=False,
        acts=("ask",),
        commits=False,
    ),
    ChannelInfo(
        "email",
        "negotiators.channels.email:EmailAdapter",
        ("IMAP", "SMTP"),
        bargains=True,
        pace=Pace.ASYNCHRONOUS,
        words=True,
    ),
    ChannelInfo(
        "byhand",
        "negotiators.channels.byhand:ByHandAdapter",
        (),
        bargains=True,
        pace=Pace.ASYNCHRONOUS,
        polled=False,
        words=True,
    ),
)
"""The most direct first: the order in which a company with several doors is asked."""


def names() -> tuple[str, ...]:
    return tuple(info.name for info in BUILT_IN)


def describe(name: str) -> ChannelInfo:
    """Raises `UnknownChannel`."""
    for info in BUILT_IN:
        if info.name == name:
            return info
    raise UnknownChannel(f"`{name}` is no channel; there are {', '.join(f'`{known}`' for known in names())}")


def pace_of(name: str) -> Pace:
    """How fast a channel answers; one that is not in the table answers at once."""
    return next((info.pace for info in BUILT_IN if info.name == name), Pace.SYNCHRONOUS)


def is_polled(name: str) -> bool:
    """Whether a channel has to be asked for answers; one that is not in the table has."""
    return next((info.polled for info in BUILT_IN if info.name == name), True)


def carries(name: str, act: str) -> bool:
    """Whether a channel carries an act of ours; one that is not in the table, or whose cards differ, is asked."""
    acts = next((info.acts for info in BUILT_IN if info.name == name), ())
    return not acts or act in acts


def says_words(name: str) -> bool:
    """Whether all that is said over a channel is words; one that is not in the table carries typed terms."""
    return next((info.words for info in BUILT_IN if info.name == name), False)


def bargains(name: str) -> bool:
    """Whether terms can be countered over a channel; one that is not in the table is taken to bargain."""
    return next((info.bargains for info in BUILT_IN if info.name == name), True)


def commits(name: str) -> bool:
    """Whether a deal can be closed over a channel."""
    return next((info.commits for info in BUILT_IN if info.name == name), True)


def load(name: str) -> type[Adapter]:
    """The adapter class of a channel, imported now. Raises `UnknownChannel`."""
    module, _, attribute = describe(name).target.partition(":")
    adapter: type[Adapter] = getattr(import_module(module), attribute)
    return adapter
