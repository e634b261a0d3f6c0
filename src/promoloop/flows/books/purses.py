"""Money beside the campaign's, as plans draw on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.decide import Budget

__all__ = ["Purse"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Purse:
    """Money beside the campaign's that promises draw on: a partner's account.

    ``promise`` (k,) is the most each action can take of it and ``money`` what is free in it, both
    in minor units.
    """

    account: str
    money: float
    promise: Floats

    def part(self, share: float) -> Purse:
        """The same with a share of the money."""
        return replace(self, money=self.money * share)

    def less(self, amount: float) -> Budget:
        """What it still pays for once ``amount`` is taken off, as allocation wants it."""
        return Budget(self.account, max(0.0, self.money - amount), self.promise)
