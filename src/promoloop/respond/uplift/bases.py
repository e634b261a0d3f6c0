"""What learners are made of: a linear and a boosted-tree regression that can be written down.

A base turns (features, outcome, weight) into a fit. For 0/1 outcomes the fit says probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import lightgbm
import numpy as np
from sklearn.linear_model import Lasso

from promoloop.core import InvalidError, Saved
from promoloop.respond.quality import sigmoid
from promoloop.respond.trees import booster_of
from promoloop.respond.uplift.trial import Floats

__all__ = [
    "Base",
    "Fit",
    "LinearBase",
    "LinearFit",
    "SparseBase",
    "TreeBase",
    "TreeFit",
    "fit_from",
]

_STEPS = 50


class Fit(Protocol):
    """A regression that was fitted."""

    def predict(self, features: Floats) -> Floats:
        """Expected outcome, shape (n,)."""
        ...

    def to_parameters(self) -> dict[str, object]:
        """All of it, as JSON types; ``fit_from`` gives it back exactly."""
        ...


class Base(Protocol):
    """A way to fit a regression."""

    def fit(self, features: Floats, outcome: Floats, weight: Floats, *, binary: bool) -> Fit:
        """Fit on (n, d) features, (n,) outcomes and weights; probabilities when ``binary``."""
        ...


@dataclass(frozen=True, slots=True)
class LinearFit:
    """``intercept + features @ slopes``, through the logistic curve when ``binary``."""

    intercept: float
    slopes: Floats
    binary: bool

    def predict(self, features: Floats) -> Floats:
        """Expected outcome, shape (n,)."""
        straight: Floats = self.intercept + features @ self.slopes
        return sigmoid(straight) if self.binary else straight

    def to_parameters(self) -> dict[str, object]:
        """As JSON types."""
        return {
            "kind": "linear",
            "intercept": self.intercept,
            "slopes": self.slopes.tolist(),
            "binary": self.binary,
        }


@dataclass(frozen=True, slots=True)
class LinearBase:
    """Ridge regression, logistic for 0/1 outcomes; features are standardised inside.

    Parameters
    ----------
    penalty : float, default 10
        How many rows the prior "no slope" is worth, > 0: slopes of standardised features have
        the prior N(0, residual variance / penalty). Being positive, it also makes designs with
        repeated or constant columns solvable.
    """

    penalty: float = 10.0

    def __post_init__(self) -> None:
        """Refuse a penalty that is not positive."""
        _require_positive(self.penalty, "penalty")

    def fit(self, features: Floats, outcome: Floats, weight: Floats, *, binary: bool) -> LinearFit:
        """Fit by normal equations, or by Newton's method when ``binary``."""
        centre, scale = _standard(features, weight)
        design = np.column_stack([np.ones(len(features)), (features - centre) / scale])
        ridge = np.full(design.shape[1], self.penalty)
        ridge[0] = 0.0
        solve = _logistic if binary else _least_squares
        slopes = solve(design, outcome, weight, ridge)
        own = slopes[1:] / scale
        return LinearFit(float(slopes[0] - own @ centre), own, binary)


@dataclass(frozen=True, slots=True)
class SparseBase:
    """Linear regression in which features that do not show above the noise get no slope at all.

    The lasso at the universal penalty, ``caution`` times s sqrt(2 log d / n) with s the standard
    deviation of the outcome: pure noise then keeps every slope at zero with high probability.
    0/1 outcomes are fitted by least squares too.

    Parameters
    ----------
    caution : float, default 1
        Above 0; less lets more features in.

    References
    ----------
    Donoho and Johnstone (1994), Ideal spatial adaptation by wavelet shrinkage. Tibshirani
    (1996), Regression shrinkage and selection via the lasso.
    """

    caution: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a caution that is not positive."""
        _require_positive(self.caution, "caution")

    def fit(self, features: Floats, outcome: Floats, weight: Floats, *, binary: bool) -> LinearFit:
        """Fit by coordinate descent; never a logistic curve."""
        del binary
        centre, scale = _standard(features, weight)
        total = float(weight.sum())
        mean = float(weight @ outcome) / total
        spread = float(np.sqrt(weight @ (outcome - mean) ** 2 / total))
        rows = total**2 / float(weight @ weight)
        penalty = self.caution * np.sqrt(2.0 * np.log(max(features.shape[1], 2)) / rows)
        if not spread > 0:
            return LinearFit(mean, np.zeros(features.shape[1]), binary=False)
        model = Lasso(alpha=penalty, max_iter=5000, tol=1e-6)
        model.fit((features - centre) / scale, (outcome - mean) / spread, sample_weight=weight)
        own = np.asarray(model.coef_, dtype=np.float64) * spread / scale
        start = mean + spread * float(model.intercept_)
        return LinearFit(start - float(own @ centre), own, binary=False)


@dataclass(frozen=True, slots=True)
class TreeFit:
    """A LightGBM model, kept as its text. ``shift`` is added, ``scale`` multiplies."""

    text: str
    shift: float
    scale: float

    def predict(self, features: Floats) -> Floats:
        """Expected outcome, shape (n,)."""
        booster = booster_of(self.text)
        said = np.asarray(booster.predict(features, num_threads=1), dtype=np.float64)
        return self.shift + self.scale * said

    def to_parameters(self) -> dict[str, object]:
        """As JSON types."""
        return {"kind": "trees", "text": self.text, "shift": self.shift, "scale": self.scale}


@dataclass(frozen=True, slots=True)
class TreeBase:
    """Gradient-boosted trees (LightGBM).

    Parameters
    ----------
    rounds : int, default 60
    leaves : int, default 8
    least_rows : int, default 100
        Fewest rows in a leaf.
    rate : float, default 0.05
    """

    rounds: int = 60
    leaves: int = 8
    least_rows: int = 100
    rate: float = 0.05

    def __post_init__(self) -> None:
        """Refuse settings that LightGBM would refuse later, or not at all."""
        _require_positive(self.rate, "rate")
        _require_positive(min(self.rounds, self.leaves - 1, self.least_rows), "size")

    def fit(self, features: Floats, outcome: Floats, weight: Floats, *, binary: bool) -> TreeFit:
        """Fit; money is standardised first, so that its unit does not matter."""
        total = float(weight.sum())
        shift = 0.0 if binary else float(weight @ outcome) / total
        spread = 1.0 if binary else float(np.sqrt(weight @ (outcome - shift) ** 2 / total))
        scale = spread if spread > 0 else 1.0
        settings: dict[str, Any] = {
            "objective": "binary" if binary else "regression",
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.least_rows,
            "lambda_l2": 10.0,
            "verbosity": -1,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": 0,
        }
        data = lightgbm.Dataset(features, (outcome - shift) / scale, weight=weight)
        booster = lightgbm.train(settings, data, num_boost_round=self.rounds)
        return TreeFit(booster.model_to_string(), shift, scale)


def fit_from(parameters: Mapping[str, object]) -> Fit:
    """The fit that ``to_parameters`` wrote.

    Raises
    ------
    InvalidError
        For a kind of fit this version does not know.
    """
    saved = Saved(parameters, "a saved fit")
    match saved.value("kind"):
        case "linear":
            slopes = saved.array("slopes", None)
            return LinearFit(saved.number("intercept"), slopes, saved.flag("binary"))
        case "trees":
            booster_of(saved.text("text"))
            return TreeFit(saved.text("text"), saved.number("shift"), saved.number("scale"))
        case other:
            raise saved.fault("kind", f"{other!r:.60} is neither linear nor trees")


def _standard(features: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and scale of each feature; a constant one has an infinite scale."""
    total = weight.sum()
    centre = weight @ features / total
    spread = np.sqrt(weight @ (features - centre) ** 2 / total)
    return centre, np.where(spread > 1e-12, spread, np.inf)


def _least_squares(design: Floats, outcome: Floats, weight: Floats, ridge: Floats) -> Floats:
    weighed = design * weight[:, None]
    return _solved(weighed.T @ design + np.diag(ridge), weighed.T @ outcome)


def _logistic(design: Floats, outcome: Floats, weight: Floats, ridge: Floats) -> Floats:
    share = float(np.clip(np.average(outcome, weights=weight), 1e-6, 1 - 1e-6))
    slopes = np.zeros(design.shape[1])
    slopes[0] = np.log(share / (1.0 - share))
    own = ridge * share * (1.0 - share)  # a row tells a logistic slope p (1 - p)
    for _ in range(_STEPS):
        said = sigmoid(design @ slopes)
        slope = design.T @ (weight * (outcome - said)) - own * slopes
        curvature = (design * (weight * said * (1.0 - said))[:, None]).T @ design + np.diag(own)
        step = _solved(curvature + 1e-9 * np.eye(len(own)), slope)
        # A step of 5 log odds is more than any honest effect: perfect separation is damped.
        slopes = slopes + step * min(1.0, 5.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return slopes


def _solved(matrix: Floats, right: Floats) -> Floats:
    try:
        found = np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        found = np.full(len(right), np.nan)
    if not np.isfinite(found).all():
        raise InvalidError(
            "fitting a regression",
            "its design is singular",
            "Leave out features that repeat each other, or raise the penalty.",
        )
    return found


def _require_positive(value: float, name: str) -> None:
    if not 0 < value < np.inf:
        raise InvalidError(f"{name} {value}", "it must be above 0", "Use the default.")
