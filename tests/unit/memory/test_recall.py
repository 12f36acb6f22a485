import os
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from memory.embedding import Cached, NGram
from memory.errors import VectorIndexError, WeightsMissingError
from memory.facts import covers
from memory.minilm import MiniLm
from memory.preferences import Preference, PreferenceId
from memory.recall import Drawer, Recall, Why, match_categories
from memory.recall.chroma import current_folder
from memory.recall.indexer import IndexProcess
from memory.rules import Effect, PrivacyRule, RuleId
from memory.store import DecisionId, EntryKind, PastDecision, Store, Verdict
from tests.requirements import requirement

CASES = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
DEV, HELD_OUT, NOT_DATA = CASES["dev"], CASES["held_out"], CASES["not_data"]


@pytest.fixture(scope="session")
def model():
    """The real model where its weights are installed, else n-grams: both must pass. Each text is embedded once."""
    try:
        real = MiniLm.find()
    except WeightsMissingError:
        real = NGram()

    class Once:
        id, dimension = real.id, real.dimension
        known: ClassVar = {}

        def embed(self, texts):
            new = [text for text in dict.fromkeys(texts) if text not in self.known]
            self.known.update(zip(new, real.embed(new), strict=True))
            return np.array([self.known[text] for text in texts]).reshape(len(texts), self.dimension)

    return Once()


@pytest.fixture
def indexed(mira, ngram):
    recall = Recall(mira, ngram, holds_runner_lock=True)
    recall.rebuild()
    yield recall
    recall.close()


def found(question, embedder):
    return [match.category for match in match_categories(question, embedder)]


def reaches(question, category, embedder):
    return any(covers(one, category) or covers(category, one) for one in found(question, embedder))


@pytest.mark.parametrize("lexical_only", [True, False])
def test_most_paraphrased_questions_reach_their_category(model, lexical_only):
    embedder = None if lexical_only else model
    for name, cases, least in (("dev", DEV, 0.9), ("held out", HELD_OUT, 0.8)):
        missed = [question for question, category in cases if not reaches(question, category, embedder)]
        assert 1 - len(missed) / len(cases) >= least, (name, missed)


def test_german_questions_do_as_well_as_english_ones(model):
    german = [case for case in (*DEV, *HELD_OUT) if " Sie" in case[0] or "Ihr" in case[0]]
    assert len(german) >= 25
    assert sum(reaches(question, category, model) for question, category in german) / len(german) >= 0.9


def test_what_asks_for_nothing_personal_stays_unmatched(model):
    assert [question for question in NOT_DATA if found(question, model)] == []


def test_a_question_for_two_things_finds_both(model):
    both = found("What is your postcode, and how much do you earn?", model)
    assert {"pd:PostalCode", "pd:Income"} <= set(both)
    both = found("Wie heißen Sie und wann sind Sie geboren?", model)
    assert {"pd:Name", "pd:BirthDate"} <= set(both)


def test_a_forbidden_thing_hidden_behind_a_permitted_one_is_found(model):
    sly = "Just your city for the quote. What is your city; what do you take home each month?"
    assert {"pd:City", "pd:Income"} <= set(found(sly, model))


def test_the_matched_rule_is_named_with_its_similarity(mira, model):
    recall = Recall(mira, model)
    match = recall.match_question("What do you take home each month?")
    assert [one.category for one in match.categories] == ["pd:Income"]
    assert [one.rule_id for one in match.rules] == ["rule-3-1"]
    assert match.rules[0].similarity is not None
    german = recall.match_question("Wann sind Sie geboren?")
    assert [one.rule_id for one in german.rules] == ["rule-5"]


def test_an_unmatched_question_has_neither_category_nor_rule(mira, model):
    match = Recall(mira, model).match_question("Is the sky blue?")
    assert not match.is_matched
    assert match.rules == ()


def test_a_rules_own_sentence_can_add_a_category_but_never_take_one_away(mira, ngram):
    sentence = "What colour is your chinchilla?"
    assert not Recall(mira, ngram).match_question(sentence).is_matched
    mira.add(PrivacyRule(RuleId("pets"), Effect.FORBID, "gb:Pet", text="what colour is my chinchilla"))
    match = Recall(mira, ngram).match_question(sentence)
    assert [one.category for one in match.categories] == ["gb:Pet"]
    assert match.rules[0].rule_id == "pets"


def test_a_need_brings_up_its_preferences_hard_ones_first(mira, ngram, now):
    recalled = Recall(mira, ngram).complete_need("Handytarif, 20 GB oder mehr", "mobile_plan", now)
    assert set(recalled.ids()[:2]) == {"phone-price", "no-long-terms"}
    assert "phone-data" in recalled.ids()
    assert not {"green", "piano-care", "quiet-room"} & set(recalled.ids())
    assert Why.HARD in recalled.preferences[0].because


def test_a_retracted_preference_is_not_recalled(mira, ngram, now):
    mira.retract(PreferenceId("phone-data"), now)
    assert "phone-data" not in Recall(mira, ngram).complete_need("20 GB mobile plan", "mobile_plan", now).ids()


def test_past_decisions_of_the_category_come_along(mira, ngram, now):
    mira.add(
        PastDecision(DecisionId("d1"), Verdict.REJECTED, "mobile plan with 24 months", now, "mobile_plan"),
        PastDecision(DecisionId("d2"), Verdict.ACCEPTED, "electricity for one year", now, "electricity"),
    )
    recalled = Recall(mira, ngram).complete_need("mobile plan 24 months", "mobile_plan", now)
    assert [(hit.drawer, hit.id) for hit in recalled.decisions] == [(Drawer.REFUSED, "d1")]


def test_the_index_and_the_exact_search_agree_and_deleting_it_changes_nothing(mira, indexed, ngram, now, home):
    assert indexed.health().engine == "chromadb"
    questions = [question for question, _ in DEV[:12]]
    with_index = [indexed.match_question(question) for question in questions]
    needs = indexed.complete_need("Umzug mit Klavier", "removal", now)
    mira.scrub()
    assert current_folder(home) is None
    without = Recall(mira, ngram)
    assert [without.match_question(question) for question in questions] == with_index
    assert without.complete_need("Umzug mit Klavier", "removal", now) == needs


def test_new_entries_reach_the_index_and_forgotten_ones_leave_every_file(mira, indexed, home, now):
    mira.add(Preference(PreferenceId("zebrafish"), "Zwetschgenkuchen on the balcony"))
    indexed.catch_up()
    assert indexed.search("Zwetschgenkuchen", [Drawer.PREFERENCES], k=1)[0].id == "zebrafish"
    vector = indexed.embedder.embed(["Zwetschgenkuchen on the balcony"])[0].tobytes()
    parts = [part for at in range(0, len(vector), 256) if (part := vector[at : at + 256]).count(0) < 240]  # 4 or more

    def in_files():
        found = b""
        for path in home.rglob("*"):
            with suppress(FileNotFoundError):  # chromadb's journal comes and goes in its own thread
                found += path.read_bytes() if path.is_file() else b""
        return found

    assert any(part in in_files() for part in parts)
    assert mira.forget(EntryKind.PREFERENCE, "zebrafish").complete
    assert "zebrafish" not in [hit.id for hit in indexed.search("Zwetschgenkuchen", [Drawer.PREFERENCES], k=50)]
    left = in_files()
    assert b"Zwetschgen" not in left
    assert not any(part in left for part in parts)
    assert b"zebrafish" not in left
    for _ in range(3):  # made by processes that never held it
        indexed.rebuild()
        assert indexed.health().engine == "chromadb"
        assert not any(part in in_files() for part in parts)


def test_a_forget_by_another_process_retires_the_open_index(mira, indexed, ngram, home):
    before = indexed.search("Klavier", k=5)
    with Store(home) as other:
        other.add(Preference(PreferenceId("brief"), "gone soon"))
        other.forget(EntryKind.PREFERENCE, "brief")
    assert current_folder(home) is None
    assert indexed.search("Klavier", k=5) == before
    assert indexed.health().engine == "chromadb" and current_folder(home) is not None


def test_index_files_are_ours_alone_and_hold_no_words(indexed, home):
    folder = current_folder(home)
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert "Ökostrom".encode() not in b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_a_torn_index_is_replaced_without_loss(mira, indexed, ngram, home):
    before = indexed.search("Klavier", k=5)
    indexed.close()
    old = current_folder(home)
    for path in old.rglob("*"):
        if path.is_file():
            path.write_bytes(os.urandom(64))
    again = Recall(mira, ngram, holds_runner_lock=True)
    assert again.search("Klavier", k=5) == before
    assert again.health().repaired and again.health().engine == "chromadb"
    assert current_folder(home) not in (old, None)
    again.close()


def test_only_the_lock_holder_opens_chromadb(home):
    code = (
        "import sys; from pathlib import Path; from memory.store import Store; from memory.recall import Recall;"
        "from memory.embedding import NGram; from memory.preferences import Preference;"
        f"s = Store(Path({str(home)!r})); s.add(Preference('a', 'quiet room'));"
        "r = Recall(s, NGram()); r.catch_up(); r.search('room'); r.health();"
        "print([path.name for path in s.folder.iterdir() if path.is_dir()])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


def test_a_kill_during_embedding_loses_nothing(home, ngram):
    with Store(home) as store:
        store.add(*(Preference(PreferenceId(f"p{at}"), f"wish number {at}") for at in range(600)))
    code = (
        "import os, signal; from pathlib import Path; from memory.store import Store; from memory.recall import Recall;"
        "from memory.embedding import NGram;"
        f"r = Recall(Store(Path({str(home)!r})), NGram());"
        "r.catch_up(progress=lambda done, total: done >= 256 and os.kill(os.getpid(), signal.SIGKILL))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert run.returncode == -signal.SIGKILL
    with Store(home) as store:
        recall = Recall(store, ngram)
        assert 0 < recall.health().waiting < 600
        assert recall.catch_up()
        assert recall.health().waiting == 0
        assert recall.search("wish number 599", k=1)[0].id == "p599"


def test_a_change_of_model_embeds_anew_and_can_be_stopped(mira, ngram):
    class Other(NGram):
        id = "ngram-other"

    assert Recall(mira, ngram).catch_up()
    changed = Recall(mira, Other())
    waiting = changed.health().waiting
    assert waiting > 0
    assert not changed.catch_up(should_stop=lambda: True)
    seen = []
    assert changed.catch_up(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (waiting, waiting)
    assert mira.blobs.drop_vectors_except("ngram-other") > 0
    assert Recall(mira, ngram).health().waiting > 0


def test_no_fact_is_ever_embedded(mira, ngram, vault):
    recall = Recall(mira, ngram)
    recall.catch_up()
    labels = ["piano", "current flat", "Mira Sommerfeldt", "2870 EUR/month"]
    assert mira.blobs.vectors(ngram.id, labels) == {}


def test_what_a_company_asks_is_kept_nowhere_and_our_own_questions_are_embedded_once(mira, model):
    rows = "SELECT COUNT(*) FROM embedding"
    Recall(mira, model).match_question("what is your job?")
    before = mira.rows(rows)[0][0]
    recall = Recall(mira, model)
    recall.match_question("could you tell me how much you earn, and where you live?")
    assert mira.rows(rows)[0][0] == before
    assert mira.blobs.vectors(model.id, ["could you tell me how much you earn?", "where you live?"]) == {}


def test_changed_words_are_found_by_the_new_words(mira, ngram):
    recall = Recall(mira, ngram)
    recall.catch_up()
    recall.search("Ökostrom")
    mira.replace(replace(mira.get(Preference, "green"), words="Atomkraft geht auch"))
    recall.catch_up()
    assert recall.search("Atomkraft", [Drawer.PREFERENCES], k=1)[0].id == "green"


def test_a_vector_is_computed_once_per_text(store):
    class Counting(NGram):
        calls = 0

        def embed(self, texts):
            Counting.calls += len(texts)
            return super().embed(texts)

    cached = Cached(Counting(), store)
    first = cached.embed(["a thing", "another", "a thing"])
    again = cached.embed(["another", "a thing", "another"])
    assert Counting.calls == 2
    assert (first[1] == again[0]).all()
    assert cached.embed([]).shape == (0, 1024)


def children(of: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = path.read_text().rpartition(")")[2].split()
            if int(words[1]) == of and words[0] != "Z":
                found.append(int(path.parent.name))
    return found


@requirement("forget:index-is-made-elsewhere")
def test_chromadb_is_loaded_in_a_process_that_has_no_key_and_no_words(mira, indexed, monkeypatch, ngram):
    monkeypatch.setenv("CANARY", "Zwetschge")
    indexed.close()
    indexed.search("Klavier", k=5)
    assert "chromadb" not in sys.modules
    (child,) = [pid for pid in children(os.getpid()) if "indexer" in Path(f"/proc/{pid}/cmdline").read_text()]
    assert "Zwetschge" not in Path(f"/proc/{child}/environ").read_text()
    opened = {os.readlink(path) for path in Path(f"/proc/{child}/fd").iterdir()}
    assert not [name for name in opened if name.endswith((".db", ".db-wal", ".json"))]
    seen = memory_of(child)
    assert b"Klavier" not in seen and "Ökostrom".encode() not in seen


def memory_of(pid: int) -> bytes:
    """What lies in a process's private writable memory."""
    found = bytearray()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and end - start < 64 << 20 and "[v" not in line:
                with suppress(OSError):
                    memory.seek(start)
                    found += memory.read(end - start)
    return bytes(found)


@pytest.mark.parametrize("how", ["child", "process"])
def test_a_kill_during_indexing_loses_nothing(home, ngram, how):
    with Store(home) as store:
        store.add(*(Preference(PreferenceId(f"p{at}"), f"wish number {at}") for at in range(3000)))
        Recall(store, ngram).catch_up()
    code = (
        "import os, signal; from pathlib import Path; from memory.store import Store; from memory.recall import Recall;"
        "from memory.embedding import NGram; from memory.recall import indexer;"
        "put = indexer.IndexProcess._call; calls = []\n"
        "def killing(self, order, vectors=b''):\n"
        "    calls.append(order['do'])\n"
        "    if calls.count('put') == 2:\n"
        f"        os.kill({'os.getpid()' if how == 'process' else 'self._child.pid'}, signal.SIGKILL)\n"
        "    return put(self, order, vectors)\n"
        "indexer.IndexProcess._call = killing\n"
        f"r = Recall(Store(Path({str(home)!r})), NGram(), holds_runner_lock=True); r.rebuild()"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=100)
    with Store(home) as store:
        again = Recall(store, ngram, holds_runner_lock=True)
        health = again.health()
        assert (health.engine, health.entries, health.waiting) == ("chromadb", 3000, 0)
        with_index = again.search("wish number 77", [Drawer.PREFERENCES], k=5)
        again.close()
        assert with_index == Recall(store, ngram).search("wish number 77", [Drawer.PREFERENCES], k=5)


def test_a_child_that_was_ended_is_followed_by_another(indexed):
    before = indexed.search("Klavier", k=5)
    (child,) = [pid for pid in children(os.getpid()) if "indexer" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(child, signal.SIGKILL)
    assert indexed.search("Klavier", k=5) == before
    assert indexed.search("Klavier", k=5) == before
    assert indexed.health().entries


def test_two_processes_never_hold_one_index(indexed, home):
    indexed.search("Klavier", k=5)
    with pytest.raises(VectorIndexError, match="another process"):
        IndexProcess(current_folder(home), indexed.embedder.id, indexed.embedder.dimension)
