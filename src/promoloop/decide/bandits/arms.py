"""The state of every action's regression, updated by rank one or by block.

Per arm: information A = Σ w x xᵀ, evidence b = Σ w x z, and the posterior that follows from
them and from the pool. Every outcome updates its own arm at once; what it says about the others
is passed on when the pool is refreshed, each time a twentieth more was learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.decide.bandits.actions import ActionSet
from promoloop.decide.bandits.outcomes import Outcomes
from promoloop.decide.bandits.pooling import Pool, pooled, retuned
from promoloop.decide.bandits.scores import RewardModel

__all__ = ["Arms"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]

_FEW = 8  # up to so many outcomes at once, rank-one updates are quicker
_SHARE = 0.05  # of what was learnt, between two refreshes of the pool
_PATIENCE = 300.0  # outcomes before the variances move
_FADED = 0.5
_MOST_STEPS, _STRIDE, _NEAR = 20, 1.0, 0.5  # of Newton's method, in log odds

_NUMBERS = ("discount", "seen", "_since", "_fade")
_ARRAYS = (
    "_traits",
    "_information",
    "_evidence",
    "_heard",
    "_tight",
    "_centre",
    "_expected",
    "_covariance",
    "_uncertain",
)
_POOL = ("own", "mean", "shared")


class Arms:
    """Regressions of all known actions on d context columns.

    Parameters
    ----------
    size : int
        Columns of the expanded contexts, the constant first.
    width : int
        Features per action.
    intercept : float
        Prior mean of the constant's coefficient.
    discount : float
        Factor per outcome on all that was learnt before, in (0, 1].

    Attributes
    ----------
    seen : float
        Outcomes learnt from, discounted.
    """

    def __init__(self, size: int, width: int, intercept: float, discount: float) -> None:
        if not 0.0 < discount <= 1.0:
            raise InvalidError(
                f"discount {discount}", "it is not in (0, 1]", "Use 1, or 0.9999 for drift."
            )
        if width < 0:
            raise InvalidError(f"{width} action features", "fewer than none", "Use 0 for none.")
        self.discount = discount
        self.seen = 0.0
        self.pool = Pool.fresh(size, width, intercept)
        self._names: dict[str, int] = {}
        self._order = np.arange(0)  # rows of all arms; scored without copying
        self._since = 0.0  # outcomes since the pool was refreshed
        self._fade = 1.0  # what the stored statistics are still to be multiplied by
        self._traits = np.zeros((0, 1 + width))
        self._information = np.zeros((0, size, size))
        self._evidence = np.zeros((0, size))
        self._heard = np.zeros(0, dtype=np.bool_)
        self._packed: Singles | None = None
        self._refresh(retune=False)

    def rows_of(self, actions: ActionSet) -> Ints:
        """Where the arms of these actions are; new ones get the prior. See ``Bandit``."""
        if actions.width != self._traits.shape[1] - 1:
            raise InvalidError(
                f"actions with {actions.width} features",
                f"this bandit's have {self._traits.shape[1] - 1}",
                "Build the bandit with the width of its action features.",
            )
        k = len(actions.keys)
        features = np.zeros((k, 0)) if actions.features is None else actions.features
        traits = np.column_stack([np.ones(k), features])
        known = [column for column, key in enumerate(actions.keys) if key in self._names]
        rows = [self._names[actions.keys[column]] for column in known]
        changed = (self._traits[rows] != traits[known]).any(axis=1)
        if changed.any():
            raise InvalidError(
                f"action {actions.keys[known[int(changed.argmax())]]!r}",
                "it has other features than when it was introduced",
                "Give a changed action a new key.",
            )
        fresh = [column for column, key in enumerate(actions.keys) if key not in self._names]
        if fresh:
            self._add([actions.keys[column] for column in fresh], traits[fresh])
        found = np.array([self._names[key] for key in actions.keys], dtype=np.int64)
        return self._order if np.array_equal(found, self._order) else found

    def known(self, keys: Sequence[str]) -> Ints:
        """Rows of keys; ``InvalidError`` for one that was never introduced."""
        names = self._names
        try:
            return np.array([names[key] for key in keys], dtype=np.int64)
        except KeyError as error:
            raise InvalidError(
                f"learning about action {error.args[0]!r}",
                f"it is none of the {len(names)} this bandit has met",
                "Introduce it with its features first.",
            ) from error

    def latent(self, wide: Floats, rows: Ints) -> Floats:
        """Posterior mean score of one arm per context, (m,)."""
        return np.asarray(np.einsum("ij,ij->i", wide, self._centre[rows]))

    def scored(self, wide: Floats, rows: Ints) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the latent scores, (n, k) each."""
        everything = rows is self._order
        centre = self._centre if everything else self._centre[rows]
        if len(wide) == 1:
            covariance = self._uncertain if everything else self._uncertain[rows]
            variance = ((covariance @ wide[0]) @ wide[0])[None, :]
        else:
            packed = self._packing()
            variance = _quadratic(wide, packed if everything else packed[rows])
        np.maximum(variance, 0.0, out=variance)
        return wide @ centre.T, np.sqrt(variance, out=variance)

    def learn(self, wide: Floats, rows: Ints, reward: RewardModel, seen: Outcomes) -> None:
        """Outcomes of m contexts ``wide`` (m, d) and arms ``rows`` (m,)."""
        m = len(rows)
        forgotten = self.discount**m
        self._fade *= forgotten
        self.seen = self.seen * forgotten + m
        self._since += m
        self._packed = None
        self._heard[rows] = True
        if m <= _FEW:
            each = zip(
                wide, rows.tolist(), seen.rewards.tolist(), seen.weights.tolist(), strict=True
            )
            for x, row, given, weight in each:
                self._rank_one(x, row, reward, given, weight)
        else:
            self._block(wide, rows, reward, seen)
        if self._since >= _SHARE * self.seen or self._fade < _FADED:
            self._refresh(retune=True)

    def to_parameters(self) -> dict[str, object]:
        """The state, as JSON types."""
        state: dict[str, object] = {name: getattr(self, name) for name in _NUMBERS}
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        pool = {name: getattr(self.pool, name).tolist() for name in _POOL}
        return {**state, **arrays, "names": list(self._names), "pool": pool}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Self:
        """The state that ``to_parameters`` wrote."""
        saved = Saved(parameters, "the saved arms of a bandit")
        names, pool = saved.texts("names"), saved.part("pool")
        own = pool.array("own", None)
        q, size = pool.array("mean", None, len(own)).shape
        prior = Pool(own, pool.array("mean", q, size), pool.array("shared", q, size))
        arms = cls(size, q - 1, 0.0, saved.number("discount"))
        arms.pool = prior
        arms._names = {name: row for row, name in enumerate(names)}
        arms._order = np.arange(len(names))
        for name in _NUMBERS:
            setattr(arms, name, saved.number(name))
        if min(arms.seen, arms._since) < 0.0 or not 0.0 < arms._fade <= 1.0:
            raise saved.fault("seen, _since or _fade", "no bandit has ever written such a number")
        for name in _ARRAYS:
            kept = getattr(arms, name)
            # All but the prior's own precision have a row per arm.
            shape = (size,) if name == "_tight" else (len(names), *kept.shape[1:])
            setattr(arms, name, saved.array(name, *shape).astype(kept.dtype))
        if q == 1:
            arms._uncertain = arms._covariance
        return arms

    def _add(self, keys: Sequence[str], traits: Floats) -> None:
        """New arms, without information; the pool says what to expect of them."""
        for key in keys:
            self._names[key] = len(self._names)
        fresh, size = len(keys), self._evidence.shape[1]
        self._traits = np.concatenate([self._traits, traits])
        self._information = np.concatenate([self._information, np.zeros((fresh, size, size))])
        self._evidence = np.concatenate([self._evidence, np.zeros((fresh, size))])
        self._heard = np.concatenate([self._heard, np.zeros(fresh, dtype=np.bool_)])
        self._order = np.arange(len(self._names))
        self._refresh(retune=False)

    def _rank_one(
        self, x: Floats, row: int, reward: RewardModel, given: float, weight: float
    ) -> None:
        """Sherman and Morrison: what one outcome changes of its arm, in O(d²)."""
        covariance, centre = self._covariance[row], self._centre[row]
        gain = covariance @ x
        latent, variance = float(x @ centre), float(x @ gain)
        information, target = reward.settled(latent, variance, given, weight)
        scale = variance + 1.0 / information
        centre += gain * ((target - latent) / scale)
        lost = gain[:, None] * (gain / scale)
        covariance -= lost
        if self._uncertain is not self._covariance:
            self._uncertain[row] -= lost
        stored = x * (information / self._fade)
        self._information[row] += stored[:, None] * x
        self._evidence[row] += stored * target

    def _block(self, wide: Floats, rows: Ints, reward: RewardModel, seen: Outcomes) -> None:
        """Newton's method for the arms of many outcomes, from where they stand."""
        order = np.argsort(rows, kind="stable")
        x, arm, rewards, weights = (
            wide[order],
            rows[order],
            seen.rewards[order],
            seen.weights[order],
        )
        edges = [0, *(np.flatnonzero(np.diff(arm)) + 1).tolist(), len(arm)]
        touched = arm[edges[:-1]]
        place = np.repeat(np.arange(len(touched)), np.diff(edges))
        latent = self.latent(x, arm)
        for _ in range(_MOST_STEPS):
            weight, target = reward.working(latent, rewards)
            information, evidence = _sums(x, weight * weights, target, edges)
            covariance, centre = self._given(touched, information, evidence)
            ahead = np.einsum("ij,ij->i", x, centre[place]) - latent
            if not reward.curved or np.abs(ahead).max() <= _NEAR:
                break
            latent = latent + np.clip(ahead, -_STRIDE, _STRIDE)
        if self._uncertain is not self._covariance:
            self._uncertain[touched] += covariance - self._covariance[touched]
        self._covariance[touched], self._centre[touched] = covariance, centre
        self._information[touched] += information / self._fade
        self._evidence[touched] += evidence / self._fade

    def _given(self, rows: Ints, information: Floats, evidence: Floats) -> tuple[Floats, Floats]:
        """Covariances and centres of some arms with more information, at the pool's last word."""
        information = information + self._fade * self._information[rows] + np.diag(self._tight)
        evidence = evidence + self._fade * self._evidence[rows] + self._tight * self._expected[rows]
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
        return covariance, (covariance @ evidence[:, :, None])[:, :, 0]

    def _refresh(self, *, retune: bool) -> None:
        """Forget what has faded, and let every arm know what the others learnt."""
        self._information *= self._fade
        self._evidence *= self._fade
        self._fade, self._since, self._packed = 1.0, 0.0, None
        self._tight = 1.0 / self.pool.own
        posterior = pooled(self.pool, self._traits, self._information, self._evidence)
        self._centre, self._expected = posterior.centre, posterior.expected
        self._covariance = posterior.covariance
        self._uncertain = self._covariance
        if posterior.blur is not None:
            self._uncertain = self._covariance + posterior.blur
        if retune and self.seen >= _PATIENCE:
            self.pool = retuned(self.pool, posterior, self._heard)

    def _packing(self) -> Singles:
        """Upper triangles of the covariances, what lies off the diagonal doubled: (k, t)."""
        if self._packed is None:
            size = self._evidence.shape[1]
            upper = np.triu_indices(size)
            double = np.where(upper[0] == upper[1], 1.0, 2.0)
            packed = self._uncertain[:, upper[0], upper[1]] * double
            self._packed = packed.astype(np.float32)
        return self._packed


def _sums(x: Floats, weight: Floats, target: Floats, edges: list[int]) -> tuple[Floats, Floats]:
    """Σ w x xᵀ and Σ w x z of each run of rows between ``edges``."""
    weighed = x * weight[:, None]
    runs = list(pairwise(edges))
    information = np.empty((len(runs), x.shape[1], x.shape[1]))
    evidence = np.empty((len(runs), x.shape[1]))
    for spot, (start, end) in enumerate(runs):
        np.matmul(weighed[start:end].T, x[start:end], out=information[spot])
        np.matmul(target[start:end], weighed[start:end], out=evidence[spot])
    return information, evidence


def _quadratic(wide: Floats, packed: Singles) -> Floats:
    """xᵀ C x for every row and arm, (n, k), from the products of features above the diagonal.

    One product of matrices over d (d + 1) / 2 columns, shared by all arms: a fifth of the time
    of one over d columns per arm. Single precision is enough for a standard deviation.
    """
    columns = np.ascontiguousarray(wide.T, dtype=np.float32)  # (d, n)
    size = len(columns)
    products = np.empty((packed.shape[1], wide.shape[0]), dtype=np.float32)
    start = 0
    for row in range(size):
        end = start + size - row
        np.multiply(columns[row], columns[row:], out=products[start:end])
        start = end
    return np.ascontiguousarray((packed @ products).T, dtype=np.float64)
