"""One run of the demo, looked at twice: whom it reached, and whether people understand what it says."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.reading import Reading
from tests.requirements import requirement
from tests.support.process import ROOT
from tui.cli import plain
from tui.wording import Wording
from tui.wording.catalogue import load

CODE = """
import sys; from pathlib import Path; from agent.running import run_demo
run_demo(11, home=Path(sys.argv[1]), language="de")
"""


@dataclasses.dataclass(frozen=True)
class Demo:
    home: Path
    reached: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"GEGENBOT_SOCKETS_ALL": str(folder / "all"), "GEGENBOT_HOME": str(folder / "none")}
    ended = subprocess.run(
        [sys.executable, "-c", CODE, str(folder)], env=environment, capture_output=True, text=True, timeout=300,
        cwd=ROOT,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-600:]
    return Demo(folder / "demo", (folder / "all").read_text().splitlines())


@requirement("local:no-socket-in-tests-and-demo")
def test_the_demo_reaches_its_own_companies_and_nothing_else(demo: Demo) -> None:
    connected = [line for line in demo.reached if line.startswith("socket.connect")]
    assert connected
    assert {re.search(r"\('([^']*)'", line)[1] for line in connected} == {"127.0.0.1"}  # type: ignore[index]
    assert not [line for line in demo.reached if line.startswith(("socket.sendto", "socket.gethostbyname"))]


ENGLISH = re.compile(r"\b(the|my|may|know|and|who|only|not|moves|flat)\b", re.IGNORECASE)


def test_what_the_demos_person_says_is_in_the_language_it_is_watched_in(demo: Demo) -> None:
    reads = Reading(demo.home)
    try:
        said = [one.reason.params for _, one in reads.incidents() if one.reason.code.startswith("persona")]
        words = [value for params in said for value in params.values()]
        words += [str(row[name]) for row in (*reads.needs(), *reads.rules(), *reads.preferences())
                  for name in ("text", "words") if row.get(name)]  # fmt: skip
    finally:
        reads.close()
    assert len(words) > 30
    assert [one for one in words if ENGLISH.search(one)] == []


SHORT = re.compile(
    r"\b[A-ZÄÖÜ]{2,}\d*\b|\b[a-z]\.\s?[a-z]\.|\w_\w|\b[a-z]+:[A-Za-z]\w*|\ba2a\b|"
    r"\b(?:ca|inkl|zzgl|bzw|ggf|usw|etc|approx|incl|excl|max|min|Nr|No|Std|mtl|resp|vs|evtl|Tel)\."
)
"""Abbreviations, names of codes and of protocols."""

EVERYDAY = {"GB", "EU", "EUR", "CHF", "PIN", "IP", "ID", "STOPPED", "GESTOPPT"}
"""What stands on every bill, or is no abbreviation."""

SPOKEN_OF = (
    "reason.", "refusal.", "granularity.", "talk", "act.", "why.", "held", "disclosure", "data.", "issue.", "leg.",
    "item.", "term.", "stage.", "purpose.", "digest.", "receipt", "curve.", "history.", "live.", "approval", "identity.",
    "saving.", "score.", "trust.", "effect", "choice.", "value.", "per.", "category.", "arena.",
)  # fmt: skip
"""Groups of the catalogues that explain a decision, a talk, what was held back or what was told."""


def shortened(text: str) -> list[str]:
    return [found for found in SHORT.findall(text) if found not in EVERYDAY]


def sentences(text: str) -> int:
    """Ends of sentences; a German day ("12. Dez. 2026") ends none."""
    return len(re.findall(r"(?<!\d)(?<!\b[A-Z][a-zä]{2})[.!?](?:\s|$)", text))


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_sentence_that_explains_is_longer_than_three_or_abbreviates(language: str) -> None:
    for key, entry in load(language).items():
        for text in entry:
            if text and key.startswith(SPOKEN_OF):
                bare = re.sub(r"\{\w+\}|`[^`]*`", "x", text)
                assert not shortened(bare), (key, text)
                assert sentences(bare) <= 3, (key, text)


def told(reads: Reading, w: Wording) -> Iterator[str]:
    """Every explanation of the finished demo in our own words: of cards, talks, what was held back, told, refused."""
    ids = {row["id"] for row in reads._rows("SELECT id FROM items")}
    assert ids
    for item in ids:
        view = reads.item(item)
        assert view is not None
        yield from plain.why(w, reads.why(item))
        yield from plain.item_terms(w, view)
    for talk in reads.talks():
        view_of = reads.talk(talk.negotiation)
        ours = tuple(dataclasses.replace(turn, ours=None, theirs=None) for turn in view_of.turns)
        yield from plain.talk(w, dataclasses.replace(view_of, turns=ours))
    yield from plain.held(w, reads.digest().held_back)
    yield from plain.disclosures(w, reads.disclosures())
    names = {row["id"]: row["name"] for row in reads.providers()}
    yield from plain.incidents(w, [one for _, one in reads.incidents()], names)
    yield from plain.digest(w, reads.digest())


@pytest.mark.parametrize("language", ["en", "de"])
def test_everything_the_demo_explains_can_be_read_by_anybody(
    demo: Demo, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "spoken", lambda: True)  # an explanation in one line, however wide
    reads = Reading(demo.home)
    try:
        said = dict.fromkeys(told(reads, Wording(language)))
    finally:
        reads.close()
    assert len(said) > 200
    assert [line for line in said if shortened(line)] == []
    assert [line for line in said if sentences(re.sub(r"[“„][^”“]*[”“]", "x", line)) > 3] == []
    assert [line for line in said if re.search(r"\(\s*[;,)]|[:·]\s*$|\s,|“”|„“", line) and not line.endswith(":")] == []
