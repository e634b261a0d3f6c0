"""Who the simulated shoppers are: hidden from every policy."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from promoloop.core import InvalidError
from promoloop.respond import logit, sigmoid
from promoloop.simulate.journeys.settings import JourneyConstants

__all__ = ["JourneyTraits", "draw_traits", "joined"]

Floats = NDArray[np.float64]

_AFFINITY = (1.5, 2.5)  # of the beta distribution
_GRID = beta.ppf((np.arange(1000) + 0.5) / 1000, *_AFFINITY)


@dataclass(frozen=True, slots=True)
class JourneyTraits:
    """What does not change about n shoppers; every array is (n,).

    ``habit`` is the log odds of buying in a plain week, ``basket`` the mean basket in minor
    units, ``coupon_affinity`` what earlier coupons told the shop, in [0, 1] and not hidden,
    ``elasticity`` and ``reminder`` what offers and messages add when they are read,
    ``reads`` the chance to read one when fresh, ``weary`` how fast one tires (mean 1), and
    ``scanned`` whether a machine opens and clicks everything that is sent there.
    """

    habit: Floats
    basket: Floats
    coupon_affinity: Floats
    elasticity: Floats
    reminder: Floats
    reads: Floats
    weary: Floats
    scanned: NDArray[np.bool_]


def draw_traits(n: int, constants: JourneyConstants, rng: np.random.Generator) -> JourneyTraits:
    """n shoppers drawn from the population.

    Raises
    ------
    InvalidError
        If ``n`` is not positive.
    """
    if n < 1:
        raise InvalidError(f"{n} simulated shoppers", "there must be one", "Ask for more.")
    c = constants
    affinity = rng.beta(*_AFFINITY, n)
    rate = rng.gamma(c.visits_shape, c.visits_mean / c.visits_shape, n)
    return JourneyTraits(
        habit=logit(np.clip(1.0 - np.exp(-rate), 1e-4, 0.95)),
        basket=c.basket_minor * _around_one(c.basket_differs, n, rng),
        coupon_affinity=affinity,
        elasticity=c.elasticity * _leaning(affinity, c, rng),
        reminder=rng.normal(c.reminder, c.reminder_differs, n),
        reads=sigmoid(rng.normal(c.opening, c.opening_differs, n)),
        weary=_around_one(c.weariness_differs, n, rng),
        scanned=rng.random(n) < c.scanned,
    )


def _leaning(affinity: Floats, c: JourneyConstants, rng: np.random.Generator) -> Floats:
    """Who used coupons before minds prices more: mean 1 over the population."""
    leaning = np.exp(c.affinity_tells * affinity) * _around_one(
        c.elasticity_differs, affinity.size, rng
    )
    return np.asarray(leaning / np.exp(c.affinity_tells * _GRID).mean())


def _around_one(spread: float, n: int, rng: np.random.Generator) -> Floats:
    """Lognormal with mean 1."""
    return np.asarray(rng.lognormal(-(spread**2) / 2, spread, n))


def joined(old: JourneyTraits, new: JourneyTraits, mask: NDArray[np.bool_]) -> JourneyTraits:
    """``new`` where ``mask`` (n,), else ``old``."""
    names = (field.name for field in fields(JourneyTraits))
    return JourneyTraits(*(np.where(mask, getattr(new, n), getattr(old, n)) for n in names))
