"""The checks. Each is one sentence about adapters that holds for all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from negotiators.adapter import Adapter, AdapterError, Delivery, DeliveryState, Session, Unreachable, Unsupported
from negotiators.categories import Category, shipped
from negotiators.dialogue import Act, Ask, Leave, MessageId, Reply, Standing
from negotiators.testkit import hostile, rehearsal
from negotiators.testkit.seeing import CANARY, aware, canaries, codes_of, difference, log_lines, moved, shown
from negotiators.testkit.stage import Stage, offers_of, said_in, staged, strings_in, unexplained
from negotiators.testkit.wiretap import Exchanged, Weather
from negotiators.text import UntrustedText


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one adapter. `why` says what was seen where it failed."""

    check: str
    kept: bool
    why: str = ""


class Broken(AssertionError):
    """A check that an adapter does not keep."""


def _hold(condition: bool, why: str) -> None:
    if not condition:
        raise Broken(why)


_REFUSED = ("unsupported", "undeclared_field")
"""How a hosted adapter's refusal of an act, or of data its manifest does not name, is told."""


class AdapterContract:
    """Inherit it, say which adapter and how to serve a company it can talk to. See the package."""

    category: ClassVar[str] = "mobile_plan"
    order: ClassVar[Mapping[str, object]] = {}
    """What the person's provider file would ask for (`[endpoints.order]`), for channels of shops."""
    settings: ClassVar[Mapping[str, object]] = {}
    """How the person's provider file would have answers read (`[endpoints.reading]`)."""
    longest: float = 60.0
    """Seconds one check may take."""
    patience: float = 1.0
    """Seconds the adapter is given for one exchange where nobody answers."""
    company_logs: tuple[str, ...] = ("uvicorn",)
    """Loggers of the company that is served, which runs in the same process: it may log what it hears."""

    def adapter(self, patience: float) -> Adapter:
        """An adapter that gives up an exchange after `patience` seconds and may talk to 127.0.0.1."""
        raise NotImplementedError

    def company(self) -> AbstractAsyncContextManager[str]:
        """Serves a well-behaved company on 127.0.0.1 and yields its address; a new one each time."""
        raise NotImplementedError

    def hidden(self) -> Mapping[str, str]:
        """What recordings must not keep, and what stands for it."""
        return {code: f"<code-{number}>" for number, code in enumerate(codes_of(self.order), 1)}

    def forget(self) -> None:
        """Let the next adapter begin as if no talk had ever been. Most keep nothing but what `resume` gives them."""

    def known_categories(self) -> Mapping[str, Category]:
        return shipped()

    # -- the checks -----------------------------------------------------------------------------------------------

    def test_discovery_tells_who_answers(self) -> None:
        self._play(self._discovery)

    def test_declared_acts_are_carried_and_others_are_refused_unsent(self) -> None:
        self._play(self._acts)

    def test_terms_stand_as_declared(self) -> None:
        self._play(self._standing)

    def test_a_silent_company_costs_its_patience_only(self) -> None:
        self._play(self._silence)

    def test_an_absent_company_is_unreachable_and_nothing_was_sent(self) -> None:
        self._play(self._absence)

    def test_an_answer_that_breaks_off_leaves_the_outcome_unknown(self) -> None:
        self._play(self._breaking)

    def test_cancelling_ends_an_exchange_at_once(self) -> None:
        self._play(self._cancelling)

    def test_a_retry_sends_the_same_id_and_repeats_no_reply(self) -> None:
        self._play(self._retrying)

    def test_a_thread_goes_on_from_its_token(self) -> None:
        self._play(self._resuming)

    def test_hostile_answers_come_back_as_values_or_named_errors(self) -> None:
        self._play(self._hostile_bodies)

    def test_hostile_words_never_become_plain_strings(self) -> None:
        self._play(self._hostile_words)

    def test_nothing_is_sent_beyond_the_cleared_move(self) -> None:
        self._play(self._only_cleared)

    def test_the_same_answers_make_the_same_requests_and_replies(self) -> None:
        self._play(self._replaying)

    def test_logs_hold_nothing_that_was_said(self) -> None:
        self._play(self._logging)

    # -- how they are played --------------------------------------------------------------------------------------

    def _play(self, check: Callable[[Stage], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with asyncio.timeout(self.longest):
                stage = staged(
                    lambda: self.adapter(self.patience), self.company(), self.known_categories()[self.category],
                    self.order, self.settings,
                )  # fmt: skip
                async with stage as ready:
                    await check(ready)

        asyncio.run(whole())

    async def _discovery(self, stage: Stage) -> None:
        adapter = stage.make()
        card = await stage.card(adapter)
        declared = adapter.capabilities()
        _hold(card.channel == declared.channel == card.capabilities.channel, "card and adapter name other channels")
        _hold(isinstance(card.name, UntrustedText), "the company's name is a plain string")
        _hold(card.url.startswith("http") and stage.tap.url.endswith(card.origin.rpartition("/")[2]), "a wrong origin")
        _hold(bool(card.card_hash), "a card without a hash cannot be pinned")
        _hold(card.capabilities.acts <= declared.acts, "the card promises acts the adapter does not declare")
        _hold(declared.acts <= set(get_args(Act)), "an act that is none of ours")
        json.dumps(dict(card.details))

    async def _acts(self, stage: Stage) -> None:
        card = await stage.card()
        for act in get_args(Act):
            if not rehearsal.is_own(act):
                continue
            async with stage.session(card=card) as session:
                heard = offers_of((await stage.say(session, Ask()))[1]) if "ask" in card.capabilities.acts else []
                stage.tap.forget()
                move = rehearsal.some_move(act, stage.category, heard[-1] if heard else None)
                carried = act in card.capabilities.acts
                try:
                    delivery = await session.send(stage.clear(move))
                except Unsupported:
                    delivery = Delivery(DeliveryState.FAILED, MessageId(""), error="unsupported")
                if delivery.state is DeliveryState.FAILED and delivery.error.startswith(_REFUSED):
                    _hold(not carried, f"`{act}` is declared and refused")
                    _hold(not stage.tap.heard, f"`{act}` is refused after something was sent")
                    continue
                _hold(carried, f"`{act}` is not declared and yet carried")
                _hold(delivery.state is DeliveryState.DELIVERED, f"`{act}`: {delivery.state.value} {delivery.error}")
                await session.receive()
        if not card.capabilities.commits:
            _hold("commit" not in card.capabilities.acts, "`commits` is false and yet `commit` is an act")

    async def _standing(self, stage: Stage) -> None:
        async with stage.session() as session:
            card = await stage.card()
            if "ask" not in card.capabilities.acts:
                return
            _, replies = await stage.say(session, Ask())
            offers = offers_of(replies)
            if not card.capabilities.typed_terms:
                _hold(not any(offer.typed and offer.evidence for offer in offers), "typed terms that were not declared")
                return
            _hold(bool(offers), f"no offer in typed form came of an `ask`: {shown(replies)}")
            for offer in offers:
                covered = {item.issue for item in offer.evidence if item.standing is Standing.TYPED}
                _hold(set(offer.terms) <= covered, "a typed term without evidence of where it stood")
                _hold(aware(offer.valid_until), "a validity without a time zone")

    async def _silence(self, stage: Stage) -> None:
        async with stage.session() as session:
            stage.tap.weather = Weather.SILENT
            began = asyncio.get_running_loop().time()
            delivery = await session.send(stage.clear(Ask()))
            took = asyncio.get_running_loop().time() - began
            _hold(delivery.state is DeliveryState.UNKNOWN, f"after silence the delivery is {delivery.state.value}")
            _hold(took < self.patience * 2 + 2, f"gave up after {took:.1f} s")
        try:
            await stage.card()
        except Unreachable:
            return
        raise Broken("discovery of a silent company does not raise `Unreachable`")

    async def _absence(self, stage: Stage) -> None:
        card = await stage.card()
        gone = "http://127.0.0.1:9"
        async with stage.session(card=moved(card, stage.tap.url, gone)) as session:
            delivery = await session.send(stage.clear(Ask()))
            _hold(delivery.state is DeliveryState.FAILED, f"nobody listens, and the delivery is {delivery.state.value}")
        try:
            await stage.make().discover(rehearsal.probe(gone))
        except Unreachable:
            return
        raise Broken("discovery where nobody listens does not raise `Unreachable`")

    async def _breaking(self, stage: Stage) -> None:
        async with stage.session() as session:
            stage.tap.weather = Weather.BROKEN
            delivery = await session.send(stage.clear(Ask()))
            said = delivery.state is DeliveryState.UNKNOWN or delivery.error.startswith("malformed:")
            _hold(said, f"a broken answer counts as {delivery.state.value}")

    async def _cancelling(self, stage: Stage) -> None:
        async with stage.session() as session:
            stage.tap.weather = Weather.SILENT
            sending = asyncio.ensure_future(session.send(stage.clear(Ask())))
            await stage.tap.silenced.wait()
            began = asyncio.get_running_loop().time()
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
            took = asyncio.get_running_loop().time() - began
            _hold(sending.cancelled(), "a cancelled exchange went on")
            _hold(took < self.patience / 2, f"cancelling took {took:.2f} s")
            stage.tap.weather = Weather.CLEAR
            await session.cancel("no-such-reference")

    async def _retrying(self, stage: Stage) -> None:
        card = await stage.card()
        async with stage.session(card=card) as session:
            before = session.resume_token()
            stage.tap.forget()
            cleared = stage.clear(Ask())
            await session.send(cleared)
            first, heard = stage.tap.forget(), await session.receive()
            after = session.resume_token()
        async with stage.session(before, card) as session:
            await session.send(cleared)
            again = stage.tap.forget()
        _hold(bool(first and again), "nothing was sent")
        _hold(first[0].asked.content == again[0].asked.content, f"a retry differs: {difference(first, again)}")
        async with stage.session(after, card) as session:
            await session.send(cleared)
            repeated = {reply.message_id for reply in await session.receive()} & {reply.message_id for reply in heard}
        _hold(not card.capabilities.idempotent or not repeated, "a retry hands over a reply that was read before")

    async def _resuming(self, stage: Stage) -> None:
        card = await stage.card()
        async with stage.session(card=card) as session:
            _, heard = await stage.say(session, Ask())
            token = session.resume_token()
        async with stage.session(token, card) as session:
            known = {reply.message_id for reply in heard}
            _hold(not known & {reply.message_id for reply in await session.receive()}, "a reply is handed over twice")
            act: Act = "leave" if "leave" in card.capabilities.acts else "ask"
            delivery, _ = await stage.say(session, rehearsal.some_move(act, stage.category, None))
            _hold(delivery.state is DeliveryState.DELIVERED, f"a resumed thread cannot go on: {delivery.error}")

    async def _hostile_bodies(self, stage: Stage) -> None:
        card = await stage.card()
        for name, body in hostile.BODIES:
            stage.tap.change = hostile.with_body(body)
            await _named_errors_only(stage.card(), f"discovery of {name}")
            stage.tap.change = None
            async with stage.session(card=card) as session:
                stage.tap.change = hostile.with_body(body)
                await _survives(session, stage, name)
            stage.tap.change = None

    async def _hostile_words(self, stage: Stage) -> None:
        card = await stage.card()
        for text in hostile.STRINGS:
            for everywhere in (False, True):
                async with stage.session(card=card) as session:
                    stage.tap.change = hostile.with_string(text, everywhere=everywhere)
                    replies = await _survives(session, stage, "hostile words")
                    stage.tap.change = None
                leaked = [said for said in strings_in(replies) if hostile.MARK in said]
                _hold(not leaked, f"the company's words are a plain string: {leaked[:1]!r}"[:200])

    async def _only_cleared(self, stage: Stage) -> None:
        async def run(prefix: str, text: str) -> list[Exchanged]:
            stage.prefix, stage.count, stage.cleared = prefix, 0, []
            stage.tap.forget()
            async with stage.session() as session:
                await session.send(stage.clear(Ask(), text=text))
                await session.receive()
                with suppress(Unsupported):
                    await session.send(stage.clear(Leave("no_agreement"), text=text))
            return stage.tap.forget()

        constants = {said for one in await run("other", "Good day.") for said in said_in(one.asked)}
        with canaries():
            found = await run("own", f"A bot writes, and says {CANARY} in its text.")
        extra = unexplained(found, stage.cleared, constants, stage.tap.url)
        _hold(not extra, f"sent without leave: {extra[:3]}")

    async def _replaying(self, stage: Stage) -> None:
        async def run() -> tuple[list[Exchanged], list[Reply]]:
            stage.prefix, stage.count = "again", 0
            stage.tap.forget()
            async with stage.session() as session:
                _, replies = await stage.say(session, Ask())
            return stage.tap.forget(), replies

        first, heard = await run()
        self.forget()
        stage.tap.repeat(first)
        again, heard_again = await run()
        _hold([one.asked.content for one in first] == [one.asked.content for one in again],
              f"the same answers make other requests: {difference(first, again)}")  # fmt: skip
        _hold(heard == heard_again, "the same answers make other replies")

    async def _logging(self, stage: Stage) -> None:
        with log_lines(self.company_logs) as lines:
            async with stage.session() as session:
                said = f"{CANARY} in my own words"
                await session.send(stage.clear(Ask(), text=said))
                await session.receive()
                token = session.resume_token()
        secrets = [CANARY, *codes_of(self.order), *([token] if len(token) > 24 else [])]
        leaks = [line for line in lines if any(secret in line for secret in secrets)]
        _hold(not leaks, f"a log line holds what was said: {leaks[:1]!r}"[:300])


async def _survives(session: Session, stage: Stage, name: str) -> list[Reply]:
    """Say something and hear; only the adapter's own errors may come of it, and none of `send`."""
    try:
        await session.send(stage.clear(Ask()))
    except Exception as err:
        raise Broken(f"`send` raised {type(err).__name__} for {name}") from err
    found: list[Reply] | None = await _named_errors_only(session.receive(), f"receiving {name}")
    return found or []


async def _named_errors_only(call: Awaitable[Any], where: str) -> Any:
    try:
        return await call
    except AdapterError:
        return None
    except Exception as err:
        raise Broken(f"{where} raised {type(err).__name__}: {err}"[:300]) from err


def examine(contract: AdapterContract) -> list[Finding]:
    """Every check of a contract, outside pytest."""
    found = []
    for name in sorted(dir(contract)):
        if name.startswith("test_") and callable(getattr(contract, name)):
            try:
                getattr(contract, name)()
            except AssertionError as err:
                found.append(Finding(name.removeprefix("test_"), False, str(err)))
            except Exception as err:  # noqa: BLE001 - a check that ends in an unforeseen error is not kept
                found.append(Finding(name.removeprefix("test_"), False, f"{type(err).__name__}: {err}"[:300]))
            else:
                found.append(Finding(name.removeprefix("test_"), True))
    return found
