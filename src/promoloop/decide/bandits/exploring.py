"""Rules that turn scores into the exact distribution an action is then drawn from.

Every rule gives each eligible action at least its floor, gives zero to the rest, and depends on
nothing but its arguments: the propensity that is logged is the one the action was drawn with.
Rules that always take one action (UCB) are not offered: off-policy evaluation cannot use their
logs.
"""

from __future__ import annotations

from math import isfinite
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from promoloop.core import InvalidError, Saved
from promoloop.decide.bandits.scores import Scores

__all__ = [
    "EpsilonGreedy",
    "Exploration",
    "InverseGap",
    "Thompson",
    "Uniform",
    "exploration_from",
    "with_nothing",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SPREADS = 4.0  # how far the quadrature reaches, in standard deviations
_SURE = 1e-9  # least standard deviation, of the best score
_TINY = 1e-300
_STEEPEST = 8.0  # power of the count of outcomes
_FINEST = 4096  # points of the quadrature


class Exploration(Protocol):
    """A rule of exploration."""

    def probabilities(self, scores: Scores, eligible: Mask | None = None) -> Floats:
        """The distribution to draw from, (n, k); rows sum to 1, zero where not ``eligible``.

        Raises
        ------
        InvalidError
            When a row has no eligible action, an eligible score is NaN or infinite, or the floor
            leaves no room for so many actions.
        """
        ...

    def to_parameters(self) -> dict[str, object]:
        """JSON types from which ``exploration_from`` makes the same rule."""
        ...


class InverseGap:
    """Try an action the less, the further it is behind the best.

    Each action a but the favoured one gets ``max(floor, 1 / (c + gamma · seen^growth · gap_a))``,
    where c counts the eligible actions and ``gap_a`` is the best score minus its own; the
    favoured one gets the rest, which is at least 1 / c. Scores are expected rewards, or, with
    ``optimism`` w, rewards with every latent score w standard deviations up, so that what is
    little known is tried more.

    Parameters
    ----------
    floor : float, default 0.005
        Least propensity of every eligible action, in [0, 1). With c actions ``floor * (c - 1)``
        of the choices explore at least, so narrow the action set first.
    gamma : float, default 10.0
        Weight of one unit of gap after one outcome; larger is greedier.
    growth : float, default 0.5
        Power of the outcomes learnt from by which the weight grows, in [0, 1].
    optimism : float, default 0.0
        Standard deviations added to every score, >= 0.

    References
    ----------
    Foster and Rakhlin (2020), "Beyond UCB", Algorithm 1 (SquareCB). Its regret bound asks for
    gaps in expected reward measured from the argmax: with optimism, or a favoured action that a
    budget chose, the propensities stay exact but the bound no longer holds.

    Examples
    --------
    >>> rule = InverseGap(floor=0.1, gamma=1.0)
    >>> rule.probabilities(Scores.known(np.array([[3.0, 2.0, 0.0]]))).round(4).tolist()
    [[0.5833, 0.25, 0.1667]]
    """

    def __init__(
        self,
        floor: float = 0.005,
        gamma: float = 10.0,
        growth: float = 0.5,
        optimism: float = 0.0,
    ) -> None:
        self.floor = _share("floor", floor)
        self.gamma = _at_least_zero("gamma", gamma)
        self.growth = _at_least_zero("growth", growth)
        if growth > _STEEPEST:
            raise InvalidError(
                f"growth {growth}", "it outgrows every number", f"Use up to {_STEEPEST}."
            )
        self.optimism = _at_least_zero("optimism", optimism)

    def probabilities(
        self, scores: Scores, eligible: Mask | None = None, favoured: Ints | None = None
    ) -> Floats:
        """See ``Exploration``; ``favoured`` (n,) are the columns that get the rest.

        By default those are the best. -1 is the last column.
        """
        values = scores.upper(self.optimism) if self.optimism else scores.expected()
        values, count = _open(values, eligible, self.floor)
        best = values.argmax(axis=1) if favoured is None else _column(favoured, values)
        weight = self.gamma * max(scores.seen, 1.0) ** self.growth
        shares = np.subtract(values.max(axis=1, keepdims=True), values, out=values)
        if eligible is not None:
            shares[~eligible] = 0.0
        shares *= weight
        shares += count
        np.divide(1.0, shares, out=shares)
        np.maximum(shares, self.floor, out=shares)
        if eligible is not None:
            shares[~eligible] = 0.0
        _give_the_rest(shares, best)
        return np.asarray(shares)

    def to_parameters(self) -> dict[str, object]:
        """See ``Exploration``."""
        return {
            "kind": "inverse-gap",
            "floor": self.floor,
            "gamma": self.gamma,
            "growth": self.growth,
            "optimism": self.optimism,
        }


class Thompson:
    """Choose each action as often as it is believed to be the best, and never below a floor.

    The belief is that latent scores are independent normals; the probability that each is the
    largest comes from a fixed quadrature, is mixed with the floor, and is then drawn from. So
    the propensity is exact whatever the quadrature's error as an estimate of Thompson's rule.

    Parameters
    ----------
    floor : float, default 0.005
        Least propensity of every eligible action, in [0, 1).
    temper : float, default 1.0
        Factor on every standard deviation, > 0; below 1 is greedier.
    points : int, default 32
        Points of the quadrature; error below .01 for up to 50 actions (checked by simulation).

    References
    ----------
    Russo, Van Roy, Kazerouni, Osband and Wen (2018), "A tutorial on Thompson sampling".
    """

    def __init__(self, floor: float = 0.005, temper: float = 1.0, points: int = 32) -> None:
        self.floor = _share("floor", floor)
        self.temper = _at_least_zero("temper", temper)
        self.points = points
        if temper == 0.0 or not 8 <= points <= _FINEST:
            raise InvalidError(
                f"temper {temper}, {points} points",
                "too little, or too many",
                f"Use temper > 0, and 8 to {_FINEST} points.",
            )

    def probabilities(self, scores: Scores, eligible: Mask | None = None) -> Floats:
        """See ``Exploration``."""
        centre, count = _open(scores.centre, eligible, self.floor)
        sure = _SURE * (1.0 + np.abs(centre.max(axis=1, keepdims=True)))
        sd = np.maximum(self.temper * scores.sd, sure)
        best = _chance_of_best(centre, sd, self.points)
        if eligible is not None:
            best[~eligible] = 0.0
        best /= best.sum(axis=1, keepdims=True)
        return _mixed(best, eligible, self.floor, count)

    def to_parameters(self) -> dict[str, object]:
        """See ``Exploration``."""
        return {
            "kind": "thompson",
            "floor": self.floor,
            "temper": self.temper,
            "points": self.points,
        }


class EpsilonGreedy:
    """Take the best action, but explore evenly in a share ``epsilon`` of the choices.

    Parameters
    ----------
    epsilon : float, default 0.05
        Share of choices made evenly among the eligible actions, in (0, 1].
    """

    def __init__(self, epsilon: float = 0.05) -> None:
        if not 0.0 < epsilon <= 1.0:
            raise InvalidError(f"epsilon {epsilon}", "it is not in (0, 1]", "Use 0.05, say.")
        self.epsilon = epsilon

    def probabilities(self, scores: Scores, eligible: Mask | None = None) -> Floats:
        """See ``Exploration``; the floor is epsilon over the number of eligible actions."""
        values, count = _open(scores.expected(), eligible, 0.0)
        shares = np.broadcast_to(self.epsilon / count, values.shape).copy()
        if eligible is not None:
            shares[~eligible] = 0.0
        shares[np.arange(len(values)), values.argmax(axis=1)] += 1.0 - self.epsilon
        return shares

    def to_parameters(self) -> dict[str, object]:
        """See ``Exploration``."""
        return {"kind": "epsilon-greedy", "epsilon": self.epsilon}


class Uniform:
    """Choose every eligible action equally often, whatever its score.

    Examples
    --------
    >>> even = Uniform().probabilities(Scores.known(np.zeros((1, 3))), np.eye(3, dtype=bool)[:1])
    >>> even.tolist()
    [[1.0, 0.0, 0.0]]
    """

    def probabilities(self, scores: Scores, eligible: Mask | None = None) -> Floats:
        """See ``Exploration``."""
        values, count = _open(scores.centre, eligible, 0.0)
        return np.asarray(np.isfinite(values) / count)

    def to_parameters(self) -> dict[str, object]:
        """See ``Exploration``."""
        return {"kind": "uniform"}


def exploration_from(parameters: dict[str, object]) -> Exploration:
    """The rule that ``to_parameters`` wrote; ``InvalidError`` for an unknown kind."""
    saved = Saved(parameters, "a saved exploration")
    match saved.value("kind"):
        case "inverse-gap":
            names = ("floor", "gamma", "growth", "optimism")
            return InverseGap(*(saved.number(name) for name in names))
        case "thompson":
            temper, points = saved.number("temper"), saved.whole("points")
            return Thompson(saved.number("floor"), temper, points)
        case "epsilon-greedy":
            return EpsilonGreedy(saved.number("epsilon"))
        case "uniform":
            return Uniform()
        case other:
            known = "inverse-gap, thompson, epsilon-greedy and uniform"
            raise saved.fault("kind", f"{other!r:.60} is none of {known}")


def with_nothing(values: Floats, eligible: Mask) -> tuple[Floats, Mask]:
    """Values and eligibility with nothing, worth 0 and open to all, as last column: (n, k + 1).

    Raises
    ------
    InvalidError
        When the two are not of one shape, or ``eligible`` is not of booleans.
    """
    if values.ndim != 2 or values.shape != eligible.shape or eligible.dtype != np.bool_:
        raise InvalidError(
            f"values of shape {values.shape} and eligible of shape {eligible.shape}",
            "both must be (shoppers, actions), eligible of booleans",
            "Give one entry per shopper and action.",
        )
    n = values.shape[0]
    return np.column_stack([values, np.zeros(n)]), np.column_stack([eligible, np.ones(n, bool)])


def _open(values: Floats, eligible: Mask | None, floor: float) -> tuple[Floats, Floats | float]:
    """Values, -inf where not eligible, as a new array; and how many are open, (n, 1) or one."""
    if eligible is None:
        if not isfinite(values.sum()):
            raise InvalidError("scores", "one is NaN or infinite", "Give finite numbers.")
        count = float(values.shape[1])
        _require_room(floor, count)
        return values.copy(), count
    _require_open(values, eligible)
    counts = eligible.sum(axis=1, keepdims=True, dtype=np.float64)
    _require_room(floor, float(counts.max(initial=1.0)))
    return np.where(eligible, values, -np.inf), counts


def _give_the_rest(shares: Floats, best: Ints) -> None:
    """What the others leave goes to the ``best`` column of each row."""
    if len(shares) == 1:  # plain indices: a third of the time of a single decision
        row, column = shares[0], int(best[0])
        row[column] = 0.0
        row[column] = 1.0 - row.sum()
        return
    rows = np.arange(len(shares))
    shares[rows, best] = 0.0
    shares[rows, best] = 1.0 - shares.sum(axis=1)


def _require_room(floor: float, most: float) -> None:
    if floor * most >= 1.0:
        raise InvalidError(
            f"a floor of {floor:g} for {most:.0f} options",
            f"they would need {floor * most:.0%} of the choices",
            "Lower the floor or offer fewer actions at a time.",
        )


def _require_open(values: Floats, eligible: Mask) -> None:
    if values.ndim != 2 or eligible.shape != values.shape or eligible.dtype != np.bool_:
        raise InvalidError(
            f"scores of shape {values.shape} and eligible of shape {eligible.shape}",
            "both must be (rows, actions), eligible of booleans",
            "Give one entry per row and action.",
        )
    if not np.isfinite(values[eligible]).all():
        raise InvalidError("scores", "an eligible action has NaN or infinity", "Give numbers.")
    closed = ~eligible.any(axis=1)
    if closed.any():
        raise InvalidError(
            f"choosing for row {int(closed.argmax())}",
            "no action is eligible there",
            "Leave the row out, or put 'nothing' among the actions.",
        )


def _column(favoured: Ints, values: Floats) -> Ints:
    """``favoured`` with -1 turned into the last column; each must be open."""
    n, k = values.shape
    if favoured.shape != (n,) or np.any((favoured < -1) | (favoured >= k)):
        raise InvalidError(
            f"favoured columns of shape {favoured.shape}",
            f"there must be {n}, each from -1 to {k - 1}",
            "Give one column per row, -1 for the last.",
        )
    column = np.where(favoured < 0, k - 1, favoured)
    closed = np.isneginf(values[np.arange(n), column])
    if closed.any():
        raise InvalidError(
            f"the favoured column of row {int(closed.argmax())}",
            "it is not eligible",
            "Allocate with the same eligibility the rule gets.",
        )
    return column


def _chance_of_best(centre: Floats, sd: Floats, points: int) -> Floats:
    """About P(action is the largest) for independent normals; -inf is never: (n, k).

    Between the edges of a grid, each action's mass times the chance that all others lie below
    the middle.
    """
    top = (centre + _SPREADS * sd).max(axis=1)
    low = (centre - _SPREADS * sd).max(axis=1)
    edges = low + (top - low) * np.linspace(0.0, 1.0, points + 1)[:, None]  # (points + 1, n)
    below = ndtr((edges[:, :, None] - centre) / sd)  # (points + 1, n, k)
    below[-1] = 1.0  # what lies beyond the last edge counts at it
    middle = np.maximum(0.5 * (below[1:] + below[:-1]), _TINY)
    others = np.exp(np.log(middle).sum(axis=2, keepdims=True) - np.log(middle))
    chance: Floats = ((below[1:] - below[:-1]) * others).sum(axis=0)
    return chance


def _mixed(shares: Floats, eligible: Mask | None, floor: float, count: Floats | float) -> Floats:
    """``shares`` shrunk to make room for the floor of every eligible action."""
    shares *= 1.0 - floor * count
    shares += floor if eligible is None else np.where(eligible, floor, 0.0)
    return shares


def _share(name: str, value: float) -> float:
    if not 0.0 <= value < 1.0:
        raise InvalidError(f"{name} {value}", "it is not in [0, 1)", "Use 0.005, say.")
    return value


def _at_least_zero(name: str, value: float) -> float:
    if not (np.isfinite(value) and value >= 0.0):
        raise InvalidError(f"{name} {value}", "it is not a finite number >= 0", "Use 1, say.")
    return value
