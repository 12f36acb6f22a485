"""click with words from the catalogues and verbs that are imported when they are used.

`gegenbot --help` must load nothing but click, so the group knows its verbs by name, module and one line of help
(`cli.<verb>` in the catalogues); options and arguments carry a key, not a sentence, as help.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, cast

import click

from tui.cli.spoken import speak
from tui.wording import Wording


def wording_of(ctx: click.Context) -> Wording:
    """The language of this call: `--lang` is read before anything is written."""
    found = ctx.find_root().meta.get("tui.wording")
    return found if isinstance(found, Wording) else Wording("en")


class Opt(click.Option):
    """An option whose help is a key of the catalogues."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        key, self.help = self.help, wording_of(ctx).t(self.help or "")
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = key


def option(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`click.option` with worded help."""
    return click.option(*names, cls=Opt, **settings)


def _speak(_ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        speak()


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How a verb that reads may say it: `--json` for programs, `--plain` to be heard, else text in columns."""
    plain = option("--plain", is_flag=True, expose_value=False, callback=_speak, help="cli.opt.plain")
    return option("--json", "as_json", is_flag=True, help="cli.opt.json")(plain(command))


class _Worded:
    """Help of a command or group, taken from `cli.<path>`."""

    key: str

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = wording_of(ctx)
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(words.t(self.key))
            if words.has(f"{self.key}.more"):
                formatter.write_paragraph()
                formatter.write_text(words.t(f"{self.key}.more"))


class Verb(_Worded, click.Command):
    """One verb; its help stands under `cli.<name>`."""

    def __init__(self, *args: Any, key: str = "", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.key = key or f"cli.{self.name}"


class LazyGroup(_Worded, click.Group):
    """A group that knows its verbs as `name -> module` and imports a module when its verb runs."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, key: str = "cli", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.lazy = dict(lazy or {})
        self.key = key

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self.lazy.get(cmd_name)
        if module is None:
            return None
        found = getattr(importlib.import_module(module), cmd_name.replace("-", "_"))
        return cast("click.Command", found)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        words = wording_of(ctx)
        prefix = self.key if self.key != "cli" else "cli"
        with formatter.section(words.t("cli.verbs")):
            formatter.write_dl([(name, words.t(f"{prefix}.{name}")) for name in self.lazy])


def verb(name: str, key: str = "") -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a verb."""
    return click.command(name, cls=Verb, key=key)
