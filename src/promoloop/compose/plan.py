"""What writing will take, before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from promoloop.core import InvalidError

__all__ = ["CallCost", "WritingPlan", "plan_writing"]

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class CallCost:
    """What one call of a model takes: ``k`` texts are asked for in calls of ``texts`` each.

    ``seconds`` is for one call while ``at_once`` of them run. Prices are per million tokens; the
    embedded model costs nothing but time.
    """

    seconds: float
    texts: int = 8
    at_once: int = 1
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_price: Decimal = Decimal(0)
    completion_price: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        counts = (self.texts, self.at_once)
        amounts = (self.prompt_tokens, self.completion_tokens)
        prices = (self.prompt_price, self.completion_price)
        wrong = (
            min(counts) < 1
            or min(amounts) < 0
            or not all(one.is_finite() and one >= 0 for one in prices)
            or not (math.isfinite(self.seconds) and self.seconds >= 0)
        )
        if wrong:
            raise InvalidError(
                f"the cost of a call, {self}",
                "a figure is negative, not finite, or a count below 1",
                "Write what one call of the model takes.",
            )


@dataclass(frozen=True, slots=True)
class WritingPlan:
    """Calls, seconds of waiting, tokens and money, in the currency of the prices."""

    calls: int
    seconds: float
    tokens: int
    cost: Decimal


def plan_writing(cells: int, k: int, call: CallCost) -> WritingPlan:
    """What ``k`` texts for each of ``cells`` take. Shoppers do not enter: calls grow with cells.

    >>> plan_writing(100, 16, CallCost(seconds=2.0, texts=8))
    WritingPlan(calls=200, seconds=400.0, tokens=0, cost=Decimal('0'))
    """
    if cells < 0 or k < 0:
        raise InvalidError(
            f"a plan for {cells} cells of {k} texts", "a count is negative", "Write 0 or more."
        )
    calls = cells * math.ceil(k / call.texts)
    prompt, completion = calls * call.prompt_tokens, calls * call.completion_tokens
    return WritingPlan(
        calls=calls,
        seconds=math.ceil(calls / call.at_once) * call.seconds,
        tokens=prompt + completion,
        cost=(prompt * call.prompt_price + completion * call.completion_price) / _MILLION,
    )
