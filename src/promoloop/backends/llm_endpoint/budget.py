"""How many tokens a run may use, and what those it used have cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from threading import Lock

from promoloop.core import InvalidError, RefusedError

__all__ = ["Budget", "Prices", "Usage"]

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in the currency of the server's bill."""

    prompt: Decimal = Decimal(0)
    completion: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        for name, value in (("prompt", self.prompt), ("completion", self.completion)):
            if not value.is_finite() or value < 0:
                raise InvalidError(
                    f"the price of a million {name} tokens, {value}",
                    "a price is a finite amount, 0 or more",
                    "Write the server's price.",
                )

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """The cost of so many tokens.

        >>> Prices(Decimal("0.5"), Decimal("1.5")).of(2_000_000, 1_000_000)
        Decimal('2.5')
        """
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / _MILLION


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used so far. Answers that were cut off count with their upper bound."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        """Both kinds together."""
        return self.prompt_tokens + self.completion_tokens


class Budget:
    """Refuses a call before it could exceed ``tokens``; None is no limit. Safe across threads.

    A call is reserved with its upper bound, and settled with what the server says it used.
    """

    def __init__(self, tokens: int | None = None, prices: Prices | None = None) -> None:
        if tokens is not None and tokens < 0:
            raise InvalidError(f"a budget of {tokens} tokens", "it is negative", "Write 0 or more.")
        self._limit = tokens
        self._prices = prices or Prices()
        self._usage = Usage()
        self._reserved = 0
        self._lock = Lock()

    @property
    def usage(self) -> Usage:
        """What was settled so far."""
        with self._lock:
            return self._usage

    def reserve(self, tokens: int) -> None:
        """Set ``tokens`` aside; ``RefusedError`` when that many are not left."""
        with self._lock:
            bound = self._usage.tokens + self._reserved + tokens
            if self._limit is not None and bound > self._limit:
                raise RefusedError(
                    f"a call of up to {tokens} tokens",
                    f"the budget is {self._limit} and {bound - tokens} are used or reserved",
                    "Raise the token budget, or ask for fewer texts.",
                )
            self._reserved += tokens

    def release(self, tokens: int) -> None:
        """Give a reservation back: the server did no work."""
        with self._lock:
            self._reserved -= tokens

    def settle(self, reserved: int, prompt_tokens: int, completion_tokens: int) -> None:
        """Replace a reservation by what one call used."""
        with self._lock:
            self._reserved -= reserved
            self._usage = replace(
                self._usage,
                calls=self._usage.calls + 1,
                prompt_tokens=self._usage.prompt_tokens + prompt_tokens,
                completion_tokens=self._usage.completion_tokens + completion_tokens,
                cost=self._usage.cost + self._prices.of(prompt_tokens, completion_tokens),
            )
