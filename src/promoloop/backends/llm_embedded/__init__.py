"""The packaged model behind a port."""

from promoloop.backends.llm_embedded.model import EmbeddedModel
from promoloop.backends.llm_embedded.weights import assembled_weights, shipped_adapter

__all__ = ["EmbeddedModel", "assembled_weights", "shipped_adapter"]
