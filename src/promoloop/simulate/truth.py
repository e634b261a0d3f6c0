"""The hidden traits of simulated shoppers: what no model may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from promoloop.core import stable_hash
from promoloop.respond import Baseline, OfferTerms, ShopperTraits, logit, sigmoid

__all__ = ["Habits", "Temper", "discount_pull", "draw_habits", "draw_temper"]

_NOISE = 0.35  # how far a shopper's true log odds lie from what history says
_CEILING = 2.5  # log odds no discount exceeds
_EARNED_BY_ALL = 4.0  # minor units a blanket mailing brings per message, before contact costs
_OFFERS_DIFFER = 1.5  # standard deviation of that over offers
_MOST_LIFT = 0.12  # mean points of weekly probability an offer may add, whatever it costs


@dataclass(frozen=True, slots=True)
class Habits:
    """What shoppers truly do without offers, (n, g), and how large baskets are."""

    probability: NDArray[np.float64]
    basket_minor: NDArray[np.float64]
    margin_minor: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Temper:
    """How shoppers truly take offers; arrays are (n,) unless said otherwise.

    ``sensitivity`` ≥ 0 multiplies the pull of a discount and ``scales`` sets its size per offer;
    ``sure`` shoppers buy what they buy and hardly react; ``sleeping`` ones turn away when tired;
    ``redeems`` is the chance that a buyer uses the offer held; ``hours`` (n, 24); ``scanned``
    addresses sit behind a scanner that opens everything.
    """

    sensitivity: NDArray[np.float64]
    sure: NDArray[np.bool_]
    sleeping: NDArray[np.bool_]
    redeems: NDArray[np.float64]
    opens: NDArray[np.float64]
    hours: NDArray[np.float64]
    lapsed: NDArray[np.bool_]
    scanned: NDArray[np.bool_]
    seed: int
    scales: Mapping[str, float]

    def latent(self, kind: str, name: str, sd: float) -> NDArray[np.float64]:
        """A hidden normal taste per shopper for a channel or an offer; always the same."""
        rng = np.random.default_rng([self.seed, stable_hash(kind, name)])
        return rng.normal(0.0, sd, len(self.sensitivity))

    def common(self, kind: str, name: str, sd: float) -> float:
        """A hidden normal figure all shoppers share, such as an offer's appeal."""
        rng = np.random.default_rng([self.seed, stable_hash("common", kind, name)])
        return float(rng.normal(0.0, sd))


def draw_habits(baseline: Baseline, rng: np.random.Generator) -> Habits:
    """Habits that scatter around ``baseline`` while every group keeps its purchase rate."""
    noisy = logit(baseline.probability) + rng.normal(0.0, _NOISE, baseline.probability.shape)
    shift = np.zeros(len(baseline.groups))
    aim = baseline.probability.mean(axis=0)
    for _ in range(30):  # Newton on the mean; converges in a handful of steps
        said = sigmoid(noisy + shift)
        shift = shift + (aim - said.mean(axis=0)) / (said * (1.0 - said)).mean(axis=0)
    return Habits(sigmoid(noisy + shift), baseline.basket_minor, baseline.margin_minor)


def draw_temper(
    traits: ShopperTraits,
    baseline: Baseline,
    terms: Sequence[OfferTerms],
    rng: np.random.Generator,
) -> Temper:
    """Tempers that lean on what profiles show, and on much that they do not.

    The pull of each offer is scaled so that sending it to everybody brings a little more than
    its discounts cost, offers differing around 4 minor units a message: a blanket mailing earns
    a little after contacts and fatigue, as one that shops keep sending must. That is an
    assumption of the simulation, not a finding.
    """
    n = len(traits.shopper_ids)
    leaning = 2.2 * traits.coupon_affinity + 1.0 * traits.discount_affinity
    temper = Temper(
        sensitivity=np.exp(leaning + rng.normal(0.0, 0.3, n)),
        sure=rng.random(n) < np.where(traits.lifecycle == "vip", 0.4, 0.1),
        sleeping=rng.random(n) < 0.12,
        redeems=sigmoid(-0.8 + 0.3 * traits.coupon_affinity + rng.normal(0.0, 0.5, n)),
        opens=sigmoid(rng.normal(-0.7, 0.8, n)),
        hours=traits.hours,
        lapsed=np.isin(traits.lifecycle, ("lapsed", "cooling")),
        scanned=rng.random(n) < 0.10,
        seed=int(rng.integers(2**31)),
        scales={},
    )
    return _scaled(temper, baseline, terms)


def discount_pull(temper: Temper, term: OfferTerms) -> NDArray[np.float64]:
    """(n,) log odds a discount adds: saturating in depth, zero where there is none."""
    appeal = temper.scales[term.offer_id] * np.exp(temper.latent("group", term.group, 0.15))
    steep = term.depth**1.5 / (term.depth**1.5 + 0.2**1.5)
    pull = _CEILING * np.tanh(temper.sensitivity * appeal * steep / _CEILING)
    return np.asarray(np.where(temper.sure, 0.05 * pull, pull), dtype=np.float64)


def _scaled(temper: Temper, baseline: Baseline, terms: Sequence[OfferTerms]) -> Temper:
    return replace(temper, scales={term.offer_id: _scale(temper, baseline, term) for term in terms})


def _scale(temper: Temper, baseline: Baseline, term: OfferTerms) -> float:
    """Bisect until the offer, sent to all, earns what it is meant to."""
    aim = _EARNED_BY_ALL + temper.common("offer", term.offer_id, _OFFERS_DIFFER)
    low, high = 0.0, 20.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        trial = replace(temper, scales={term.offer_id: middle})
        if _too_weak(trial, baseline, term, aim):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _too_weak(temper: Temper, baseline: Baseline, term: OfferTerms, aim: float) -> bool:
    """Whether a blanket mailing earns less than ``aim``, and could be made to pull harder."""
    bought = sigmoid(logit(term.habit) + discount_pull(temper, term))
    margin = baseline.margin_minor[:, baseline.groups.index(term.group)]
    lift = bought - term.habit
    earned = lift * margin - bought * temper.redeems * term.reward_minor
    return float(earned.mean()) < aim and float(lift.mean()) < _MOST_LIFT
