from datetime import UTC, datetime

import pytest

from memory.embedding import NGram
from memory.keys import ThrowawayKey
from memory.persona import demo_persona
from memory.store import Store
from memory.vault import Vault


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def store(home):
    with Store(home) as opened:
        yield opened


@pytest.fixture
def vault(store):
    return Vault.open(store, [ThrowawayKey(b"k" * 32)])


@pytest.fixture
def mira(store, vault):
    """The store with the demo persona in it."""
    demo_persona().load_into(store, vault)
    return store


@pytest.fixture
def ngram():
    return NGram()
