"""The verbs that start work: the demo, a new need, one negotiation, the runner. Heavy parts load inside `agent`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.spoken import spoken
from tui.cli.verb import option, reading_options, verb
from tui.errors import Exit

if TYPE_CHECKING:
    from agent.views import IncidentView


@verb("demo")
@option("--seed", type=int, default=7, show_default=True, help="cli.opt.seed")
@option("--model", metavar="URL", help="cli.opt.model")
@option("--no-ui", is_flag=True, help="cli.opt.no_ui")
@reading_options
@pass_session
@click.pass_context
def demo(ctx: click.Context, session: Session, seed: int, model: str | None, no_ui: bool, as_json: bool) -> None:
    if as_json or no_ui or spoken() or model or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _demo_text(session, seed, model, as_json)
        return
    from tui.cli.screen import open_demo

    ctx.exit(open_demo(session, seed))


def _demo_text(session: Session, seed: int, model: str | None, as_json: bool) -> None:
    """The story as text: progress to stderr, the story or the object to stdout."""
    from agent.running import run_demo

    session.tell("demo.starts", seed=seed)
    with tempfile.TemporaryDirectory(prefix="gegenbot-demo-") as folder:
        outcome = run_demo(
            seed, home=Path(folder), language=session.words.language, model=model,
            on_progress=lambda one: _progress(session, one),
        )  # fmt: skip
    if as_json:
        session.json(outcome.report)
        return
    from tui.cli import story

    session.lines(story.lines(session.words, outcome.story))


def _progress(session: Session, incident: IncidentView) -> None:
    """One line for each round that ends; the rest is in the story."""
    if incident.reason.code in {"round_done", "window_closed", "digest_ready"}:
        click.echo("  " + session.words.say(incident.reason), err=True)


@verb("want")
@click.argument("text", nargs=-1)
@option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="cli.opt.need")
@reading_options
@pass_session
def want(session: Session, text: tuple[str, ...], file: Path | None, as_json: bool) -> None:
    if not text and file is None:
        raise click.UsageError(session.words.t("want.how"))
    made = session.house.add_need(text=" ".join(text) or None, file=file)
    if as_json:
        session.json(made)
    else:
        from tui.cli import plain
        from tui.wording import needs

        told = (
            *needs.sentences(session.words, made),
            needs.missed(session.words, made),
            session.words.t("done.wanted"),
        )
        session.lines(line for part in told for line in plain.fold(part))


@verb("negotiate")
@click.argument("url")
@option(
    "--need",
    "need_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="cli.opt.need",
)
@option("--max-rounds", type=click.IntRange(1, 1000), help="cli.opt.max_rounds")
@option("--allow-loopback", is_flag=True, help="cli.opt.loopback")
@reading_options
@pass_session
@click.pass_context
def negotiate(
    ctx: click.Context,
    session: Session,
    url: str,
    need_file: Path,
    max_rounds: int | None,
    allow_loopback: bool,
    as_json: bool,
) -> None:
    from agent.running import negotiate as run

    outcome, code = run(session.home, url, need_file, max_rounds=max_rounds, allow_loopback=allow_loopback)
    if as_json:
        session.json(outcome)
    else:
        from tui.cli import outcome as words

        session.lines(words.lines(session.words, outcome))
    ctx.exit(code)


@verb("run")
@option("--once", is_flag=True, help="cli.opt.once")
@pass_session
@click.pass_context
def run(ctx: click.Context, session: Session, once: bool) -> None:
    from agent.running import run_forever, run_once

    if once:
        run_once(session.home)
        return

    session.tell("run.starts", path=str(session.home))
    ctx.exit(run_forever(session.home) or int(Exit.OK))
