"""The running arena: one web server on loopback, one socket and origin for each company."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from negotiators.arena.bare import App, Behaviour, Receive, Scope, Send, bare_app, broken_app
from negotiators.arena.company import Company
from negotiators.arena.hostile import Hostile
from negotiators.arena.log import ArenaLog, CompanyLog
from negotiators.arena.settings import CompanySpec, Profile, draw_profile, roster
from negotiators.clock import Clock

if TYPE_CHECKING:
    import uvicorn

_PROTOCOLS = {"sdk": "a2a/1.0", "rest": "a2a/1.0", "plain": "a2a/1.0", "bare03": "a2a/0.3", "broken": "a2a/1.0"}


@dataclass(frozen=True, slots=True)
class ArenaEndpoint:
    """Where a company is reached, and what it is."""

    name: str
    title: str
    url: str
    category: str
    style: str
    protocol: str
    language: str
    incumbent: bool = False


class Arena:
    """Companies on loopback. `async with Arena.of(seed, clock) as arena`, or `await Arena.start(...)` and `stop`.

    Prices, texts and ids depend on the seed, the clock and what each company hears; only ports differ between
    runs. `log` holds what every company saw.
    """

    def __init__(
        self,
        seed: int,
        clock: Clock,
        companies: Sequence[CompanySpec],
        *,
        record: bool = True,
        behaviours: Mapping[str, Behaviour] | None = None,
    ) -> None:
        self.seed = seed
        self.clock = clock
        self.log = ArenaLog()
        self.endpoints: tuple[ArenaEndpoint, ...] = ()
        self.companies: dict[str, Company] = {}
        self._specs = tuple(companies)
        self._record = record
        self._behaviours = behaviours or {}
        self._sockets: list[socket.socket] = []
        self._closed: list[socket.socket] = []
        self._apps: dict[int, App] = {}
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @classmethod
    def of(
        cls,
        seed: int,
        clock: Clock,
        companies: Sequence[CompanySpec | str | Hostile] | None = None,
        *,
        record: bool = True,
    ) -> Arena:
        """An arena that does not listen yet. `companies` are specs, hostile ones or names of the roster; default
        is the whole roster. `record` keeps every request's bytes and headers in the log."""
        standing = {spec.name: spec for spec in roster()}
        chosen = [
            standing[one] if isinstance(one, str) else one for one in (roster() if companies is None else companies)
        ]
        behaviours = {one.spec.name: one.behaviour for one in chosen if isinstance(one, Hostile)}
        specs = [one.spec if isinstance(one, Hostile) else one for one in chosen]
        return cls(seed, clock, specs, record=record, behaviours=behaviours)

    @classmethod
    async def start(
        cls,
        seed: int,
        clock: Clock,
        companies: Sequence[CompanySpec | str | Hostile] | None = None,
        *,
        record: bool = True,
    ) -> Arena:
        """A listening arena; `stop` it."""
        arena = cls.of(seed, clock, companies, record=record)
        await arena.__aenter__()
        return arena

    async def __aenter__(self) -> Arena:
        for spec in self._specs:
            self._add(draw_profile(spec, self.seed, self.clock.now().date()))
        if self._sockets:
            await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close every socket. Safe to call twice."""
        if self._server is not None and self._serving is not None:
            self._server.force_exit = True
            self._stopping.set()
            await self._serving
        for listening in (*self._sockets, *self._closed):
            listening.close()
        self._server = self._serving = None

    def endpoint(self, name: str) -> ArenaEndpoint:
        return next(endpoint for endpoint in self.endpoints if endpoint.name == name)

    def slip(self, name: str, days: int = 2) -> int:
        """Let a company move the date of every contract it has; how many there were. A buyer learns of it when
        it next asks for the task."""
        company = self.companies[name]
        return sum(1 for talk in company.talks if company.slip(talk, days) is not None)

    def _add(self, profile: Profile) -> None:
        """Give a company a port of its own. A `closed` one is bound but does not listen: connecting is refused."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        log = self.log.of(profile.name)
        company = Company(profile, self.clock, log)
        self.companies[profile.name] = company
        if profile.wire == "closed":
            self._closed.append(bound)
        else:
            bound.listen(128)
            bound.setblocking(False)
            self._sockets.append(bound)
            app = app_of(company, self.clock, url, self._behaviours.get(profile.name))
            self._apps[port] = recorded(app, log) if self._record else app
        spec = profile.spec
        self.endpoints += (
            ArenaEndpoint(
                name=spec.name,
                title=spec.title,
                url=url,
                category=spec.category,
                style=spec.style,
                protocol=_PROTOCOLS.get(profile.wire, ""),
                language=spec.language,
                incumbent=spec.incumbent,
            ),
        )

    async def _listen(self) -> None:
        import uvicorn

        ready, stopping = asyncio.Event(), self._stopping

        class Quiet(uvicorn.Server):
            """A server that leaves signals to its caller, says when it listens, and sleeps until it is stopped."""

            @contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                ready.set()

            async def main_loop(self) -> None:
                await self.on_tick(0)
                await stopping.wait()

        config = uvicorn.Config(
            self._dispatch,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=60,
        )
        self._server = Quiet(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=self._sockets), name="arena")
        await ready.wait()

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._apps[scope["server"][1]]
        await app(scope, receive, send)


def app_of(company: Company, clock: Clock, url: str, behaviour: Behaviour | None = None) -> App:
    """The web application of a company, by its wire; a company with a behaviour speaks 1.0 by hand."""
    if behaviour is not None:
        return bare_app(company, clock, url, "1.0", behaviour)
    match company.profile.wire:
        case "bare03":
            return bare_app(company, clock, url, "0.3")
        case "broken":
            return broken_app(company, clock, url)
        case _:
            from negotiators.arena.served import sdk_app

            app: App = sdk_app(company, clock, url)
            return app


def recorded(app: App, log: CompanyLog) -> App:
    """`app` with every request's headers and body kept in `log`."""

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        log.headers.append({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})
        body = bytearray()

        async def listening() -> Any:
            event = await receive()
            body.extend(event.get("body", b""))
            if event["type"] == "http.request" and not event.get("more_body"):
                log.bodies.append(bytes(body))
            return event

        await app(scope, listening, send)

    return recording
