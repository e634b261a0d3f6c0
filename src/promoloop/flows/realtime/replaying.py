"""A decision of real time made once more, from what the log says it was drawn from.

Arm, odds and draw are computed again: the arm from the campaign's shares, the odds of the policy
from the priced values, the draw from the seed and the decision's own id. What the shopper was worth
at that moment came out of memory and is read from the log, as is the share of contacts that the
random arm had money for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from promoloop.core import InvalidError, unit_interval
from promoloop.decide import NOTHING, Decision, Weighed, assign_arm
from promoloop.flows.deciding.contexts import REALTIME
from promoloop.flows.deciding.replay import Logged, Replay, replay, replay_of
from promoloop.flows.house import House
from promoloop.flows.privacy.records import ERASED
from promoloop.flows.realtime.choosing import POLICIES, inverse_gap, pick
from promoloop.offers import Campaign

__all__ = ["replay_any"]

Floats = NDArray[np.float64]


def replay_any(house: House, decision_id: str) -> Replay:
    """Make one logged decision again, of a weekly run or of real time.

    Raises
    ------
    InvalidError
        For an unknown decision, and where what it was decided on is not kept any more.
    """
    decision = house.decisions.get(decision_id)
    if decision.shopper_id.startswith(ERASED):
        raise InvalidError(
            f"what decision {decision_id} was decided on",
            "the shopper was erased",
            "It cannot be made again; the decision itself stays in the log.",
        )
    if REALTIME not in decision.reasons:
        return replay(house, decision_id)
    campaign = house.campaigns.get(decision.campaign_id)
    return replay_of(decision, _as_logged(decision), _again(campaign, decision), live=True)


def _as_logged(decision: Decision) -> dict[str, Logged]:
    return {
        "arm": decision.arm,
        "policy": decision.policy,
        "action": decision.action,
        "propensity": decision.propensity,
        "value": decision.value_minor,
        "spend": decision.spend_minor,
        **{f"propensity of {one.action}": one.propensity for one in decision.weighed},
    }


def _again(campaign: Campaign, decision: Decision) -> dict[str, Logged]:
    """The same figures, computed from the options and their values."""
    *options, nothing = decision.weighed or (None,)
    if nothing is None or nothing.action != NOTHING:
        raise InvalidError(
            f"what decision {decision.decision_id} was drawn from",
            "its options are not in the log",
            "It cannot be made again; the decision itself stays in the log.",
        )
    arm = assign_arm(decision.shopper_id, campaign.salt, campaign.arms)
    odds = _odds(arm, campaign.floor, options)
    spot = pick(odds, unit_interval(str(decision.seed), decision.decision_id))
    done = options[spot] if spot >= 0 else nothing
    return {
        "arm": arm,
        "policy": POLICIES[arm],
        "action": done.action,
        "propensity": float(odds[spot]),
        "value": done.value_minor,
        "spend": done.spend_minor,
        **_named(odds, [*options, nothing]),
    }


def _named(odds: Floats, options: list[Weighed]) -> Mapping[str, Logged]:
    return {
        f"propensity of {one.action}": float(share)
        for one, share in zip(options, odds, strict=True)
    }


def _odds(arm: str, floor: float, options: list[Weighed]) -> Floats:
    """(options + 1,) the distribution of an arm over what it could draw, nothing last."""
    count = len(options)
    if arm == "holdout" or not count:
        return np.append(np.zeros(count), 1.0)
    if arm == "bau":
        return np.append(1.0, np.zeros(count))
    if arm == "random":
        # Alike for all, and never more than where there is money for everybody.
        each = min(options[0].propensity, 1.0 / (count + 1))
        return np.append(np.full(count, each), 1.0 - np.full(count, each).sum())
    priced = np.array([one.priced_minor for one in options])
    return inverse_gap(priced, np.ones(count, dtype=np.bool_), floor)
