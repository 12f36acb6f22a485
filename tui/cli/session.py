"""What every verb shares: the language, the house, and the two ways out (data to stdout, narration to stderr)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path

import click

from tui import house
from tui.cli import spoken
from tui.house import House
from tui.wording import Wording
from tui.wording.clean import clean


class Session:
    """One call of the command line."""

    def __init__(self, words: Wording, home: Path | None) -> None:
        self.words = replace(words, zone=lambda: self.house.zone())
        self._home = home

    @cached_property
    def house(self) -> House:
        return house.open_house(self._home)

    @property
    def home(self) -> Path:
        return self.house.home

    def lines(self, lines: Iterable[str]) -> None:
        """Data for people, to stdout; every line passes the last look."""
        lines = spoken.heard(lines) if spoken.spoken() else lines
        sys.stdout.write("".join(f"{clean(line)}\n" for line in lines))
        sys.stdout.flush()

    def json(self, value: object) -> None:
        """Data for programs, to stdout, one object. Reasons carry their sentence beside the code."""
        json.dump(self.jsonable(value), sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def tell(self, key: str, /, **params: str | int) -> None:
        """Narration, to stderr."""
        click.echo(clean(self.words.t(key, **params)), err=True)

    def jsonable(self, value: object) -> object:
        """Dataclasses, mappings and tuples as JSON values; everything else as text."""
        if is_dataclass(value) and not isinstance(value, type):
            made = {one.name: self.jsonable(getattr(value, one.name)) for one in fields(value)}
            if made.keys() == {"code", "params", "refs"}:
                made["text"] = self.words.say(value)  # type: ignore[arg-type]  # a Reason, by its fields
            return made
        if isinstance(value, Mapping):
            return {str(key): self.jsonable(one) for key, one in value.items()}
        if isinstance(value, (tuple, list, set, frozenset)):
            return [self.jsonable(one) for one in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return str(value)


pass_session = click.make_pass_decorator(Session)
