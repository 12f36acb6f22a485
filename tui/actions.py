"""Every action once: bindings, key bar, command palette and help are all made from this table.

An action has an id (also the id for a user's own keymap), keys, the name of its Textual action, a group for the
help screen and the screens where it holds. Its label stands in the catalogues under `action.<id>`, its help line
under `action.<id>.help`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding

from tui.wording import Wording

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the person can do."""

    id: str
    keys: str
    command: str
    group: str
    screens: tuple[str, ...]
    bar: int = 0
    """Place in the key bar when room is short: 1 stays longest, 0 is never shown there."""
    shown_key: str = ""
    gives_way: bool = False
    """Holds everywhere but where a screen means something else by its key."""
    typed: str = ""
    """The key that does it everywhere, also where letters are text."""

    def with_keys(self, keys: str) -> Action:
        """The same action on the person's own keys."""
        return replace(self, keys=keys, shown_key="")

    @property
    def key(self) -> str:
        """The key as people read it."""
        return self.shown_key or self.keys.split(",")[0]

    @property
    def key_while_typing(self) -> str:
        """The key as people read it where letters are text; empty where none does it there."""
        if self.typed:
            return self.typed.upper()
        first = self.keys.split(",")[0]
        return "" if len(first) == 1 or first in _CHARACTERS else self.key


_CHARACTERS = {"space", "question_mark", "equals_sign", "left_square_bracket", "right_square_bracket"}
"""Keys with a name that are text all the same."""

_GROWING = ("wants", "companies", "contracts", "facts", "rules", "wishes")
_EDITORS = (*_GROWING, "limits", "schedule")
_LISTS = (
    "digest", "profile", "talks", "disclosures", "held", "jobs", "why", "talk", "live", "help", "offers", "curve",
    "history", "interviews", "interview", *_EDITORS,
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("approve", "a", "approve", "decide", ("digest", "why"), bar=1),
    Action("reject", "x", "reject", "decide", ("digest", "why"), bar=2),
    Action("later", "l", "later", "decide", ("digest", "why"), bar=5),
    Action("counter", "c", "counter", "decide", ("digest", "why"), bar=8),
    Action("undo", "u", "undo", "decide", ("digest", "why"), bar=11),
    Action("why", "w,enter", "why", "look", ("digest",), bar=3),
    Action("talks", "t", "talks", "look", ("digest", "why"), bar=6),
    Action("disclosures", "d", "disclosures", "look", ("digest", "why"), bar=7),
    Action("held", "r", "held", "look", ("digest",)),
    Action("profile", "p", "profile", "look", ("digest",)),
    Action("jobs", "b", "jobs", "look", ("digest",)),
    Action("live", "i", "live", "look", ("digest",)),
    Action("need", "n", "need", "decide", ("digest",)),
    Action("look", "v", "look", "look", ("digest",)),
    Action("offers", "o", "offers", "look", ("digest",)),
    Action("export", "e", "export", "app", ("profile",), bar=3),
    Action("delete", "D", "delete", "app", ("profile",), bar=3),
    Action("add", "a", "add", "decide", _GROWING, bar=1),
    Action("change", "enter", "change", "decide", _EDITORS, shown_key="Enter", bar=2),
    Action("switch", "space", "switch", "decide", ("companies", "rules"), shown_key="Space", bar=3),
    Action("remove", "x", "remove", "decide", _GROWING, bar=3),
    Action("first", "1", "first", "decide", ("interview",)),
    Action("second", "2", "second", "decide", ("interview",)),
    Action("third", "3", "third", "decide", ("interview",)),
    Action("alike", "equals_sign", "alike", "decide", ("interview",), shown_key="="),
    Action("mark", "space", "mark", "decide", ("interview",), shown_key="Space", bar=3),
    Action("answer", "enter", "answer", "decide", ("interview",), shown_key="Enter", bar=1),
    Action("enough", "q,escape,backspace", "back", "move", ("interview",), shown_key="q", bar=2),
    Action("missed", "m", "missed", "decide", ("held",), bar=2),
    Action("curve", "c", "curve", "look", ("talk",), bar=3),
    Action("history", "h", "history", "look", ("digest",)),
    Action("copy", "y", "copy", "decide", ("talk",)),
    Action("carried", "v", "carried", "decide", ("talk",)),
    Action("paste", "p", "paste", "decide", ("talk",)),
    Action("previous", "left_square_bracket", "previous", "move", ("talk",), shown_key="[", bar=2),
    Action("next", "right_square_bracket", "next", "move", ("talk",), shown_key="]", bar=2),
    Action("all", "A", "all", "look", ("talks",), bar=5),
    Action("open", "enter", "open", "look", ("talks", "profile", "offers", "interviews"), shown_key="Enter", bar=2),
    Action("digest", "enter", "digest", "look", ("live",), shown_key="Enter", bar=2),
    Action("down", "j,down", "down", "move", _LISTS, shown_key="j ↓"),
    Action("up", "k,up", "up", "move", _LISTS, shown_key="k ↑"),
    Action("top", "g,home", "top", "move", _LISTS, shown_key="g"),
    Action("bottom", "G,end", "bottom", "move", _LISTS, shown_key="G"),
    Action(
        "back",
        "escape,backspace",
        "back",
        "move",
        tuple(name for name in _LISTS if name not in ("digest", "interview")),
        shown_key="Esc",
        bar=2,
    ),
    Action("stop", "s", "stop", "app", (EVERYWHERE,), bar=1, typed="f9"),
    Action("resume", "S", "resume", "app", (EVERYWHERE,)),
    Action("help", "question_mark", "help", "app", (EVERYWHERE,), shown_key="?", bar=4, typed="f1"),
    Action("palette", "ctrl+p", "command_palette", "app", (EVERYWHERE,), shown_key="Ctrl+P"),
    Action("jump", "ctrl+o", "jump", "app", (EVERYWHERE,), shown_key="Ctrl+O"),
    Action("theme", "T", "theme", "app", (EVERYWHERE,)),
    Action("quit", "q", "leave", "app", (EVERYWHERE,), bar=10, gives_way=True),
)
GROUPS = ("decide", "look", "move", "app")


_own: dict[str, str] = {}


def use_keys(own: Mapping[str, str]) -> list[str]:
    """Put the person's own keys in place of ours; returns the names that are no action's."""
    known = {one.id for one in ACTIONS}
    _own.clear()
    _own.update({name: keys for name, keys in own.items() if name in known and keys.strip()})
    return sorted(set(own) - known)


def _table() -> Iterator[Action]:
    return (one.with_keys(_own[one.id]) if one.id in _own else one for one in ACTIONS)


def actions_of(screen: str) -> Iterator[Action]:
    """What can be done on `screen`, in the order of the table."""
    own = {key for one in _table() if screen in one.screens for key in one.keys.split(",")}
    return (
        one
        for one in _table()
        if screen in one.screens or (EVERYWHERE in one.screens and not (one.gives_way and one.keys in own))
    )


def bindings_of(screen: str, w: Wording) -> list[Binding]:
    """The bindings of `screen`; those that hold everywhere belong to the app (`EVERYWHERE`)."""
    found = [one for one in _table() if screen in one.screens]
    typed = [Binding(one.typed, one.command, show=False, priority=True) for one in found if one.typed]
    return typed + [
        Binding(
            key=one.keys,
            action=one.command,
            description=w.t(f"action.{one.id}"),
            show=one.bar > 0,
            key_display=one.key,
            tooltip=w.t(f"action.{one.id}.help"),
            id=one.id,
        )
        for one in found
    ]
