"""The demo: a house move in three decisions against simulated companies, in a folder of its own.

The companies are real A2A servers on loopback that share a simulated clock with the agent; everything between
them and the person is the real program. Nothing beyond loopback is contacted.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from agent.kernel.chain import verify
from agent.kernel.events import Approved, Event, IncidentNoted, Stopped
from agent.kernel.ledger import Ledger
from agent.market.desk import MarketRules
from agent.needs.bundles import bundled
from agent.needs.need import need_from_table
from agent.runtime.lock import RunnerLock
from agent.runtime.paths import Home
from agent.runtime.report import report_of
from agent.runtime.runner import Runner
from agent.runtime.story import story_of
from agent.runtime.wiring import House, build
from agent.views import IncidentView, Reason
from agent.zone import DEFAULT as DEFAULT_ZONE
from memory.persona import demo_persona
from negotiators.arena import Arena
from negotiators.clock import SimClock
from negotiators.money import Money

START = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
STORY = "demo_story.toml"
APPROVAL_LASTS = timedelta(days=2)

LOOK = 0.3
"""Seconds between two looks at what a person decided, or at what happened."""

PAUSE = 15.0
"""Seconds after the last decision before the days pass: time to look, and to take a yes back."""

WINDOW = timedelta(hours=9)

CONFIG = """language = "{language}"
zone = "{zone}"

[negotiation]
allow_loopback = true
patience_seconds = 15.0

[model]
model = "{model}"
base_url = {url}

[memory]
embedder = "{embedder}"

[vault]
key_sources = ["file"]
key_file = {key}
"""
"""Of the throw-away folder. The key lies beside it and goes with it, so that the screens open the vault too."""

DEMO_MODEL = "default"
"""The model name asked for at `--model URL`; local servers answer with whatever they have loaded."""


@dataclass(slots=True)
class Demo:
    """One running demo. `report` is what `demo --json` prints, `story` the incidents in order."""

    seed: int
    home: Path
    language: str = "en"
    began: float = field(default_factory=time.monotonic)
    house: House | None = None
    arena: Arena | None = None
    clock: SimClock = field(default_factory=lambda: SimClock(START))

    async def open(self, embedder: str = "auto", model_url: str = "") -> House:
        """Start the companies, import Mira and let the arena's companies in. `model_url` is the address of an
        OpenAI-compatible endpoint that may help to read, or empty."""
        self.arena = await Arena.start(self.seed, self.clock)
        Home(self.home).make(DEFAULT_ZONE).config.write_text(
            CONFIG.format(
                language=self.language, zone=DEFAULT_ZONE, embedder=embedder, model=DEMO_MODEL if model_url else "",
                url=json.dumps(model_url), key=json.dumps(str(self.home.parent / "vault.key")),
            ),
            "utf-8",
        )  # fmt: skip
        languages = {endpoint.name: endpoint.language for endpoint in self.arena.endpoints}
        house = build(
            self.home, clock=self.clock, holds_lock=True,
            rules=MarketRules(rounds=10, poll=timedelta(minutes=60), seed=self.seed), languages=languages,
        )  # fmt: skip
        persona = demo_persona(self.language)
        persona.load_into(house.person.store, house.person.unlock())
        house.gate.scanner = house.person.scanner()
        house.person.recall.catch_up()
        for endpoint in self.arena.endpoints:
            house.know_provider(endpoint.name, endpoint.title, endpoint.url, [endpoint.category], "allowed")
        house.ledger.set_meta("simulated", "1")
        self.house = house
        return house

    def introduce(self) -> None:
        """Who she is and her rules, as the first lines of the story."""
        house = self._house()
        persona = demo_persona(self.language)
        events: list[Event] = [IncidentNoted("persona", {"words": f"{persona.person.name}, {persona.person.about}"},
                                             [], None)]  # fmt: skip
        told: set[int | None] = set()
        for rule in persona.rules:
            if rule.number not in told:
                told.add(rule.number)
                params = {"number": str(rule.number), "text": rule.text}
                events.append(IncidentNoted("persona_rule", params, [f"rule:{rule.id}"], None))
        code = "embedder_fallback" if house.embedder_note else "embedder_used"
        events.append(IncidentNoted(code, {"embedder": house.person.embedder_id}, [], None))
        house.ledger.append(self.clock.now(), list(events))

    def state_needs(self) -> None:
        """Put the story's needs on the ledger."""
        house = self._house()
        story = tomllib.loads(resources.files("agent.runtime").joinpath(STORY).read_text("utf-8"))
        for bundle in story["bundles"]:
            needs, contracts = [], {}
            for number, table in enumerate(bundle["needs"]):
                need_id = f"{bundle['id']}-{number + 1}-{table['category']}"
                if contract := table.pop("contract", None):
                    contracts[need_id] = contract
                table["text"] = table["text"][self.language]
                needs.append(need_from_table(table, house.categories, need_id, STORY))
            if bundle.get("together"):
                cap = Money.of(bundle["cap"], "EUR") if "cap" in bundle else None
                made = bundled(bundle["id"], bundle["event"], cap, "EUR", needs, STORY)
                house.state_bundle(made, window=WINDOW, contracts=contracts)
            for need in needs if not bundle.get("together") else []:
                house.state_need(need, window=WINDOW, contract=contracts.get(need.id))

    def _house(self) -> House:
        if self.house is None:
            raise RuntimeError("the demo is not open")
        return self.house

    async def negotiate(self) -> None:
        """Run the market until every need is settled, then make the digest at its hour."""
        house = self._house()
        runner = Runner(house)
        digest_at = START.replace(hour=17, minute=0)
        while True:
            due = await runner.tick()
            if self.clock.now() >= digest_at or not self._talking():
                break
            self.clock.set(min(max(due, self.clock.now() + timedelta(minutes=1)), digest_at))
        self.clock.set(max(digest_at, self.clock.now()))
        await runner.tick(digest=True)

    def _talking(self) -> bool:
        row = self._house().ledger.row(
            "SELECT COUNT(*) AS n FROM needs WHERE state='open' AND id NOT IN "
            "(SELECT json_extract(l.value,'$.need') FROM items i, json_each(i.legs) l)"
        )
        return row is not None and row["n"] > 0

    async def approve_first(self) -> str | None:
        """Approve the move as its card shows it. Returns the item."""
        house = self._house()
        row = house.ledger.row("SELECT * FROM items WHERE ref='move'") or house.ledger.row(
            "SELECT * FROM items ORDER BY number LIMIT 1"
        )
        if row is None:
            return None
        over = bool(json.loads(row["over_limit"]))
        expires = (self.clock.now() + APPROVAL_LASTS).isoformat()
        house.ledger.append(self.clock.now(), [Approved(row["id"], row["approval_hash"], over, expires)])
        await Runner(house).tick()
        return str(row["id"])

    async def ten_days_later(self) -> None:
        """Time passes; the removal firm moves its date and the fallback is used."""
        runner = Runner(self._house())
        for _ in range(11):
            self.clock.advance(timedelta(days=1))
            await runner.tick()

    async def stop(self) -> None:
        """Stop everything and check the ledger."""
        house = self._house()
        house.home.stop.touch(mode=0o600)
        house.gate.halt()
        house.ledger.append(self.clock.now(), [Stopped("demo"), IncidentNoted("stopped", {}, [], None)])
        events, broken = verify(house.ledger.conn)
        code = "ledger_verified" if broken is None else "ledger_broken"
        house.ledger.append(self.clock.now(), [IncidentNoted(code, {"events": str(events)}, [], None)])

    def report(self) -> dict[str, Any]:
        house = self._house()
        assert self.arena is not None
        return report_of(house, self.arena, time.monotonic() - self.began)

    async def close(self) -> None:
        if self.house is not None:
            await self.house.close()
        if self.arena is not None:
            await self.arena.stop()


async def run_story(
    seed: int,
    home: Path,
    *,
    language: str = "en",
    model_url: str = "",
    on_progress: Callable[[IncidentView], None] | None = None,
) -> tuple[dict[str, Any], list[Reason]]:
    """The whole story without a person: approves the move by itself. Returns the report and the story."""
    demo = Demo(seed, home, language)
    try:
        house = await demo.open(model_url=model_url)
        demo.introduce()
        demo.state_needs()
        watcher = asyncio.ensure_future(_tell(demo.home, on_progress)) if on_progress is not None else None
        await demo.negotiate()
        await demo.approve_first()
        await demo.ten_days_later()
        await demo.stop()
        if watcher is not None:
            watcher.cancel()
        return demo.report(), story_of(house)
    finally:
        await demo.close()


async def _tell(home: Path, on_progress: Callable[[IncidentView], None]) -> None:
    """Hand every new incident to the caller while the story goes on."""
    from agent.reading import Reading

    reading, seen = Reading(home), 0
    try:
        while True:
            for number, incident in reading.incidents(seen):
                seen = number
                on_progress(incident)
            await asyncio.sleep(LOOK)
    finally:
        for _, incident in reading.incidents(seen):
            on_progress(incident)
        reading.close()


async def live(seed: int, home: Path, *, language: str = "en", parent: int | None = None) -> None:
    """The same for a person at the terminal UI: decisions come from outside, and time moves on after the last.

    A signal ends it, and so does the end of `parent`, a descriptor that nobody writes to.
    """
    loop, story = asyncio.get_running_loop(), asyncio.current_task()
    assert story is not None
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, story.cancel)

    def orphaned(gone: int) -> None:
        loop.remove_reader(gone)
        story.cancel()

    if parent is not None:
        loop.add_reader(parent, orphaned, parent)
    with suppress(asyncio.CancelledError):
        await _live(seed, home, language)


def everything_decided(ledger: Ledger) -> bool:
    """Whether the move is agreed and no other card waits: before that, passing days would take the cards away."""
    agreed = ledger.row("SELECT 1 FROM items WHERE ref='move' AND state='agreed'")
    open_card = ledger.row("SELECT 1 FROM items WHERE state IN ('waiting','approved','committing')")
    return agreed is not None and open_card is None


async def _live(seed: int, home: Path, language: str) -> None:
    demo, lock = Demo(seed, home, language), None
    try:
        house = await demo.open()
        lock = RunnerLock(house.home).take()
        demo.introduce()
        demo.state_needs()
        await demo.negotiate()
        runner, moved_on = Runner(house), False
        calm = time.monotonic()
        while True:
            await runner.tick()
            if not everything_decided(house.ledger):
                calm = time.monotonic()
            elif not moved_on and time.monotonic() - calm > PAUSE:
                moved_on = True
                await demo.ten_days_later()
                await runner.make_digest()
            await asyncio.sleep(LOOK)
    finally:
        if lock is not None:
            lock.release()
        await demo.close()


def main() -> None:
    """`python -m agent.runtime.demo --home DIR --seed N --lang LANGUAGE`: what the terminal UI starts."""
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    chosen = parser.parse_args()
    asyncio.run(live(chosen.seed, chosen.home, language=chosen.lang, parent=0 if chosen.with_parent else None))


if __name__ == "__main__":
    main()
