"""The peers of bench/bandits.py, each as well used as its Python API allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from contextualbandits.online import LinTS, LinUCB
from mabwiser.mab import MAB, LearningPolicy
from numpy.typing import NDArray
from vowpalwabbit import Workspace

from bandit_worlds import ACTIONS

__all__ = ["VW_SETTINGS", "Linear", "Mab", "Peer", "Vowpal", "peers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cross = Callable[[Floats], Floats]

#: Five of fourteen tried on seeds from 100 on; RegCB, epsilon and other rates were worse there.
VW_SETTINGS = {
    "squarecb 100": "--squarecb --gamma_scale 100",
    "squarecb 300": "--squarecb --gamma_scale 300",
    "squarecb 1000": "--squarecb --gamma_scale 1000",
    "squarecb 3000": "--squarecb --gamma_scale 3000",
    "squarecb 1000 rate 2": "--squarecb --gamma_scale 1000 -l 2",
}
#: With every product of two features: slower, so fewer.
VW_CROSSED = ["squarecb 1000", "squarecb 3000"]


@dataclass(frozen=True)
class Peer:
    """A name, whose it is, and how one run's policy is made from its seed."""

    name: str
    library: str
    products: bool
    make: Callable[[int], object]


class Vowpal:
    """cb_explore_adf with one line per action; contexts cross actions, pairs too if asked."""

    def __init__(self, setting: str, crossed: bool, seed: int) -> None:
        cubic = " --cubic ssa" if crossed else ""
        self.workspace = Workspace(
            f"--cb_explore_adf -q sa{cubic} {setting} --random_seed {seed} --quiet"
        )
        self.actions = [f"|a a{column}" for column in range(ACTIONS)]
        self.rng = np.random.default_rng([seed, 4])

    def lines(self, x: Floats) -> list[str]:
        """The context and the actions as text."""
        values = " ".join([f"{column}:{value:.5g}" for column, value in enumerate(x.tolist())])
        return [f"shared |s c:1 {values}", *self.actions]

    def labelled(self, x: Floats, action: int, reward: float, propensity: float) -> list[str]:
        """The same, with what came of one action."""
        lines = self.lines(x)
        lines[1 + action] = f"0:{-reward:g}:{propensity:.6g} {lines[1 + action]}"
        return lines

    def choose(self, contexts: Floats) -> tuple[Ints, Floats]:
        """Draw from what it predicts."""
        shares = np.array([self.workspace.predict(self.lines(x)) for x in contexts])
        edges = np.cumsum(shares, axis=1)
        draws = self.rng.random(len(contexts)) * edges[:, -1]
        index = (edges <= draws[:, None]).sum(axis=1)
        return index, shares[np.arange(len(index)), index] / edges[:, -1]

    def learn(self, contexts: Floats, index: Ints, rewards: Floats, propensity: Floats) -> None:
        """One example per outcome, as VW has no batches."""
        for row in zip(
            contexts, index.tolist(), rewards.tolist(), propensity.tolist(), strict=True
        ):
            self.workspace.learn(self.labelled(*row))


class Mab:
    """MABWiser's linear policies; no propensities."""

    def __init__(self, policy: object, cross: Cross, seed: int) -> None:
        self.mab = MAB(list(range(ACTIONS)), policy, seed=seed)
        self.rng = np.random.default_rng([seed, 4])
        self.cross = cross
        self.fitted = False

    def choose(self, contexts: Floats) -> tuple[Ints, Floats]:
        """Its own choice, evenly before anything was learnt."""
        n = len(contexts)
        if not self.fitted:
            return self.rng.integers(0, ACTIONS, n), np.ones(n)
        return np.asarray(self.mab.predict(self.cross(contexts))).reshape(n), np.ones(n)

    def learn(self, contexts: Floats, index: Ints, rewards: Floats, propensity: Floats) -> None:
        """A batch at a time."""
        del propensity
        step = self.mab.partial_fit if self.fitted else self.mab.fit
        step(index, rewards, self.cross(contexts))
        self.fitted = True


class Linear:
    """contextualbandits' linear policies; no propensities."""

    def __init__(
        self, kind: Callable[..., object], given: dict[str, float], cross: Cross, seed: int
    ) -> None:
        self.cross = cross
        # Its seeds start at 1.
        self.policy = kind(
            ACTIONS, random_state=seed + 1, fit_intercept=False, beta_prior=None, **given
        )

    def choose(self, contexts: Floats) -> tuple[Ints, Floats]:
        """Its own choice."""
        index = np.asarray(self.policy.predict(self.cross(contexts)), dtype=np.int64)
        return index, np.ones(len(index))

    def learn(self, contexts: Floats, index: Ints, rewards: Floats, propensity: Floats) -> None:
        """A batch at a time."""
        del propensity
        self.policy.partial_fit(self.cross(contexts), index, rewards)


def peers() -> list[Peer]:
    """Every peer and setting that is tried; those with products only in the crossed world."""
    plain = _with(_constant, products=False, suffix="", vowpal=list(VW_SETTINGS))
    return plain + _with(_products, products=True, suffix=" with products", vowpal=VW_CROSSED)


def _with(cross: Cross, products: bool, suffix: str, vowpal: list[str]) -> list[Peer]:
    mab = {
        **{f"LinUCB {alpha:g}": LearningPolicy.LinUCB(alpha=alpha) for alpha in (0.05, 0.1, 0.2)},
        **{f"LinTS {alpha:g}": LearningPolicy.LinTS(alpha=alpha) for alpha in (0.05,)},
    }
    linear = {
        "LinUCB 0.1": (LinUCB, {"alpha": 0.1}),
        "LinTS 0.01": (LinTS, {"v_sq": 0.01}),
    }
    return [
        *[
            Peer(name + suffix, "vw", products, partial(Vowpal, VW_SETTINGS[name], products))
            for name in vowpal
        ],
        *[
            Peer(name + suffix, "mabwiser", products, partial(Mab, policy, cross))
            for name, policy in mab.items()
        ],
        *[
            Peer(name + suffix, "contextualbandits", products, partial(Linear, kind, given, cross))
            for name, (kind, given) in linear.items()
        ],
    ]


def _constant(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _products(x: Floats) -> Floats:
    left, right = np.array(list(combinations(range(x.shape[1]), 2))).T
    return np.column_stack([np.ones(len(x)), x, x[:, left] * x[:, right]])
