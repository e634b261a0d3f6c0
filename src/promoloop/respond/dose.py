"""How P(buy) and the basket answer the depth of a discount: monotone, with doubt.

    logit P(buy | x, d) = a0 + a·x + exp(g·x) Σ_j exp(t_j) B_j(e),   e = d · P(threshold reached)

Every B_j rises from 0 and is flat in the end, and its coefficient is positive: P(buy) never falls
with depth, for the posterior mode and for every draw. Nothing grows beyond the last knot.
Mathematics: ``docs/math/uplift.md``.

References
----------
Ramsay (1988), Monotone regression splines in action. Laplace posterior as in ``effect.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from promoloop.core import InvalidError, Saved, numbers
from promoloop.respond.baskets import Baskets, fit_baskets
from promoloop.respond.monotone import MonotoneLogit, Shape, fit_monotone
from promoloop.respond.ports import OfferedResponse
from promoloop.respond.quality import sigmoid

__all__ = ["DoseCurve", "DoseResponse"]

Floats = NDArray[np.float64]

#: Depths at which the curve may bend; it is flat beyond the last.
KNOTS = (0.05, 0.1, 0.2, 0.35, 0.5)


@dataclass(frozen=True, slots=True)
class DoseCurve:
    """P(buy) of n shoppers at m depths, pointwise intervals at ``level``; every array (n, m)."""

    probability: Floats
    low: Floats
    high: Floats
    level: float


class DoseResponse:
    """A ``ResponseCurve`` learnt from randomised depths.

    Parameters
    ----------
    knots : sequence of float, default (.05, .1, .2, .35, .5)
        Rising depths in (0, 1] at which the curve may bend.
    shape : {"saturating", "monotone"}, default "saturating"
        "saturating": each step deeper adds no more than the one before (concave log odds).
        "monotone": any non-decreasing curve, S-shaped ones too; needs more data.

    Notes
    -----
    Causal only where depth was drawn at random given the contexts (or ``weight`` is 1 / its
    odds). The basket does not depend on depth other than through topping up to the threshold.
    """

    def __init__(self, knots: Sequence[float] = KNOTS, shape: Shape = "saturating") -> None:
        rising = numbers(knots, "knots")
        steps = np.diff(np.append(0.0, rising))
        if rising.size == 0 or not (steps > 0).all() or not rising[-1] <= 1:
            raise InvalidError(
                f"knots {list(knots)}", "they must rise within (0, 1]", "Use the default, say."
            )
        self.knots = tuple(float(knot) for knot in rising)
        if shape not in ("saturating", "monotone"):
            raise InvalidError(f"the shape {shape!r}", "it is not known", "Use 'saturating', say.")
        self.shape: Shape = shape
        self._centre: Floats = np.zeros(0)
        self._scale: Floats = np.zeros(0)
        self._buying: MonotoneLogit | None = None
        self._baskets: Baskets | None = None

    def fit(
        self,
        contexts: ArrayLike,
        depth: ArrayLike,
        bought: ArrayLike,
        basket_minor: ArrayLike,
        threshold_minor: ArrayLike | None = None,
        weight: ArrayLike | None = None,
    ) -> DoseResponse:
        """Learn from n randomised offers.

        Parameters
        ----------
        contexts : array, shape (n, d)
        depth : array, shape (n,)
            Reward as a share of the basket, in [0, 1]; 0 where nothing was offered.
        bought : array, shape (n,)
            0 or 1; both must occur.
        basket_minor : array, shape (n,)
            Full-price basket of buyers, above 0, minor units; not looked at elsewhere.
        threshold_minor, weight : array, shape (n,), optional
            Least basket for the reward, 0 for none; 1 / odds of the depth given.

        Raises
        ------
        InvalidError
            For misshapen, non-finite or impossible figures, or too few buyers.
        """
        x = _matrix(contexts)
        n = len(x)
        dose, yes = _line(depth, "depths", n), _line(bought, "bought", n)
        least = _or(threshold_minor, 0.0, "thresholds", n)
        heavy = _or(weight, 1.0, "weights", n)
        _check(dose, yes, least, heavy)
        buyers = yes == 1
        paid = numbers(basket_minor, "the baskets")
        if paid.shape != (n,):
            raise InvalidError(f"baskets {paid.shape}", f"they must be ({n},)", "Give one per row.")
        baskets = _line(np.where(buyers, paid, 1.0), "baskets of buyers", n)
        if baskets.min() <= 0:
            raise InvalidError("the baskets", "a buyer has none", "Give what was paid, above 0.")
        centre, spread = x.mean(axis=0), x.std(axis=0)
        scale = np.where(spread > 1e-12, spread, np.inf)
        design = _design(x, centre, scale)
        sizes = fit_baskets(design[buyers], baskets[buyers], least[buyers])
        dose = dose * _own(sizes, design, least)
        buying = fit_monotone(design, dose, yes, heavy, np.array(self.knots), self.shape)
        # All at once: a fit that was refused leaves what was learnt before.
        self._centre, self._scale, self._baskets, self._buying = centre, scale, sizes, buying
        return self

    def response(
        self, contexts: Floats, depths: Floats, thresholds_minor: Floats
    ) -> OfferedResponse:
        """Answers of shoppers ``contexts`` (n, d) to m designs; see ``ResponseCurve``."""
        buying, baskets = self._fitted()
        dose = _line(depths, "depths", None)
        least = _line(thresholds_minor, "thresholds", dose.size)
        if dose.min() < 0 or dose.max() > 1 or least.min() < 0:
            raise InvalidError(
                "the designs",
                "a depth is outside [0, 1] or a threshold below 0",
                "Give depths as shares of the basket and thresholds in minor units.",
            )
        design = self._design(_matrix(contexts, self._centre.size))
        reach = baskets.reach(design, least)
        odds, doubt = buying.log_odds(design, reach * dose)
        mean = sigmoid(odds)
        # Without an offer there is no threshold to top up to.
        offered = np.where(dose > 0, least, 0.0)
        basket = baskets.expected(design, offered)
        return OfferedResponse(
            probability=mean,
            probability_sd=mean * (1.0 - mean) * doubt,
            basket_minor=basket,
            basket_sd_minor=baskets.doubt(design, basket),
            reach=reach,
        )

    def curve(self, contexts: ArrayLike, depths: ArrayLike, level: float = 0.95) -> DoseCurve:
        """P(buy) at ``depths`` (m,) without a threshold, with pointwise intervals."""
        buying, _ = self._fitted()
        if not 0 < level < 1:
            raise InvalidError(f"level {level}", "it is not between 0 and 1", "Use 0.95, say.")
        design = self._design(_matrix(contexts, self._centre.size))
        dose = _line(depths, "depths", None)
        if dose.min() < 0 or dose.max() > 1:
            raise InvalidError("depths", "one is outside [0, 1]", "Give shares of the basket.")
        odds, doubt = buying.log_odds(design, np.broadcast_to(dose, (len(design), dose.size)))
        times = float(norm.isf((1 - level) / 2))
        low, high = sigmoid(odds - times * doubt), sigmoid(odds + times * doubt)
        return DoseCurve(sigmoid(odds), low, high, level)

    def value(
        self, contexts: Floats, depths: Floats, thresholds_minor: Floats, margin_share: float
    ) -> Floats:
        """Expected margin of each design above no offer, minor units, (n, m).

        ``margin_share`` of the full-price basket is margin; buyers who reach the threshold take
        the reward, depth times the basket, whether or not they would have bought without it.
        """
        if not 0 <= margin_share <= 1:
            raise InvalidError(
                f"a margin of {margin_share}", "it is outside [0, 1]", "Give a share of the basket."
            )
        said = self.response(contexts, depths, thresholds_minor)
        without = self.response(contexts, np.zeros(1), np.zeros(1))
        kept = margin_share - said.reach * depths
        base = without.probability * without.basket_minor * margin_share
        return np.asarray(said.probability * said.basket_minor * kept - base)

    def sample(self, rng: np.random.Generator) -> DoseResponse:
        """A curve that is sure of one draw from the posterior."""
        buying, baskets = self._fitted()
        drawn = DoseResponse(self.knots, self.shape)
        drawn._centre, drawn._scale = self._centre, self._scale
        drawn._buying, drawn._baskets = buying.sample(rng), baskets.sample(rng)
        return drawn

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types; ``from_parameters`` gives it back exactly."""
        buying, baskets = self._fitted()
        return {
            "shape": self.shape,
            "knots": list(self.knots),
            "centre": self._centre.tolist(),
            "scale": [None if np.isinf(one) else float(one) for one in self._scale],
            "buying": buying.to_parameters(),
            "baskets": baskets.to_parameters(),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> DoseResponse:
        """The model that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved dose-response curve")
        knots = saved.array("knots", None)
        model = cls(knots.tolist(), cast(Shape, saved.text("shape")))
        model._centre = saved.array("centre", None)
        model._scale = saved.array("scale", len(model._centre), null=np.inf)
        model._buying = MonotoneLogit.from_parameters(saved.value("buying"))
        model._baskets = Baskets.from_parameters(saved.value("baskets"))
        return model

    def _design(self, contexts: Floats) -> Floats:
        return _design(contexts, self._centre, self._scale)

    def _fitted(self) -> tuple[MonotoneLogit, Baskets]:
        if self._buying is None or self._baskets is None:
            raise InvalidError("asking a curve", "it was not fitted", "Call fit first.")
        return self._buying, self._baskets


def _design(contexts: Floats, centre: Floats, scale: Floats) -> Floats:
    return np.column_stack([np.ones(len(contexts)), (contexts - centre) / scale])


def _own(baskets: Baskets, design: Floats, thresholds: Floats) -> Floats:
    """(n,) share that reaches each row's own threshold."""
    reach = np.ones(len(design))
    for least in np.unique(thresholds[thresholds > 0]):
        rows = thresholds == least
        reach[rows] = baskets.reach(design[rows], np.array([least]))[:, 0]
    return reach


def _check(depth: Floats, bought: Floats, threshold: Floats, weight: Floats) -> None:
    if depth.min() < 0 or depth.max() > 1 or threshold.min() < 0 or weight.min() < 0:
        raise InvalidError(
            "learning a curve",
            "a depth is outside [0, 1], or a threshold or weight below 0",
            "Give depths as shares of the basket, thresholds in minor units.",
        )
    if not np.isin(bought, (0, 1)).all() or bought.min() == bought.max():
        raise InvalidError(
            "learning a curve",
            "bought must be 0 or 1, and both must occur",
            "Wait until somebody has bought, and somebody has not.",
        )
    if depth.min() == depth.max() or not weight.any():
        raise InvalidError(
            "learning a curve",
            "all depths are the same, or all weights are 0",
            "Draw depths at random among several, none included.",
        )


def _matrix(given: ArrayLike, width: int | None = None) -> Floats:
    array = numbers(given, "contexts")
    wrong = array.ndim != 2 or len(array) == 0 or width not in (None, array.shape[1])
    if wrong or not np.isfinite(array).all():
        raise InvalidError(
            f"contexts of shape {array.shape}",
            f"they must be finite, (shoppers, {width or 'features'})",
            "Give one row per shopper, with the features the model was fitted on.",
        )
    return array


def _line(given: ArrayLike, name: str, size: int | None) -> Floats:
    array = numbers(given, name)
    wrong = array.ndim != 1 or array.size == 0 or size not in (None, array.size)
    if wrong or not np.isfinite(array).all():
        raise InvalidError(
            f"{name} of shape {array.shape}",
            f"there must be {size or 'some'} finite numbers in one line",
            "Give one for each.",
        )
    return array


def _or(given: ArrayLike | None, otherwise: float, name: str, size: int) -> Floats:
    return np.full(size, otherwise) if given is None else _line(given, name, size)
