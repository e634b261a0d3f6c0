"""How much an action changes the odds of buying, learnt from outcomes.

    logit P(bought | x, a) = logit p0(x) + φ(x, a)·θ,   θ ~ N(m, V)

``p0`` comes from the baseline. Each offer's coefficient is a shared one plus a deviation with a
narrow prior, so a new offer starts from what all offers taught. The posterior is Laplace's:
the mode, and the inverse curvature there; each batch starts from the last posterior.

References
----------
Spiegelhalter and Lauritzen (1990), Sequential updating of conditional probabilities.
MacKay (1992), The evidence framework applied to classification networks, equation 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, Saved
from promoloop.respond.quality import sigmoid
from promoloop.respond.redeem import RedeemRates
from promoloop.respond.rowwise import rowwise_product

__all__ = ["EffectModel"]

# Prior mean and standard deviation by name, else by the part before the colon. They say: offers
# help, deeper ones more, coupon lovers more, regular buyers and tired shoppers less.
_PRIORS: Mapping[str, tuple[float, float]] = {
    "intercept": (0.1, 0.2),
    "depth": (1.5, 2.5),
    "depth_x_coupon_affinity": (2.5, 2.5),
    "depth_x_coupon_affinity_squared": (1.0, 2.5),
    "depth_x_discount_affinity": (1.0, 2.0),
    "depth_x_both_affinities": (0.0, 2.5),
    "depth_x_price_index": (0.0, 1.5),
    "coupon_affinity": (0.0, 0.5),
    "habit": (0.0, 1.0),
    "fatigue": (-0.05, 0.15),
    "depth_x_vip": (0.0, 1.5),
    "depth_x_own_answers": (1.0, 0.5),
    "copy": (1.0, 0.3),
    "hour_affinity": (0.05, 0.1),
    "offer": (0.0, 0.15),
    "kind": (0.0, 0.15),
}
_OTHER = (0.0, 0.2)


class EffectModel:
    """Bayesian logistic regression of "bought in the window", given the odds without an offer.

    Parameters
    ----------
    feature_names : sequence of str
        From ``respond.feature_names``.
    redeem : RedeemRates, optional
        How often buyers with an offer redeem it.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (d,)
    covariance_ : ndarray of float64, shape (d, d)
    prior_mean_, prior_covariance_ : ndarray
        What was believed before any outcome of this campaign, in the same shapes.
    seen_ : float
        Outcomes learnt from (sum of weights).
    redeem : RedeemRates

    Notes
    -----
    The effect is causal only where the actions learnt from were randomised given the features;
    the decisions' exploration does that. A wrong ``p0`` biases the intercept.
    """

    def __init__(self, feature_names: Sequence[str], redeem: RedeemRates | None = None) -> None:
        self.feature_names = tuple(feature_names)
        self.redeem = redeem if redeem is not None else RedeemRates()
        prior = np.array([_prior(name) for name in self.feature_names]).reshape(-1, 2)
        self.mean_: NDArray[np.float64] = prior[:, 0].copy()
        self.covariance_: NDArray[np.float64] = np.diag(prior[:, 1] ** 2)
        self.prior_mean_, self.prior_covariance_ = self.mean_, self.covariance_
        self.seen_ = 0.0

    def believing(
        self, mean: NDArray[np.float64], covariance: NDArray[np.float64], redeem: RedeemRates
    ) -> EffectModel:
        """A model of the same features that knows nothing but this prior."""
        model = EffectModel(self.feature_names, redeem)
        model.mean_, model.covariance_ = mean, covariance
        model.prior_mean_, model.prior_covariance_ = mean, covariance
        return model

    def unlearnt(self) -> EffectModel:
        """The model as it was before the first outcome."""
        return self.believing(self.prior_mean_, self.prior_covariance_, self.redeem.unlearnt())

    def carried_over(self, feature_names: Sequence[str]) -> EffectModel:
        """The same belief about other features; ``self`` stays as it is.

        Features both have keep mean and covariance, new ones start from their prior, and those
        that are gone are integrated out. The same holds for what was believed at first.
        """
        names = tuple(feature_names)
        model = EffectModel(names, RedeemRates.from_parameters(self.redeem.to_parameters()))
        first = self._moved(names, self.prior_mean_, self.prior_covariance_)
        model = model.believing(*first, model.redeem)
        model.mean_, model.covariance_ = self._moved(names, self.mean_, self.covariance_)
        model.seen_ = self.seen_
        return model

    def _moved(
        self, names: tuple[str, ...], mean: NDArray[np.float64], covariance: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        plain = EffectModel(names)
        place = {name: spot for spot, name in enumerate(self.feature_names)}
        here = [spot for spot, name in enumerate(names) if name in place]
        there = [place[names[spot]] for spot in here]
        # A normal belief about some of its features is the block that belongs to them.
        plain.mean_[here] = mean[there]
        plain.covariance_[np.ix_(here, here)] = covariance[np.ix_(there, there)]
        return plain.mean_, plain.covariance_

    def learn(
        self,
        features: NDArray[np.float64],
        offset: NDArray[np.float64],
        bought: NDArray[np.float64],
        weight: NDArray[np.float64] | None = None,
    ) -> None:
        """Update on m outcomes: ``features`` (m, d), ``offset`` = logit p0 (m,), 0/1 (m,).

        Raises
        ------
        InvalidError
            If ``features`` has another width than the model.
        """
        if features.ndim != 2 or features.shape[1] != len(self.feature_names):
            raise InvalidError(
                f"learning from features of shape {features.shape}",
                f"the model has {len(self.feature_names)} features",
                "Build them with row_features for the same actions and offers.",
            )
        if len(bought) == 0:
            return
        weights = np.ones(len(bought)) if weight is None else weight
        precision = np.linalg.inv(self.covariance_)
        prior, mode = self.mean_, self.mean_.copy()
        curvature = precision
        for _ in range(25):
            said = sigmoid(offset + features @ mode)
            slope = features.T @ (weights * (bought - said)) - precision @ (mode - prior)
            spread = weights * said * (1.0 - said)
            curvature = precision + features.T @ (features * spread[:, None])
            step = np.linalg.solve(curvature, slope)
            mode = mode + step
            if float(np.abs(step).max()) < 1e-9:
                break
        self.mean_ = mode
        covariance = np.linalg.inv(curvature)
        self.covariance_ = 0.5 * (covariance + covariance.T)
        self.seen_ += float(weights.sum())

    def probability(
        self, features: NDArray[np.float64], offset: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Posterior mean and standard deviation of P(buy), shape of ``features`` less the last.

        The log odds are normal; their mean goes through MacKay's probit approximation of the
        logistic-normal integral (error below .01 for standard deviations up to 1), the standard
        deviation through the delta method. The same row gives the same bits whatever stands
        beside it: logged decisions are replayed to the bit.
        """
        belief = np.column_stack([self.covariance_, self.mean_])
        product = rowwise_product(features, belief)  # (..., d + 1)
        centre = offset + product[..., -1]
        variance = np.einsum("...d,...d->...", product[..., :-1], features)
        mean = sigmoid(centre / np.sqrt(1.0 + np.pi * variance / 8.0))
        return mean, np.asarray(mean * (1.0 - mean) * np.sqrt(variance), dtype=np.float64)

    def sample(self, rng: np.random.Generator) -> EffectModel:
        """A model that is sure of one draw from this posterior (Thompson sampling)."""
        draw = EffectModel(self.feature_names, self.redeem)
        draw.mean_ = rng.multivariate_normal(self.mean_, self.covariance_, method="cholesky")
        draw.covariance_ = np.zeros_like(self.covariance_)
        draw.seen_ = self.seen_
        return draw

    def to_parameters(self) -> dict[str, object]:
        """All that was learnt, as JSON types; ``from_parameters`` gives it back exactly."""
        return {
            "feature_names": list(self.feature_names),
            "mean": self.mean_.tolist(),
            "covariance": self.covariance_.tolist(),
            "prior_mean": self.prior_mean_.tolist(),
            "prior_covariance": self.prior_covariance_.tolist(),
            "seen": self.seen_,
            "redeem": self.redeem.to_parameters(),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> EffectModel:
        """The model that ``to_parameters`` wrote."""
        saved = Saved(parameters, "a saved effect model")
        names = saved.texts("feature_names")
        d = len(names)
        redeem = RedeemRates.from_parameters(saved.value("redeem"))
        model = cls(names, redeem)
        if "prior_mean" in saved:  # versions of before priors were shared have none
            mean, covariance = saved.array("prior_mean", d), saved.array("prior_covariance", d, d)
            model = model.believing(mean, covariance, redeem)
        model.mean_, model.covariance_ = saved.array("mean", d), saved.array("covariance", d, d)
        model.seen_ = saved.number("seen")
        return model

    @classmethod
    def features_in(cls, parameters: Mapping[str, object]) -> tuple[str, ...]:
        """The ``feature_names`` of the model that ``to_parameters`` wrote."""
        return Saved(parameters, "a saved effect model").texts("feature_names")


def _prior(name: str) -> tuple[float, float]:
    return _PRIORS.get(name, _PRIORS.get(name.split(":", 1)[0], _OTHER))
