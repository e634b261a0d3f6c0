"""Gather what one decision was made on, and say why it came out so.

Everything comes from what was kept at the time: the features and money of every action from
``contexts-``, the prices and the favoured action from the run, the coefficients from the model
version that decided, the baseline from the trees that made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import polars as pl

from promoloop.compose import approval_said
from promoloop.core import InvalidError, language_of
from promoloop.decide import NOTHING, Decision, Explanation, Grounds, Weighing, explain_fully
from promoloop.flows.deciding.contexts import REALTIME, remembered
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.deciding.rebuilt import RebuiltRun
from promoloop.flows.deciding.replay import Replayer
from promoloop.flows.deciding.situation import FATIGUE_MINOR
from promoloop.flows.history.habits import habit_of
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.learn import ModelVersion
from promoloop.offers import Offer
from promoloop.respond import EffectModel, Habit, attribute

__all__ = ["explain_decision", "grounds_of"]

Features: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]


def explain_decision(house: House, decision_id: str, locale: str) -> Explanation:
    """Why one decision was made; see ``decide.explain_fully``.

    Raises
    ------
    InvalidError
        For an unknown decision or language, and where what it was decided on was purged.
    """
    return explain_fully(grounds_of(house, decision_id, locale), locale)


def grounds_of(house: House, decision_id: str, locale: str) -> Grounds:
    """What one decision was made on, offers named in ``locale``; see ``explain_decision``."""
    decision = house.decisions.get(decision_id)
    campaign = house.campaigns.get(decision.campaign_id)
    offers = {offer_id: house.offers.get(offer_id) for offer_id in campaign.offer_ids}
    names = {key: _name(offer, locale) for key, offer in offers.items()}
    if decision.arm == "holdout":
        return Grounds(decision, campaign.currency, names)
    if REALTIME in decision.reasons:
        run, weighings, favoured = None, _live_weighings(house, decision), _best_weighed(decision)
    else:
        run = Replayer(house, campaign).runs(decision)[-1]
        weighings, favoured = _weighings(run, decision), _favoured(run, decision)
        _require_contexts(decision, weighings)
    chosen = weighings.pop(decision.action, None)
    best = max(weighings.values(), key=lambda one: one.priced_minor, default=None)
    about = chosen or best
    group = offers[about.split.offer_id].group if about else ""
    return Grounds(
        decision=decision,
        currency=campaign.currency,
        offer_names=names,
        chosen=chosen,
        other=best,
        favoured=favoured,
        habit=_habit(house, run, decision.shopper_id, group) if about and run else None,
        approval=_approval(house, decision, locale),
        at_once=REALTIME in decision.reasons,
    )


def _approval(house: House, decision: Decision, locale: str) -> str:
    """Who approved the text of the decision's message, and when; "" where nothing is sent."""
    copy_id = house.deliveries.copy_of(decision.decision_id)
    if not copy_id:
        return ""
    return approval_said(copy_id, house.reviews.of(copy_id), decision.decided_at, locale)


def _name(offer: Offer, locale: str) -> str:
    """The offer's name in the locale, else in any of the same language, else the first."""
    kin = [text for tag, text in offer.names.items() if language_of(tag) == language_of(locale)]
    return offer.names.get(locale, (kin or list(offer.names.values()))[0])


def _require_contexts(decision: Decision, found: Mapping[str, Weighing]) -> None:
    """Every action that could have been drawn must still be known."""
    needed = {one.action for one in decision.weighed if one.action != NOTHING}
    if needed - found.keys():
        raise InvalidError(
            f"why decision {decision.decision_id} was made",
            "what the shopper looked like is not kept any more",
            "It was purged or lost; the decision itself stays in the log.",
        )


def _weighings(run: RebuiltRun, decision: Decision) -> dict[str, Weighing]:
    """Every action of the decision's final set, split, by its key."""
    drawable = [one.action for one in decision.weighed if one.propensity > 0]
    mine = run.contexts.filter(
        (pl.col("decision_id") == decision.decision_id) & pl.col("action").is_in(drawable)
    )
    if mine.is_empty():
        return {}
    fatigue = float(run.common["fatigue_minor"])
    return {
        key: _weighing(row, features, effect, run.charged(key, decision.prices), fatigue)
        for key, row, features, effect in _rows_of(mine, run.model)
    }


def _live_weighings(house: House, decision: Decision) -> dict[str, Weighing]:
    """The same of a decision of real time, as far as it has been kept yet; else nothing."""
    campaign = house.campaigns.get(decision.campaign_id)
    week = (decision.decided_at - campaign.starts_at) // WEEK + 1
    kept = remembered(house.tables, campaign.campaign_id, week)
    versions = house.models.all(effect_of(campaign))
    made_by = [one for one in versions if one.version_id == decision.model_version]
    if kept is None or not made_by:
        return {}
    drawable = [one.action for one in decision.weighed if one.propensity > 0]
    mine = kept.filter(
        (pl.col("decision_id") == decision.decision_id)
        & (pl.col("decided_at") == decision.decided_at)
        & pl.col("action").is_in(drawable)
    )
    return {
        key: _weighing(row, features, effect, _live_charges(key, row, decision), FATIGUE_MINOR)
        for key, row, features, effect in _rows_of(mine, made_by[0])
    }


def _live_charges(key: str, row: Mapping[str, float], decision: Decision) -> Mapping[str, float]:
    """What one action pays at the prices that were in force; minor units."""
    taken = {"budget": float(row["promise"]), key.split("/", 1)[0]: 1.0}
    paid = {name: price * taken.get(name, 0.0) for name, price in decision.prices.items()}
    return {name: amount for name, amount in paid.items() if amount}


def _best_weighed(decision: Decision) -> str:
    """What had the highest worth after prices, nothing among it."""
    best = max(decision.weighed, key=lambda one: one.priced_minor, default=None)
    return best.action if best is not None else NOTHING


def _rows_of(
    mine: pl.DataFrame, version: ModelVersion
) -> Iterator[tuple[str, Mapping[str, float], Features, EffectModel]]:
    """Every row of ``contexts-`` with its features, and the model that weighed it."""
    if mine.is_empty():
        return
    effect = EffectModel.from_parameters(version.parameters)
    features = mine["features"].to_numpy().reshape(len(mine), -1)
    for spot, row in enumerate(mine.drop("features").iter_rows(named=True)):
        yield row["action"], row, features[spot], effect


def _weighing(
    row: Mapping[str, float],
    features: Features,
    effect: EffectModel,
    charged: Mapping[str, float],
    fatigue_minor: float,
) -> Weighing:
    key = str(row["action"])
    offer_id, _, hour, _ = key.split("/")
    split = attribute(
        effect,
        offer_id,
        features,
        row["without"],
        row["margin"],
        row["reward"],
        row["contact"],
        fatigue_minor * row["fatigue"],
    )
    return Weighing(key, int(hour), split, charged, float(row["promise"]))


def _favoured(run: RebuiltRun, decision: Decision) -> str:
    column = int(run.rows["favoured"][run.place[decision.decision_id]])
    return NOTHING if column < 0 else run.actions[column]


def _habit(house: House, run: RebuiltRun, shopper_id: str, group: str) -> Habit | None:
    """Why the shopper buys anyway; ``None`` for runs of before the trees were kept."""
    key = str(run.common.get("trees", ""))
    return habit_of(house.tables, key, shopper_id, group) if key else None
