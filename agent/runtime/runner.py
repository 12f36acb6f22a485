"""The runner: one per data folder, one event loop. `tick` does whatever is due and returns when to look again.

A tick reads the person's decisions, advances talks, makes items and digests, and looks after agreements. It can be
repeated at any moment: everything it does is decided from the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.digest.attention import make_digest
from agent.digest.carded import carded
from agent.digest.channels import differing_texts
from agent.digest.parity import findings
from agent.kernel.errors import Halted
from agent.kernel.events import Event, IncidentNoted, ItemClosed, ItemMade, JobRan
from agent.kernel.ledger import Draft
from agent.market.identity import accept
from agent.needs.need import Leg
from agent.runtime.advancing import advance_all
from agent.runtime.decisions import Decisions
from agent.runtime.embedding import keep_embedded
from agent.runtime.ending import close_windows, end_withdrawn
from agent.runtime.forgetting import Forgetting
from agent.runtime.interrupting import interrupting
from agent.runtime.lessons import ended_but_followed
from agent.runtime.lock import RunnerLock
from agent.runtime.mailwatch import mail_due, watch
from agent.runtime.notify import notify
from agent.runtime.paths import Home
from agent.runtime.schedule import Alarms, Job, digest_due, keep_plan, planned_jobs
from agent.runtime.sealing import seal, seal_at_end
from agent.runtime.single import may_sign
from agent.runtime.update import Update, start_again
from agent.runtime.wiring import House, build
from memory.errors import VaultLockedError

log = logging.getLogger("gegenbot.runner")

AFTER_A_FAILURE = timedelta(minutes=5)
"""When a tick that failed is tried again, unless something changes before."""

YIELDS = 10
"""How far a runner of its own steps back behind the person's other programs, the screen first of all."""

LOOK_EVERY = 0.4
"""Seconds between two looks at whether another process wrote (`PRAGMA data_version`)."""


@dataclass(slots=True)
class Runner:
    """Drives one house."""

    house: House
    _memory_seen: tuple[int, int] | None = None
    """The state of memory whose values the gate's scanner knows."""
    retracted: int = 0
    replaced: bool = False  # a card the person countered was answered since the last digest
    waits: bool = True
    """Whether a tick waits for companies that let others wait. The one that goes on for ever is rung instead."""

    async def tick(self, *, digest: bool = False) -> datetime:
        """Do what is due now. Returns when the next thing is due. `digest` makes one now."""
        house = self.house
        now = house.clock.now()
        jobs = planned_jobs(house.ledger, house.config, now)
        if house.home.stop.exists():
            await house.threads.drop()
            return now + timedelta(days=1)
        if self._memory_seen is None:  # the first look may take minutes: what is planned is said before it
            await asyncio.to_thread(keep_plan, house.ledger, jobs)
        due = digest_due(house.ledger, house.config, now) <= now
        try:
            if mail_due(house, jobs, now, asked=due or digest or self._asked_to_look()):
                from agent.runtime.incoming import look  # the language room, for those who have mail sorted

                await look(house)
            await self._retender([job for job in jobs if job.kind == "retender" and job.due_at <= now])
            unfinished = await self._work(now)
            if digest or due or self.replaced or self._asked_to_look():
                await self.make_digest()
            interrupted = await self._interrupt()
            if due and not interrupted:  # who asked for a look sits at the screen
                await asyncio.to_thread(self._tell_waiting, now)
        except Halted:
            await house.threads.drop()
            return now + timedelta(days=1)
        except BaseException:
            await house.threads.drop()
            raise
        await self._note_due(jobs, now)
        await asyncio.to_thread(seal, house.ledger, house.person.opened, house.clock.now())
        jobs = planned_jobs(house.ledger, house.config, house.clock.now())
        await asyncio.to_thread(keep_plan, house.ledger, jobs)
        if unfinished:
            return now
        future = [job.due_at for job in jobs if job.due_at > house.clock.now()]
        return min(future) if future else now + timedelta(hours=1)

    async def _work(self, now: datetime) -> bool:
        """Decisions, talks, windows and cards. True when talks could go on at once and others came first."""
        house = self.house
        await self._forget()
        await asyncio.to_thread(self._know_values)
        await Decisions(house).apply()
        await self._heed_retractions()
        await end_withdrawn(house)
        await house.signing.reconcile()
        for row in house.ledger.rows("SELECT id FROM items WHERE state='approved' ORDER BY number"):
            seen = await asyncio.to_thread(accept, house.ledger, row["id"])
            if seen:
                await asyncio.to_thread(house.ledger.append, now, seen)
            else:
                await house.signing.carry_out(row["id"])
        needs = house.book.open_needs()
        on_card = carded(house.ledger.rows)
        live = [need for need in needs if need.id not in on_card]
        unfinished = await advance_all(house, live, wait=self.waits)
        await close_windows(house, now)
        for done in house.composer.settled(now):
            if any(house.market.opens(need) for need in done.needs):
                continue
            kinds = {need.category for need in done.needs}
            notes = [note for kind in sorted(kinds) for note in findings(house.ledger.rows, kind, now)]
            if notes:
                await asyncio.to_thread(house.ledger.append, now, notes)
            made = house.composer.items(done, now)
            cards: list[Draft | Event] = [*house.composer.named(), *self._answered(done.ref, made), *made]
            await asyncio.to_thread(house.ledger.append, now, cards)
            for item in made:
                wanted = [need for need in done.needs if need.id in {leg["need"] for leg in item.legs}]
                if all(may_sign(need, item.legs, item.over_limit) for need in wanted):
                    await self._sign_alone(item, now)
        await house.aftercare.expire()
        if house.config.negotiation.watch_hours:
            await house.watch.look(timedelta(hours=house.config.negotiation.watch_hours))
        if house.ledger.row("SELECT 1 FROM commitments WHERE state='agreed'"):
            await house.aftercare.watch()
            await house.aftercare.release_unneeded()
        return unfinished

    def _answered(self, ref: str, made: Sequence[ItemMade]) -> list[Event]:
        """The end of a card the person countered, now that the company has answered."""
        rows = self.house.ledger.rows("SELECT id FROM items WHERE ref=? AND state='countered'", (ref,))
        self.replaced |= bool(rows)
        return [ItemClosed(row["id"], "replaced" if made else "declined", "counter_answered") for row in rows]

    async def _sign_alone(self, item: ItemMade, now: datetime) -> None:
        """Where the person's limits for this category say `act`: the digest tells it, and the gate checks it again."""
        params = {"provider": ", ".join(leg["name"] for leg in item.legs), "total": item.total or "",
                  "currency": item.currency}  # fmt: skip
        note = IncidentNoted("signing_alone", params, [f"item:{item.item}"], item.legs[0]["provider"])
        await asyncio.to_thread(self.house.ledger.append, now, [note])
        await self.house.signing.carry_out(item.item, by_mandate=True)

    async def _interrupt(self) -> bool:
        """Tell at once what the person's rules name, with a digest that shows it."""
        house = self.house
        now = house.clock.now()
        found = await asyncio.to_thread(interrupting, house, now)
        if not found:
            return False
        await asyncio.to_thread(house.ledger.append, now, found)
        await self.make_digest()
        await asyncio.to_thread(notify, house.gate, house.config, house.home.root, len(found), now)
        return True

    def _tell_waiting(self, now: datetime) -> None:
        """At the digest's hour, if the person wants to be told."""
        waiting = self.house.ledger.rows("SELECT COUNT(*) AS n FROM items WHERE state='waiting'")[0]["n"]
        notify(self.house.gate, self.house.config, self.house.home.root, int(waiting), now)

    def _know_values(self) -> None:
        """A value the person added while we run is looked for in what leaves from now on."""
        house = self.house
        if (revision := house.person.store.revision) != self._memory_seen:
            house.gate.scanner.needles = house.person.scanner().needles
            self._memory_seen = revision

    def _asked_to_look(self) -> bool:
        """Whether the person asked for a digest since the last one."""
        ledger = self.house.ledger
        asked = ledger.row("SELECT MAX(seq) AS seq FROM decisions WHERE decision='look_now'")
        if asked is None or asked["seq"] is None:
            return False
        made = ledger.row("SELECT 1 FROM events WHERE seq>? AND type='DigestShown'", (asked["seq"],))
        return made is None

    async def _forget(self) -> None:
        """Requests to forget come before anything else; talks are rebuilt from what is left."""
        try:
            forgotten = await asyncio.to_thread(Forgetting(self.house).apply)
        except VaultLockedError as err:
            log.warning("forgetting waits for the vault: %s", err)
            return
        if forgotten:
            await self.house.threads.drop()

    async def _heed_retractions(self) -> None:
        """Talks are rebuilt after the person took a preference back: none goes on from the wishes as they were.

        Memory is written before the ledger, so what ended there while a need still follows it is recorded here: a
        process may have died in between.
        """
        now = self.house.clock.now()
        if ended := await asyncio.to_thread(ended_but_followed, self.house, now):
            await asyncio.to_thread(self.house.ledger.append, now, ended)
        row = self.house.ledger.row("SELECT COUNT(*) AS n FROM events WHERE type='Retracted'")
        if row is not None and row["n"] != self.retracted:
            self.retracted = row["n"]
            await self.house.threads.drop()

    async def _retender(self, due: list[Job]) -> None:
        """Ask the market again for needs that were settled long enough ago: a new need with the same wishes."""
        house = self.house
        for job in due:
            old = house.book.need(job.ref)
            need = replace(old, id=f"{old.id.partition('~')[0]}~{house.new_id()[:6]}", bundle=None, leg=Leg())
            await asyncio.to_thread(house.state_need, need)
            ran = JobRan(job.id, job.kind, job.ref, need.id)
            await asyncio.to_thread(house.ledger.append, house.clock.now(), [ran])

    async def make_digest(self) -> None:
        """Put a digest before the person now."""
        house = self.house
        now = house.clock.now()
        config = house.config.digest
        notes = await asyncio.to_thread(differing_texts, house.ledger, house.categories, now)
        if notes:
            await asyncio.to_thread(house.ledger.append, now, notes)
        today = house.days.of(now)
        shown = make_digest(house.ledger, now, today, house.new_id, decisions=config.decisions, notes=config.notes)
        params = {"items": str(len(shown.items)), "held_back": str(len(shown.held_back))}
        ran = JobRan("digest", "digest", "", f"{len(shown.items)} items")
        note = IncidentNoted("digest_made", params, [], None)
        await asyncio.to_thread(house.ledger.append, now, [shown, ran, note])
        self.replaced = False

    async def _note_due(self, jobs: list[Job], now: datetime) -> None:
        """Record which planned jobs this tick carried out: each due time once."""
        ran = {row["id"]: row["last_run"] for row in self.house.ledger.rows("SELECT id, last_run FROM jobs")}
        due = [
            job
            for job in jobs
            if job.due_at <= now
            and job.kind not in ("digest", "retender", "mail")
            and not (ran.get(job.id) and datetime.fromisoformat(ran[job.id]) >= job.due_at)
        ]
        if due:
            events = [JobRan(job.id, job.kind, job.ref, "done") for job in due]
            await asyncio.to_thread(self.house.ledger.append, now, events)


async def serve(root: Path) -> bool:
    """Run the folder until a signal ends it. Returns whether to start again, because the program was updated.
    Raises `RunnerAlive` when another runner holds it."""
    with suppress(OSError, ValueError):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal may close from the first moment on
    home = Home(root).make()
    lock = RunnerLock(home).take()
    house = build(root, holds_lock=True)
    runner = Runner(house, waits=False)
    update = Update(house.ledger.ahead)
    wake = asyncio.Event()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def ring() -> None:
        wake.set()

    alarms = Alarms(ring)
    house.threads.under_way.ring = wake.set
    try:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, done.set)
        loop.add_signal_handler(signal.SIGUSR1, house.gate.halt)
        alarms.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(house, wake.set, done))
            group.create_task(keep_embedded(house, done.is_set))
            group.create_task(update.watch(done))
            await follow(house, runner, alarms, wake, done)
            done.set()
    finally:
        alarms.stop()
        seal_at_end(house.ledger, house.person.opened, house.clock.now())
        await house.close()
        lock.release()
    return update.found


async def tick_once(root: Path) -> datetime:
    """One tick of the folder without a runner. Raises `RunnerAlive` when one holds it."""
    home = Home(root).make()
    lock = RunnerLock(home).take()
    house = build(root, holds_lock=True)
    try:
        return await Runner(house).tick()
    finally:
        await house.close()
        lock.release()


async def follow(house: House, runner: Runner, alarms: Alarms, wake: asyncio.Event, done: asyncio.Event) -> None:
    """Tick whenever an alarm rings, another process wrote, or the clock on the wall has passed what is due."""
    version, halted, written, due = -1, house.home.stop.exists(), 0, house.clock.now()
    wake.set()
    while not done.is_set():
        seen = house.ledger.row("PRAGMA data_version")
        changed = (seen is not None and seen[0] != version) or house.home.stop.exists() != halted
        halted = house.home.stop.exists()
        if (now_written := house.home.settings_written()) != written:
            written, changed = now_written, True
            house.take_settings()
        # Alarms count waking seconds: after a machine slept, only the clock on the wall says what is due.
        if wake.is_set() or changed or house.clock.now() >= due:
            # Read before the tick: what another process writes while one runs is looked at in the next.
            version = seen[0] if seen is not None else version
            wake.clear()
            began = house.clock.now()
            tick = asyncio.ensure_future(runner.tick())
            finished = asyncio.ensure_future(done.wait())
            await asyncio.wait({tick, finished}, return_when=asyncio.FIRST_COMPLETED)
            finished.cancel()
            if not tick.done():
                tick.cancel()
                with suppress(asyncio.CancelledError):
                    await tick
                return
            due = _ended(tick, began)
            alarms.set(planned_jobs(house.ledger, house.config, house.clock.now()), began)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await wake.wait()


def _ended(tick: asyncio.Future[datetime], began: datetime) -> datetime:
    """The job boundary: what went wrong in one tick is logged and ends nothing. Returns when to look again."""
    error = tick.exception()
    if error is None:
        return tick.result()
    log.error("a tick failed", exc_info=error)
    return began + AFTER_A_FAILURE


def main() -> None:
    """`python -m agent.runtime.runner --home DIR`: what `start_runner` starts."""
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    chosen = parser.parse_args()
    with suppress(OSError):
        os.nice(YIELDS)
    if asyncio.run(serve(chosen.home)):
        start_again()


if __name__ == "__main__":
    main()
