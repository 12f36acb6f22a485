"""What is due when. The ledger and the configuration say it; APScheduler only rings.

`planned_jobs` derives every job anew from what is true, so a missed alarm, a restart or a sleeping laptop loses
nothing. Local digest hours are meant in the person's zone, also across a change of summer time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.kernel.ledger import Ledger
from agent.runtime.config import Config


@dataclass(frozen=True, slots=True)
class Job:
    """One planned action: `digest`, `window_end`, `reply_reminder`, `retender`, `offer_expiry`, `grant_expiry`,
    `approval_expiry`, `item_expiry`, `mail`, `watch`. `ref` names the need, talk or item."""

    id: str
    kind: str
    ref: str
    due_at: datetime


WATCH_EVERY = timedelta(hours=6)


def next_digest(config: Config, now: datetime) -> datetime:
    """The next configured digest hour after `now`, as UTC."""
    zone = ZoneInfo(config.zone)
    local = now.astimezone(zone)
    moments = []
    for offset in (0, 1):
        day = local.date() + timedelta(days=offset)
        moments += [datetime.combine(day, hour, zone).astimezone(UTC) for hour in config.digest.hours]
    return min(moment for moment in moments if moment > now)


def digest_due(ledger: Ledger, config: Config, now: datetime) -> datetime:
    """The first digest hour after the last digest, or after the folder's first event: in the past when one was
    missed, and then one digest makes up for all of them."""
    row = ledger.row("SELECT COALESCE((SELECT last_run FROM jobs WHERE id='digest'), MIN(at)) AS at FROM events")
    since = datetime.fromisoformat(row["at"]) if row is not None and row["at"] else now
    return next_digest(config, min(since, now))


def planned_jobs(ledger: Ledger, config: Config, now: datetime) -> list[Job]:
    """Every job that follows from configuration and ledger, soonest first. A due one keeps its past time."""
    jobs = [Job("digest", "digest", "", digest_due(ledger, config, now))]

    def add(kind: str, query: str) -> None:
        for row in ledger.rows(query):
            if row["due"]:
                jobs.append(Job(f"{kind}:{row['ref']}", kind, row["ref"], datetime.fromisoformat(row["due"])))

    add("window_end", "SELECT id AS ref, window_ends AS due FROM needs WHERE state='open' AND id NOT IN "
        "(SELECT json_extract(l.value,'$.need') FROM items i, json_each(i.legs) l)")  # fmt: skip
    add("reply_reminder", "SELECT id AS ref, next_poll AS due FROM negotiations WHERE state='waiting_them'")
    add("offer_expiry", "SELECT id AS ref, json_extract(held,'$.valid_until') AS due FROM negotiations "
        "WHERE state IN ('held','waiting_person')")  # fmt: skip
    add("grant_expiry", "SELECT negotiation AS ref, MIN(until) AS due FROM releases WHERE released=1 AND ended IS NULL "
        "GROUP BY negotiation")  # fmt: skip
    add("approval_expiry", "SELECT a.item AS ref, a.expires AS due FROM approvals a JOIN items i ON i.id=a.item "
        "WHERE a.used=0 AND i.state='approved'")  # fmt: skip
    add("item_expiry", "SELECT id AS ref, deadline AS due FROM items WHERE state IN ('waiting','later','countered')")
    if config.negotiation.retender_days:
        query = (
            "SELECT id, window_ends FROM needs WHERE state='agreed' "
            "AND 'retender:' || id NOT IN (SELECT id FROM jobs WHERE last_run IS NOT NULL)"
        )
        for row in ledger.rows(query):
            due = datetime.fromisoformat(row["window_ends"]) + timedelta(days=config.negotiation.retender_days)
            jobs.append(Job(f"retender:{row['id']}", "retender", row["id"], due))
    looked = ledger.row("SELECT last_run FROM jobs WHERE id='mail' AND last_result<>'off'")
    if looked is not None:
        every = timedelta(minutes=config.negotiation.poll_minutes)
        jobs.append(Job("mail", "mail", "", datetime.fromisoformat(looked["last_run"]) + every))
    agreed = ledger.row("SELECT COUNT(*) AS n FROM commitments WHERE state IN ('agreed','committing')")
    if agreed is not None and agreed["n"]:
        last = ledger.row("SELECT last_run FROM jobs WHERE id='watch'")
        since = datetime.fromisoformat(last["last_run"]) if last and last["last_run"] else now
        jobs.append(Job("watch", "watch", "", since + WATCH_EVERY))
    return sorted(jobs, key=lambda job: (job.due_at, job.id))


def keep_plan(ledger: Ledger, jobs: list[Job]) -> None:
    """Write the plan where `gegenbot status` reads it."""
    ledger.plan_jobs([(job.id, job.kind, job.ref, job.due_at.isoformat()) for job in jobs])


class Alarms:
    """APScheduler as an alarm clock: memory store, one instance, no grace limit, missed alarms ring once."""

    def __init__(self, ring: Callable[[], Awaitable[None]]) -> None:
        from apscheduler.jobstores.memory import MemoryJobStore
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        self._ring = ring
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )

    def start(self) -> None:
        self._scheduler.start()

    def set(self, jobs: list[Job], since: datetime) -> None:
        """Replace every alarm by those of the present plan. What was due before `since` was looked at by the tick
        that began then and does not ring again; what fell due during it rings at once."""
        jobs = [job for job in jobs if job.due_at > since]
        wanted = {job.id: job for job in jobs}
        for known in self._scheduler.get_jobs():
            if known.id not in wanted:
                known.remove()
        for job in jobs:
            self._scheduler.add_job(self._ring, "date", run_date=job.due_at, id=job.id, replace_existing=True)

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
