"""Any OpenAI-compatible server by URL: drafts as JSON, completions, budget and costs."""

from promoloop.backends.llm_endpoint.budget import Budget, Prices, Usage
from promoloop.backends.llm_endpoint.model import EndpointModel
from promoloop.backends.llm_endpoint.transport import Endpoint

__all__ = ["Budget", "Endpoint", "EndpointModel", "Prices", "Usage"]
