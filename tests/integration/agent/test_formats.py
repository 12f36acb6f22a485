"""Data folders of every earlier format, kept as SQL: this version opens them, reads the same, and goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.kernel.chain import FILE, verify
from agent.kernel.schema import MIGRATIONS
from agent.reading import Reading
from agent.runtime.config import Config, Memory
from agent.runtime.runner import Runner
from agent.runtime.wiring import build
from memory.facts import Fact
from memory.keys import ThrowawayKey
from memory.store import Store
from memory.store.schema import FILE_NAME, migrations
from tests.requirements import requirement
from tests.support.formats import FORMATS, script
from tests.support.house import KEY, FakeAdapter

LEDGERS = range(1, len(MIGRATIONS))
MEMORIES = range(1, max(len(migrations()), 2))
PAIRS = [(ledger, memory) for ledger in LEDGERS for memory in MEMORIES]


def written(home: Path, file: str, name: str, version: int) -> None:
    home.mkdir(mode=0o700, exist_ok=True)
    with sqlite3.connect(home / file) as conn:
        conn.executescript(script(name, version))
    (home / file).chmod(0o600)


@pytest.fixture(params=PAIRS, ids=lambda pair: f"ledger-{pair[0]}-memory-{pair[1]}")
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder as an earlier version left it: one need, one company, an offer put off, a fact, a rule, a wish."""
    ledger, memory = request.param
    written(tmp_path / "home", FILE, "ledger", ledger)
    written(tmp_path / "home", FILE_NAME, "memory", memory)
    return tmp_path / "home"


@requirement("durable:earlier-formats")
def test_every_earlier_format_is_kept() -> None:
    kept = {path.stem for path in FORMATS.glob("*.sql")}
    assert kept == {f"ledger-{one}" for one in LEDGERS} | {f"memory-{one}" for one in MEMORIES}


@requirement("durable:earlier-formats")
def test_a_reader_is_enough_to_bring_a_folder_up_to_date(home: Path) -> None:
    reads = Reading(home)
    try:
        assert [row["category"] for row in reads.needs()] == ["mobile_plan"]
        (item,) = reads.digest().items
        assert (item.state, item.provider, item.currency) == ("later", "Acme", "EUR")
        (talk,) = reads.talks()
        assert len(reads.talk(talk.negotiation).turns) == 8
        assert [row["text"] for row in reads.rules()] == ["Nobody learns my income."]
        assert [row["words"] for row in reads.preferences()] == ["No 24-month contracts."]
        assert [row["provider"] for row in reads.contracts()] == ["Funkturm"]
        assert {row["autonomy"] for row in reads.limits()} == {"propose"}
        assert reads.ledger_check().verified
    finally:
        reads.close()


@requirement("durable:earlier-formats")
async def test_the_runner_goes_on_where_an_earlier_version_stopped(home: Path) -> None:
    config = Config(memory=Memory(embedder="ngram"))
    house = build(home, config=config, sources=[ThrowawayKey(KEY)], holds_lock=True)
    house.threads._adapter_for = lambda name: FakeAdapter({})
    try:
        before = house.ledger.rows("SELECT message_id, attempts FROM outbox ORDER BY rowid")
        (fact,) = house.person.store.entries(Fact)
        assert house.person.value(fact) == "10435"
        await Runner(house).tick(digest=True)
        after = house.ledger.rows("SELECT message_id, attempts FROM outbox ORDER BY rowid")
        assert [tuple(row) for row in after][: len(before)] == [tuple(row) for row in before]
        assert verify(house.ledger.conn)[1] is None
    finally:
        await house.close()
    with Store(home) as store:
        assert store.rows("PRAGMA user_version") == [(len(migrations()),)]
