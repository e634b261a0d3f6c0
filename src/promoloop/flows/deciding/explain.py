"""Gather what one decision was made on, and say why it came out so.

Everything comes from what was kept at the time: the features and money of every action from
``contexts-``, the prices and the favoured action from the run, the coefficients from the model
version that decided, the baseline from the trees that made it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from promoloop.compose import approval_said
from promoloop.core import InvalidError, language_of
from promoloop.decide import NOTHING, Decision, Explanation, Grounds, Weighing, explain_fully
from promoloop.flows.deciding.rebuilt import RebuiltRun
from promoloop.flows.deciding.replay import Replayer
from promoloop.flows.history.habits import habit_of
from promoloop.flows.house import House
from promoloop.offers import Offer
from promoloop.respond import EffectModel, Habit, attribute

__all__ = ["explain_decision", "grounds_of"]


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
    # One made for a page has no run: what it weighed stands in the decision itself.
    if decision.arm == "holdout" or "realtime" in decision.reasons:
        return Grounds(decision, campaign.currency, names)
    run = Replayer(house, campaign).runs(decision)[-1]
    weighings = _weighings(run, decision)
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
        favoured=_favoured(run, decision),
        habit=_habit(house, run, decision.shopper_id, group) if about else None,
        approval=_approval(house, decision, locale),
    )


def _approval(house: House, decision: Decision, locale: str) -> str:
    """Who approved the text of the decision's message, and when; "" where nothing is sent."""
    copy_id = house.deliveries.copy_of(decision.decision_id)
    if not copy_id:
        return ""
    return approval_said(copy_id, house.reviews.of(copy_id), decision.decided_at, locale)


def _name(offer: Offer, locale: str) -> str:
    """The offer's name in the locale, else in any of the same language, else none."""
    kin = [text for tag, text in offer.names.items() if language_of(tag) == language_of(locale)]
    return offer.names.get(locale, kin[0] if kin else "")


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
    effect = EffectModel.from_parameters(run.model.parameters)
    features = mine["features"].to_numpy().reshape(len(mine), -1)
    return {
        row["action"]: _weighing(run, decision, effect, row, features[spot])
        for spot, row in enumerate(mine.drop("features").iter_rows(named=True))
    }


def _weighing(
    run: RebuiltRun,
    decision: Decision,
    effect: EffectModel,
    row: Mapping[str, float],
    features: np.ndarray[tuple[int], np.dtype[np.float64]],
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
        float(run.common["fatigue_minor"]) * row["fatigue"],
    )
    charged = run.charged(key, decision.prices)
    return Weighing(key, int(hour), split, charged, float(row["promise"]))


def _favoured(run: RebuiltRun, decision: Decision) -> str:
    column = int(run.rows["favoured"][run.place[decision.decision_id]])
    return NOTHING if column < 0 else run.actions[column]


def _habit(house: House, run: RebuiltRun, shopper_id: str, group: str) -> Habit | None:
    """Why the shopper buys anyway; ``None`` for runs of before the trees were kept."""
    key = str(run.common.get("trees", ""))
    return habit_of(house.tables, key, shopper_id, group) if key else None
