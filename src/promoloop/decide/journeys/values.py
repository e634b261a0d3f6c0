"""The value of a shopper, linear in what is seen: the level that learners start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.decide.journeys.records import JOURNEY_FEATURES, JOURNEY_TRAITS, LAG, JourneyLog

__all__ = ["LinearValue", "require_discount"]

Floats = NDArray[np.float64]


class LinearValue:
    """Discounted value of going on as the log does, by least squares on temporal differences.

    V(s) = w . phi(s), phi being 1, every feature, standardised, and its square, with w solving

        sum phi(s) (phi(s) - discount (1 - left) phi(s'))^T w = sum phi(s) r

    Parameters
    ----------
    discount : float
        In [0, 1).
    ridge : float, default 1e-3
        Added to the diagonal per row of the log, so that constant features do no harm.
    features : tuple of str
        Names of the columns; traits are held as they were ``lag`` weeks before.
    lag : int or None, default 6
        See ``JourneyLog.views``.

    Attributes
    ----------
    centre_, scale_ : arrays, shape (d,)
    weights_ : array, shape (2 d + 1,)

    References
    ----------
    Bradtke and Barto (1996), "Linear least-squares algorithms for temporal difference learning".
    Right when V is linear in phi; else the projected fixed point, which may be off.
    """

    def __init__(
        self,
        discount: float,
        ridge: float = 1e-3,
        features: Sequence[str] = JOURNEY_FEATURES,
        lag: int | None = LAG,
    ) -> None:
        self.features = tuple(features)
        self.lag = lag
        self.discount = require_discount(discount)
        self.ridge = ridge

    def learn(self, log: JourneyLog, added: Floats | None = None) -> None:
        """Fit to the whole log, with ``added`` (m,) on top of its rewards where given.

        Raises
        ------
        InvalidError
            When the system has no solution.
        """
        reward = log.reward if added is None else log.reward + added
        seen, later = log.views(self.features, JOURNEY_TRAITS, self.lag)
        self.centre_: Floats = seen.mean(axis=0)
        self.scale_: Floats = np.asarray(np.maximum(seen.std(axis=0), 1e-9), dtype=np.float64)
        now, then = self.basis(seen), self.basis(later)
        change = now - self.discount * np.where(log.left, 0.0, 1.0)[:, None] * then
        m = len(now)
        penalty = self.ridge * np.eye(now.shape[1])
        penalty[0, 0] = 0.0
        self._system: Floats = np.asarray(now.T @ change / m + penalty, dtype=np.float64)
        try:
            solved = np.linalg.solve(self._system, now.T @ reward / m)
        except np.linalg.LinAlgError as error:
            raise InvalidError(
                f"the value of shoppers from {m} logged weeks",
                "the equations have no single solution",
                "Raise the ridge, or log more weeks.",
            ) from error
        self.weights_: Floats = np.asarray(solved, dtype=np.float64)

    def value(self, observations: Floats) -> Floats:
        """(n,) in minor units."""
        return np.asarray(self.basis(observations) @ self.weights_)

    def influence(self, log: JourneyLog, direction: Floats) -> Floats:
        """How much each row (m,) of the ``log`` it learnt from moved ``direction`` . weights.

        The rows' parts of the error of a sum of values, by the delta method: their mean is 0 and
        the variance of the sum is that of their sums by journey.
        """
        if not hasattr(self, "_system"):
            raise InvalidError(
                "how sure a value is", "it was not learnt here", "Learn it from its log anew."
            )
        seen, later = log.views(self.features, JOURNEY_TRAITS, self.lag)
        now, then = self.basis(seen), self.basis(later)
        goes_on = self.discount * np.where(log.left, 0.0, 1.0)
        surprise = log.reward + goes_on * (then @ self.weights_) - now @ self.weights_
        pull = np.linalg.solve(self._system.T, direction)
        return np.asarray((now @ pull) * surprise / len(now))

    def basis(self, observations: Floats) -> Floats:
        """phi, (n, 2 d + 1); squares are capped where the log had next to nothing."""
        z = np.clip((observations - self.centre_) / self.scale_, -5.0, 5.0)
        return np.hstack([np.ones((len(z), 1)), z, z * z - 1.0])

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types."""
        return {
            "discount": self.discount,
            "ridge": self.ridge,
            "features": list(self.features),
            "lag": self.lag,
            "centre": self.centre_.tolist(),
            "scale": self.scale_.tolist(),
            "weights": self.weights_.tolist(),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> LinearValue:
        """The value that ``to_parameters`` wrote."""
        saved = Saved(parameters, "the saved value of a shopper")
        features = saved.texts("features")
        lag = None if saved.value("lag") is None else saved.whole("lag")
        made = cls(saved.number("discount"), saved.number("ridge"), features, lag)
        d = len(features)
        made.centre_, made.scale_ = saved.array("centre", d), saved.array("scale", d)
        made.weights_ = saved.array("weights", 2 * d + 1)
        return made


def require_discount(discount: float) -> float:
    """``discount`` unchanged when it lies in [0, 1)."""
    if not 0.0 <= discount < 1.0:
        raise InvalidError(f"discount {discount}", "it is not in [0, 1)", "Use 0.97 a week, say.")
    return discount
