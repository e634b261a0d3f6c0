"""What every text encoder must do, and a small one without weights that does it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.compose import TextEncoder
from promoloop.core import stable_hash

__all__ = ["NgramEncoder", "TextEncoderSuite"]

_SIZE = 256


class NgramEncoder:
    """Hashed pieces of one to three characters: texts are alike when they share spelling."""

    @property
    def name(self) -> str:
        """The name vectors are kept under."""
        return f"character pieces, {_SIZE}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (n_texts, 256)."""
        vectors = np.zeros((len(texts), _SIZE), dtype=np.float32)
        for row, text in enumerate(texts):
            for piece in _pieces(text.lower()):
                vectors[row, stable_hash(piece) % _SIZE] += 1.0
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths


def _pieces(text: str) -> list[str]:
    framed = f" {text} "
    return [framed[at : at + n] for n in (1, 2, 3) for at in range(len(framed) - n + 1)]


class TextEncoderSuite(ABC):
    """Derive from this and say which encoder to examine."""

    @abstractmethod
    def make(self) -> TextEncoder:
        """The encoder, ready to encode; it may be shared between tests."""

    def test_the_encoder_says_its_name(self) -> None:
        assert self.make().name.strip()

    def test_every_text_gets_a_unit_vector_the_strange_ones_too(self) -> None:
        texts = ["green tea", "绿茶", "", "   ", "\U0001f375", "<b>&amp;</b>", "long " * 1000]
        vectors = self.make().encode(texts)
        assert vectors.dtype == np.float32
        assert vectors.shape[0] == len(texts)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)

    def test_no_texts_give_no_vectors_of_the_usual_length(self) -> None:
        encoder = self.make()
        assert encoder.encode([]).shape == (0, encoder.encode(["tea"]).shape[1])

    def test_a_text_has_the_same_vector_whatever_stands_beside_it(self) -> None:
        encoder = self.make()
        alone = encoder.encode(["green tea"])[0]
        beside = encoder.encode(["a much longer text about garden furniture", "green tea"])[1]
        np.testing.assert_allclose(alone, beside, atol=1e-5)

    def test_texts_on_one_thing_are_more_alike_than_texts_on_two(self) -> None:
        tea, cup, tyres = self.make().encode(["green tea", "a cup of green tea", "winter tyres"])
        assert float(tea @ cup) > float(tea @ tyres)

    def test_chinese_texts_on_one_thing_are_more_alike_too(self) -> None:
        tea, cup, tyres = self.make().encode(["绿茶", "泡一杯绿茶", "汽车轮胎"])
        assert float(tea @ cup) > float(tea @ tyres)
