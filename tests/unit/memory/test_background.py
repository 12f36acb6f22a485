"""Memory under bad luck: a change of model, a kill while indexing, a torn index, two processes. Nothing is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from agent.runtime.embedding import PROGRESS, keep_embedded
from memory.embedding import NGram
from memory.preferences import Preference, PreferenceId
from memory.recall import Recall
from memory.recall.chroma import current_folder
from memory.recall.drawers import Drawer
from memory.store import Store
from tests.requirements import requirement
from tests.support.house import living
from tui.cli.root import gegenbot


def wishes(count: int, start: int = 0) -> list[Preference]:
    return [
        Preference(PreferenceId(f"p{at}"), f"wish number {at}", category="gym") for at in range(start, start + count)
    ]


class Counting(NGram):
    """Another model, which counts what it embeds."""

    id = "ngram-other"

    def __init__(self) -> None:
        self.texts = 0

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.texts += len(texts)
        return super().embed(texts)


def test_after_a_change_of_model_a_search_does_not_wait_for_everything_and_still_finds_by_words(
    home: Path, now
) -> None:  # type: ignore[no-untyped-def]
    with Store(home) as store:
        store.add(*wishes(300))
        Recall(store, NGram()).catch_up()
        model = Counting()
        recall = Recall(store, model)
        found = recall.complete_need("wish number 299", "gym", now, k=3)
        assert found.preferences[0].id == "p299"
        assert model.texts == 1  # the question alone


async def test_the_runner_embeds_in_the_background_says_how_far_it_is_and_can_be_interrupted(tmp_path: Path) -> None:
    async with living(tmp_path / "home") as house:
        house.person.store.add(*wishes(500))
        looks = iter([False, False, True])
        assert not await keep_embedded(house, lambda: next(looks))
        row = house.ledger.row("SELECT value FROM meta WHERE key=?", (PROGRESS,))
        assert row is not None and row["value"] == "64/500"
        assert await keep_embedded(house, lambda: False)
        assert house.person.recall.health().waiting == 0
        row = house.ledger.row("SELECT value FROM meta WHERE key=?", (PROGRESS,))
        assert row is not None and row["value"] == ""


def ended_by_kill(code: str) -> None:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=100)
    assert run.returncode == -signal.SIGKILL, run.stderr


@requirement("durable:index-lost-nothing-lost")
def test_a_kill_while_the_index_is_written_loses_nothing(home: Path) -> None:
    with Store(home) as store:
        store.add(*wishes(1500))
        Recall(store, NGram()).catch_up()
    ended_by_kill(
        "import os, signal\nfrom pathlib import Path\nfrom memory.store import Store\nfrom memory.recall import Recall\n"
        "from memory.embedding import NGram\nfrom memory.recall.indexer import IndexProcess\n"
        "whole = IndexProcess.put\n"
        "def half(self, drawer, ids, rows):\n"
        "    whole(self, drawer, ids[:700], rows[:700])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "IndexProcess.put = half\n"
        f"Recall(Store(Path({str(home)!r})), NGram(), holds_runner_lock=True).rebuild()\n"
    )
    with Store(home) as store:
        recall = Recall(store, NGram(), holds_runner_lock=True)
        recall.check()
        assert recall.health().entries == 1500
        assert recall._index is not None and recall._index.count(Drawer.PREFERENCES) == 1500
        assert recall.search("wish number 1499", k=1)[0].id == "p1499"
        recall.close()


@requirement("durable:index-lost-nothing-lost")
def test_a_torn_index_is_found_from_a_child_process_dropped_and_made_anew_by_the_command(home: Path) -> None:
    """The graph cut short, which is written from a thousand vectors on: only a search shows that. The command is the one
    a person types. Each process that opens an index takes a second, so as few as possible do."""
    with Store(home) as store:
        store.add(*wishes(1010))
        (home / "config.toml").write_text('[memory]\nembedder = "ngram"\n')
        made = Recall(store, NGram(), holds_runner_lock=True)
        made.rebuild()
        made.close()
        folder = current_folder(home)
        assert folder is not None
        graph = [path for path in folder.rglob("*") if path.suffix in (".bin", ".pickle")]
        assert len(graph) > 3, "the graph is on disk"
        for path in graph:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
        assert not Recall(store, NGram(), holds_runner_lock=True).check()
        assert current_folder(home) is None
        assert Recall(store, NGram()).search("wish number 7", k=1)[0].id == "p7"
        assert command(home, "rebuild") == {"entries": 1010}
        recall = Recall(store, NGram(), holds_runner_lock=True)
        assert recall.search("wish number 1009", k=1)[0].id == "p1009"
        assert recall.health().entries == 1010 and recall.health().engine == "chromadb"
        recall.close()


def command(home: Path, *words: str) -> Any:
    outcome = CliRunner().invoke(gegenbot, ["--home", str(home), "memory", *words, "--json"])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def test_two_processes_that_store_and_embed_at_once_lose_nothing(home: Path) -> None:
    with Store(home) as store:
        code = (
            "import sys\nfrom pathlib import Path\nfrom memory.store import Store\nfrom memory.recall import Recall\n"
            "from memory.embedding import NGram\nfrom memory.preferences import Preference, PreferenceId\n"
            f"store = Store(Path({str(home)!r}))\nstart = int(sys.argv[1])\n"
            "for at in range(start, start + 200):\n"
            "    store.add(Preference(PreferenceId(f'p{at}'), f'wish number {at}'))\n"
            "Recall(store, NGram()).catch_up()\n"
        )
        running = [subprocess.Popen([sys.executable, "-c", code, str(start)]) for start in (0, 200)]
        assert [one.wait(timeout=100) for one in running] == [0, 0]
        recall = Recall(store, NGram())
        recall.catch_up()
        assert (recall.health().entries, recall.health().waiting) == (400, 0)
        assert {recall.search(f"wish number {at}", k=1)[0].id for at in (0, 399)} == {"p0", "p399"}
