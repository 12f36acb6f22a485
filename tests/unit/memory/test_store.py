import json
import sqlite3
import stat
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from memory.errors import (
    EntryInvalidError,
    EntryNotFoundError,
    StoreTooNewError,
    StoreUnavailableError,
    StoreUnsafeError,
)
from memory.facts import CategoryId, Fact, FactId
from memory.preferences import Op, Preference, PreferenceId, Term
from memory.rules import PrivacyRule
from memory.store import Contract, ContractId, DecisionId, EntryKind, PastDecision, PriceStep, Store, Verdict


def wish(name, words, **rest):
    return Preference(PreferenceId(name), words, **rest)


def bytes_of(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_folder_and_files_are_ours_alone(store, home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    store.add(wish("a", "quiet"))
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_looser_folder_or_file_is_refused(tmp_path):
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o755)
    loose.chmod(0o755)
    with pytest.raises(StoreUnsafeError, match="chmod 700"):
        Store(loose)
    tight = tmp_path / "tight"
    Store(tight).close()
    (tight / "memory.sqlite3").chmod(0o644)
    with pytest.raises(StoreUnsafeError, match="chmod 600"):
        Store(tight)


def test_a_symbolic_link_is_refused(tmp_path):
    Store(tmp_path / "real").close()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StoreUnsafeError, match="symbolic link"):
        Store(tmp_path / "link")


def test_a_newer_file_is_refused_and_a_damaged_one_named(tmp_path):
    Store(tmp_path / "new").close()
    with sqlite3.connect(tmp_path / "new" / "memory.sqlite3") as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(StoreTooNewError, match="update"):
        Store(tmp_path / "new")
    Store(tmp_path / "torn").close()
    (tmp_path / "torn" / "memory.sqlite3").write_bytes(b"not a database at all" * 400)
    with pytest.raises(StoreUnavailableError, match="cannot open"):
        Store(tmp_path / "torn")


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="cannot create"):
        Store(tmp_path / "file" / "home")


def test_entries_come_back_as_they_went_in(store, now):
    entries = [
        wish("p", "Kein „Leder“", terms=(Term("x", Op.IS_NOT, "leather"),), weight=Decimal("0.70"), valid_from=now),
        PastDecision(
            DecisionId("d"), Verdict.REJECTED, "too long a term", now, "mobile_plan", "24 Monate", ("ledger:7",)
        ),
        Contract(
            ContractId("c"), "gym", "Studio", "EUR", (PriceStep(0, Decimal("34.90")), PriceStep(12, Decimal("39.90")))
        ),
        Fact(FactId("f"), CategoryId("pd:Name"), label="name", valid_until=now),
    ]
    store.add(*entries)
    for entry in entries:
        assert store.get(type(entry), entry.id) == entry


def test_adding_several_is_all_or_nothing(store):
    store.add(wish("a", "one"))
    with pytest.raises(EntryInvalidError, match="already is a preference `a`"):
        store.add(wish("b", "two"), wish("a", "again"))
    assert [p.id for p in store.entries(Preference)] == ["a"]


def test_a_missing_entry_is_named(store):
    with pytest.raises(EntryNotFoundError, match="no preference `zz`"):
        store.get(Preference, "zz")
    with pytest.raises(EntryNotFoundError, match="no preference `zz`"):
        store.replace(wish("zz", "x"))


def test_correcting_and_retracting_close_what_was_derived(store, now):
    store.add(wish("a", "green"), wish("b", "derived", evidence=("preference:a",)), wish("c", "other"))
    assert store.correct(PreferenceId("a"), wish("a2", "not green"), now) == ("b",)
    assert [p.id for p in store.preferences(now).effective] == ["c", "a2"]
    assert store.get(Preference, "a").valid_until == now
    store.add(wish("d", "derived too", evidence=("preference:c",)))
    assert store.retract(PreferenceId("c"), now) == ("d",)
    assert [p.id for p in store.preferences(now + timedelta(days=1)).effective] == ["a2"]
    assert {entry.id for entry in store.entries(Preference)} == {"a", "a2", "b", "c", "d"}, (
        "ended, and still to be seen"
    )


def test_full_text_finds_parts_of_compounds_and_folds_umlauts(store):
    store.add(wish("a", "Die Hausratversicherung soll Fahrräder einschließen"), wish("b", "No leather"))
    assert store.search_text("Versicherung", [EntryKind.PREFERENCE])[0].id == "a"
    assert store.search_text("FAHRRAEDER", [EntryKind.PREFERENCE])[0].id == "a"
    assert store.search_text('") OR 1 --', [EntryKind.PREFERENCE]) == ()
    assert store.search_text("Versicherung", [EntryKind.RULE]) == ()


def test_export_and_restore_are_the_identity(mira, tmp_path):
    text = json.dumps(mira.export(), ensure_ascii=False)
    with Store(tmp_path / "other") as other:
        assert other.restore(json.loads(text)) > 50
        assert json.dumps(other.export(), ensure_ascii=False) == text
    assert "Sommerfeldt" not in text


def test_a_foreign_export_is_refused(store):
    for bad in ({}, [], {"format": "gegenbot-memory", "version": 1, "entries": {"secrets": []}}):
        with pytest.raises(EntryInvalidError):
            store.restore(bad)


def test_forgetting_leaves_no_byte_in_any_file_of_the_folder(store, vault, home, now):
    secret = "Xylophonreparaturwerkstatt"
    store.add(*(wish(f"p{at}", f"harmless wish number {at}") for at in range(300)))
    store.add(
        wish("gone", f"never again the {secret}"),
        wish("child", f"so no {secret} either", evidence=("preference:gone",)),
    )
    fact = Fact(FactId("f"), CategoryId("pd:Name"), label=f"{secret} label")
    vault.put(fact, "whatever")
    store.blobs.keep_vectors("e", {f"never again the {secret}": b"VECTORBYTES" * 8})
    assert secret.encode() in bytes_of(home)
    store.add(PastDecision(DecisionId("d"), Verdict.REJECTED, f"about {secret}", now))
    for kind, entry_id in ((EntryKind.PREFERENCE, "gone"), (EntryKind.FACT, "f"), (EntryKind.DECISION, "d")):
        assert store.forget(kind, entry_id).complete
    left = bytes_of(home)
    assert secret.encode() not in left
    assert secret.casefold().encode() not in left
    assert b"VECTORBYTES" not in left
    assert len(store.entries(Preference)) == 300
    assert store.search_text("Xylophonreparatur", [EntryKind.PREFERENCE, EntryKind.FACT, EntryKind.DECISION]) == ()
    assert store.blobs.sealed_one(FactId("f")) is None


def test_forgetting_says_when_another_reader_still_holds_the_old_state(store, home):
    store.add(wish("a", "gone soon"))
    with Store(home, read_only=True) as reader:
        reader._connection.execute("BEGIN")
        reader._connection.execute("SELECT count(*) FROM entry").fetchall()
        store._connection.execute("PRAGMA busy_timeout = 0")
        assert not store.forget(EntryKind.PREFERENCE, "a").complete
        reader._connection.execute("COMMIT")
        assert store.scrub()


def test_a_shared_vector_stays_while_another_entry_has_the_same_words(store):
    store.add(wish("a", "same words"), wish("b", "same words"))
    store.blobs.keep_vectors("e", {"same words": b"1234"})
    store.forget(EntryKind.PREFERENCE, "a")
    assert store.blobs.vectors("e", ["same words"]) == {"same words": b"1234"}
    store.forget(EntryKind.PREFERENCE, "b")
    assert store.blobs.vectors("e", ["same words"]) == {}


def test_an_effect_and_its_sequence_number_are_one_transaction(store):
    with pytest.raises(RuntimeError), store.transaction():
        store.add(wish("a", "learned"))
        store.set_applied_seq(7)
        raise RuntimeError
    assert (store.applied_seq(), store.entries(Preference)) == (0, ())
    with store.transaction():
        store.add(wish("a", "learned"))
        store.set_applied_seq(7)
    assert store.applied_seq() == 7


def test_the_revision_changes_when_this_or_another_process_writes(store, home):
    before = store.revision
    store.add(wish("a", "x"))
    own = store.revision
    assert own != before
    with Store(home) as other:
        other.add(wish("b", "y"))
        assert store.revision != own


def test_the_person_keeps_the_numbers_of_their_rules(mira):
    assert mira.next_rule_number() == 11
    assert {rule.number for rule in mira.rules()} == set(range(1, 11))
    first = mira.rules()[0]
    mira.replace(replace(first, enabled=False))
    assert first.id not in {rule.id for rule in mira.rules(enabled_only=True)}
    mira.remove_rule(first.id)
    with pytest.raises(EntryNotFoundError):
        mira.get(PrivacyRule, first.id)


def test_a_read_only_store_writes_nothing(store, home):
    with Store(home, read_only=True) as reader, pytest.raises(StoreUnavailableError):
        reader.add(wish("a", "x"))
