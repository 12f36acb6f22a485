"""Saying something: a move with its reason through the gate, and what may not be said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

from agent.kernel.citing import Cited
from agent.kernel.errors import GateRefused, Halted
from agent.kernel.events import MoveChosen, NegotiationMoved
from agent.kernel.outgoing import Outgoing, Ticket
from agent.language.tongue import tongue
from agent.market.argument import may_argue, own_public_price
from agent.market.conversation import Reason, Said, step
from agent.market.desk import Desk
from agent.market.endpoints import carries, order_of, speaks_payload
from agent.market.threads import Thread
from agent.needs.need import Need
from negotiators.categories import Category
from negotiators.dialogue import (
    AgreementWord,
    Commit,
    Inform,
    IssueKind,
    Leave,
    Move,
    NegotiationState,
    Offer,
    OfferId,
    Party,
    Propose,
    Terms,
    Withdraw,
    act_of,
)
from negotiators.money import Money
from negotiators.registry import says_words
from negotiators.text import UntrustedText


class Speaker:
    """Clears moves. What the gate refuses ends the talk with the refusal's code."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[OfferId, frozenset[Decimal]] = {}

    def wishes(self, need: Need) -> Terms:
        """What a call for proposals may name: wanted features and schedule; never money, never a bound."""
        category, found = self._desk.book.category(need.category), {}
        for wish in need.wishes:
            issue = category.issue(wish.issue)
            if issue is None or issue.kind is IssueKind.MONEY:
                continue
            value = wish.want if wish.want is not None else wish.minimum if issue.better == "higher" else None
            if value is None and issue.kind is IssueKind.DATE:
                value = wish.minimum
            if value is not None:
                found[issue.name] = value
        return Terms.of(found)

    async def clear(
        self,
        need: Need,
        thread: Thread,
        move: Move,
        reason: Reason,
        body: str | None = None,
        informs: tuple[Inform, ...] = (),
    ) -> Ticket | None:
        """The recorded intention to say `move`, with further answers beside it; `None` when the gate refused it."""
        talk, category = thread.talk, self._desk.book.category(need.category)
        if not carries(self._desk.ledger, thread.endpoint, thread.channel, act_of(move)):
            return None  # a price list takes no farewell
        cited = self._argument(thread, category, move)
        number = talk.round if act_of(move) == "inform" else talk.round + 1
        choice = MoveChosen(
            talk.id, number, act_of(move), reason.rule, {**reason.numbers, **(cited.numbers() if cited else {})},
            f"choice:{self._desk.new_id()}" if body else None,
        )  # fmt: skip
        terms = move.offer.terms if isinstance(move, Propose) else getattr(move, "terms", None)
        cost = self._desk.book.valuation(need).cost(terms) if isinstance(terms, Terms) and terms else None
        outgoing = Outgoing(
            negotiation=talk.id, provider=talk.provider, endpoint=thread.endpoint, category=category, move=move,
            round=number, language=self._language(thread), introduces=not self._desk.threads.introduced(thread),
            cites=cited, agreement=self._agreement(thread, move),
            valuation=self._desk.book.valuation(need), choice=choice, choice_body=body, informs=informs,
            released=self._desk.disclosure.told(talk.provider), never=self._never(need, thread),
            total=str(cost.total.amount) if cost and cost.total else None,
            order=order_of(self._desk.ledger, thread.endpoint, need.category),
        )  # fmt: skip
        try:
            ticket = await asyncio.to_thread(self._desk.gate.clear, outgoing)
        except Halted:
            raise
        except GateRefused as err:
            thread.talk = replace(thread.talk, state=NegotiationState.FAILED)
            await self._desk.append(NegotiationMoved(talk.id, NegotiationState.FAILED.value, err.code, err.params))
            return None
        thread.introduced = True
        said = Said(move, ticket.message_id, number, ticket.cleared.text, informs)
        thread.talk, _ = step(thread.talk, said, thread.table)
        return ticket

    def _argument(self, thread: Thread, category: Category, move: Move) -> Cited | None:
        """The company's own lower public price, once for each price in a talk, beside a counter."""
        live, ledger = thread.talk.live, self._desk.ledger
        if not isinstance(move, Propose) or move.answers is None or live is None:
            return None
        if not may_argue(ledger, thread.endpoint, category.id):
            return None
        found = own_public_price(ledger, thread.talk.provider, live, category, self._desk.clock.now())
        return None if found is None or self._desk.threads.cited(thread, str(found.price)) else found

    def _agreement(self, thread: Thread, move: Move) -> AgreementWord | None:
        """What is said of the agreement on data, where machine fields are read; nothing new at the end of a talk."""
        if not speaks_payload(self._desk.ledger, thread.endpoint, thread.channel):
            return None
        word = self._desk.agreements.to_say(thread.talk.id)
        late = word is not None and word.status == "proffered" and isinstance(move, Leave | Withdraw | Commit)
        return None if late else word

    def _language(self, thread: Thread) -> str:
        """The language a company writes in, where all that is said there is words; else the one set for it."""
        if says_words(thread.channel):
            theirs = [entry.text for entry in reversed(thread.talk.transcript) if entry.party is Party.THEM]
            found = (tongue(text) for text in theirs if isinstance(text, UntrustedText))
            if (theirs_is := next(filter(None, found), None)) is not None:
                return theirs_is
        return self._desk.languages.get(thread.talk.provider, self._desk.rules.language)

    def _never(self, need: Need, thread: Thread) -> dict[str, frozenset[Decimal]]:
        """Numbers that may not appear in what we say, outside the terms we propose."""
        limits: set[Decimal] = set()
        if need.mandate.max_total is not None:
            limits.add(need.mandate.max_total.amount.normalize())
        for wish in need.wishes:
            if wish.hard and isinstance(wish.maximum, Money):
                limits.add(wish.maximum.amount.normalize())
        return {"gb:Budget": frozenset(limits), "gb:RivalOffers": frozenset(self._rival_prices(need, thread))}

    def _rival_prices(self, need: Need, thread: Thread) -> set[Decimal]:
        """Headline price and total of what the other companies offer for this need."""
        found: set[Decimal] = set()
        for other in self._desk.threads.of(need.id):
            if other.talk.provider != thread.talk.provider and other.talk.live is not None:
                found |= self._amounts(need, other.talk.live)
        return found

    def _amounts(self, need: Need, offer: Offer) -> frozenset[Decimal]:
        """The amounts of one offer, computed once."""
        if offer.id not in self._known:
            book = self._desk.book
            amounts = [
                offer.terms.get(book.category(need.category).headline().name),
                book.valuation(need).cost(offer.terms).total,
            ]
            self._known[offer.id] = frozenset(
                amount.amount.normalize() for amount in amounts if isinstance(amount, Money)
            )
        return self._known[offer.id]
