"""Learn from what happened: a challenger, judged on the log before it may decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from promoloop.flows.house import House
from promoloop.flows.judging import fitted, judge
from promoloop.flows.logged import logged_sets
from promoloop.flows.situation import effect_of
from promoloop.learn import GateResult, ModelVersion, new_version
from promoloop.offers import Campaign

__all__ = ["Retrained", "retrain"]

#: Two-sided level of the gate: promoted when nine times in ten the gain is real.
GATE_LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Retrained:
    """The challenger as it was stored, with the gate's result, and what it learnt from."""

    version: ModelVersion
    gate: GateResult
    outcomes: int


def retrain(
    house: House, campaign: Campaign, now: datetime, level: float = GATE_LEVEL
) -> Retrained:
    """Fit a challenger on everything matured, judge it on the log, promote it or keep it.

    The judge never sees a model on shoppers it was fitted on: each part of them is judged by a
    model fitted on the others. What is promoted is fitted on all.
    """
    champion = house.models.running(effect_of(campaign))
    log = logged_sets(house, campaign, now)
    challenger = fitted(champion, log)
    version = new_version(
        champion.kind,
        now,
        (campaign.starts_at, now),
        challenger.to_parameters(),
        {"outcomes": float(len(log.sent))},
    )
    result = judge(champion, log, level)
    version = replace(version, gate=result)
    house.models.add(version)
    if result.promote:
        house.models.promote(version.version_id)
    return Retrained(version, result, len(log.sent))
