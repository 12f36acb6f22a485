"""Letters from what memory holds: the contract's company and end, the sender from the vault."""

from datetime import date
from pathlib import Path

import pytest

from agent.papers import LETTERS, LetterOrder, letter
from agent.runtime.keeping import load_persona
from agent.views import FacadeError
from tui.cli.papers import letter as letter_verb

MIRA = Path("memory/personas/mira.toml")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    root = tmp_path / "home"
    (root).mkdir(mode=0o700)
    (root / "config.toml").write_text(f'[vault]\nkey_sources = ["file"]\nkey_file = "{tmp_path / "vault.key"}"\n')
    load_persona(root, MIRA)
    return root


def test_a_contract_of_memory_names_company_end_and_sender(home: Path) -> None:
    text = letter(home, LetterOrder("cancellation", contract="mobile-today"), "de")
    assert "Funkturm" in text and "14. Januar 2028" in text
    assert text.startswith("Mira Sommerfeldt\nWichertstrasse 118\n10439 Berlin\n")


def test_what_the_person_says_goes_before_memory(home: Path) -> None:
    order = LetterOrder("cancellation", to="Other Ltd", contract="mobile-today", by=date(2027, 3, 31), sender="M. S.")
    text = letter(home, order, "en")
    assert "Other Ltd" in text and "31 March 2027" in text and text.startswith("M. S.\n")
    assert "Funkturm" not in text and "Sommerfeldt" not in text


def test_a_letter_to_nobody_is_refused(home: Path) -> None:
    with pytest.raises(FacadeError) as refused:
        letter(home, LetterOrder("erasure"), "en")
    assert (refused.value.code, refused.value.params) == ("letter_incomplete", {"missing": "recipient"})


def test_the_verb_offers_every_letter() -> None:
    kind = next(one for one in letter_verb.params if one.name == "kind")
    assert tuple(kind.type.choices) == LETTERS  # type: ignore[attr-defined]
