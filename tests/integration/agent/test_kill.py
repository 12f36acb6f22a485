"""`kill -9` at any moment: no message lost, none sent twice under another id, no commitment doubled."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.kernel.ledger import FILE, connect, verify
from agent.runtime.replay import replay_ledger
from tests.requirements import requirement
from tests.support.house import phone_need
from tests.support.process import ending, make_home, start_runner, until
from tests.support.shop import Shop, opened

QUESTION = {"field": "postal_code", "category": "pd:PostalCode", "required": True}


class Killer:
    """Kills the runner when the peers have heard so many messages, before or after they answer; and once more in
    the middle of the commitment."""

    def __init__(self, chance: random.Random, kills: int) -> None:
        at = sorted(chance.sample(range(1, 14), kills))
        self.plan = [(number, chance.choice(["before", "after"])) for number in at]
        self.kill_commit = True
        self.posts = 0
        self.killed = 0
        self.process: subprocess.Popen[bytes] | None = None

    async def __call__(self, shop: Shop, moment: str) -> None:
        if moment == "before":
            self.posts += 1
        due = bool(self.plan) and self.posts >= self.plan[0][0] and self.plan[0][1] == moment
        if shop.heard[-1].binding and self.kill_commit:
            self.kill_commit, due = False, True
        elif due:
            self.plan.pop(0)
        if due and self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.killed += 1


async def story(root: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    killer = Killer(chance, kills)
    shops = [
        Shop("acme", Decimal(18), Decimal(12), killer, asks=(QUESTION,)),
        Shop("best", Decimal(16), Decimal(9), killer),
    ]
    async with opened(shops[0]), opened(shops[1]):
        home = make_home(root, phone_need(), {shop.name: shop.url for shop in shops})
        conn = connect(home / FILE, readonly=True)

        def finished() -> bool:
            row = conn.execute("SELECT * FROM items").fetchone()
            if row is not None and row["state"] == "waiting":
                Deciding(home).approve(row["id"], row["approval_hash"])
            if row is None or row["state"] != "agreed":
                return False
            open_ = conn.execute(
                "SELECT COUNT(*) FROM negotiations WHERE state NOT IN ('agreed','superseded','declined','failed')"
            ).fetchone()[0]
            waiting = conn.execute("SELECT COUNT(*) FROM outbox WHERE state NOT IN ('delivered')").fetchone()[0]
            return open_ == 0 and waiting == 0

        for _ in range(kills + 3):
            process = start_runner(home)
            killer.process = process
            with ending(process):
                try:
                    await until(lambda running=process: running.poll() is not None or finished(), 90)
                except AssertionError:
                    raise AssertionError(standing(conn) + (root / "runner.out").read_text()[-1500:]) from None
            if finished():
                break
        assert finished(), (root / "runner.out").read_text()[-2000:]
        assert killer.killed >= kills
        check(home, conn, shops)
        conn.close()


def standing(conn) -> str:
    """Where everything stands, for the message of a failure."""
    queries = (
        "SELECT provider, state, reason, round, next_poll FROM negotiations", "SELECT state FROM items",
        "SELECT act, state, attempts, round FROM outbox", "SELECT state, message_id FROM commitments",
        "SELECT seq, type FROM events ORDER BY seq DESC LIMIT 12",
    )  # fmt: skip
    return "\n".join(str([tuple(row) for row in conn.execute(query)]) for query in queries) + "\n"


def check(home: Path, conn, shops: list[Shop]) -> None:
    recorded = {row["message_id"]: row["act"] for row in conn.execute("SELECT message_id, act FROM outbox")}
    inbox = {row["message_id"] for row in conn.execute("SELECT message_id FROM inbox")}
    for shop in shops:
        assert set(shop.ids) <= set(recorded), "a message left that the ledger does not know"
        same = Counter((said.act, said.binding, said.round, said.terms, said.informs) for said in shop.distinct())
        assert max(same.values()) == 1, f"one move under two ids: {same.most_common(1)}"
        given = {answer["messageId"] for answer in shop.answers.values()}
        assert given <= inbox, "an answer was lost"
        assert Counter(said.act for said in shop.distinct())["reject"] <= 1
    assert set(recorded) == {message for shop in shops for message in shop.ids}, "a recorded message never left"
    assert sum(len(shop.commits) for shop in shops) == 1
    states = {row["provider"]: row["state"] for row in conn.execute("SELECT provider, state FROM negotiations")}
    assert sorted(states.values()) == ["agreed", "superseded"], states
    assert verify(conn)[1] is None
    replayed = replay_ledger(home)
    assert replayed["different"] == [] and replayed["decisions"] == replayed["equal"]


@requirement("durable:nothing-lost", "durable:one-id-per-move", "durable:no-double-commit", "durable:ledger-survives")
@pytest.mark.timeout(300)
async def test_a_runner_killed_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    await story(tmp_path, 5, 2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
async def test_twenty_runners_killed_many_times(tmp_path: Path, seed: int) -> None:
    await story(tmp_path, seed, 8)
