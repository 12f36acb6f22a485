"""`gegenbot`: global options, the table of verbs, and the edge where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tui.cli import spoken
from tui.cli.session import Session
from tui.cli.verb import LazyGroup, option
from tui.errors import Exit, explain
from tui.wording import LANGUAGES, Wording, chosen_language

_LOOK, _DECIDE, _WORK, _KEEP, _TEXTS = (f"tui.cli.{name}" for name in ("look", "decide", "work", "keep", "texts"))
_PAPERS, _HAND, _PROVIDERS = "tui.cli.papers", "tui.cli.hand", "tui.cli.providers"
_SETTLE = "tui.cli.settle"

VERBS = {
    "demo": _WORK,
    "want": _WORK,
    "unwant": _SETTLE,
    "look": _SETTLE,
    "digest": _LOOK,
    "show": _LOOK,
    "why": _LOOK,
    "talk": _LOOK,
    "held": _LOOK,
    "live": _LOOK,
    "curve": "tui.cli.plots",
    "history": "tui.cli.plots",
    "approve": _DECIDE,
    "reject": _DECIDE,
    "later": _DECIDE,
    "counter": _DECIDE,
    "undo": _DECIDE,
    "forget": _DECIDE,
    "stop": _DECIDE,
    "resume": _DECIDE,
    "status": _LOOK,
    "background": "tui.cli.background",
    "run": _WORK,
    "negotiate": _WORK,
    "needs": _LOOK,
    "read": _TEXTS,
    "rank": _TEXTS,
    "email": "tui.cli.email",
    "sort": _TEXTS,
    "drafts": _HAND,
    "draft": _HAND,
    "answer": _HAND,
    "brief": _PAPERS,
    "signed": _HAND,
    "move": _HAND,
    "letter": _PAPERS,
    "rules": "tui.cli.rules",
    "limits": _SETTLE,
    "facts": _SETTLE,
    "wishes": _SETTLE,
    "settings": _SETTLE,
    "interrupts": "tui.cli.interrupts",
    "contracts": _SETTLE,
    "adapters": "tui.cli.adapters",
    "providers": _PROVIDERS,
    "disclosures": "tui.cli.disclosures",
    "memory": _KEEP,
    "ledger": _KEEP,
    "config": _KEEP,
    "doctor": _KEEP,
    "export": _SETTLE,
    "delete": _SETTLE,
    "completion": _SETTLE,
    "arena": "tui.cli.arena",
}
ALIASES = {"transcript": "talk"}


class Root(LazyGroup):
    """The top group, with its aliases."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, ALIASES.get(cmd_name, cmd_name))


def _language(ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    language = chosen_language(value)
    ctx.meta["tui.wording"] = Wording(language)
    return language


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(version("gegenbot"))
        ctx.exit()


@click.group(cls=Root, lazy=VERBS, invoke_without_command=True, context_settings={"max_content_width": 80})
@option(
    "--lang",
    type=click.Choice(LANGUAGES),
    callback=_language,
    is_eager=True,
    help="cli.opt.lang",
)
@option("--home", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="cli.opt.home")
@option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="cli.opt.version")
@click.pass_context
def gegenbot(ctx: click.Context, lang: str, home: Path | None) -> None:
    spoken.begin()
    session = Session(Wording(lang), home)
    ctx.obj = session
    if ctx.invoked_subcommand is None:
        from tui.cli.screen import open_app

        ctx.exit(open_app(session))


def run(argv: list[str]) -> int:
    """Run one command; returns the exit code. Messages for people go to stderr."""
    words = Wording(chosen_language(_asked_language(argv)))
    try:
        outcome = gegenbot.main(argv, prog_name="gegenbot", standalone_mode=False)
        return outcome if isinstance(outcome, int) else int(Exit.OK)
    except click.exceptions.Exit as left:
        return left.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(words.t("error.interrupted"), err=True)
        return int(Exit.INTERRUPTED)
    except click.ClickException as err:
        err.show()
        return err.exit_code
    except BrokenPipeError:
        # The reader closed the pipe (`| head`): not an error, but Python would complain while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    except Exception as err:
        if os.environ.get("GEGENBOT_TRACEBACK"):
            raise
        explained = explain(err, words)
        click.echo(f"{words.t('error.prefix')} {explained.text}", err=True)
        return int(explained.exit)


def _asked_language(argv: list[str]) -> str | None:
    """`--lang` as given, for errors that come before click has read it."""
    for number, word in enumerate(argv):
        if word == "--lang" and number + 1 < len(argv):
            return argv[number + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None
