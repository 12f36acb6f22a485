"""A third-party adapter as the house sees it: `Adapter` and `Session`, with all I/O on this side."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from negotiators.adapter import (
    Adapter,
    AdapterError,
    Capabilities,
    ClearedMove,
    ClearedProbe,
    Delivery,
    DeliveryState,
    EndpointCard,
    Malformed,
    Refused,
    Session,
    Unreachable,
    Unsupported,
)
from negotiators.categories import Category, shipped
from negotiators.channels.payload import PayloadContext, read_payload
from negotiators.channels.payload.fields import safe_code, safe_id
from negotiators.dialogue import Inquire, MessageId, Move, NegotiationId, ProviderId, Reply, ReplyStatus
from negotiators.host.memo import Memo
from negotiators.host.process import AdapterFailed, Child
from negotiators.host.requests import Requests
from negotiators.manifest import FilesChanged, Manifest
from negotiators.text import UntrustedText
from negotiators.wire import AddressRules, Limits, target_of

WORK, STATE = "work", "state"
MAX_LIVE = 4
"""Processes of one adapter at a time; the one unused longest is ended and resumed when its talk goes on."""

MAX_HEARD = 50
MAX_TEXT = 64 << 10
MAX_WORDS = 4000
MAX_DETAIL = 2000

Secrets = Callable[[str, str], Awaitable[str | None]]
"""A secret by adapter and name, or `None` where the person has stored none."""


class AdapterChanged(AdapterError):
    """The adapter's files are not those the person allowed."""

    code = "adapter_changed"


class SecretMissing(AdapterError):
    """The person has stored no value for a secret the adapter names."""

    code = "adapter_secret_missing"


async def no_secrets(adapter: str, name: str) -> str | None:
    return None


@dataclass(slots=True)
class _Pool:
    """The sessions of one adapter that have a process now, the longest unused first."""

    live: dict[HostedSession, None] = field(default_factory=dict)

    async def use(self, session: HostedSession) -> None:
        """Note a use, and end the processes beyond `MAX_LIVE` that nobody waits for."""
        self.live.pop(session, None)
        idle = [one for one in self.live if not one.busy]
        for oldest in idle[: max(0, len(self.live) - MAX_LIVE + 1)]:
            await oldest.rest()
        self.live[session] = None


class HostedAdapter(Adapter):
    """See `negotiators.adapter.Adapter`.

    `home` is a private folder: below it each child's own folder, which goes with the child, and what talks continue
    from; `forget_all` empties it. `pin` is the manifest's sha256 from the configuration (`None` only for an author's
    own check); `rules` and `limits` bound every request as they do for built-in channels.
    """

    def __init__(
        self,
        manifest: Manifest,
        *,
        home: Path,
        pin: str | None,
        rules: AddressRules | None = None,
        limits: Limits | None = None,
        secrets: Secrets = no_secrets,
        categories: Mapping[str, Category] | None = None,
    ) -> None:
        self.manifest = manifest
        self._work = home / WORK
        self._state = home / STATE
        self._pin = pin
        self._rules = rules or AddressRules()
        self._limits = limits or Limits()
        self._secrets = secrets
        self._categories = categories
        self._pool = _Pool()
        self.confined: Mapping[str, bool] = {}
        """What the kernel kept from the last child; empty before the first."""

    def capabilities(self) -> Capabilities:
        return self.manifest.capabilities

    async def start(self) -> Child:
        """A new child with its secrets. Raises an `AdapterError`."""
        secrets = {}
        for name in self.manifest.secrets:
            value = await self._secrets(self.manifest.name, name)
            if value is None:
                raise SecretMissing(f"adapter `{self.manifest.name}` needs the secret `{name}`")
            secrets[name] = value
        self._work.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            child = await Child.start(self.manifest, self._pin, secrets, self._work)
        except FilesChanged as err:
            raise AdapterChanged(str(err)) from err
        self.confined = child.confined
        return child

    def requests(self, url: str) -> Requests:
        """The requests of one call, for the company at `url`."""
        return Requests(self.manifest, self._rules, self._limits, target_of(url, self._rules).host)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        origin = target_of(probe.url, self._rules).origin
        child = await self.start()
        try:
            async with self.requests(probe.url) as requests:
                answer, _ = await call(child, {"do": "discover", "url": probe.url}, requests)
        finally:
            await child.end()
        return self._card(answer, probe.url, origin)

    def _card(self, company: object, url: str, origin: str) -> EndpointCard:
        """What the adapter found, with what it can do from the manifest: an adapter cannot widen itself."""
        if not isinstance(company, Mapping) or not isinstance(company.get("name"), str):
            raise Malformed("the adapter found no company with a name")
        manifest = self.manifest
        told = json.dumps([manifest.pin, company], sort_keys=True, separators=(",", ":"), default=str)
        details = company.get("details")
        found = {str(k): str(v)[:MAX_DETAIL] for k, v in details.items()} if isinstance(details, Mapping) else {}
        categories = company.get("categories")
        named = [one for one in categories if one in manifest.categories] if isinstance(categories, list) else []
        return EndpointCard(
            url=url,
            origin=origin,
            channel=manifest.name,
            protocol=f"{manifest.name}/{manifest.version}",
            card_hash=hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(),
            name=UntrustedText(company["name"][:MAX_WORDS], origin),
            description=UntrustedText(str(company.get("description") or "")[:MAX_WORDS], origin),
            capabilities=manifest.capabilities,
            categories=tuple(named) or manifest.categories,
            details={"outside": json.dumps(found)},
        )

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        known = shipped() if self._categories is None else self._categories
        if category not in self.manifest.categories or category not in known or category not in shipped():
            raise Unsupported(f"adapter `{self.manifest.name}` does not carry `{category}`")
        talk = {
            "url": card.url, "negotiation": str(negotiation), "category": category,
            "details": json.loads(card.details.get("outside", "{}")),
        }  # fmt: skip
        provider = ProviderId(card.details.get("provider", card.origin))
        memo = Memo(self._state, resume or hashlib.sha256(f"{card.url}|{negotiation}".encode()).hexdigest()[:32])
        return HostedSession(self, self._pool, talk, memo, known[category], provider, card.origin)


async def call(child: Child, order: Mapping[str, object], requests: Requests) -> tuple[object, str]:
    """One call: make the adapter's requests until it is done. The answer and its resume token.

    Raises `AdapterFailed` for a broken child and the channel's errors for what it says.
    """
    await child.say(order)
    while True:
        line = await child.hear()
        if "request" in line:
            await child.say(await requests.make(line["request"]))
        elif "done" in line:
            resume = line.get("resume")
            return line["done"], resume if isinstance(resume, str) else ""
        else:
            raise _error(line)


def _error(line: Mapping[str, object]) -> AdapterError:
    """An error the child names; its words are cut to a code, because they come from outside."""
    why = safe_code(line.get("message")) or "adapter_error"
    match line.get("error"):
        case "refused":
            return Refused(why)
        case "unsupported":
            return Unsupported(why)
        case "unreachable":
            return Unreachable(why)
        case _:
            return AdapterFailed(why)


class HostedSession(Session):
    """See `negotiators.adapter.Session`. Its process is started when first needed, and again after it was ended."""

    def __init__(
        self,
        adapter: HostedAdapter,
        pool: _Pool,
        talk: Mapping[str, object],
        memo: Memo,
        category: Category,
        provider: ProviderId,
        source: str,
    ) -> None:
        self._adapter = adapter
        self._pool = pool
        self._talk = talk
        self._memo = memo
        self._category = category
        self._provider = provider
        self._source = source
        self._child: Child | None = None
        self._turn = asyncio.Lock()
        self._sent = False
        self._kept = False

    @property
    def busy(self) -> bool:
        return self._turn.locked()

    async def send(self, cleared: ClearedMove) -> Delivery:
        undeclared = _undeclared(cleared.payload, self._adapter.manifest)
        if undeclared:
            return Delivery(DeliveryState.FAILED, cleared.message_id, error=f"undeclared_field:{undeclared}")
        move = {
            "message_id": cleared.message_id, "round": cleared.round, "payload": dict(cleared.payload),
            "text": cleared.text, "language": cleared.language,
        }  # fmt: skip
        return await self._delivery({"do": "send", "move": move}, cleared.message_id)

    async def receive(self) -> list[Reply]:
        answer = await self._call({"do": "receive"})
        if not isinstance(answer, list):
            raise Malformed("the adapter handed over no list")
        return [self._reply(entry) for entry in answer[:MAX_HEARD]]

    async def status(self, reference: str) -> Delivery:
        return await self._delivery({"do": "status", "reference": reference}, MessageId(reference))

    async def cancel(self, reference: str) -> None:
        try:
            await self._call({"do": "cancel", "reference": reference})
        except AdapterError:
            return  # best effort, as for every channel

    def resume_token(self) -> str:
        """The name of our memo, never the adapter's own words: the ledger keeps this for ever."""
        return self._memo.name

    async def close(self) -> None:
        await self.rest()

    async def rest(self) -> None:
        """End the process; the next call starts one that resumes."""
        self._pool.live.pop(self, None)
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    # -- calls

    async def _call(self, order: Mapping[str, object]) -> object:
        """What the adapter answers. A call that is cut off or breaks costs the child, because half a call is no state
        to go on from. Raises an `AdapterError`."""
        async with self._turn:
            self._sent = False
            await self._pool.use(self)
            try:
                child = await self._ready()
                answer, resume = await self._on(child, order)
            except (Refused, Unsupported, Unreachable):
                raise
            except BaseException:
                await self.rest()
                raise
            await asyncio.to_thread(self._memo.write, resume)
            self._kept = bool(resume)
            return answer

    async def _on(self, child: Child, order: Mapping[str, object]) -> tuple[object, str]:
        async with self._adapter.requests(str(self._talk["url"])) as requests:
            try:
                return await call(child, order, requests)
            finally:
                self._sent = requests.sent

    async def _ready(self) -> Child:
        forgotten = self._kept and not await asyncio.to_thread(self._memo.exists)
        if self._child is None or not self._child.alive or forgotten:
            await self.rest()  # one that remembers what was forgotten must not write it down again
            self._child = await self._adapter.start()
            self._pool.live[self] = None
            resume = await asyncio.to_thread(self._memo.read)
            await self._on(self._child, {"do": "open", "talk": {**self._talk, "resume": resume}})
        return self._child

    async def _delivery(self, order: Mapping[str, object], message_id: MessageId) -> Delivery:
        """What became of a sending. Where a call broke after something went out, that is unknown."""
        try:
            answer = await self._call(order)
        except AdapterError as err:
            state = DeliveryState.UNKNOWN if self._sent or order["do"] == "status" else DeliveryState.FAILED
            refused = isinstance(err, Refused | Unsupported) and order["do"] == "send"
            return Delivery(DeliveryState.FAILED if refused else state, message_id, error=err.code)
        said = answer if isinstance(answer, Mapping) else {}
        if said.get("state") not in list(DeliveryState):
            return Delivery(DeliveryState.UNKNOWN, message_id, error="adapter_failed")
        state, reference = DeliveryState(str(said["state"])), safe_id(said.get("reference")) or ""
        return Delivery(state, message_id, reference, safe_code(said.get("error")))

    # -- what was heard

    def _reply(self, entry: object) -> Reply:
        """One message, read as any counterpart's: an adapter's word is not more than a company's."""
        heard = entry if isinstance(entry, Mapping) else {}
        text = heard.get("text") if isinstance(heard.get("text"), str) else ""
        payloads = heard.get("payloads") if isinstance(heard.get("payloads"), list) else []
        assert isinstance(text, str) and isinstance(payloads, list)
        digest = hashlib.sha256(json.dumps(entry, sort_keys=True, default=str).encode("utf-8", "surrogatepass"))
        message_id = MessageId(safe_id(heard.get("id")) or f"r-{digest.hexdigest()[:24]}")
        context = PayloadContext(self._category, self._provider, message_id)
        manifest = self._adapter.manifest
        typed = payloads[:MAX_HEARD] if manifest.capabilities.typed_terms else []
        readings = [read_payload(value, context) for value in typed]
        problems = [code for reading in readings for code in reading.problems]
        if payloads and not typed:
            problems.append("untyped_channel")
        moves: list[Move] = []
        for move in (move for reading in readings for move in reading.moves):
            if isinstance(move, Inquire) and move.field not in manifest.fields:
                problems.append(f"undeclared_field:{move.field}")
            else:
                moves.append(move)
        status = heard.get("status")
        final = heard.get("final") is True or any(reading.final for reading in readings)
        return Reply(
            message_id,
            tuple(moves),
            UntrustedText(text[:MAX_TEXT], self._source) if text else None,
            ReplyStatus(status) if status in list(ReplyStatus) else ReplyStatus.ANSWERED,
            final,
            tuple(dict.fromkeys(problems))[:32],
        )


def _undeclared(payload: Mapping[str, object], manifest: Manifest) -> str:
    """A field the move tells something of that the manifest does not name; the empty string for none."""
    told = payload.get("inform")
    named = [answer.get("field") for answer in told if isinstance(answer, Mapping)] if isinstance(told, list) else []
    return next((str(name) for name in named if name not in manifest.fields), "")
