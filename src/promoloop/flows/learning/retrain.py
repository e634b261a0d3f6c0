"""Learn from what happened: a challenger, judged on the log before it may decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from promoloop.flows.deciding.answers import keep_answers
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.house import House
from promoloop.flows.learning.judging import fitted, judge
from promoloop.flows.learning.logged import LoggedSets, logged_sets
from promoloop.learn import GateResult, ModelVersion, new_version
from promoloop.offers import Campaign
from promoloop.respond import EffectModel, logit, sigmoid

__all__ = ["Retrained", "retrain"]

#: Two-sided level of the gate: a refresh is held back when nine times in ten it is a loss.
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

    What every shopper's own answers say beyond the model then in force is added up anew.

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
    result = judge(champion, log, level, house.switch)
    version = replace(version, gate=result)
    house.models.add(version)
    if result.promote:
        house.models.promote(version.version_id)
    running = challenger if result.promote else EffectModel.from_parameters(champion.parameters)
    keep_answers(house.tables, campaign.campaign_id, _answers(running, log))
    return Retrained(version, result, len(log.sent))


def _answers(effect: EffectModel, log: LoggedSets) -> pl.DataFrame:
    """What everybody answered to every message, against what ``effect`` foretold of people alike.

    ``shopper_id``, and per unit of depth the ``score`` and the ``information`` of ``answers.py``.
    """
    rows = log.sent
    columns = log.chosen[rows]
    features = log.features[rows, columns].copy()
    depth = features[:, effect.feature_names.index("depth")]
    if "depth_x_own_answers" in effect.feature_names:  # models of before own answers have none
        features[:, effect.feature_names.index("depth_x_own_answers")] = 0.0
    foretold = sigmoid(logit(log.without[rows, columns]) + features @ effect.mean_)
    return pl.DataFrame(
        {
            "shopper_id": log.shopper_ids[rows].tolist(),
            "score": depth * (log.bought[rows] - foretold),
            "information": depth**2 * foretold * (1.0 - foretold),
        },
        schema={"shopper_id": pl.String(), "score": pl.Float64(), "information": pl.Float64()},
    )
