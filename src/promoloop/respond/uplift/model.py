"""The uplift model: one learner or a blend of several, bagged so that it can say how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from promoloop.core import InvalidError, Saved
from promoloop.respond.uplift.bases import LinearBase, SparseBase, TreeBase
from promoloop.respond.uplift.blending import blend_weights
from promoloop.respond.uplift.contrast import Contrast
from promoloop.respond.uplift.learners import DRLearner, Learner, TLearner
from promoloop.respond.uplift.trial import Floats, Trial, contexts_of, trial_of

__all__ = ["Effect", "UpliftModel", "default_learners", "foretold_effects"]

_CHUNK = 16_384  # shoppers at a time


@dataclass(frozen=True, slots=True)
class Effect:
    """Incremental outcome of each of k treatments against the control, for n shoppers.

    ``value`` and ``sd`` are (n, k), in the unit of the outcome; ``draws`` is the number of fits
    that ``sd`` was taken over.
    """

    value: Floats
    sd: Floats
    draws: int

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Pointwise low and high, (n, k) each, by Student's t with ``draws`` - 1 degrees."""
        if not 0.0 < level < 1.0:
            raise InvalidError(f"level {level}", "it is not between 0 and 1", "Use 0.95, say.")
        half = float(student.isf((1.0 - level) / 2, self.draws - 1)) * self.sd
        return self.value - half, self.value + half


class UpliftModel:
    """What each treatment changes, per shopper, with the doubt about it.

    Parameters
    ----------
    learners : sequence of Learner, optional
        One learner, or several to be blended; ``default_learners()`` when left out. The weights
        of a blend minimise the squared distance to doubly robust scores of rows that the
        learners did not see, so nothing outside the data to fit on is looked at.
    bags : int, default 10
        Fits under random weights (Bayesian bootstrap), at least 2; their mean is the effect, their
        spread its standard deviation.
    seed : int, default 0
        Of the random weights and the folds.

    Attributes
    ----------
    weights_ : ndarray of float64, shape (n_learners,)
        Share of each learner in the blend.
    n_features_, n_treatments_ : int

    Notes
    -----
    The spread of the fits covers sampling, not the bias of a base that cannot express the truth:
    trees shrink effects, so their intervals are too narrow where effects are extreme. Measured
    coverage: ``docs/math/uplift.md``.

    References
    ----------
    Rubin (1981), The Bayesian bootstrap. van der Laan, Polley and Hubbard (2007), Super learner.
    """

    def __init__(
        self, learners: Sequence[Learner] | None = None, bags: int = 10, seed: int = 0
    ) -> None:
        self.learners = tuple(default_learners() if learners is None else learners)
        if bags < 2 or not self.learners:
            raise InvalidError(
                f"an uplift model of {len(self.learners)} learners and {bags} bags",
                "it needs one learner and two bags at least",
                "Leave both out to get the defaults.",
            )
        self.bags = bags
        self.seed = seed
        self.weights_: Floats = np.zeros(0)
        self.n_features_ = 0
        self.n_treatments_ = 0
        self._fits: tuple[tuple[Contrast, ...], ...] = ()  # bags x learners

    def fit(
        self,
        contexts: ArrayLike,
        arm: ArrayLike,
        outcome: ArrayLike,
        propensity: ArrayLike | None = None,
        weight: ArrayLike | None = None,
    ) -> UpliftModel:
        """Learn from an experiment; the arguments are those of ``trial_of``."""
        return self.fit_trial(trial_of(contexts, arm, outcome, propensity, weight))

    def fit_trial(self, trial: Trial) -> UpliftModel:
        """Learn from a checked experiment."""
        rng = np.random.default_rng(self.seed)
        weights = blend_weights(trial, self.learners, rng)
        used = [spot for spot, weight in enumerate(weights) if weight > 0]
        self._fits = tuple(self._bag(trial, used, rng) for _ in range(self.bags))
        self.weights_ = weights
        self.n_features_ = trial.contexts.shape[1]
        self.n_treatments_ = trial.treatments
        return self

    def effect(self, contexts: ArrayLike) -> Effect:
        """Effect on shoppers ``contexts`` (n, d) of every treatment.

        Raises
        ------
        InvalidError
            Before ``fit``, or for contexts of another width, NaN or infinite.
        """
        x = self._checked(contexts)
        parts = [self._draws(x[start : start + _CHUNK]) for start in range(0, len(x), _CHUNK)]
        value = np.concatenate([part.mean(axis=0) for part in parts])
        doubt = np.concatenate([part.std(axis=0, ddof=1) for part in parts])
        return Effect(value, doubt, self.bags)

    def average(self, contexts: ArrayLike) -> Effect:
        """Mean effect over those shoppers, (1, k): its doubt is not that of a single shopper."""
        x = self._checked(contexts)
        starts = range(0, len(x), _CHUNK)
        sums = [self._draws(x[start : start + _CHUNK]).sum(axis=1) for start in starts]
        draws = np.sum(sums, axis=0) / len(x)  # (bags, k)
        return Effect(draws.mean(axis=0)[None], draws.std(axis=0, ddof=1)[None], self.bags)

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types; ``from_parameters`` gives it back exactly."""
        return {
            "weights": self.weights_.tolist(),
            "features": self.n_features_,
            "treatments": self.n_treatments_,
            "seed": self.seed,
            "bags": [[fit.to_parameters() for fit in bag] for bag in self._fits],
        }

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, object], learners: Sequence[Learner] | None = None
    ) -> UpliftModel:
        """The model that ``to_parameters`` wrote; ``learners`` matter only to fit it anew."""
        saved = Saved(parameters, "a saved uplift model")
        fits = tuple(
            tuple(Contrast.from_parameters(fit) for fit in bag) for bag in saved.items("bags")
        )
        model = cls(learners, max(2, len(fits)), saved.whole("seed"))
        model.weights_ = saved.array("weights", None)
        if any(len(bag) != (model.weights_ > 0).sum() for bag in fits):
            raise saved.fault("bags", "there is not one fit for every learner with a weight")
        model.n_features_ = saved.whole("features")
        model.n_treatments_ = saved.whole("treatments")
        model._fits = fits
        return model

    def _bag(
        self, trial: Trial, used: Sequence[int], rng: np.random.Generator
    ) -> tuple[Contrast, ...]:
        drawn = trial.weighing(rng.exponential(size=len(trial.arm)))
        return tuple(self.learners[spot].learn(drawn, rng) for spot in used)

    def _draws(self, contexts: Floats) -> Floats:
        """(bags, n, k) effects by every bag."""
        shares = self.weights_[self.weights_ > 0]
        return np.stack(
            [
                np.sum(
                    [share * fit.effect(contexts) for share, fit in zip(shares, bag, strict=True)],
                    axis=0,
                )
                for bag in self._fits
            ]
        )

    def _checked(self, contexts: ArrayLike) -> Floats:
        if not self._fits:
            raise InvalidError("foretelling effects", "the model was not fitted", "Call fit first.")
        return contexts_of(contexts, self.n_features_)


def default_learners() -> tuple[Learner, ...]:
    """The learners the product blends: differences of outcomes, lines, few features, trees."""
    outcomes = LinearBase(100.0)
    return (
        TLearner(outcomes),
        DRLearner(outcomes, LinearBase(1000.0)),
        DRLearner(outcomes, SparseBase()),
        DRLearner(outcomes, TreeBase(rounds=20, leaves=6, least_rows=500)),
    )


def foretold_effects(
    trial: Trial,
    learners: Sequence[Learner] | None = None,
    *,
    folds: int = 3,
    bags: int = 2,
    seed: int = 0,
) -> Floats:
    """(n, k) effect on every row by a model, weights of the blend included, that did not see it.

    A targeting plan made from these may be judged on the same rows.
    """
    dealt = np.random.default_rng(seed).permutation(len(trial.arm)) % folds
    said = np.zeros((len(trial.arm), trial.treatments))
    for fold in range(folds):
        model = UpliftModel(learners, bags, seed).fit_trial(trial.rows(dealt != fold))
        said[dealt == fold] = model.effect(trial.contexts[dealt == fold]).value
    return said
