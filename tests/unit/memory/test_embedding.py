import shutil

import numpy as np
import pytest

from memory.embedding import NGram
from memory.errors import WeightsMissingError, WeightsWrongError
from memory.minilm import MiniLm, _package_folders


@pytest.fixture(scope="module")
def weights():
    found = list(_package_folders())
    if not found:
        pytest.skip("the weights package is not installed (requirements-minilm.lock)")
    return found[0]


def test_n_grams_are_unit_rows_that_ignore_case_and_umlaut_spelling():
    rows = NGram().embed(["Ökostrom", "OEKOSTROM", "Haustier", ""])
    assert np.allclose(np.linalg.norm(rows[:3], axis=1), 1, atol=1e-6)
    assert rows[0] @ rows[1] == pytest.approx(1.0, abs=1e-6)
    assert rows[0] @ rows[2] < 0.3
    assert not rows[3].any()


def test_the_model_knows_paraphrase_and_does_not_depend_on_the_batch(weights):
    model = MiniLm(weights)
    texts = ["What do you earn each month?", "What is your monthly income?", "Do you like green tea?", "a " * 300]
    together = model.embed(texts)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert together[0] @ together[1] > 0.6 > 0.3 > together[0] @ together[2]
    alone = np.concatenate([model.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert model.embed([]).shape == (0, 384)


def test_the_model_agrees_with_the_published_one(weights):
    """First numbers of sentence-transformers' vector for this sentence (reference values of the model card)."""
    row = MiniLm(weights).embed(["This is an example sentence"])[0]
    assert row[:3] == pytest.approx([0.067657, 0.063496, 0.048713], abs=2e-5)


def test_token_rows_leave_out_the_markers(weights):
    (tokens,) = MiniLm(weights).embed_tokens(["green tea"])
    assert tokens.shape == (2, 384)
    assert np.allclose(np.linalg.norm(tokens, axis=1), 1, atol=1e-5)


def test_other_weights_are_refused(weights, tmp_path):
    shutil.copy(weights / "tokenizer.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 1000)
    with pytest.raises(WeightsWrongError, match="not the published"):
        MiniLm.find(tmp_path).embed(["x"])


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(WeightsMissingError, match="make weights"):
        MiniLm.find(tmp_path)


def test_the_hash_is_checked_once_per_file(weights, tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    MiniLm(weights, checked_in=tmp_path).embed(["x"])
    assert (tmp_path / "weights-checked.json").exists()
    monkeypatch.setattr("memory.minilm.sha256", None)
    MiniLm(weights, checked_in=tmp_path).embed(["x"])
