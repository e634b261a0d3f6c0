"""Logistic regression with a dose that can only help, more for some than for others.

    logit p = z·a + exp(w·g) Σ_j exp(t_j) B_j(e)

with z the design (a leading one, then standardised contexts), w the contexts without the one.
The parameters (a, g, t) are free, so the posterior is Laplace's: the mode by damped Fisher
scoring, and the inverse of expected curvature there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from promoloop.core import Saved
from promoloop.respond.quality import sigmoid

__all__ = ["MonotoneLogit", "Shape", "fit_monotone"]

Floats = NDArray[np.float64]
Shape = Literal["saturating", "monotone"]

# Prior standard deviations: log odds per standard deviation of a context, log of who responds
# more; and mean and standard deviation of the log of each step of the curve, .1 to .9 log odds.
_ODDS, _MORE, _STEP = 2.5, 0.5, (np.log(0.3), 1.0)
_FLAT = 10.0  # the intercept's
_MOST = 60
_STEEPEST = 3.0  # |g·w| beyond this would be exp(3) = 20 times the average response


@dataclass(frozen=True, slots=True)
class MonotoneLogit:
    """Posterior of the parameters (a (p,), g (p - 1,), t (number of knots,)) in one vector."""

    mode: Floats
    covariance: Floats
    knots: Floats
    shape: Shape

    def log_odds(self, design: Floats, dose: Floats) -> tuple[Floats, Floats]:
        """Log odds at the mode and their standard deviation, (n, m) for ``dose`` (n, m)."""
        n, m = dose.shape
        slopes, log_odds = _jacobian(
            self.mode, np.repeat(design, m, axis=0), dose.ravel(), self.knots, self.shape
        )
        spread = np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes)
        return log_odds.reshape(n, m), np.sqrt(np.maximum(spread, 0.0)).reshape(n, m)

    def sample(self, rng: np.random.Generator) -> MonotoneLogit:
        """One draw, sure of itself.

        The steps of the curve are drawn to first order, mode times (1 + doubt), and kept above
        0: their logarithms are so uncertain one by one that exponentials would run away.
        """
        drawn = rng.multivariate_normal(self.mode, self.covariance, method="svd")
        steps = slice(len(drawn) - len(self.knots), None)
        factor = np.maximum(1.0 + drawn[steps] - self.mode[steps], 1e-6)
        drawn[steps] = self.mode[steps] + np.log(factor)
        return MonotoneLogit(drawn, np.zeros_like(self.covariance), self.knots, self.shape)

    def to_parameters(self) -> dict[str, object]:
        """As JSON types."""
        return {
            "mode": self.mode.tolist(),
            "covariance": self.covariance.tolist(),
            "knots": self.knots.tolist(),
            "shape": self.shape,
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> MonotoneLogit:
        """The posterior that ``to_parameters`` wrote."""
        saved = Saved(parameters, "the saved part of a curve that says who buys")
        mode = saved.array("mode", None)
        shape = saved.text("shape")
        if shape not in get_args(Shape):
            raise saved.fault("shape", f"{shape!r} is not known")
        covariance = saved.array("covariance", len(mode), len(mode))
        return cls(mode, covariance, saved.array("knots", None), cast(Shape, shape))


def fit_monotone(
    design: Floats, dose: Floats, bought: Floats, weight: Floats, knots: Floats, shape: Shape
) -> MonotoneLogit:
    """Fit on (n, p) design, (n,) doses >= 0, 0/1 outcomes and weights."""
    p = design.shape[1]
    centre = np.concatenate([np.zeros(2 * p - 1), np.full(len(knots), _STEP[0])])
    spread = [_FLAT, *[_ODDS] * (p - 1), *[_MORE] * (p - 1), *[_STEP[1]] * len(knots)]
    precision = np.array(spread) ** -2.0
    share = float(np.clip(np.average(bought, weights=weight), 1e-4, 1 - 1e-4))
    here = centre.copy()
    here[0] = np.log(share / (1 - share))
    damping = 1e-3
    curvature = np.diag(precision)
    for _ in range(_MOST):
        slopes, odds = _jacobian(here, design, dose, knots, shape)
        said = sigmoid(odds)
        before = _loss(odds, bought, weight) + 0.5 * float(precision @ (here - centre) ** 2)
        slope = slopes.T @ (weight * (bought - said)) - precision * (here - centre)
        heavy = slopes * (weight * said * (1.0 - said))[:, None]
        curvature = heavy.T @ slopes + np.diag(precision)
        step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), slope)
        there = here + step
        _, odds = _jacobian(there, design, dose, knots, shape)
        after = _loss(odds, bought, weight) + 0.5 * float(precision @ (there - centre) ** 2)
        if after <= before:
            here, damping = there, damping / 10.0
        else:
            damping *= 10.0
        if abs(before - after) < 1e-7 * before:
            break
    covariance = np.linalg.inv(curvature)
    return MonotoneLogit(here, 0.5 * (covariance + covariance.T), knots, shape)


def _loss(odds: Floats, bought: Floats, weight: Floats) -> float:
    """Weighted negative log likelihood."""
    return float(weight @ (np.logaddexp(0.0, odds) - bought * odds))


def _jacobian(
    parameters: Floats, design: Floats, dose: Floats, knots: Floats, shape: Shape
) -> tuple[Floats, Floats]:
    """Slopes of the log odds by the parameters, (n, q), and the log odds, (n,)."""
    p = design.shape[1]
    a, g, t = np.split(parameters, [p, 2 * p - 1])
    rising = _basis(dose, knots, shape)  # (n, j)
    more = np.exp(np.clip(design[:, 1:] @ g, -_STEEPEST, _STEEPEST))
    parts = rising * np.exp(t) * more[:, None]
    lifted = parts.sum(axis=1)
    slopes = np.hstack([design, lifted[:, None] * design[:, 1:], parts])
    return slopes, design @ a + lifted


def _basis(dose: Floats, knots: Floats, shape: Shape) -> Floats:
    """(n, j) ramps from 0 to 1: all from zero when saturating, else one per stretch."""
    start = np.zeros(len(knots)) if shape == "saturating" else np.append(0.0, knots[:-1])
    ramps: Floats = np.clip((dose[:, None] - start) / (knots - start), 0.0, 1.0)
    return ramps
