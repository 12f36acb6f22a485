"""The verbs that read: each prints plain text, or one JSON object with `--json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import option, reading_options, verb

if TYPE_CHECKING:
    from agent.views import HeldBackView, ItemView
    from tui.house import Reads


@contextmanager
def reading(session: Session) -> Iterator[Reads]:
    """Read views of the session's home, closed at the end."""
    found = session.house.reading()
    try:
        yield found
    finally:
        found.close()


def item_of(reads: Reads, item_id: str) -> ItemView:
    """The card with this id or number."""
    found = reads.item(item_id)
    if found is None:
        from agent.views import FacadeError

        raise FacadeError("no_such_item", item=item_id)
    return found


@verb("digest")
@reading_options
@pass_session
def digest(session: Session, as_json: bool) -> None:
    with reading(session) as reads:
        view = reads.digest()
    if as_json:
        session.json(view)
        return
    from tui.cli import plain

    session.lines(plain.digest(session.words, view))


@verb("show")
@click.argument("item")
@reading_options
@pass_session
def show(session: Session, item: str, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = item_of(reads, item)
    if as_json:
        session.json(view)
    else:
        session.lines(plain.item_terms(session.words, view))


@verb("why")
@click.argument("item")
@reading_options
@pass_session
def why(session: Session, item: str, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.why(item_of(reads, item).id)
    if as_json:
        session.json(view)
    else:
        session.lines(plain.why(session.words, view))


@verb("talk")
@click.argument("name", required=False)
@reading_options
@pass_session
def talk(session: Session, name: str | None, as_json: bool) -> None:
    """Without a name: all talks. With a card: its talks. With a negotiation: its transcript."""
    from tui.cli import plain

    with reading(session) as reads:
        found = reads.item(name) if name else None
        if name is None or found is not None:
            listed = reads.talks(found.id if found else None)
            session.json(listed) if as_json else session.lines(plain.talks(session.words, listed))
            return
        view = reads.talk(name)
    session.json(view) if as_json else session.lines(plain.talk(session.words, view))


@verb("held")
@option("--missed", type=click.IntRange(1), metavar="NUMBER", help="cli.opt.should_have_shown")
@reading_options
@pass_session
def held(session: Session, missed: int | None, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.digest().held_back
    if missed is not None:
        _mark_missed(session, view, missed)
        return
    session.json(view) if as_json else session.lines(plain.held(session.words, view))


def _mark_missed(session: Session, view: HeldBackView, number: int) -> None:
    if number > len(view.sample):
        from agent.views import FacadeError

        raise FacadeError("no_such_item", item=str(number))
    session.house.deciding().should_have_shown(view.sample[number - 1].get("id", ""))
    session.lines([session.words.t("done.missed")])


@verb("live")
@option("--last", type=click.IntRange(1), default=30, show_default=True, help="cli.opt.last")
@reading_options
@pass_session
def live(session: Session, last: int, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        found = [one for _, one in reads.incidents()][-last:]
        names = {row["id"]: row["name"] for row in reads.providers()}
    session.json(found) if as_json else session.lines(plain.incidents(session.words, found, names))


@verb("status")
@reading_options
@pass_session
def status(session: Session, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.status()
    session.json(view) if as_json else session.lines(plain.status(session.words, view))


def listing(name: str, rows: Callable[[Reads], tuple[Mapping[str, str], ...]]) -> click.Command:
    """A verb that lists the rows of one table."""

    @verb(name)
    @reading_options
    @pass_session
    def listed(session: Session, as_json: bool) -> None:
        from tui.cli import plain

        with reading(session) as reads:
            found = rows(reads)
        session.json(found) if as_json else session.lines(plain.rows(session.words, found, name))

    return listed


needs = listing("needs", lambda reads: reads.needs())
