"""What may be shown to one shopper now, and with which odds each of it is drawn.

The same four arms as in the batch, one row at a time. The odds are exact: what is drawn from is
what the store can pay for, all of it, when the decision is stored. Where that has changed since it
was last looked at, the store refuses whatever was drawn, and the draw is made from what is left.
See ``docs/math/realtime.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import Scores, Uniform, with_nothing
from promoloop.flows.deciding.arms import GREED
from promoloop.flows.deciding.screening import WIDTH
from promoloop.flows.realtime.views import CampaignView, Worth

__all__ = ["POLICIES", "Cuts", "Drawing", "arm_odds", "clearly_behind", "inverse_gap", "pick"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Under which name each arm's decisions are logged.
POLICIES: Mapping[str, str] = {
    "policy": "inverse-gap",
    "random": "random-eligible",
    "bau": "business-as-usual",
    "holdout": "holdout",
}


class Cuts:
    """Why spots are cut, the first reason of each; as said briefly as it can be in the log."""

    def __init__(self, view: CampaignView) -> None:
        self._view = view
        self.codes: list[str] = [""] * len(view.spots)

    def cut(self, spots: Sequence[int], code: str) -> None:
        """Take ``spots`` out, unless something else has."""
        codes = self.codes
        for at in spots:
            if not codes[at]:
                codes[at] = code

    @property
    def open(self) -> Mask:
        """(s,) what is left."""
        return np.array([not code for code in self.codes], dtype=np.bool_)

    def without(self, codes: Sequence[str]) -> Mask:
        """(s,) what is left if cuts of these codes are none."""
        return np.array([not code or code in codes for code in self.codes], dtype=np.bool_)

    def said(self, hour: int) -> Mapping[str, str]:
        """Reason codes as ``Decision.rejected`` has them."""
        codes = self.codes
        if codes and codes[0] and codes.count(codes[0]) == len(codes):
            return {"*": codes[0]}
        offers: dict[str, list[int]] = {}
        for at, spot in enumerate(self._view.spots):
            offers.setdefault(spot.offer_id, []).append(at)
        said: dict[str, str] = {}
        for offer_id, spots in offers.items():
            found = {codes[at] for at in spots}
            if len(found) == 1:
                code = found.pop()
                if code:
                    said[offer_id] = code
                continue
            for at in spots:
                if codes[at]:
                    said[self._view.actions[self._view.columns[hour, at]].key] = codes[at]
        return said


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn: the spot (-1 for nothing), and the odds of everything, nothing last."""

    spot: int
    odds: Floats

    @property
    def propensity(self) -> float:
        """The odds of what was drawn."""
        return float(self.odds[self.spot])


def clearly_behind(worth: Worth, open_: Mask) -> Mask:
    """(s,) what is left of ``open_`` without what is clearly behind the best, or nothing.

    As in the batch: the best always stays, so that there is something to learn.
    """
    if not open_.any():
        return open_
    value = np.where(open_, worth.value, -np.inf)
    best = int(value.argmax())
    to_reach = max(0.0, float(worth.value[best] - WIDTH * worth.sd[best]))
    kept = open_ & (worth.value + WIDTH * worth.sd >= to_reach)
    kept[best] = True
    return kept


def arm_odds(
    arm: str, view: CampaignView, priced: Floats, open_: Mask, usual: int, thin: float
) -> Floats:
    """(s + 1,) the distribution of an arm, nothing last.

    ``priced`` (s,) is what the spots are worth after prices; ``usual`` the spot that business as
    usual shows, -1 for none; ``thin`` the share of contacts the random arm has money for.
    """
    count = len(view.spots)
    if arm == "holdout" or not open_.any():
        return _only(count, -1)
    if arm == "bau":
        return _only(count, usual if usual >= 0 and open_[usual] else -1)
    if arm == "random":
        nought, options = with_nothing(np.zeros((1, count)), open_[None, :])
        odds = Uniform().probabilities(Scores.known(nought), options)[0]
        odds[:-1] *= thin
        odds[-1] = 1.0 - odds[:-1].sum()
        return np.asarray(odds)
    return inverse_gap(priced, open_, view.campaign.floor)


def inverse_gap(priced: Floats, open_: Mask, floor: float, greed: float = GREED) -> Floats:
    """(s + 1,) what ``decide.InverseGap`` gives one row with nothing last, favouring the best.

    The same to the last bit but ten times as fast, for there is one row only.
    """
    scores, best, leader = [], 0.0, -1
    for at, (score, open_here) in enumerate(zip(priced.tolist(), open_.tolist(), strict=True)):
        scores.append(score if open_here else None)
        if open_here and score > best:
            best, leader = score, at
    scores.append(0.0)
    count = sum(score is not None for score in scores)
    if floor * count >= 1.0:
        raise InvalidError(
            f"a floor of {floor} for {count} actions",
            "they would take more than all",
            "Lower the floor of the campaign, or give it fewer offers.",
        )
    shares = [
        0.0 if score is None else max(floor, 1.0 / ((best - score) * greed + count))
        for score in scores
    ]
    shares[leader] = 0.0
    shares[leader] = 1.0 - float(np.sum(shares))
    return np.array(shares)


def pick(odds: Floats, point: float) -> int:
    """The spot at ``point`` in [0, 1) of the distribution; -1 for nothing, its last option.

    >>> pick(np.array([0.25, 0.5, 0.25]), 0.3), pick(np.array([0.25, 0.5, 0.25]), 0.9)
    (1, -1)
    """
    edge = 0.0
    for spot, share in enumerate(odds[:-1].tolist()):
        edge += share
        if point < edge:
            return spot
    return -1


def _only(count: int, spot: int) -> Floats:
    odds = np.zeros(count + 1)
    odds[spot] = 1.0
    return odds
