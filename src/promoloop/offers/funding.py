"""Who else pays for an offer: a partner's share, its caps and its own budget. Minor units.

The shopper sees nothing of this: an offer is worth the same to them whoever pays for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.offers.cart import spread
from promoloop.offers.checks import require_text, require_whole

__all__ = ["Funding"]

#: Shares are told to a hundredth of a per cent, so that what they come to is exact.
_FINEST = 10_000


@dataclass(frozen=True, slots=True)
class Funding:
    """A partner, such as a brand or a supplier, pays a part of what an offer costs.

    Parameters
    ----------
    partner_id : str
        Who it is; offers of the same partner draw on one budget.
    name : str
        The partner as marketers know it. Shoppers never read it.
    share : float
        The partner's part of what the reward takes off, in [0, 1], with four decimals at most.
    budget_minor : int
        The most the partner pays in all, over every offer and campaign; the same in each of its
        offers.
    per_redemption_minor : int, optional
        The most the partner pays for one promise, however often it is used; the shop pays the rest.
    total_minor : int, optional
        The most the partner pays for this offer in all.

    Examples
    --------
    >>> half = Funding("acme", "Acme Coffee", 0.5, 50_000, per_redemption_minor=150)
    >>> half.split(200), half.split(201), half.split(400)
    ((100, 100), (101, 100), (250, 150))
    """

    code: ClassVar[str] = "funding"

    partner_id: str
    name: str
    share: float
    budget_minor: int
    per_redemption_minor: int | None = None
    total_minor: int | None = None

    def __post_init__(self) -> None:
        require_text("funding, field partner_id", self.partner_id)
        require_text("funding, field name", self.name)
        require_whole("funding, field budget_minor", self.budget_minor, 0)
        for name in ("per_redemption_minor", "total_minor"):
            cap = getattr(self, name)
            if cap is not None:
                require_whole(f"funding, field {name}", cap, 0)
        _require_share(self.share)

    @property
    def exact_share(self) -> Fraction:
        """The share as it was written: .35 is 7/20, not the float beside it."""
        return Fraction(round(self.share * _FINEST), _FINEST)

    def split(self, cost_minor: int) -> tuple[int, int]:
        """What shop and partner pay of ``cost_minor``; the two add up to it exactly.

        By largest remainder: an odd unit goes to whoever is further below their share, and to
        the shop when it is half each. The partner's cap per redemption comes after that.
        """
        require_whole("the cost to split", cost_minor, 0)
        share = self.exact_share
        ours, theirs = spread(cost_minor, (share.denominator - share.numerator, share.numerator))
        cap = self.per_redemption_minor
        over = 0 if cap is None else max(0, theirs - cap)
        return ours + over, theirs - over

    def partner_minor(self, costs: NDArray[np.int64]) -> NDArray[np.int64]:
        """The partner's part of each of ``costs`` (any shape), as ``split`` says it."""
        whole = np.asarray(costs, dtype=np.int64)
        if np.any(whole < 0):
            raise InvalidError(
                "the costs to split", "one is negative", "Give amounts of 0 or more."
            )
        up, down = self.exact_share.numerator, self.exact_share.denominator
        nearest = (2 * whole * up + down - 1) // (2 * down)  # rounded, a half goes down
        cap = self.per_redemption_minor
        return nearest if cap is None else np.minimum(nearest, cap)


def _require_share(share: object) -> None:
    remedy = "Give a share from 0 to 1 with four decimals at most, such as 0.5."
    if isinstance(share, bool) or not isinstance(share, int | float):
        raise InvalidError("funding, field share", f"{share!r} is not a number", remedy)
    if not 0 <= share <= 1:
        raise InvalidError("funding, field share", f"{share} is outside [0, 1]", remedy)
    if abs(share * _FINEST - round(share * _FINEST)) > 1e-6:
        raise InvalidError("funding, field share", f"{share} has more than four decimals", remedy)
