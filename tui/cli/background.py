"""The runner as a service: on, off, status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import reading_options, verb
from tui.wording import Wording


@verb("background")
@click.argument("what", type=click.Choice(("on", "off", "status")), default="status")
@reading_options
@pass_session
def background(session: Session, what: str, as_json: bool) -> None:
    found = session.house.background(what)
    session.json(found) if as_json else session.lines(lines(session.words, found))


def lines(w: Wording, found: Mapping[str, object]) -> Iterator[str]:
    """How it stands, and what to do by hand where nothing here can do it."""
    running = bool(found["running"])
    yield w.t("background.runs" if running else "background.rests")
    if found["manager"] == "none":
        yield w.t("background.by_hand")
        yield f"  {found['line']}"
    elif found["installed"]:
        yield w.t(f"background.{found['manager']}", path=str(found["path"]))
    else:
        yield w.t("background.not_installed")
