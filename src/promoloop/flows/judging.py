"""Judge a model on the log: what its decisions would have brought, before it may make any.

Estimates weigh at the level of offers: a decision counts by how likely the judged policy was to
make the offer that was made, whatever its hour, channel and copy, whose differences the outcome
model takes care of. That is the marginalised importance weighting of Saito and Joachims (2022),
"Off-policy evaluation for large action spaces via embeddings"; its assumption is that what the
outcome model misses does not depend on hour, channel or copy. Arms with different odds are judged
apart and pooled by precision, as Agarwal et al. (2017), "Effective evaluation using logged bandit
feedback from multiple loggers", advise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import RefusedError, stable_hash
from promoloop.decide import InverseGapPolicy
from promoloop.evaluate import Estimate, Target, dr, ips, paired_difference, pooled, snips
from promoloop.flows.arms import GREED
from promoloop.flows.house import House
from promoloop.flows.logged import Floats, LoggedSets, logged_sets
from promoloop.flows.situation import EFFECT, FATIGUE_MINOR
from promoloop.learn import GateResult, ModelVersion, gate, stay_in_shadow
from promoloop.offers import Campaign
from promoloop.respond import Action, EffectModel, logit

__all__ = ["PolicyCheck", "TrueValues", "check_policy", "fitted", "judge"]

#: Parts the shoppers are dealt into: a model is never judged on shoppers it was fitted on.
FOLDS = 4


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


def fitted(like: ModelVersion, log: LoggedSets) -> EffectModel:
    """A model with the features of ``like``, from its prior and every outcome in the log."""
    model = EffectModel(EffectModel.from_parameters(like.parameters).feature_names)
    rows = log.sent
    columns = log.chosen[rows]
    offset = logit(log.without[rows, columns])
    model.learn(log.features[rows, columns], offset, log.bought[rows])
    buyers = rows[log.bought[rows] > 0]
    offers = log.offer_ids[buyers, log.chosen[buyers]].tolist()
    model.redeem.learn(offers, log.redeemed[buyers])
    return model


def judge(champion: ModelVersion, log: LoggedSets, level: float) -> GateResult:
    """The gate's result for a challenger fitted on this log, cross-fitted over shoppers."""
    n = len(log.shopper_ids)
    if n < FOLDS or len(log.sent) < FOLDS:
        return stay_in_shadow("nothing has matured yet", max(1, n))
    running = EffectModel.from_parameters(champion.parameters)
    new, old, logged_q = _Judged(n), _Judged(n), np.zeros(n)
    for fold, other in _cross_fitted(champion, log):
        mine = log.rows(fold)
        worth = _values(other, mine)
        new.put(fold, *_target(other, mine, worth))
        old.put(fold, *_target(running, mine, worth))
        logged_q[fold] = _taken(worth, mine.chosen)
    odds = _offer_odds(log, log.logged, log.propensity)

    def difference(rows: NDArray[np.bool_]) -> Estimate:
        return paired_difference(
            log.reward[rows], odds[rows], logged_q[rows], new.of(rows), old.of(rows), level
        )

    try:
        return gate(pooled([difference(rows) for rows in _arms(log)]), n)
    except RefusedError as refusal:
        return stay_in_shadow(str(refusal), n)


def check_policy(
    house: House, campaign: Campaign, now: datetime, truth: Mapping[datetime, TrueValues]
) -> PolicyCheck:
    """Estimate the running policy from the log alone, and hold it against ``truth`` if known.

    The outcome model of the doubly robust estimate is cross-fitted; IPS and SNIPS use none. All
    are of the random arm's decisions, which overlap with any policy, and of the policy's own.
    """
    version = house.models.running(EFFECT)
    log = logged_sets(house, campaign, now)
    model = EffectModel.from_parameters(version.parameters)
    n = len(log.shopper_ids)
    judged, logged_q = _Judged(n), np.zeros(n)
    for fold, other in _cross_fitted(version, log):
        mine = log.rows(fold)
        worth = _values(other, mine)
        judged.put(fold, *_target(model, mine, worth))
        logged_q[fold] = _taken(worth, mine.chosen)
    odds = _offer_odds(log, log.logged, log.propensity)
    figures = (log.reward, odds, judged.probability, logged_q, judged.q)
    arms = _arms(log)
    estimates = {
        name: _or_refusal(estimator, [[part[rows] for part in figures[:used]] for rows in arms])
        for name, estimator, used in (("IPS", ips, 3), ("SNIPS", snips, 3), ("DR", dr, 5))
    }
    known = _truth_of(log, truth) if truth else None
    true = None if known is None else float(_target(model, log, known)[1].mean())
    return PolicyCheck(version.version_id, estimates, true)


class _Judged:
    """A policy's probability of what was done, and its expected reward, filled fold by fold."""

    def __init__(self, n: int) -> None:
        self.probability, self.q = np.zeros(n), np.zeros(n)

    def put(self, fold: NDArray[np.bool_], probability: Floats, q: Floats) -> None:
        self.probability[fold], self.q[fold] = probability, q

    def of(self, rows: NDArray[np.bool_]) -> Target:
        return Target(self.probability[rows], self.q[rows])


def _cross_fitted(
    like: ModelVersion, log: LoggedSets
) -> Iterator[tuple[NDArray[np.bool_], EffectModel]]:
    """Each fold of shoppers with a model fitted on all the others."""
    dealt = np.array([stable_hash("gate", shopper) % FOLDS for shopper in log.shopper_ids])
    for fold in range(FOLDS):
        yield dealt == fold, fitted(like, log.rows(dealt != fold))


def _arms(log: LoggedSets) -> list[NDArray[np.bool_]]:
    """The rows of each arm that has any."""
    return [log.arms == arm for arm in np.unique(log.arms)]


def _offer_odds(log: LoggedSets, shares: Floats, nothing: Floats) -> Floats:
    """(m,) probability of the offer that was made, by whatever action; ``nothing`` for none."""
    offers = log.offer_ids
    k = offers.shape[1]
    made = offers[np.arange(len(offers)), np.minimum(log.chosen, k - 1)]
    same = (offers == made[:, None]) & log.there
    return np.where(log.chosen < k, (shares * same).sum(axis=1), nothing)


def _target(model: EffectModel, log: LoggedSets, worth: Floats) -> tuple[Floats, Floats]:
    """How likely ``model``'s policy was to make the offer made, and what it is worth."""
    own = _values(model, log)
    priced = np.where(log.there, own - log.budget_price[:, None] * _spend(model, log), 0.0)
    shares = InverseGapPolicy(floor=0.0, gamma=GREED).probabilities(priced, log.there)
    expected = (shares[:, :-1] * np.where(log.there, worth, 0.0)).sum(axis=1)
    return _offer_odds(log, shares[:, :-1], shares[:, -1]), expected


def _taken(worth: Floats, chosen: NDArray[np.int64]) -> Floats:
    """(m,) worth of what was done; nothing is worth nothing."""
    k = worth.shape[1]
    done = worth[np.arange(len(worth)), np.minimum(chosen, k - 1)]
    return np.where(chosen < k, done, 0.0)


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


def _or_refusal(
    estimator: Callable[..., Estimate], arms: Sequence[Sequence[Floats]]
) -> Estimate | str:
    """The pooled estimate, or the words with which the estimator refused."""
    try:
        return pooled([estimator(*figures) for figures in arms])
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
