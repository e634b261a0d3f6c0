"""``[model]``: which language model writes, and what it may use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from promoloop.settings.faults import wrong

__all__ = ["ModelSettings", "check_model"]


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which language model writes: ``embedded``, ``endpoint``, or ``none``.

    With none there are the approved bank and the reviewed texts.

    ``adapter_scale`` is how much of the shipped adapter the embedded model wears; 0 rolls back.
    An endpoint is an OpenAI-compatible server: its base ``url``, the ``name`` of its model,
    seconds of patience, calls at once, a budget of tokens per run (0 is none), and its prices
    per million tokens.
    """

    backend: str = "embedded"
    threads: int = 1
    adapter_scale: float = 1.0
    url: str = ""
    name: str = ""
    timeout: float = 60.0
    concurrency: int = 4
    token_budget: int = 0
    prompt_price: str = "0"
    completion_price: str = "0"


def check_model(model: ModelSettings, path: Path) -> None:
    """Refuse a model that is not there, or figures no model can have."""
    if model.backend not in {"embedded", "endpoint", "none"}:
        remedy = 'Write "embedded", "endpoint" or "none".'
        raise wrong(path, "model.backend", model.backend, remedy)
    if model.threads < 1:
        raise wrong(path, "model.threads", model.threads, "Write 1 or more.")
    if not 0.0 <= model.adapter_scale <= 1.0:
        raise wrong(path, "model.adapter_scale", model.adapter_scale, "Write from 0 to 1.")
    if model.token_budget < 0:
        raise wrong(path, "model.token_budget", model.token_budget, "Write 0 or more.")
    if model.backend == "endpoint" and not (model.url and model.name):
        remedy = "An endpoint needs its url and the name of its model."
        raise wrong(path, "model.url", model.url, remedy)
    for name in ("prompt_price", "completion_price"):
        price = str(getattr(model, name))
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", price):
            raise wrong(path, f"model.{name}", price, 'Write it in quotes, like "0.15".')
