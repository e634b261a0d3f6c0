"""Are the arms as large as they were meant to be?"""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy.stats import chisquare

from promoloop.core import InvalidError
from promoloop.evaluate.records import SampleRatio

__all__ = ["sample_ratio"]


def sample_ratio(
    observed: Mapping[str, int], shares: Mapping[str, float], threshold: float = 0.001
) -> SampleRatio:
    """Pearson's chi-square test of the arms' sizes against their planned shares.

    Source: Fabijan et al. (2019), "Diagnosing sample ratio mismatch in online controlled
    experiments". The threshold is low because the check is made at every look.

    Raises
    ------
    InvalidError
        When the arms differ from those planned, or nobody has been assigned.

    Examples
    --------
    >>> sample_ratio({"policy": 50, "holdout": 50}, {"policy": 0.5, "holdout": 0.5}).p_value
    1.0
    >>> sample_ratio({"policy": 700, "holdout": 300}, {"policy": 0.5, "holdout": 0.5}).ok
    False
    """
    arms = [arm for arm, share in shares.items() if share > 0]
    total = sum(observed.values())
    strange = sorted(arm for arm, count in observed.items() if arm not in arms and count)
    counted = all(count >= 0 for count in observed.values())  # False for NaN too
    if (
        strange
        or not counted
        or total < 1
        or not math.isclose(math.fsum(shares.values()), 1.0, abs_tol=1e-9)
    ):
        raise InvalidError(
            f"the arms {dict(observed)}",
            f"they do not fit the planned shares {dict(shares)}",
            "Count every planned arm and no other, and let the shares sum to 1.",
        )
    counts = {arm: observed.get(arm, 0) for arm in arms}
    expected = {arm: shares[arm] * total for arm in arms}
    p_value = 1.0
    if len(arms) > 1:
        p_value = float(chisquare(list(counts.values()), list(expected.values())).pvalue)
    return SampleRatio(counts, expected, p_value, threshold, p_value >= threshold)
