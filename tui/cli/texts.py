"""The verbs that look at texts: ranking a file of offers, reading files into offers. JSON Lines on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import option, reading_options, verb
from tui.errors import Exit

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def write_lines(rows: Iterable[Mapping[str, object]]) -> None:
    """One JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@verb("rank")
@option("--needs", required=True, type=_FILE, help="cli.opt.needs")
@option("--offers", required=True, type=_FILE, help="cli.opt.offers")
@option("--limit", type=click.IntRange(1, 100_000), default=10, show_default=True, help="cli.opt.limit")
@option("--each", is_flag=True, help="cli.opt.each")
@reading_options
@pass_session
def rank(session: Session, needs: Path, offers: Path, limit: int, each: bool, as_json: bool) -> None:
    from agent.entering import rank as rank_file

    rows = rank_file(session.home, needs, offers, limit=limit, each=each)
    if as_json:
        write_lines(rows)
        return
    for row in rows:
        head = [f"{row['need']}:"] if "need" in row else []
        session.lines([*head, *(f"  {found['score']:.3f}  {found['id']}" for found in row["ranking"])])


@verb("read")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("--keep", is_flag=True, help="cli.opt.keep")
@reading_options
@pass_session
@click.pass_context
def read(ctx: click.Context, session: Session, paths: tuple[Path, ...], keep: bool, as_json: bool) -> None:
    from agent.entering import keep_files, read_files

    unread: list[str] = []
    rows = _kept(session, keep_files(session.home, paths)) if keep else read_files(session.home, paths)
    rows = _noting(rows, unread)
    if as_json:
        write_lines(rows)
    else:
        for row in rows:
            offers = row["offers"]
            assert isinstance(offers, list)
            found = [f"  {offer['price']} {offer['currency'] or ''}  {offer['title']}" for offer in offers]
            session.lines([f"{row['path']}  {row['class'] or ''}", *found])
    for path in unread:
        session.tell("read.unreadable", path=path)
    ctx.exit(int(Exit.FAILED if unread else Exit.OK))


def _noting(rows: Iterable[Mapping[str, Any]], unread: list[str]) -> Iterator[Mapping[str, Any]]:
    """The records; the paths of those that could not be opened are set aside, and the rest goes on."""
    for row in rows:
        if any(problem.startswith("unreadable:") for problem in row["problems"]):
            unread.append(row["path"])
        yield row


@verb("sort")
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@option("--missed", metavar="SENDER", help="cli.opt.missed")
@option("--reason", metavar="REASON", default="no_need", show_default=True, help="cli.opt.missed_reason")
@reading_options
@pass_session
def sort(session: Session, paths: tuple[Path, ...], missed: str | None, reason: str, as_json: bool) -> None:
    """Messages day by day: the few that need the person, and how many were held back for what."""
    from agent.entering import sort_messages

    if missed is not None:
        from agent.teaching import Teaching

        Teaching(session.home).missed(missed, reason)
    rows = sort_messages(session.home, paths)
    if as_json:
        write_lines(rows)
        return
    from tui.wording.interview import sorted_day

    for row in rows:
        session.lines(sorted_day(session.words, row))


def _kept(session: Session, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The records; what became of the offers is told beside them."""
    for row in rows:
        if "kept" in row:
            session.tell("read.kept", **{name: int(row[name]) for name in row})
        else:
            yield row
