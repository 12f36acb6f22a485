"""The facade's side of channel 0: what lies ready for the person to carry, and what they bring back.

The gate cleared every word here. That it was sent is recorded on the person's word; what they bring back is the
company's text like any other, read by the closed readers when the runner takes it in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.edge import facade_errors
from agent.kernel.chain import FILE
from agent.kernel.errors import LedgerConflict
from agent.kernel.handevents import Brought, Carried, DoorChanged, SignedByHand
from agent.kernel.ledger import Draft, Ledger
from agent.talknames import talk_named
from agent.views import DecisionError, DraftView, FacadeError
from negotiators.channels.email.outgoing import subject_of

MAX_ANSWER = 1 << 20
"""Characters one answer may have; a longer paste is refused, not cut."""

_MOVABLE = ("open", "waiting_them", "waiting_us", "reopened", "dormant", "failed")

_WAITING = (
    "SELECT o.message_id, o.act, o.at, o.body, n.id, n.category, n.endpoint, p.name, e.channel FROM outbox o "
    "JOIN negotiations n ON n.id=o.negotiation JOIN providers p ON p.id=n.provider "
    "JOIN endpoints e ON e.url=n.endpoint WHERE o.state='with_person' "
)


class Carrying:
    """Drafts and answers of one home. Opens the ledger for each call, as `Deciding` does."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        if not (self.home / FILE).exists():
            raise FacadeError("no_home", path=str(self.home))
        ledger = Ledger(self.home)
        try:
            yield ledger
        finally:
            ledger.close()

    def drafts(self) -> tuple[DraftView, ...]:
        """Every talk with something to carry, the longest waiting first."""
        with self._ledger() as ledger:
            rows = ledger.rows(_WAITING + "ORDER BY o.rowid")
            talks = dict.fromkeys(row["id"] for row in rows)
            return tuple(self._view(ledger, [row for row in rows if row["id"] == talk]) for talk in talks)

    def draft(self, negotiation: str) -> DraftView:
        """What to carry in one talk, to be copied now. Raises `FacadeError`: `no_such_talk`, `nothing_to_carry`, and
        `halted` while the person's stop holds: a copied message is on its way."""
        if (self.home / "STOP").exists():
            raise FacadeError("halted")
        with self._ledger() as ledger:
            talk = talk_named(ledger.rows, negotiation, carried=True)
            rows = ledger.rows(_WAITING + "AND n.id=? ORDER BY o.rowid", (talk,))
            if not rows:
                raise FacadeError("nothing_to_carry", talk=talk[:8])
            return self._view(ledger, rows)

    def _view(self, ledger: Ledger, rows: list) -> DraftView:  # type: ignore[type-arg]
        first = rows[0]
        bodies = [ledger.body(row["body"]) for row in rows]
        text = "\n\n".join(json.loads(body)["text"] for body in bodies if body is not None)
        return DraftView(
            first["id"], first["name"], first["category"], first["endpoint"], first["at"],
            tuple(row["act"] for row in rows), tuple(row["message_id"] for row in rows), text,
            subject_of("", first["id"]).strip() if first["channel"] == "email" else "",
        )  # fmt: skip

    def carried(self, negotiation: str) -> int:
        """The person's word that they took everything that lay ready to the company. Returns how many messages."""
        with self._ledger() as ledger:
            talk = talk_named(ledger.rows, negotiation, carried=True)
            said = self._word(ledger, talk)
            if not said:
                raise FacadeError("nothing_to_carry", talk=talk[:8])
            ledger.append(ledger.now(datetime.now(UTC)), said)
            return len(said)

    def answer(self, negotiation: str, text: str) -> str:
        """Bring in the company's answer; what lay ready counts as carried. Returns the talk's id.

        Raises `DecisionError`: `empty_answer`, `answer_too_long`, `only_our_words` when the paste is our own message,
        `already_brought` when the same text was brought since our last message, `not_by_hand`.
        """
        if not text.strip():
            raise DecisionError("empty_answer")
        if len(text) > MAX_ANSWER:
            raise DecisionError("answer_too_long", limit=str(MAX_ANSWER))
        with self._ledger() as ledger:
            talk = talk_named(ledger.rows, negotiation, carried=True)
            self._check(ledger, talk, text)
            now: datetime = ledger.now(datetime.now(UTC))
            number = ledger.row("SELECT COUNT(*) AS n FROM brought WHERE negotiation=?", (talk,))
            message_id = f"b-{talk[:24]}-{number['n'] + 1 if number else 1}"
            brought = Draft(Brought(talk, message_id, f"brought:{message_id}"), text)
            try:
                ledger.append(now, [*self._word(ledger, talk), brought])
            except LedgerConflict as err:
                raise DecisionError("already_brought", talk=talk[:8]) from err
            return talk

    def signed(self, item_id: str, reference: str = "") -> str:
        """The person closed an approved item themselves, on the approved terms. Raises `DecisionError`
        (`no_such_item`, `not_handed_over`)."""
        with self._ledger() as ledger:
            row = ledger.row("SELECT id, state FROM items WHERE id=?", (item_id,))
            if row is None:
                raise DecisionError("no_such_item", item=item_id)
            if row["state"] != "handover":
                raise DecisionError("not_handed_over", item=item_id[:8], state=row["state"])
            try:
                ledger.append(ledger.now(datetime.now(UTC)), [SignedByHand(row["id"], reference[:80])])
            except LedgerConflict as err:
                raise DecisionError("already_decided", item=item_id, state="agreed") from err
            return str(row["id"])

    def move(self, negotiation: str, to: str) -> str:
        """Go on with a talk at another door of the same company, by its channel's name or its address. Returns the
        address. Raises `FacadeError`: `no_such_talk`, `no_such_door`, `no_mailbox`, and `cannot_move` for one that is
        over, holds an agreement or waits for a decision: what was agreed at one door is not carried to another."""
        with self._ledger() as ledger:
            row = ledger.rows("SELECT * FROM negotiations WHERE id=?", (talk_named(ledger.rows, negotiation),))[0]
            door = ledger.row(
                "SELECT url, channel FROM endpoints WHERE provider=? AND url<>? AND (channel=? OR url=?) ORDER BY url",
                (row["provider"], row["endpoint"], to, to),
            )
            if door is None:
                known = ledger.rows("SELECT url FROM endpoints WHERE provider=? ORDER BY url", (row["provider"],))
                raise FacadeError("no_such_door", door=to, known=", ".join(f"`{entry['url']}`" for entry in known))
            if row["state"] not in _MOVABLE:
                raise FacadeError("cannot_move", talk=row["id"][:8], state=row["state"])
            if door["channel"] == "email" and not self._has_mailbox():
                raise FacadeError("no_mailbox")
            ledger.append(ledger.now(datetime.now(UTC)), [DoorChanged(row["id"], door["url"])])
            return str(door["url"])

    def _has_mailbox(self) -> bool:
        from agent.runtime.mailbox import load_mailbox

        with facade_errors():
            return load_mailbox(self.home) is not None

    def _check(self, ledger: Ledger, talk: str, text: str) -> None:
        row = ledger.row(
            "SELECT e.channel FROM negotiations n JOIN endpoints e ON e.url=n.endpoint WHERE n.id=?", (talk,)
        )
        if row is None or row["channel"] != "byhand":
            raise DecisionError("not_by_hand", talk=talk[:8])
        for body in ledger.rows("SELECT body FROM outbox WHERE negotiation=?", (talk,)):
            ours = ledger.body(body["body"])
            if ours is not None and _squeezed(text) == _squeezed(json.loads(ours)["text"]):
                raise DecisionError("only_our_words", talk=talk[:8])
        last = ledger.row("SELECT at, body FROM brought WHERE negotiation=? ORDER BY rowid DESC LIMIT 1", (talk,))
        since = ledger.row("SELECT MAX(at) AS at FROM outbox WHERE negotiation=?", (talk,))
        if last is not None and ledger.body(last["body"]) == text and (since is None or since["at"] <= last["at"]):
            raise DecisionError("already_brought", talk=talk[:8])

    def _word(self, ledger: Ledger, talk: str) -> list[Draft]:
        rows = ledger.rows("SELECT message_id FROM outbox WHERE negotiation=? AND state='with_person'", (talk,))
        return [Draft(Carried(talk, row["message_id"])) for row in rows]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
