"""Learn from what happened: a challenger, judged on the log before it may decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import RefusedError, unit_interval
from promoloop.decide import InverseGapPolicy
from promoloop.evaluate import Estimate, Target, dr, ips, paired_difference, snips
from promoloop.flows.arms import GREED
from promoloop.flows.house import House
from promoloop.flows.logged import Floats, LoggedSets, logged_sets
from promoloop.flows.situation import EFFECT, FATIGUE_MINOR
from promoloop.learn import GateResult, ModelVersion, gate, new_version, stay_in_shadow
from promoloop.offers import Campaign
from promoloop.respond import Action, EffectModel, logit

__all__ = ["PolicyCheck", "Retrained", "TrueValues", "check_policy", "judge", "retrain"]


@dataclass(frozen=True, slots=True)
class Retrained:
    """The challenger as it was stored, with the gate's result, and what it learnt from."""

    version: ModelVersion
    gate: GateResult
    outcomes: int


@dataclass(frozen=True, slots=True)
class TrueValues:
    """What the simulator knows of one week: expected value of every action, (n, k)."""

    shopper_ids: tuple[str, ...]
    actions: tuple[Action, ...]
    minor: Floats


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """Off-policy estimates of the running policy, per decision in minor units, beside the truth.

    ``estimates`` maps the estimator's name to its figure, or to why it refused.
    """

    version_id: str
    estimates: Mapping[str, Estimate | str]
    true_value: float | None


def retrain(house: House, campaign: Campaign, now: datetime, level: float = 0.9) -> Retrained:
    """Fit a challenger on everything matured, judge it on the log, promote it or keep it.

    The judge never sees a model on the shoppers it was fitted on: half of them train a model
    that is judged on the other half, and the other way round. What is promoted is fitted on all.
    """
    champion = house.models.running(EFFECT)
    log = logged_sets(house, campaign, now)
    challenger = fitted(champion, log)
    version = new_version(
        EFFECT,
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


def fitted(like: ModelVersion, log: LoggedSets) -> EffectModel:
    """A model with the features of ``like``, from its prior and every outcome in the log."""
    model = EffectModel(EffectModel.from_parameters(like.parameters).feature_names)
    rows = log.sent
    columns = log.chosen[rows]
    offset = logit(log.without[rows, columns])
    model.learn(log.features[rows, columns], offset, log.bought[rows])
    buyers = rows[log.bought[rows] > 0]
    model.redeem.learn(log.offer_ids[buyers, log.chosen[buyers]].tolist(), log.redeemed[buyers])
    return model


def judge(champion: ModelVersion, log: LoggedSets, level: float) -> GateResult:
    """The gate's result for a challenger fitted on this log, cross-fitted over shoppers."""
    half = np.array([unit_interval("gate", shopper) < 0.5 for shopper in log.shopper_ids])
    if half.all() or not half.any() or not len(log.sent):
        return stay_in_shadow("nothing has matured yet", max(1, len(half)))
    running = EffectModel.from_parameters(champion.parameters)
    new_p, new_q, old_p, old_q, logged_q = (np.zeros(len(half)) for _ in range(5))
    for side in (half, ~half):
        other = fitted(champion, log.rows(~side))
        mine = log.rows(side)
        worth = _values(other, mine)
        new_p[side], new_q[side] = _target(other, mine, worth)
        old_p[side], old_q[side] = _target(running, mine, worth)
        logged_q[side] = np.where(mine.chosen < worth.shape[1], _taken(worth, mine.chosen), 0.0)
    try:
        difference = paired_difference(
            log.reward, log.propensity, logged_q, Target(new_p, new_q), Target(old_p, old_q), level
        )
    except RefusedError as refusal:
        return stay_in_shadow(str(refusal), len(half))
    return gate(difference, len(half))


def _values(model: EffectModel, log: LoggedSets) -> Floats:
    """(m, k) worth of every action by ``model``; ``-inf`` where there is none."""
    with_offer, _ = model.probability(log.features, logit(log.without))
    rate = _rates(model, log)
    worth = (
        (with_offer - log.without) * log.margin
        - with_offer * rate * log.discount
        - log.contact
        - FATIGUE_MINOR * log.fatigue
    )
    return np.where(log.there, worth, -np.inf)


def _spend(model: EffectModel, log: LoggedSets) -> Floats:
    with_offer, _ = model.probability(log.features, logit(log.without))
    return np.asarray(with_offer * _rates(model, log) * log.discount + log.contact)


def _rates(model: EffectModel, log: LoggedSets) -> Floats:
    ids, place = np.unique(log.offer_ids, return_inverse=True)
    rates = np.array([model.redeem.of(str(offer_id))[0] if offer_id else 0.0 for offer_id in ids])
    return np.asarray(rates[place].reshape(log.offer_ids.shape))


def _target(model: EffectModel, log: LoggedSets, worth: Floats) -> tuple[Floats, Floats]:
    """How likely ``model``'s policy was to do what was done, and its worth by ``worth``."""
    own = _values(model, log)
    priced = np.where(log.there, own - log.budget_price[:, None] * _spend(model, log), 0.0)
    shares = InverseGapPolicy(floor=0.0, gamma=GREED).probabilities(priced, log.there)
    expected = (shares[:, :-1] * np.where(log.there, worth, 0.0)).sum(axis=1)
    return shares[np.arange(len(shares)), log.chosen], expected


def _taken(worth: Floats, chosen: NDArray[np.int64]) -> Floats:
    k = worth.shape[1]
    return np.asarray(worth[np.arange(len(worth)), np.minimum(chosen, k - 1)])


def check_policy(
    house: House, campaign: Campaign, now: datetime, truth: Mapping[datetime, TrueValues]
) -> PolicyCheck:
    """Estimate the running policy from the log alone, and hold it against ``truth`` if known.

    The running model was fitted on the same log, so the outcome model of the doubly robust
    estimate is fitted on one half of the shoppers for the other; IPS and SNIPS use none.
    """
    version = house.models.running(EFFECT)
    log = logged_sets(house, campaign, now)
    model = EffectModel.from_parameters(version.parameters)
    half = np.array([unit_interval("gate", shopper) < 0.5 for shopper in log.shopper_ids])
    probability, q_target, q_logged = (np.zeros(len(half)) for _ in range(3))
    for side in (half, ~half):
        mine = log.rows(side)
        worth = _values(fitted(version, log.rows(~side)), mine)
        probability[side], q_target[side] = _target(model, mine, worth)
        q_logged[side] = np.where(mine.chosen < worth.shape[1], _taken(worth, mine.chosen), 0.0)
    judged = {
        "IPS": _or_refusal(ips, log.reward, log.propensity, probability),
        "SNIPS": _or_refusal(snips, log.reward, log.propensity, probability),
        "DR": _or_refusal(dr, log.reward, log.propensity, probability, q_logged, q_target),
    }
    known = _truth_of(log, truth) if truth else None
    true = None if known is None else float(_target(model, log, known)[1].mean())
    return PolicyCheck(version.version_id, judged, true)


def _or_refusal(estimator: Callable[..., Estimate], *figures: Floats) -> Estimate | str:
    """The estimate, or the words with which the estimator refused."""
    try:
        return estimator(*figures)
    except RefusedError as refusal:
        return str(refusal)


def _truth_of(log: LoggedSets, truth: Mapping[datetime, TrueValues]) -> Floats:
    """(m, k) true values of the logged action sets."""
    known = np.zeros(log.there.shape)
    for at, week in truth.items():
        place = {shopper: row for row, shopper in enumerate(week.shopper_ids)}
        column = {action.key: spot for spot, action in enumerate(week.actions)}
        for row in (spot for spot, decided in enumerate(log.decided_at) if decided == at):
            keys = log.actions[row][log.there[row]].tolist()
            values = week.minor[place[log.shopper_ids[row]]]
            known[row, : len(keys)] = values[[column[key] for key in keys]]
    return known
