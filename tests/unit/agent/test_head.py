"""The signed head: a record made anew, cut or put back is told from the one that was signed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.kernel.chain import FILE, link_of, verify
from agent.kernel.errors import LedgerBroken
from agent.kernel.events import Stopped
from agent.kernel.head import PURPOSE, Head, agrees, check, due, public_of, signed
from agent.kernel.ledger import Ledger
from agent.reading import Reading
from agent.runtime import sealing
from agent.runtime.config import Config, Memory
from agent.runtime.config import Vault as VaultConfig
from agent.runtime.runner import Runner
from agent.runtime.sealing import seal, seal_at_end, sign_now
from agent.views import FacadeError
from memory.keys import KeyFile, ThrowawayKey
from memory.store import Store
from memory.vault import Vault
from tests.requirements import requirement
from tests.support.house import KEY, START, living, phone_need

SECRET = b"s" * 32


@pytest.fixture
def ledger(tmp_path: Path):
    made = Ledger(tmp_path)
    for number in range(5):
        made.append(START, [Stopped(str(number))])
    yield made
    made.close()


def rewritten(ledger: Ledger, seq: int) -> None:
    """The chain with one event changed and every hash after it made anew: what somebody without the key can do."""
    rows = ledger.conn.execute("SELECT * FROM events ORDER BY seq").fetchall()
    prev = rows[0]["prev"]
    for row in rows:
        payload = row["payload"].replace('"by":"', '"by":"x') if row["seq"] == seq else row["payload"]
        link = link_of(prev, row["seq"], row["at"], row["type"], payload, row["body_digest"])
        ledger.conn.execute(
            "UPDATE events SET payload=?, prev=?, hash=? WHERE seq=?", (payload, prev, link, row["seq"])
        )
        prev = link


@requirement("why:head-is-signed")
def test_a_chain_made_anew_by_somebody_without_the_key_is_found(tmp_path: Path, ledger: Ledger) -> None:
    vault = Vault.open(Store(tmp_path), [ThrowawayKey(KEY)])
    assert seal(ledger, vault, START)
    key = public_of(vault.derived(PURPOSE))
    assert check(ledger.conn, key).problem == "" and check(ledger.conn, key).seq == 5
    rewritten(ledger, 2)
    assert verify(ledger.conn)[1] is None  # the chain alone holds
    assert check(ledger.conn, key).problem == "bad_signature"


@requirement("why:head-is-signed")
def test_a_head_signed_with_another_key_is_not_the_persons(tmp_path: Path, ledger: Ledger) -> None:
    stranger = Vault.open(Store(tmp_path), [ThrowawayKey(b"z" * 32)])
    seal(ledger, stranger, START)
    assert check(ledger.conn, public_of(SECRET)).problem == "other_key"
    assert check(ledger.conn).problem == ""  # without the key nobody can say whose it is


@requirement("why:kept-head-finds-a-cut")
@pytest.mark.parametrize("change", ["cut", "put back", "exchanged"])
def test_a_head_kept_elsewhere_finds_a_record_that_is_not_the_signed_one(
    tmp_path: Path, ledger: Ledger, change: str
) -> None:
    ledger.checkpoint()
    shutil.copy(tmp_path / FILE, tmp_path / "older")
    ledger.append(START, [Stopped("later")])
    head = signed(ledger.conn, SECRET, START)
    assert head is not None and Head.read(head.text()) == head and agrees(ledger.conn, head)
    ledger.append(START, [Stopped("still later")])
    assert check(ledger.conn, elsewhere=(head,)).problem == ""
    if change == "cut":
        ledger.conn.execute("DELETE FROM events WHERE seq>5")
    elif change == "put back":
        ledger.conn.execute("ATTACH ? AS older", (str(tmp_path / "older"),))
        ledger.conn.execute("DELETE FROM events")
        ledger.conn.execute("INSERT INTO events SELECT * FROM older.events")
    else:
        rewritten(ledger, 1)
    assert check(ledger.conn, elsewhere=(head,)).problem == "not_as_signed"


def test_a_forged_head_agrees_with_nothing(ledger: Ledger) -> None:
    head = signed(ledger.conn, SECRET, START)
    assert head is not None
    for forged in (
        replace(head, seq=head.seq - 1), replace(head, at="2020-01-01T00:00:00+00:00"), replace(head, key="00" * 32),
        replace(head, signature="00" * 64), replace(head, signature="no hex"), replace(head, hash="0" * 64),
    ):  # fmt: skip
        assert not agrees(ledger.conn, forged)
    for text in ("", "[]", "{}", json.dumps({**json.loads(head.text()), "seq": "5"})):
        with pytest.raises(ValueError):
            Head.read(text)


def test_it_is_signed_every_hour_and_at_the_end_where_something_happened(tmp_path: Path, ledger: Ledger) -> None:
    vault = Vault.open(Store(tmp_path), [ThrowawayKey(KEY)])
    assert not seal(ledger, None, START) and seal(ledger, vault, START)
    assert not due(ledger, START + timedelta(days=1))  # nothing happened
    ledger.append(START, [Stopped("x")])
    assert not due(ledger, START + timedelta(minutes=59)) and due(ledger, START + timedelta(minutes=60))
    seal_at_end(ledger, vault, START)
    assert [event.type for event in ledger.events()][-1] == "HeadSigned" and len(ledger.events()) == 8
    seal_at_end(ledger, vault, START)
    assert len(ledger.events()) == 8


@requirement("why:kept-head-finds-a-cut")
def test_a_record_put_back_is_noted_and_not_signed_over_before_the_person_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, key = tmp_path / "h", tmp_path / "k" / "vault.key"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f'[vault]\nkey_sources = ["file"]\nkey_file = "{key}"\n')
    (home / "config.toml").chmod(0o600)
    ledger, store = Ledger(home), Store(home)
    vault = Vault.open(store, [KeyFile(key, home)])
    ledger.append(START, [Stopped("first")])
    seal(ledger, vault, START)
    ledger.checkpoint()
    shutil.copy(home / FILE, tmp_path / "older")
    ledger.append(START, [Stopped("second")])
    seal_at_end(ledger, vault, START)
    assert key.with_name("vault.key.head").stat().st_mode & 0o077 == 0
    ledger.close()
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "older", home / FILE)
    (home / FILE).chmod(0o600)

    def problem() -> str:
        reads = Reading(home)
        try:
            return reads.ledger_check().head_problem
        finally:
            reads.close()

    assert problem() == "not_as_signed"
    with pytest.raises(LedgerBroken):
        sign_now(home, START)
    ledger = Ledger(home)
    before = len(ledger.events())
    assert before == 2  # what was signed first, with its signature
    for _ in range(2):
        seal_at_end(ledger, vault, START)
    (note,) = ledger.events()[before:]
    assert note.payload["code"] == sealing.NOT_AS_SIGNED
    ledger.close()
    assert sign_now(home, START, anew=True).seq > before and problem() == ""
    store.close()


async def test_a_runner_signs_what_it_did_and_verify_says_how_far(tmp_path: Path) -> None:
    async with living(tmp_path / "h", persona=True, config=Config(
        memory=Memory(embedder="ngram"), vault=VaultConfig(key_sources=())
    )) as house:  # fmt: skip
        house.state_need(phone_need())
        await Runner(house).tick()
        reads = Reading(house.home.root)
        check_ = reads.ledger_check()
        assert check_.verified and check_.signed_to == check_.events - 1
        exported = tmp_path / "head.json"
        exported.write_text("nonsense")
        with pytest.raises(FacadeError):
            reads.ledger_check(exported)
        reads.close()


def test_a_record_without_signatures_still_verifies(tmp_path: Path, ledger: Ledger) -> None:
    with sqlite3.connect(tmp_path / FILE) as conn:
        conn.row_factory = sqlite3.Row
        assert check(conn) == check(conn, public_of(SECRET)) and check(conn).seq == 0


@pytest.mark.parametrize("payload", ["{}", "[]", '{"seq": "5"}', '{"ledger":"x","seq":5,"hash":[],"signed_at":1}'])
def test_a_signature_nobody_of_us_wrote_is_a_bad_one_and_no_crash(ledger: Ledger, payload: str) -> None:
    ledger.append(START, [Stopped("x")])
    ledger.conn.execute("UPDATE events SET type='HeadSigned', payload=? WHERE seq=6", (payload,))
    assert check(ledger.conn).problem == "bad_signature"


def test_a_flipped_byte_in_a_signature_is_told_as_the_broken_event(tmp_path: Path, ledger: Ledger) -> None:
    vault = Vault.open(Store(tmp_path), [ThrowawayKey(KEY)])
    seal(ledger, vault, START)
    ledger.conn.execute("UPDATE events SET payload=replace(payload,'\"seq\"','\"sek\"') WHERE seq=6")
    reads = Reading(tmp_path)
    found = reads.ledger_check()
    reads.close()
    assert (found.verified, found.broken_at) == (False, 6)
