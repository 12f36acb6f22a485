"""Which talk a person means."""

from __future__ import annotations

from agent.kernel.chain import Rows
from agent.views import FacadeError
from negotiators.dialogue import ENDED

_START = 4


def talk_named(rows: Rows, said: str, *, carried: bool = False) -> str:
    """The id of a talk named by its id, the start of it (four letters or more: a card's number is none), or its
    company where that has one talk, or one that goes on. `carried`: of several talks of a company the one by hand is
    meant. Raises `FacadeError` (`no_such_talk`)."""
    start = f"{said[:32]}%" if len(said) >= _START else said
    found = rows("SELECT id FROM negotiations WHERE id=? OR id LIKE ?", (said, start))
    if not found:
        named = rows(
            "SELECT n.id, n.state, e.channel FROM negotiations n JOIN providers p ON p.id=n.provider "
            "LEFT JOIN endpoints e ON e.url=n.endpoint WHERE p.id=? OR lower(p.name)=lower(?)",
            (said, said),
        )
        found = [row for row in named if row["state"] not in ENDED] or named
        by_hand = [row for row in found if row["channel"] == "byhand"]
        found = by_hand if carried and by_hand else found
    if len(found) != 1:
        raise FacadeError("no_such_talk", talk=said)
    return str(found[0]["id"])
