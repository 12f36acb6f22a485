"""The verbs that read: each prints plain text, or one JSON object with `--json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import json_option, verb

if TYPE_CHECKING:
    from agent.views import ItemView
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
@json_option
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
@json_option
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
@json_option
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
@json_option
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
@json_option
@pass_session
def held(session: Session, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.digest().held_back
    session.json(view) if as_json else session.lines(plain.held(session.words, view))


@verb("status")
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.status()
    session.json(view) if as_json else session.lines(plain.status(session.words, view))


def listing(name: str, rows: Callable[[Reads], tuple[Mapping[str, str], ...]]) -> click.Command:
    """A verb that lists the rows of one table."""

    @verb(name)
    @json_option
    @pass_session
    def listed(session: Session, as_json: bool) -> None:
        from tui.cli import plain

        with reading(session) as reads:
            found = rows(reads)
        session.json(found) if as_json else session.lines(plain.rows(session.words, found, name))

    return listed


needs = listing("needs", lambda reads: reads.needs())
