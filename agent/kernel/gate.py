"""The gate: the only place where messages are cleared and sent.

A move passes in this order: stop, mandate or approval (for a commitment), wording, egress scan of the final
bytes, intention on the ledger with its message id, and only then a claim and the channel's `send`. Retries reuse
the id; an unknown outcome is reconciled before any resend.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from agent.kernel.chain import canonical
from agent.kernel.citing import Cited, is_own
from agent.kernel.codec import move_from, move_json, recorded_move
from agent.kernel.egress import Scanner, numbers_in
from agent.kernel.errors import EgressHit, Halted, MandateExceeded, NotApproved
from agent.kernel.events import Event, IntentionRecorded, Sent
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.myterms import said
from agent.kernel.outgoing import Outgoing, Ticket, answers, bare, incident, term_texts, visible
from agent.kernel.ownevents import NoticeGiven, NoticeIntended
from negotiators.adapter import (
    ClearedMove,
    ClearedNotice,
    ClearedProbe,
    Delivery,
    DeliveryState,
    Session,
    _clearance_key,
)
from negotiators.categories import Category
from negotiators.channels.payload import write_agreement
from negotiators.clock import Clock
from negotiators.dialogue import AgreementWord, Commit, Inform, MessageId, Move, NegotiationId, ProviderId, terms_hash

_KEY = _clearance_key(__name__)

T = TypeVar("T")

MOST_RECALLED = 400
"""Earlier answers to one provider that are looked at after a restart."""

Wording = Callable[[Move, Category, str, Sequence[Inform], bool, Cited | None, AgreementWord | None], str]
"""Makes the sentence beside a move: `(move, category, language, informs, introduces, cites, agreement) -> text`."""

Payload = Callable[[Move, Category, str, int, Sequence[Inform]], Mapping[str, object]]
"""Makes the typed part: `(move, category, negotiation, round, informs) -> JSON object`."""


class Gate:
    """One per process. Not an authority itself: it asks the ledger for approvals and the need for its mandate."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        home: Path,
        *,
        wording: Wording,
        payload: Payload,
        new_id: Callable[[], str],
        scanner: Scanner | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._stop_file = home / "STOP"
        self._wording = wording
        self._payload = payload
        self._new_id = new_id
        self.scanner = scanner or Scanner()
        self._recalled: set[str] = set()
        self._in_flight: set[asyncio.Future[Any]] = set()

    # -- stop ---------------------------------------------------------------------------------------------------

    def check_running(self) -> None:
        """Raises `Halted` while HOME/STOP exists. A file, so that it works with a full disk and a busy ledger."""
        if self._stop_file.exists():
            raise Halted()

    def halt(self) -> None:
        """Cancel every request under way (the person said stop)."""
        for task in tuple(self._in_flight):
            task.cancel()

    async def while_running(self, request: Coroutine[Any, Any, T]) -> T:
        """Await anything that goes out, so that `halt` ends it at once. Raises `Halted`."""
        try:
            self.check_running()
        except Halted:
            request.close()
            raise
        task = asyncio.ensure_future(request)
        self._in_flight.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            self.check_running()
            raise
        finally:
            self._in_flight.discard(task)

    # -- probes -------------------------------------------------------------------------------------------------

    def probe(self, url: str, purpose: str, query: Mapping[str, str] | None = None) -> ClearedProbe:
        """Clear a request that carries nothing personal. Raises `Halted`, `EgressHit`."""
        self.check_running()
        parts = urlsplit(url)
        hits = self.scanner.scan(" ".join([parts.path, parts.query, *(query or {}).values()]), parts.netloc)
        if hits:
            raise EgressHit(categories=", ".join(sorted({hit.category for hit in hits})), url=url)
        return ClearedProbe(_KEY, url, purpose, dict(query or {}))

    # -- the person's own notice --------------------------------------------------------------------------------

    def clear_notice(self, text: str, how: str, frame: str) -> ClearedNotice:
        """Clear a word to the person themself and record that it will be given. `frame` is our fixed wording without
        what this notice counts. Raises `Halted`, `EgressHit`."""
        self.check_running()
        hits = self.scanner.scan(text, "self", own_numbers=frozenset(numbers_in(text)), frame=frame)
        if hits:
            raise EgressHit(categories=", ".join(sorted({hit.category for hit in hits})), url=how)
        notice = ClearedNotice(_KEY, MessageId(self._new_id()), text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._ledger.append(self._clock.now(), [NoticeIntended(notice.message_id, how, digest)])
        return notice

    def give(self, notice: ClearedNotice, channel: Callable[[ClearedNotice], DeliveryState]) -> DeliveryState:
        """Hand a cleared notice to its channel once and record what became of it. Raises `Halted`."""
        self.check_running()
        state = channel(notice)
        self._ledger.append(self._clock.now(), [NoticeGiven(notice.message_id, state.value)])
        return state

    # -- moves --------------------------------------------------------------------------------------------------

    def clear(self, outgoing: Outgoing) -> Ticket:
        """Judge one move and record the intention to send it.

        Raises `Halted`; `NotApproved` or `MandateExceeded` for a commitment without leave; `EgressHit` when the
        final bytes carry something of the person that no rule released; `LedgerUnwritable`. Each refusal is on
        the ledger.
        """
        self.check_running()
        now = self._clock.now()
        if isinstance(outgoing.move, Commit):
            self._authorise(outgoing, outgoing.move, now)
        message_id = MessageId(self._new_id())
        payload = self._payload(
            outgoing.move, outgoing.category, outgoing.negotiation, outgoing.round, outgoing.informs
        )
        if outgoing.order:
            payload = {**payload, "order": dict(outgoing.order)}
        if outgoing.cites:
            if not is_own(self._ledger, outgoing.provider, outgoing.cites):
                raise EgressHit(categories="gb:RivalOffers", provider=outgoing.provider)
            payload = {**payload, "cites": dict(outgoing.cites.payload())}
        text = self._words(outgoing, outgoing.move, outgoing.informs)
        self._scan(outgoing, canonical(payload), text, now)
        agreed: list[Event] = []
        if outgoing.agreement:  # a public id and a digest of public parts: `said` lets nothing else through
            agreed.append(said(outgoing.agreement, outgoing.negotiation, outgoing.provider))
            payload = {**payload, "agreement": write_agreement(outgoing.agreement)}
        stored = canonical(
            {
                "payload": payload,
                "text": text,
                "language": outgoing.language,
                "endpoint": outgoing.endpoint,
                "move": move_json(outgoing.move),
                "informs": [[item.field, item.value, item.granularity] for item in outgoing.informs],
            }
        )
        intention = IntentionRecorded(
            negotiation=outgoing.negotiation,
            round=outgoing.round,
            message_id=message_id,
            act=outgoing.choice.act,
            move=recorded_move(outgoing.move),
            total=outgoing.total,
            payload_digest=hashlib.sha256(stored.encode()).hexdigest(),
            body=f"out:{message_id}",
            informs=[recorded_move(answer) for answer in outgoing.informs],
        )
        self._ledger.append(now, [Draft(outgoing.choice, outgoing.choice_body), Draft(intention, stored), *agreed])
        self.scanner.sent(answers(outgoing.move, outgoing.informs), outgoing.provider)
        return self._ticket(outgoing.negotiation, outgoing.provider, message_id, outgoing.round, stored)

    def _authorise(self, outgoing: Outgoing, move: Commit, now: datetime) -> None:
        """A commitment needs the signing lock for exactly these terms, and an approval or the mandate's leave."""
        expected = terms_hash(outgoing.provider, outgoing.category.id, move.terms)
        lock = self._ledger.row(
            "SELECT c.item, c.terms_hash, a.approval_hash, a.over_limit, a.expires FROM commitments c "
            "LEFT JOIN approvals a ON a.item=c.item WHERE c.negotiation=? AND c.state IN ('locked','committing')",
            (outgoing.negotiation,),
        )
        if move.hash != expected or lock is None or lock["terms_hash"] != expected:
            raise NotApproved("terms_not_approved", negotiation=outgoing.negotiation)
        held = self._ledger.row("SELECT held FROM negotiations WHERE id=?", (outgoing.negotiation,))
        if held is None or not held["held"] or json.loads(held["held"])["standing"] != "firm":
            raise NotApproved("terms_only_claimed", negotiation=outgoing.negotiation)
        found = outgoing.valuation.violations(move.terms, outgoing.provider, now)
        codes = ", ".join(sorted({violation.code for violation in found}))
        if outgoing.valuation.need.mandate.deals < 1:
            raise MandateExceeded(codes="no_deal_allowed")
        if lock["approval_hash"] is not None:
            if datetime.fromisoformat(lock["expires"]) <= now:
                raise NotApproved("approval_expired", negotiation=outgoing.negotiation)
            if found and not lock["over_limit"]:
                raise MandateExceeded(codes=codes)
            if {"no_amount", "incomplete"} & {violation.code for violation in found}:
                raise MandateExceeded(codes=codes)
            return
        mandate = outgoing.valuation.need.mandate
        if mandate.autonomy != "act" or mandate.max_total is None:
            raise NotApproved("no_approval", negotiation=outgoing.negotiation)
        if found:
            raise MandateExceeded(codes=codes)

    def _words(self, outgoing: Outgoing, move: Move, informs: Sequence[Inform]) -> str:
        return self._wording(
            move, outgoing.category, outgoing.language, informs, outgoing.introduces, outgoing.cites, outgoing.agreement
        )

    def _scan(self, outgoing: Outgoing, payload: str, text: str, now: datetime) -> None:
        own = frozenset(numbers_in(canonical(move_json(outgoing.move))) | numbers_in(str(outgoing.round)))
        told = answers(outgoing.move, outgoing.informs)
        own |= frozenset(numbers_in(told)) | numbers_in(canonical(outgoing.order or {}))
        own |= numbers_in(canonical(outgoing.cites.payload())) if outgoing.cites else frozenset()
        self._recall(outgoing.provider)
        frame = self._words(outgoing, bare(outgoing.move), ())
        message = f"{text}\n{visible(json.loads(payload))}"
        hits = self.scanner.scan(
            message, outgoing.provider, released=outgoing.released, never=outgoing.never, own_numbers=own,
            own_terms=term_texts(outgoing.move), frame=frame, answers=told,
        )  # fmt: skip
        if hits:
            categories = ", ".join(sorted({hit.category for hit in hits}))
            self._ledger.append(now, [incident(outgoing, hits)])
            raise EgressHit(categories=categories, provider=outgoing.provider)

    def _recall(self, provider: str) -> None:
        """Give the scanner what this provider was told by earlier processes, over all its endpoints: a value split
        over messages is seen across a restart too. Forgotten messages are no longer known."""
        if provider in self._recalled:
            return
        self._recalled.add(provider)
        rows = self._ledger.rows(
            "SELECT o.body FROM outbox o JOIN negotiations n ON n.id=o.negotiation "
            "WHERE n.provider=? AND o.act='inform' ORDER BY o.rowid DESC LIMIT ?",
            (provider, MOST_RECALLED),
        )
        for stored in filter(None, (self._ledger.body(row["body"]) for row in reversed(rows))):
            body = json.loads(stored)
            informs = [Inform(*item) for item in body["informs"]]
            self.scanner.sent(answers(move_from(body["move"]), informs), provider)

    def _ticket(
        self, negotiation: str, provider: str, message_id: str, round: int, stored: str, attempted: bool = False
    ) -> Ticket:
        body = json.loads(stored)
        cleared = ClearedMove(
            _KEY,
            endpoint=body["endpoint"],
            negotiation=NegotiationId(negotiation),
            message_id=MessageId(message_id),
            move=move_from(body["move"]),
            round=round,
            payload=body["payload"],
            text=body["text"],
            language=body["language"],
        )
        return Ticket(NegotiationId(negotiation), ProviderId(provider), MessageId(message_id), cleared, attempted)

    def waiting(self, negotiation: str) -> list[Ticket]:
        """Recorded intentions of one talk that a restart has to finish: not sent, of unknown outcome, or sent
        as the talk's last word with no answer on the ledger."""
        rows = self._ledger.rows(
            "SELECT o.*, n.provider FROM outbox o JOIN negotiations n ON n.id=o.negotiation WHERE o.negotiation=? AND "
            "(o.state IN ('pending','sending','unknown') OR (o.state='delivered' AND o.act<>'leave' AND NOT EXISTS("
            "SELECT 1 FROM turns t JOIN turns u ON u.message_id=o.message_id AND u.negotiation=o.negotiation "
            "WHERE t.negotiation=o.negotiation AND t.seq>u.seq))) ORDER BY o.rowid",
            (negotiation,),
        )
        found = []
        for row in rows:
            stored = self._ledger.body(row["body"])
            if stored is not None:
                found.append(
                    self._ticket(
                        row["negotiation"], row["provider"], row["message_id"], row["round"], stored,
                        row["state"] != "pending",
                    )
                )  # fmt: skip
        return found

    def is_delivered(self, ticket: Ticket) -> bool:
        """Whether the ledger says that this intention has reached the counterpart."""
        row = self._ledger.row("SELECT state FROM outbox WHERE message_id=?", (ticket.message_id,))
        return row is not None and row["state"] == "delivered"

    async def send(self, ticket: Ticket, session: Session, *, again: bool = False) -> Delivery:
        """Claim and send one recorded intention, then record what became of it. Raises `Halted`.

        A halt while the request is under way leaves the outcome unknown: the intention stays in the outbox.
        `again` resends a delivered one under its own id, for an answer that was lost.
        """
        self.check_running()
        claimed = await asyncio.to_thread(self._ledger.claim, ticket.message_id, again=again)
        if not claimed:
            return Delivery(DeliveryState.DELIVERED, ticket.message_id)
        delivery = await self.while_running(session.send(ticket.cleared))
        await asyncio.to_thread(self._record_delivery, ticket, delivery, session.resume_token())
        return delivery

    async def reconcile(self, ticket: Ticket, session: Session) -> Delivery:
        """Ask the counterpart what it knows of a sending with unknown outcome; resend the same id if nothing."""
        self.check_running()
        known = await self.while_running(session.status(ticket.message_id))
        if known.state is DeliveryState.DELIVERED:
            await asyncio.to_thread(self._record_delivery, ticket, known, session.resume_token())
            return known
        return await self.send(ticket, session, again=True)

    def _record_delivery(self, ticket: Ticket, delivery: Delivery, resume: str) -> None:
        event = Sent(
            negotiation=ticket.negotiation,
            message_id=ticket.message_id,
            state=delivery.state.value,
            reference=delivery.reference,
            error=delivery.error[:200],
            resume=resume,
        )
        self._ledger.append(self._clock.now(), [event])
