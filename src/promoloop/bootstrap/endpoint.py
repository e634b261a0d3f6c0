"""The model server that the settings name."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from promoloop.core import UnavailableError
from promoloop.settings import Settings

if TYPE_CHECKING:
    from promoloop.backends.llm_endpoint import EndpointModel

__all__ = ["endpoint_model"]


def endpoint_model(settings: Settings) -> EndpointModel:
    """The client for it, with its own token budget; nothing is sent yet."""
    try:
        from promoloop.backends.llm_endpoint import Budget, Endpoint, EndpointModel, Prices
    except ImportError as error:
        raise UnavailableError(
            "the model server",
            f"the package {error.name} is not installed",
            "Install the extra: pip install 'promoloop[llm]'.",
        ) from error
    chosen = settings.model
    endpoint = Endpoint(
        url=chosen.url,
        model=chosen.name,
        key=settings.model_key,
        timeout=chosen.timeout,
        concurrency=chosen.concurrency,
    )
    prices = Prices(Decimal(chosen.prompt_price), Decimal(chosen.completion_price))
    return EndpointModel(endpoint, Budget(chosen.token_budget or None, prices))
