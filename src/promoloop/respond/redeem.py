"""How often buyers who hold an offer redeem it: a Beta rate per offer, pooled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import Saved

__all__ = ["RedeemRates"]


class RedeemRates:
    """P(redeem | bought from the group, holding the offer).

    The rate over all offers starts as Beta(``buyers`` · ``rate``, ``buyers`` · (1 - ``rate``));
    each offer's rate is shrunk to it with the weight of ``pooling`` buyers.

    Parameters
    ----------
    rate : float, default 0.5
        Rate assumed before any outcome.
    buyers : float, default 20
        How many buyers that assumption is worth.
    pooling : float, default 30
        How many buyers of one offer weigh as much as what all offers say.

    Examples
    --------
    >>> rates = RedeemRates(rate=0.5, buyers=10.0, pooling=10.0)
    >>> rates.learn(["tea"] * 10, np.ones(10))
    >>> mean, sd = rates.of("tea")
    >>> round(mean, 3)  # pooled (5 + 10) / 20 = .75; then (7.5 + 10) / 20
    0.875
    """

    def __init__(self, rate: float = 0.5, buyers: float = 20.0, pooling: float = 30.0) -> None:
        self.rate = rate
        self.buyers = buyers
        self.pooling = pooling
        self.redeemed_: Counter[str] = Counter()
        self.bought_: Counter[str] = Counter()

    def learn(self, offer_ids: Sequence[str], redeemed: NDArray[np.float64]) -> None:
        """Update on buyers who held ``offer_ids[i]`` and did (1) or did not (0) redeem."""
        self.bought_.update(offer_ids)
        self.redeemed_.update(
            offer for offer, used in zip(offer_ids, redeemed, strict=True) if used
        )

    def of(self, offer_id: str) -> tuple[float, float]:
        """Posterior mean and standard deviation of the rate of one offer, seen or new."""
        pooled = (self.rate * self.buyers + self.redeemed_.total()) / (
            self.buyers + self.bought_.total()
        )
        weight = self.pooling + self.bought_[offer_id]
        mean = (self.pooling * pooled + self.redeemed_[offer_id]) / weight
        return mean, float(np.sqrt(mean * (1.0 - mean) / (weight + 1.0)))

    def unlearnt(self) -> RedeemRates:
        """The rates as they were before the first buyer."""
        return RedeemRates(self.rate, self.buyers, self.pooling)

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types."""
        return {
            "rate": self.rate,
            "buyers": self.buyers,
            "pooling": self.pooling,
            "redeemed": dict(self.redeemed_),
            "bought": dict(self.bought_),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> RedeemRates:
        """The rates that ``to_parameters`` wrote."""
        saved = Saved(parameters, "saved redemption rates")
        rates = cls(*(saved.number(name) for name in ("rate", "buyers", "pooling")))
        rates.redeemed_ = Counter(saved.counts("redeemed"))
        rates.bought_ = Counter(saved.counts("bought"))
        return rates
