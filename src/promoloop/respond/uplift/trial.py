"""An experiment as a learner needs it: who got what, with which odds, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from promoloop.core import InvalidError, RefusedError, numbers

__all__ = ["LEAST_PROPENSITY", "Floats", "Ints", "Trial", "contexts_of", "trial_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Estimated odds below this say that some shoppers could hardly have got an arm.
LEAST_PROPENSITY = 0.01
_MOST_WITHOUT_OVERLAP = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """One experiment with k treatments against a control.

    ``contexts`` (n, d) were known before the assignment; ``arm`` (n,) is 0 for the control and
    1..k for the treatments; ``outcome`` (n,) is 0/1 or money; ``odds`` (n,) the probability of
    the arm that was given; ``weight`` (n,) how much a row counts.
    """

    contexts: Floats
    arm: Ints
    outcome: Floats
    odds: Floats
    weight: Floats
    treatments: int

    @property
    def binary(self) -> bool:
        """Whether every outcome is 0 or 1."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    def rows(self, wanted: NDArray[np.bool_] | Ints) -> Trial:
        """The same trial with only those rows."""
        return Trial(
            self.contexts[wanted],
            self.arm[wanted],
            self.outcome[wanted],
            self.odds[wanted],
            self.weight[wanted],
            self.treatments,
        )

    def weighing(self, factor: Floats) -> Trial:
        """The same trial with each row's weight times ``factor`` (n,)."""
        return Trial(
            self.contexts,
            self.arm,
            self.outcome,
            self.odds,
            self.weight * factor,
            self.treatments,
        )

    def balance(self) -> Floats:
        """Weights (n,) that undo uneven odds: share of the arm / odds of the arm, stabilised.

        They are all 1 when the odds did not depend on the shopper.
        """
        shares = np.bincount(self.arm, self.weight, self.treatments + 1) / self.weight.sum()
        weight: Floats = self.weight * shares[self.arm] / self.odds
        return weight

    def scores(self, expected: Floats) -> Floats:
        """Doubly robust effect of each treatment on each row, (n, k): unbiased, very noisy.

        ``expected`` (n, k + 1) is the outcome foretold under each arm, control first, by models
        that did not see the row.

        Source: Robins, Rotnitzky and Zhao (1994), equation of the augmented estimator.
        """
        rows = np.arange(len(self.arm))
        surprise = (self.outcome - expected[rows, self.arm]) / self.odds
        taken = self.arm[:, None] == np.arange(1, self.treatments + 1)
        signed = taken.astype(np.float64) - (self.arm == 0)[:, None]
        return np.asarray(expected[:, 1:] - expected[:, :1] + signed * surprise[:, None])


def trial_of(
    contexts: ArrayLike,
    arm: ArrayLike,
    outcome: ArrayLike,
    propensity: ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> Trial:
    """Check an experiment and put it in order.

    Parameters
    ----------
    contexts : array, shape (n, d)
    arm : array of int, shape (n,)
        0 for the control, 1..k for the treatments; every one of them must occur.
    outcome : array, shape (n,)
    propensity : array, shape (n,) or (n, k), optional
        (n,): probability of the arm that was given. (n, k): probability of each treatment, the
        control having the rest. Left out, it is estimated by a multinomial logistic regression,
        which is right only where the assignment depended on nothing but ``contexts``.
    weight : array, shape (n,), optional

    Raises
    ------
    InvalidError
        For misshapen, NaN or infinite arrays, arms that do not occur, propensities outside
        (0, 1], negative weights.
    RefusedError
        When more than 5 % of the estimated propensities are below 1 %: no overlap.
    """
    x = contexts_of(contexts)
    given = _arms(arm, len(x))
    y = _line(outcome, "the outcomes", len(x))
    k = int(given.max())
    w = np.ones(len(x)) if weight is None else _line(weight, "the weights", len(x))
    if w.min() < 0 or w.sum() <= 0:
        raise InvalidError(
            "the weights", f"the least is {w.min():g}", "Give weights of 0 or more, some positive."
        )
    odds = _estimated(x, given, w) if propensity is None else _known(propensity, given, k)
    return Trial(x, given, y, odds, w, k)


def contexts_of(given: ArrayLike, width: int | None = None) -> Floats:
    """``given`` as finite numbers of shape (n, d); d = ``width`` where that is known."""
    array = numbers(given, "the contexts")
    if array.ndim != 2 or 0 in array.shape or width not in (None, array.shape[1]):
        raise InvalidError(
            f"contexts of shape {array.shape}",
            f"they must be (shoppers, {width or 'features'})",
            "Give one row per shopper, with the features the model was fitted on.",
        )
    if not np.isfinite(array).all():
        raise InvalidError(
            "the contexts", "they have NaN or infinite entries", "Fill or leave out those rows."
        )
    return array


def _line(given: ArrayLike, name: str, size: int) -> Floats:
    array = numbers(given, name)
    if array.shape != (size,) or not np.isfinite(array).all():
        raise InvalidError(
            f"{name} of shape {array.shape}",
            f"there must be {size} finite numbers",
            "Give one per row of the contexts.",
        )
    return array


def _arms(given: ArrayLike, size: int) -> Ints:
    array = _line(given, "the arms", size)
    whole = array.astype(np.int64)
    sizes = np.bincount(np.maximum(whole, 0))
    if (whole != array).any() or whole.min() < 0 or len(sizes) < 2 or sizes.min() < 2:
        raise InvalidError(
            f"arms {sorted(set(array.tolist()))[:8]}",
            "there must be whole numbers 0 (control) to k, each on two rows or more",
            "Number the treatments from 1 without gaps, and keep a control.",
        )
    return whole


def _known(propensity: ArrayLike, arm: Ints, k: int) -> Floats:
    array = numbers(propensity, "the propensities")
    n = len(arm)
    if array.shape == (n,):
        odds = array
    elif array.shape == (n, k):
        every = np.column_stack([1.0 - array.sum(axis=1), array])
        odds = np.asarray(every[np.arange(n), arm], dtype=np.float64)
    else:
        raise InvalidError(
            f"propensities of shape {array.shape}",
            f"they must be ({n},) or ({n}, {k})",
            "Give the odds of the arm taken, or those of every treatment.",
        )
    if not ((odds > 0) & (odds <= 1)).all():
        raise InvalidError(
            "the propensities",
            "some of the arms taken have none in (0, 1]",
            "Log the exact odds of every assignment, or leave them out to estimate them.",
        )
    return odds


def _estimated(contexts: Floats, arm: Ints, weight: Floats) -> Floats:
    centre, spread = contexts.mean(axis=0), contexts.std(axis=0)
    scaled = (contexts - centre) / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=1.0, max_iter=2000).fit(scaled, arm, sample_weight=weight)
    said = np.asarray(model.predict_proba(scaled), dtype=np.float64)
    thin = float((said.min(axis=1) < LEAST_PROPENSITY).mean())
    if thin > _MOST_WITHOUT_OVERLAP:
        raise RefusedError(
            "estimating the odds of the arms",
            f"{thin:.0%} of the rows had an arm with odds below {LEAST_PROPENSITY:.0%}",
            "Leave out shoppers who could not get every arm, or randomise.",
        )
    odds: Floats = np.maximum(said[np.arange(len(arm)), arm], LEAST_PROPENSITY)
    return odds
