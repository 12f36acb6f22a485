"""Embeddings from any OpenAI-compatible `/embeddings` endpoint, in the shape of `memory.embedding.Embedder`.

Texts that leave the machine go to an endpoint the person configured; facts are never embedded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memory.errors import EmbedderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from openai import OpenAI

_BATCH = 64
_MAX_TEXT = 8000


class RemoteEmbedder:
    """Turns texts into unit vectors at `base_url`. Raises `EmbedderError` for every fault of the endpoint."""

    def __init__(
        self, base_url: str, model: str, *, api_key: str = "", seconds: float = 30.0, max_retries: int = 2
    ) -> None:
        self._base_url, self._model, self._api_key = base_url, model, api_key
        self._seconds, self._max_retries = seconds, max_retries
        self._client: OpenAI | None = None
        self._dimension: int | None = None

    @property
    def id(self) -> str:
        """Model and endpoint; vectors of different ids are never mixed."""
        return f"remote:{self._model}@{self._base_url.rstrip('/')}"

    @property
    def dimension(self) -> int:
        """Numbers per vector, asked of the endpoint once."""
        if self._dimension is None:
            self._request(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row per text; an empty text gives a zero row."""
        import numpy as np

        asked = [place for place, text in enumerate(texts) if text.strip()]
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(asked), _BATCH):
            part = asked[start : start + _BATCH]
            rows[part] = self._request([texts[place][:_MAX_TEXT] for place in part])
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, norms, out=rows, where=norms > 0)
        return rows

    def _request(self, texts: list[str]) -> NDArray[np.float32]:
        import numpy as np
        import openai

        if self._client is None:
            self._client = openai.OpenAI(
                base_url=self._base_url,
                api_key=self._api_key or "none",
                timeout=self._seconds,
                max_retries=self._max_retries,
            )
        try:
            # Without `encoding_format` the client asks for base64, which small servers do not know.
            answer = self._client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            ordered = sorted(answer.data, key=lambda entry: entry.index)
            rows = np.asarray([entry.embedding for entry in ordered], dtype=np.float32)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as err:
            raise EmbedderError(f"the embedding endpoint `{self._base_url}` failed: {type(err).__name__}") from err
        if rows.ndim != 2 or len(rows) != len(texts) or not np.isfinite(rows).all():
            raise EmbedderError(f"the embedding endpoint `{self._base_url}` did not answer with one vector per text")
        if self._dimension not in {None, rows.shape[1]}:
            raise EmbedderError(f"the embedding endpoint `{self._base_url}` changed its dimension to {rows.shape[1]}")
        self._dimension = int(rows.shape[1])
        return rows
