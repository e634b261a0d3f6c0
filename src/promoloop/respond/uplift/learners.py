"""Four ways to learn what a treatment changes: S, T, X and DR.

Notation: arm a in 0..k, 0 the control; m_a(x) the expected outcome under a; the effect of j is
t_j(x) = m_j(x) - m_0(x). All assume that nobody's outcome depends on what others got, that the
odds of every arm are above 0 for every shopper, and that the assignment depended on nothing that
matters beyond the contexts and the given odds. Uneven odds are undone by stabilised weights.

Mathematics and measured figures: ``docs/math/uplift.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from promoloop.core import InvalidError
from promoloop.respond.uplift.bases import Base, Fit, LinearBase, LinearFit, TreeBase
from promoloop.respond.uplift.contrast import PLAIN, ArmDesign, Contrast
from promoloop.respond.uplift.trial import Floats, Ints, Trial

__all__ = ["DRLearner", "Learner", "SLearner", "TLearner", "XLearner", "outcomes_by_arm"]


class Learner(Protocol):
    """A way to learn effects from one experiment."""

    def learn(self, trial: Trial, rng: np.random.Generator) -> Contrast:
        """The fitted effect; ``rng`` deals the folds where there are any."""
        ...


@dataclass(frozen=True, slots=True)
class SLearner:
    """One regression over all arms, with the arm among the features.

    On a linear base the arm is crossed with every feature, and treatments share what they have
    in common; that is the learner to take when there are many treatments with little data each.
    On trees the arm is one feature among others that boosting shrinks: the mean of each effect is
    then put right by the mean doubly robust score (one-step correction), the differences between
    shoppers stay too small.

    Source: Hill (2011), "Bayesian nonparametric modeling for causal inference"; name of Kunzel
    et al. (2019). Correction: Bickel et al. (1993), one-step estimation.
    """

    base: Base = field(default_factory=LinearBase)

    def learn(self, trial: Trial, rng: np.random.Generator) -> Contrast:
        """One fit on all rows."""
        del rng
        centre = np.average(trial.contexts, axis=0, weights=trial.weight)
        boosted = isinstance(self.base, TreeBase)
        design = ArmDesign(centre, trial.treatments, crossed=not boosted)
        columns = design.columns(trial.contexts, trial.arm)
        fit = self.base.fit(columns, trial.outcome, trial.balance(), binary=trial.binary)
        terms = tuple((0, arm) for arm in range(trial.treatments + 1))
        found = Contrast((fit,), terms, _against_control(trial.treatments), design)
        return _levelled(found, trial) if boosted else found


@dataclass(frozen=True, slots=True)
class TLearner:
    """One regression per arm; the effect is their difference.

    Simple and unbiased where the base is; it says most of all where arms differ much.

    Source: Kunzel, Sekhon, Bickel and Yu (2019), "Metalearners for estimating heterogeneous
    treatment effects using machine learning", PNAS 116(10), equation 3.
    """

    base: Base = field(default_factory=LinearBase)

    def learn(self, trial: Trial, rng: np.random.Generator) -> Contrast:
        """One fit per arm."""
        del rng
        fits = _fit_arms(self.base, trial)
        terms = tuple((arm, PLAIN) for arm in range(trial.treatments + 1))
        return Contrast(fits, terms, _against_control(trial.treatments))


@dataclass(frozen=True, slots=True)
class XLearner:
    """Regressions of what each shopper's other arm would have brought, crossed over.

    Made for arms of very different size: most is learnt from the larger one. Imputed effects of
    the treated, y - m_0(x), and of the control, m_j(x) - y, are regressed on the contexts and
    blended by the share of the treated among both. No fold is needed: m_0 never saw the treated,
    nor m_j the control.

    Source: Kunzel et al. (2019), equations 5-7.
    """

    base: Base = field(default_factory=LinearBase)
    final: Base = field(default_factory=LinearBase)

    def learn(self, trial: Trial, rng: np.random.Generator) -> Contrast:
        """k + 1 outcome regressions, then two effect regressions per treatment."""
        del rng
        outcomes = _fit_arms(self.base, trial)
        sizes = np.bincount(trial.arm, trial.weight, trial.treatments + 1)
        signs = np.zeros((trial.treatments, 2 * trial.treatments))
        fits: list[Fit] = []
        for j in range(1, trial.treatments + 1):
            treated, control = trial.rows(trial.arm == j), trial.rows(trial.arm == 0)
            gained = treated.outcome - outcomes[0].predict(treated.contexts)
            missed = outcomes[j].predict(control.contexts) - control.outcome
            fits += [
                _fit_effect(self.final, treated, gained),
                _fit_effect(self.final, control, missed),
            ]
            share = sizes[j] / (sizes[j] + sizes[0])
            signs[j - 1, 2 * j - 2 : 2 * j] = 1.0 - share, share
        terms = tuple((place, PLAIN) for place in range(len(fits)))
        return Contrast(tuple(fits), terms, signs)


@dataclass(frozen=True, slots=True)
class DRLearner:
    """A regression of doubly robust scores, whose mean is right if odds or outcomes are.

    The outcome regressions are cross-fitted over ``folds``, so that no score uses a model that
    saw its row. With logged odds the effect is unbiased up to what ``final`` can express.

    Source: Kennedy (2023), "Towards optimal doubly robust estimation of heterogeneous causal
    effects", algorithm 1.
    """

    base: Base = field(default_factory=LinearBase)
    final: Base = field(default_factory=LinearBase)
    folds: int = 3

    def learn(self, trial: Trial, rng: np.random.Generator) -> Contrast:
        """Cross-fitted scores, then one effect regression per treatment."""
        scores = trial.scores(outcomes_by_arm(trial, self.base, self.folds, rng))
        fits = tuple(
            self.final.fit(trial.contexts, scores[:, j], trial.weight, binary=False)
            for j in range(trial.treatments)
        )
        terms = tuple((j, PLAIN) for j in range(trial.treatments))
        return Contrast(fits, terms, np.eye(trial.treatments))


def outcomes_by_arm(trial: Trial, base: Base, folds: int, rng: np.random.Generator) -> Floats:
    """Expected outcome under every arm, (n, k + 1), by models that did not see the row.

    Raises
    ------
    InvalidError
        When an arm has fewer rows than there are folds, or there is only one fold.
    """
    sizes = np.bincount(trial.arm, minlength=trial.treatments + 1)
    if folds < 2 or sizes.min() < 2 * folds:
        raise InvalidError(
            f"cross-fitting over {folds} folds",
            f"the smallest arm has {sizes.min()} rows",
            "Use two folds or more, and wait until every arm has twice as many rows.",
        )
    dealt = _dealt(trial.arm, folds, rng)
    said = np.zeros((len(trial.arm), trial.treatments + 1))
    for fold in range(folds):
        fits = _fit_arms(base, trial.rows(dealt != fold))
        mine = dealt == fold
        said[mine] = np.stack([fit.predict(trial.contexts[mine]) for fit in fits], axis=1)
    return said


def _dealt(arm: Ints, folds: int, rng: np.random.Generator) -> Ints:
    """(n,) the fold of each row, every arm spread evenly."""
    dealt = np.zeros(len(arm), dtype=np.int64)
    for one in np.unique(arm):
        rows = np.flatnonzero(arm == one)
        dealt[rng.permutation(rows)] = np.arange(len(rows)) % folds
    return dealt


def _fit_arms(base: Base, trial: Trial) -> tuple[Fit, ...]:
    """A fit of the outcome per arm, control first."""
    binary, weight = trial.binary, trial.balance()
    return tuple(
        base.fit(trial.contexts[rows], trial.outcome[rows], weight[rows], binary=binary)
        for rows in (trial.arm == arm for arm in range(trial.treatments + 1))
    )


def _fit_effect(base: Base, trial: Trial, effect: Floats) -> Fit:
    even = trial.weight / trial.odds
    weight = even * trial.weight.sum() / even.sum()
    return base.fit(trial.contexts, effect, weight, binary=False)


def _levelled(found: Contrast, trial: Trial) -> Contrast:
    """``found``, each effect shifted so that its mean is that of the doubly robust scores."""
    expected = np.stack([found.said(trial.contexts, term) for term in found.terms], axis=1)
    scores = trial.scores(expected)
    short = np.average(scores - (expected[:, 1:] - expected[:, :1]), axis=0, weights=trial.weight)
    flat = np.zeros(trial.contexts.shape[1])
    shifts = tuple(LinearFit(float(one), flat, binary=False) for one in short)
    begin = len(found.fits)
    return Contrast(
        (*found.fits, *shifts),
        (*found.terms, *((begin + j, PLAIN) for j in range(trial.treatments))),
        np.hstack([found.signs, np.eye(trial.treatments)]),
        found.design,
    )


def _against_control(treatments: int) -> Floats:
    return np.hstack([-np.ones((treatments, 1)), np.eye(treatments)])
