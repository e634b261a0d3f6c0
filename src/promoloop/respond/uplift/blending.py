"""How much each learner counts in a blend, told from rows that it did not see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from promoloop.respond.uplift.bases import LinearBase
from promoloop.respond.uplift.learners import Learner, outcomes_by_arm
from promoloop.respond.uplift.trial import Floats, Trial

__all__ = ["blend_weights", "held_out_effects"]

_FOLDS = 3
_SUM = 1e4  # how hard the weights are held to the sum 1
#: Prior standard deviation of a weight around equal ones. Effects hardly show above the noise of
#: the scores in a small experiment: the weights then stay equal, and move as data come in.
_SPREAD = 0.1


def blend_weights(trial: Trial, learners: Sequence[Learner], rng: np.random.Generator) -> Floats:
    """Weights >= 0 with sum 1, (n_learners,): least squares on held-out doubly robust scores.

    Source: van der Laan, Polley and Hubbard (2007), "Super learner"; on doubly robust
    scores, with a normal prior around equal weights.
    """
    m = len(learners)
    if m == 1:
        return np.ones(1)
    said = held_out_effects(trial, learners, _FOLDS, rng)  # (m, n, k)
    scores = trial.scores(outcomes_by_arm(trial, LinearBase(), _FOLDS, rng))
    heavy = np.sqrt(trial.weight / trial.weight.sum())[:, None]
    design = (said * heavy).reshape(m, -1).T
    target = (scores * heavy).ravel()
    gram, moment = design.T @ design, design.T @ target
    noise = float(scores.var(axis=0).mean()) * float(heavy.ravel() ** 2 @ heavy.ravel() ** 2)
    ridge = noise / _SPREAD**2
    return _on_simplex(gram + ridge * np.eye(m), moment + ridge / m)


def _on_simplex(gram: Floats, moment: Floats) -> Floats:
    m = len(moment)
    scale = max(float(np.trace(gram)) / m, 1e-300)
    left = np.vstack([np.linalg.cholesky(gram / scale + 1e-9 * np.eye(m)).T, np.full(m, _SUM)])
    right = np.append(np.linalg.solve(left[:m].T, moment / scale), _SUM)
    weights, _ = nnls(left, right)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def held_out_effects(
    trial: Trial, learners: Sequence[Learner], folds: int, rng: np.random.Generator
) -> Floats:
    """(n_learners, n, k) effects on every row by fits that did not see it."""
    dealt = rng.permutation(len(trial.arm)) % folds
    said = np.zeros((len(learners), len(trial.arm), trial.treatments))
    for fold in range(folds):
        rest, mine = trial.rows(dealt != fold), dealt == fold
        for spot, learner in enumerate(learners):
            said[spot, mine] = learner.learn(rest, rng).effect(trial.contexts[mine])
    return said
