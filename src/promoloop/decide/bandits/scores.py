"""What a model believes of every action for every row, and how rewards follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from promoloop.core import InvalidError, Saved

__all__ = ["LinearReward", "LogisticReward", "RewardModel", "Scores", "reward_from"]

Floats = NDArray[np.float64]

_LEAST_WEIGHT = 1e-4
_EXTREME = 35.0  # log odds beyond which a probability is 0 or 1
_SETTLED = 0.05  # a step of Newton's method not worth repeating


class RewardModel(Protocol):
    """How a reward follows from the latent score of an action, centre ± sd."""

    @property
    def intercept(self) -> float:
        """The latent score of an action of which nothing is known."""
        ...

    def expected(self, centre: Floats, sd: Floats) -> Floats:
        """Mean reward when the latent score is normal; same shape."""
        ...

    def upper(self, centre: Floats, sd: Floats, width: float) -> Floats:
        """Mean reward with the latent score ``width`` standard deviations up."""
        ...

    def working(self, latent: Floats, rewards: Floats) -> tuple[Floats, Floats]:
        """Information of each reward about its latent score, and the score it points to."""
        ...

    @property
    def curved(self) -> bool:
        """Whether ``working`` depends on the latent score it starts from."""
        ...

    def settled(
        self, latent: float, variance: float, reward: float, weight: float
    ) -> tuple[float, float]:
        """``working`` of one reward, where its score N(latent, variance) comes to rest."""
        ...

    def require(self, rewards: Floats) -> None:
        """Raise ``InvalidError`` for a reward this model cannot explain."""
        ...

    def to_parameters(self) -> dict[str, object]:
        """JSON types from which ``reward_from`` makes the same model."""
        ...


class LogisticReward:
    """Rewards are 0 or 1 (or shares in between): P(1) = 1 / (1 + exp(-latent)).

    Parameters
    ----------
    base_rate : float, default 0.05
        What share of 1 to expect before anything was learnt, in (0, 1).

    References
    ----------
    MacKay (1992), The evidence framework applied to classification networks, equation 10:
    the mean over a normal latent score, error below .01 for standard deviations up to 1.
    """

    def __init__(self, base_rate: float = 0.05) -> None:
        if not 0.0 < base_rate < 1.0:
            raise InvalidError(f"base rate {base_rate}", "it is not in (0, 1)", "Use 0.05, say.")
        self.base_rate = base_rate

    @property
    def intercept(self) -> float:
        """Log odds of the base rate."""
        return float(np.log(self.base_rate / (1.0 - self.base_rate)))

    def expected(self, centre: Floats, sd: Floats) -> Floats:
        """MacKay's approximation."""
        return self.upper(centre, sd, 0.0)

    def upper(self, centre: Floats, sd: Floats, width: float) -> Floats:
        """The same, from ``width`` standard deviations further up."""
        flat = sd * sd
        flat *= np.pi / 8.0
        flat += 1.0
        latent = centre / np.sqrt(flat, out=flat)
        if width:
            latent += width * sd
        raised: Floats = expit(latent)
        return raised

    def working(self, latent: Floats, rewards: Floats) -> tuple[Floats, Floats]:
        """One step of Newton's method: curvature p (1 - p), and where the step leads."""
        said = expit(latent)
        weight = np.maximum(said * (1.0 - said), _LEAST_WEIGHT)
        return weight, latent + (rewards - said) / weight

    @property
    def curved(self) -> bool:
        """True."""
        return True

    def settled(
        self, latent: float, variance: float, reward: float, weight: float
    ) -> tuple[float, float]:
        """Newton's method in one dimension."""
        score = latent
        for _ in range(20):
            said = 1.0 / (1.0 + exp(-min(max(score, -_EXTREME), _EXTREME)))
            information = max(said * (1.0 - said), _LEAST_WEIGHT)
            slope = weight * (reward - said) - (score - latent) / variance
            step = slope / (weight * information + 1.0 / variance)
            if abs(step) <= _SETTLED:
                break
            score += min(max(step, -1.0), 1.0)
        return weight * information, score + (reward - said) / information

    def require(self, rewards: Floats) -> None:
        """Rewards must lie in [0, 1]."""
        if rewards.size and not (rewards.min() >= 0.0 and rewards.max() <= 1.0):
            raise InvalidError(
                f"rewards from {rewards.min():g} to {rewards.max():g}",
                "a logistic model needs finite ones from 0 to 1",
                "Give 0 or 1, or use LinearReward for money.",
            )

    def to_parameters(self) -> dict[str, object]:
        """See ``RewardModel``."""
        return {"kind": "logistic", "base_rate": self.base_rate}


class LinearReward:
    """Rewards are numbers, money say: mean + scale × (latent + noise of standard deviation 1).

    Parameters
    ----------
    mean : float, default 0.0
        What to expect before anything was learnt.
    scale : float, default 1.0
        Standard deviation of one reward about its mean given the context, in reward units, > 0.
    """

    def __init__(self, mean: float = 0.0, scale: float = 1.0) -> None:
        if not (np.isfinite(mean) and np.isfinite(scale) and scale > 0.0):
            raise InvalidError(
                f"mean {mean}, scale {scale}",
                "they must be finite, the scale > 0",
                "Estimate both.",
            )
        self.mean, self.scale = mean, scale

    @property
    def intercept(self) -> float:
        """Zero: the mean is added on the way out."""
        return 0.0

    def expected(self, centre: Floats, sd: Floats) -> Floats:
        """The centre, in reward units."""
        del sd
        return self.mean + self.scale * centre

    def upper(self, centre: Floats, sd: Floats, width: float) -> Floats:
        """``width`` standard deviations above the centre, in reward units."""
        return self.mean + self.scale * (centre + width * sd if width else centre)

    def working(self, latent: Floats, rewards: Floats) -> tuple[Floats, Floats]:
        """Every reward says the same much, about itself."""
        return np.ones_like(latent), (rewards - self.mean) / self.scale

    @property
    def curved(self) -> bool:
        """False."""
        return False

    def settled(
        self, latent: float, variance: float, reward: float, weight: float
    ) -> tuple[float, float]:
        """The reward itself, from wherever."""
        del latent, variance
        return weight, (reward - self.mean) / self.scale

    def require(self, rewards: Floats) -> None:
        """Rewards must be finite."""
        if not np.isfinite(rewards).all():
            raise InvalidError("rewards", "one is NaN or infinite", "Give finite numbers.")

    def to_parameters(self) -> dict[str, object]:
        """See ``RewardModel``."""
        return {"kind": "linear", "mean": self.mean, "scale": self.scale}


def reward_from(parameters: Mapping[str, object]) -> RewardModel:
    """The model that ``to_parameters`` wrote; ``InvalidError`` for an unknown kind."""
    saved = Saved(parameters, "a saved reward model")
    match saved.value("kind"):
        case "logistic":
            return LogisticReward(saved.number("base_rate"))
        case "linear":
            return LinearReward(saved.number("mean"), saved.number("scale"))
        case other:
            raise saved.fault("kind", f"{other!r:.60} is neither logistic nor linear")


@dataclass(frozen=True, slots=True)
class Scores:
    """Latent score of every action per row: ``centre`` ± ``sd``, (n, k) each.

    ``seen`` counts the outcomes learnt from, older ones discounted; ``reward`` says what a score
    is worth.
    """

    centre: Floats
    sd: Floats
    seen: float
    reward: RewardModel

    @classmethod
    def known(cls, values: Floats) -> Scores:
        """Values taken as certain, such as priced values of an allocation."""
        return cls(values, np.zeros_like(values), 1.0, LinearReward())

    def expected(self) -> Floats:
        """Expected rewards, (n, k)."""
        return self.reward.expected(self.centre, self.sd)

    def upper(self, width: float) -> Floats:
        """Rewards ``width`` standard deviations up, (n, k)."""
        return self.reward.upper(self.centre, self.sd, width)
