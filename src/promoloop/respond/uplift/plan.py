"""Which treatment for whom, once its effect, its reward and its contact have a price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.core import InvalidError, numbers
from promoloop.respond.uplift.trial import Floats, Ints

__all__ = ["Economics", "TargetingPlan", "target"]


@dataclass(frozen=True, slots=True)
class Economics:
    """What an incremental outcome brings and what each of k treatments costs.

    ``margin`` is per unit of outcome (margin per purchase, or a share of spend); ``reward`` (k,)
    what a redemption costs; ``redeemed`` (k,) or (n, k) the probability that a treated shopper
    redeems, those who would have bought anyway included; ``contact`` (k,) what a message costs.
    """

    margin: float
    reward: ArrayLike = 0.0
    redeemed: ArrayLike = 0.0
    contact: ArrayLike = 0.0


@dataclass(frozen=True, slots=True)
class TargetingPlan:
    """The best treatment of each shopper: ``choice`` (n,) from 0 (nothing) to k.

    ``value`` (n, k) is the net value of each treatment above nothing, ``sd`` (n, k) its doubt.
    """

    choice: Ints
    value: Floats
    sd: Floats


def target(effect: Floats, sd: Floats, economics: Economics, caution: float = 0.0) -> TargetingPlan:
    """Send what is worth most, where it is worth more than nothing.

        value = effect * margin - P(redeem) * reward - contact

    Parameters
    ----------
    effect, sd : ndarray of float64, shape (n, k)
        Incremental outcome of each treatment, and its standard deviation.
    caution : float, default 0
        How many standard deviations are taken off before choosing, 0 or more.

    Raises
    ------
    InvalidError
        For misshapen, non-finite or negative figures.

    Examples
    --------
    >>> plan = target(np.array([[0.3, 0.1], [0.0, 0.02]]), np.zeros((2, 2)),
    ...               Economics(margin=10.0, reward=[2.0, 0.0], redeemed=0.5, contact=0.1))
    >>> plan.choice.tolist(), plan.value.round(2).tolist()
    ([1, 2], [[1.9, 0.9], [-1.1, 0.1]])
    """
    gain, doubt = _grid(effect, "the effects"), _grid(sd, "their standard deviations")
    if gain.shape != doubt.shape or doubt.min() < 0 or not 0 <= caution < np.inf:
        raise InvalidError(
            f"effects {gain.shape} with doubts {doubt.shape} and caution {caution}",
            "the shapes must agree, doubts and caution be 0 or more",
            "Take both from the same Effect.",
        )
    reward, redeemed, contact = (
        _spread(part, name, gain.shape)
        for part, name in (
            (economics.reward, "reward"),
            (economics.redeemed, "redeemed"),
            (economics.contact, "contact"),
        )
    )
    margin = float(_spread(economics.margin, "margin", ()))
    if redeemed.max() > 1:
        raise InvalidError(
            f"redeemed up to {redeemed.max()}", "it is a probability", "Give shares in [0, 1]."
        )
    value = gain * margin - redeemed * reward - contact
    spread = doubt * margin
    careful = value - caution * spread
    best = careful.argmax(axis=1)
    worth = careful[np.arange(len(best)), best] > 0
    return TargetingPlan(np.where(worth, best + 1, 0), value, spread)


def _grid(given: NDArray[np.float64], name: str) -> Floats:
    array = numbers(given, name)
    if array.ndim != 2 or 0 in array.shape or not np.isfinite(array).all():
        raise InvalidError(
            f"{name} of shape {array.shape}",
            "there must be one finite number per shopper and treatment",
            "Give them as (shoppers, treatments).",
        )
    return array


def _spread(given: ArrayLike, name: str, shape: tuple[int, ...]) -> Floats:
    array = numbers(given, name)
    fits = array.shape in ((), shape[1:], shape)
    if not fits or not np.isfinite(array).all() or array.min() < 0:
        raise InvalidError(
            f"{name} of shape {array.shape}",
            f"it must be 0 or more, one number, or {shape[1:]}, or {shape}",
            "Give one figure per treatment.",
        )
    return np.broadcast_to(array, shape)
