"""What each text variant earned, from the log of what was shown to whom and with what odds.

Variants that a bandit favours are shown to more and to other shoppers, so plain means mislead.
Each variant is judged as the policy that always shows it: SNIPS with weight 1 / propensity on its
own rows (Horvitz and Thompson, 1952; Swaminathan and Joachims, 2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from promoloop.core import InvalidError, RefusedError
from promoloop.evaluate.off_policy import ips, snips
from promoloop.evaluate.overlaps import LEAST_ARM_ROWS, Rules
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import line

__all__ = ["VariantRewards", "variant_rewards"]

_RULES = Rules()


@dataclass(frozen=True, slots=True)
class VariantRewards:
    """Mean reward per message by variant, and of which variants the log cannot say it, and why."""

    estimates: Mapping[str, Estimate]
    refused: Mapping[str, str]


def variant_rewards(
    rewards: ArrayLike,
    variants: Sequence[str],
    propensity: ArrayLike,
    level: float = 0.95,
    *,
    shoppers: ArrayLike | None = None,
    rules: Rules = _RULES,
    normalised: bool = True,
) -> VariantRewards:
    """The mean reward, had every message of the log carried the same variant.

    Rows are messages that could have carried any of the variants.

    Parameters
    ----------
    rewards : array, shape (n,)
        Margin that each message brought, in minor units.
    variants : sequence of str, length n
        The variant it carried.
    propensity : array, shape (n,)
        The exact odds, in (0, 1], with which that variant was chosen.
    level : float
        Coverage of the intervals, in (0, 1).
    shoppers : array, shape (n,), optional
        Whose row it is; the intervals then stand on shoppers.
    rules : Rules
        What a log must have. A variant below them is refused by name, the others are not.
    normalised : bool, default True
        Self-normalised weights (SNIPS); otherwise IPS, unbiased and wider.

    Raises
    ------
    RefusedError
        When a propensity is missing or outside (0, 1].
    InvalidError
        For misshapen or non-finite arrays.
    """
    reward, odds = line(rewards, "rewards"), np.asarray(propensity, dtype=np.float64)
    shown = np.asarray(variants, dtype=np.str_)
    if shown.shape != reward.shape:
        raise InvalidError(
            f"{reward.size} rewards and variants of shape {shown.shape}",
            "they are not of the same rows",
            "Say of every message which variant it carried.",
        )
    _require_odds(odds)
    estimator = snips if normalised else ips
    estimates: dict[str, Estimate] = {}
    refused: dict[str, str] = {}
    for variant in np.unique(shown).tolist():
        own = shown == variant
        if own.sum() < LEAST_ARM_ROWS:
            refused[variant] = f"shown {int(own.sum())} times; {LEAST_ARM_ROWS} are the least"
            continue
        target = own.astype(np.float64)
        try:
            estimates[variant] = estimator(
                reward, odds, target, level, shoppers=shoppers, rules=rules
            )
        except RefusedError as error:
            refused[variant] = str(error)
    return VariantRewards(estimates, refused)


def _require_odds(odds: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    if not ((odds > 0) & (odds <= 1)).all():
        raise RefusedError(
            "rewards by variant",
            "some propensities are missing or outside (0, 1]",
            "Only a log with the exact odds of every choice can answer.",
        )
