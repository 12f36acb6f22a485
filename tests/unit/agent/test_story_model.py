"""The demo says what a configured model was asked, what it cost and which values came from it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent.kernel.events import IncidentNoted, ProviderKnown
from agent.kernel.ledger import Ledger
from agent.kernel.ownevents import ModelCalled
from agent.runtime import story
from agent.runtime.config import Config, Language
from tests.support.house import START
from tui.wording import Wording


def told(home: Path, config: Config) -> list[str]:
    home.mkdir(exist_ok=True)
    ledger = Ledger(home)
    ledger.append(
        START,
        [
            ProviderKnown("acme", "Acme", "allowed", "https://acme.example", "a2a", ["mobile_plan"]),
            ModelCalled("read", "m", 111, 22, False, ""),
            ModelCalled("read", "m", 100, 0, True, "model_timeout"),
            IncidentNoted("model_read", {"added": "term", "problems": "", "model": "m"}, [], "acme"),
            IncidentNoted("model_read", {"added": "", "problems": "model_timeout", "model": "m"}, [], "acme"),
        ],
    )
    house: Any = SimpleNamespace(config=config, ledger=ledger)
    lines = [Wording("en").say(reason) for reason in story._model(house)]
    ledger.close()
    return lines


def test_calls_tokens_and_the_values_that_came_from_the_model_are_told(tmp_path: Path) -> None:
    calls, read = told(tmp_path / "home", Config(model=Language(model="m", base_url="http://127.0.0.1:9/v1")))
    assert "2 times" in calls and "233 tokens" in calls
    assert "term" in read


def test_without_a_model_nothing_is_told(tmp_path: Path) -> None:
    assert told(tmp_path / "home", Config()) == []
