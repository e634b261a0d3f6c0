"""How well a score finds those whom a treatment moves: Qini, AUUC, gain and return by depth.

Rows come from an experiment: outcome y, treated t (0/1), score s, weight w (1, or 1 / propensity
where the odds were uneven). Going down the score, tied rows together, with sums over the rows
passed so far

    Qini curve     Q = Y_t - Y_c N_t / N_c          (outcomes gained among the treated)
    uplift curve   U = (Y_t / N_t - Y_c / N_c) N     (outcomes gained if all were treated)

Y and N are weighted sums of outcomes and of rows, t treated, c control; a side that is still empty
counts as 0. Areas are trapezoids over the rows passed.

References
----------
Radcliffe (2007), Using control groups to target on predicted lift. Gutierrez and Gerardy (2017),
Causal inference and uplift modelling: a review of the literature. The conventions are those of
scikit-uplift, so that figures compare: ``docs/math/uplift.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError
from promoloop.evaluate.records import Estimate
from promoloop.evaluate.samples import Floats, line, require_level

__all__ = ["UpliftCurve", "auuc", "qini", "qini_curve", "uplift_curve"]

Ints = NDArray[np.int64]

_DRAWS = 200


@dataclass(frozen=True, slots=True)
class UpliftCurve:
    """A curve over the rows in order of their score, best first; it starts at (0, 0).

    ``passed`` (m,) is the weight of the rows so far, ``gained`` (m,) the height of the curve.
    """

    passed: Floats
    gained: Floats

    @property
    def area(self) -> float:
        """Area under the curve, by trapezoids."""
        return float(np.trapezoid(self.gained, self.passed))

    @property
    def random_area(self) -> float:
        """Area under the straight line to the curve's end: what a random order gains."""
        return float(self.gained[-1] * self.passed[-1] / 2)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Rows by falling score; ``order`` says where each stood before, ``last`` ends each tie."""

    order: Ints
    outcome: Floats
    treated: Floats
    weight: Floats
    last: Ints

    def again(self, times: Floats) -> _Ordered:
        """The same order with row i counted ``times[i]`` times, for a bootstrap draw."""
        weight = self.weight * times[self.order]
        return _Ordered(self.order, self.outcome, self.treated, weight, self.last)


def qini_curve(
    outcome: ArrayLike, score: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None
) -> UpliftCurve:
    """The Qini curve of a score.

    Examples
    --------
    Two treated, two control; the best-scored treated one buys, nobody else does:

    >>> qini_curve([1, 0, 0, 0], [4, 3, 2, 1], [1, 0, 1, 0]).gained.tolist()
    [0.0, 1.0, 1.0, 1.0, 1.0]
    """
    return _qini_of(_ordered(outcome, score, treated, weight)[0])


def uplift_curve(
    outcome: ArrayLike, score: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None
) -> UpliftCurve:
    """The uplift curve of a score: gain if everybody passed so far were treated."""
    return _uplift_of(_ordered(outcome, score, treated, weight)[0])


def qini(
    outcome: ArrayLike,
    score: ArrayLike,
    treated: ArrayLike,
    rng: np.random.Generator,
    weight: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Normalised Qini coefficient: 0 for a random order, 1 for the perfect one.

    (A - R) / (P - R) with the areas A under the score's Qini curve, R under the straight line and
    P under the Qini curve of the order y t - y (1 - t): buyers among the treated first, buyers
    among the control last. For 0/1 outcomes this is scikit-uplift's ``qini_auc_score`` with
    negative effects; the same definition serves for money.

    Parameters
    ----------
    outcome, score, treated : array, shape (n,)
        ``treated`` is 0 or 1, both of which must occur.
    rng : Generator
        Of the 200 bootstrap draws behind the interval.
    weight : array, shape (n,), optional
    level : float
        Coverage of the percentile interval, in (0, 1). The score counts as given: the interval
        is about the rows it is tried on.

    Raises
    ------
    InvalidError
        For misshapen or non-finite input, one arm only, or outcomes that are all 0 (no order is
        better than another then).

    Examples
    --------
    >>> found = qini([1, 0, 0, 1], [4, 3, 2, 1], [1, 1, 0, 0], np.random.default_rng(0))
    >>> found.value
    1.0
    """
    mine, perfect = _ordered(outcome, score, treated, weight)
    best = _qini_of(perfect)
    if not best.area - best.random_area > 0:
        raise InvalidError(
            "a Qini coefficient",
            "no order of these outcomes is better than another",
            "Wait until somebody has bought.",
        )
    return _estimated(
        lambda times: _normalised(mine.again(times), perfect.again(times)),
        mine,
        rng,
        level,
        "Qini, bootstrap",
    )


def auuc(
    outcome: ArrayLike,
    score: ArrayLike,
    treated: ArrayLike,
    rng: np.random.Generator,
    weight: ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """Area under the uplift curve over the weight of all rows squared: outcome per shopper.

    That is the mean gain per shopper of treating the best share q, over all q from 0 to 1. A
    random order has half the average effect; compare with that. Input as for ``qini``.
    """
    mine, _ = _ordered(outcome, score, treated, weight)

    def area(times: Floats) -> float:
        curve = _uplift_of(mine.again(times))
        return curve.area / float(curve.passed[-1]) ** 2

    return _estimated(area, mine, rng, level, "AUUC, bootstrap")


def _normalised(mine: _Ordered, perfect: _Ordered) -> float:
    own, best = _qini_of(mine), _qini_of(perfect)
    room = best.area - best.random_area
    return (own.area - own.random_area) / room if room > 0 else 0.0


def _estimated(
    figure: Callable[[Floats], float],
    rows: _Ordered,
    rng: np.random.Generator,
    level: float,
    method: str,
) -> Estimate:
    n = rows.outcome.size
    alpha = 1.0 - require_level(level)
    draws = [
        figure(rng.multinomial(n, np.full(n, 1 / n)).astype(np.float64)) for _ in range(_DRAWS)
    ]
    low, high = np.quantile(draws, (alpha / 2, 1.0 - alpha / 2))
    effective = float(rows.weight.sum()) ** 2 / float(rows.weight @ rows.weight)
    return Estimate(figure(np.ones(n)), float(low), float(high), n, effective, level, method)


def _ordered(
    outcome: ArrayLike, score: ArrayLike, treated: ArrayLike, weight: ArrayLike | None
) -> tuple[_Ordered, _Ordered]:
    """Rows by the score, and rows in the perfect order."""
    y = line(outcome, "outcomes")
    s, t = line(score, "scores", y.size), line(treated, "treated", y.size)
    w = np.ones(y.size) if weight is None else line(weight, "weights", y.size)
    if not np.isin(t, (0, 1)).all() or t.min() == t.max() or w.min() < 0:
        raise InvalidError(
            "an uplift curve",
            "treated must be 0 or 1 with both among the rows, weights 0 or more",
            "Give the rows of one treatment and of the control.",
        )
    return _by(s, y, t, w), _by(y * t - y * (1 - t), y, t, w)


def _by(score: Floats, y: Floats, t: Floats, w: Floats) -> _Ordered:
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), ranked.size - 1)
    return _Ordered(order, y[order], t[order], w[order], last)


def _sums(rows: _Ordered) -> tuple[Floats, Floats, Floats, Floats]:
    """N_t, N_c, Y_t, Y_c at the end of each group of ties."""
    treated, control = rows.weight * rows.treated, rows.weight * (1 - rows.treated)
    columns = np.stack([treated, control, treated * rows.outcome, control * rows.outcome])
    n_t, n_c, y_t, y_c = np.cumsum(columns, axis=1)[:, rows.last]
    return n_t, n_c, y_t, y_c


def _qini_of(rows: _Ordered) -> UpliftCurve:
    n_t, n_c, y_t, y_c = _sums(rows)
    return _from_origin(n_t + n_c, y_t - y_c * _ratio(n_t, n_c))


def _uplift_of(rows: _Ordered) -> UpliftCurve:
    n_t, n_c, y_t, y_c = _sums(rows)
    return _from_origin(n_t + n_c, (_ratio(y_t, n_t) - _ratio(y_c, n_c)) * (n_t + n_c))


def _from_origin(passed: Floats, gained: Floats) -> UpliftCurve:
    return UpliftCurve(np.append(0.0, passed), np.append(0.0, gained))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
