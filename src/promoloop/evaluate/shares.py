"""A share with an interval that holds at every look: unsubscribes per message, say.

The likelihood of all shares, mixed by a beta law, over that of one share is a martingale under
the latter; it exceeds 1 / a ever with probability a at most (Ville). What it does not exceed is the
interval: exact for every sample size, and valid however often one looks.

Source: Robbins (1970), "Statistical methods related to the law of the iterated logarithm"; Howard,
Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
sequences", for the beta-binomial mixture.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import betaln

from promoloop.core import InvalidError
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import require_level

__all__ = ["share_of"]


def share_of(hits: int, n: int, level: float = 0.95, expected: float = 0.5) -> Estimate:
    """The share ``hits / n`` of independent trials, with an interval that holds at every look.

    Parameters
    ----------
    hits, n : int
        0 <= hits <= n; with n = 0 the interval is all of [0, 1].
    level : float
        Coverage over all looks together, in (0, 1).
    expected : float
        Roughly what the share will be, in (0, 1), settled before the first look: there the
        interval is narrowest. It holds whatever the share is.

    Raises
    ------
    InvalidError
        For counts that cannot be, or a level or expected share outside (0, 1).

    Examples
    --------
    >>> found = share_of(3, 1_000, expected=0.005)
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.003, 0.0003, 0.0106)
    """
    alpha = 1.0 - require_level(level)
    if not 0 <= hits <= n or not 0.0 < expected < 1.0:
        raise InvalidError(
            f"the share of {hits} in {n}, expected near {expected}",
            "there are fewer trials than hits, or the expected share is not between 0 and 1",
            "Count both over the same trials; expect 0.005, say.",
        )
    value = hits / n if n else expected
    most = -math.log(alpha)
    after = _mixed(hits, n, expected)
    low = _end(hits, n, after, most, value, 0.0) if hits else 0.0
    high = _end(hits, n, after, most, value, 1.0) if hits < n else 1.0
    return Estimate(value, low, high, n, float(n), level, "share, beta-binomial sequence")


def _mixed(hits: int, n: int, expected: float) -> float:
    """Logarithm of the mixed likelihood; the mixture's mean is ``expected``."""
    a, b = 1.0, (1.0 - expected) / expected
    return float(betaln(a + hits, b + n - hits) - betaln(a, b))


def _end(hits: int, n: int, mixed: float, most: float, inside: float, edge: float) -> float:
    """Where the evidence against a share, going from ``inside`` to ``edge``, exceeds ``most``."""

    def excess(share: float) -> float:
        likely = 0.0
        if hits:
            likely += hits * math.log(share)
        if hits < n:
            likely += (n - hits) * math.log1p(-share)
        return mixed - likely - most

    tiny = 1e-15
    start = min(max(inside, tiny), 1 - tiny)
    stop = tiny if edge == 0.0 else 1 - tiny
    if excess(stop) <= 0:
        return edge
    return float(brentq(excess, start, stop))
