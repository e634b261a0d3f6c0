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

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from promoloop.core import RefusedError, stable_hash
from promoloop.decide import NOTHING, InverseGap, Scores, with_nothing
from promoloop.evaluate import (
    Estimate,
    Rules,
    Switch,
    Target,
    coverage,
    dr,
    ips,
    paired_difference,
    pooled,
    require_overlap,
    snips,
    switch_dr,
)
from promoloop.flows.deciding.arms import GREED
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.deciding.situation import FATIGUE_MINOR
from promoloop.flows.house import House
from promoloop.flows.learning.logged import Floats, LoggedSets, logged_sets
from promoloop.flows.schedule import WEEK
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


def fitted(
    like: ModelVersion, log: LoggedSets, keep: NDArray[np.bool_] | None = None
) -> EffectModel:
    """A model with the features and the prior of ``like``, and the outcomes in the log.

    All of them, or those of the rows ``keep`` (m,).
    """
    model = EffectModel.from_parameters(like.parameters).unlearnt()
    rows = log.sent if keep is None else log.sent[keep[log.sent]]
    columns = log.chosen[rows]
    offset = logit(log.without[rows, columns])
    model.learn(log.features[rows, columns], offset, log.bought[rows])
    buyers = rows[log.bought[rows] > 0]
    offers = log.offer[buyers, log.chosen[buyers]].tolist()
    model.redeem.learn([log.offer_ids[offer] for offer in offers], log.redeemed[buyers])
    return model


def judge(
    champion: ModelVersion, known: LoggedSets, level: float, switch: Switch | None = None
) -> GateResult:
    """The gate's result for a challenger fitted on all that is ``known``, asking what was random.

    Both are cross-fitted over shoppers, the champion from what it was trained on: judged on rows
    it has learnt the noise of, it would look better than it is. The challenger is the champion's
    own recipe with more outcomes, which is what ``gate`` calls a refresh.

    Doubly robust, or Switch-DR where ``switch`` is given. A refusal names the check that failed:
    rows, effective sample size, rows of an offer, or offers the log could not have made.
    """
    log = known.randomised
    n = len(log.shopper_ids)
    if n < FOLDS or len(log.sent) < FOLDS:
        return stay_in_shadow("nothing has matured yet", max(1, n))
    running = _cross_fitted(champion, known, log, champion.trained_until)
    others = _cross_fitted(champion, known, log)
    odds = _offer_odds(log, log.logged, log.propensity)
    logged_q = _taken(others, log.chosen)
    new, old = (_target(one, log, others) for one in (others, running))

    def difference(rows: NDArray[np.bool_]) -> Estimate:
        return paired_difference(
            log.reward[rows],
            odds[rows],
            logged_q[rows],
            _of(new, rows),
            _of(old, rows),
            level,
            switch=switch,
            shoppers=log.shopper_ids[rows],
        )

    try:
        _require_offers_tried(log, others)
        return gate(pooled(_answers(difference, _arms(log))), n, refresh=True)
    except RefusedError as refusal:
        return stay_in_shadow(str(refusal), n)


def check_policy(
    house: House, campaign: Campaign, now: datetime, truth: Mapping[datetime, TrueValues]
) -> PolicyCheck:
    """Estimate the running policy from the log alone, and hold it against ``truth`` if known.

    Only decisions made since the model was trained count: on those it was fitted on, it would be
    judged by the noise it has learnt. The outcome model of the doubly robust estimate is
    cross-fitted; IPS and SNIPS use none. All are of the random arm's decisions, which overlap with
    any policy, and of the policy's own.
    """
    version = house.models.running(effect_of(campaign))
    known = logged_sets(house, campaign, now)
    log = known.randomised
    model = EffectModel.from_parameters(version.parameters)
    running = _weighed(model, log)
    worth = _cross_fitted(version, known, log)
    judged, logged_q = _target(running, log, worth), _taken(worth, log.chosen)
    odds = _offer_odds(log, log.logged, log.propensity)
    figures = (log.reward, odds, judged.probability, logged_q, judged.q)
    fresh = log.decided_at >= np.datetime64(_naive(version.trained_until))
    arms = [rows & fresh for rows in _arms(log) if np.sum(rows & fresh) > 1]

    def by(estimator: Callable[..., Estimate], used: int) -> Estimate | str:
        def of_arm(rows: NDArray[np.bool_]) -> Estimate:
            given = (part[rows] for part in figures[:used])
            return estimator(*given, shoppers=log.shopper_ids[rows])

        return _or_refusal(of_arm, arms)

    ways = (("IPS", ips, 3), ("SNIPS", snips, 3), ("DR", dr, 5), ("Switch-DR", switch_dr, 5))
    estimates = {name: by(estimator, used) for name, estimator, used in ways}
    real = _truth_of(log, truth) if truth and fresh.any() else None
    true = None if real is None else float(_target(running, log, real).q[fresh].mean())
    return PolicyCheck(version.version_id, estimates, true)


def _cross_fitted(
    like: ModelVersion, known: LoggedSets, log: LoggedSets, until: datetime | None = None
) -> Floats:
    """Each fold of the shoppers of ``log`` weighed by a model fitted on all the others.

    Fitted on what is ``known``, or on what of it had matured by ``until``.
    """
    taught = np.ones(len(known.shopper_ids), dtype=np.bool_)
    if until is not None:
        taught = known.decided_at + np.timedelta64(WEEK) <= np.datetime64(_naive(until))
    learnt_from, asked = _dealt(known), _dealt(log)
    worth = np.full(log.there.shape, -np.inf)
    for fold in range(FOLDS):
        rows = np.flatnonzero(asked == fold)
        model = fitted(like, known, taught & (learnt_from != fold))
        worth[rows] = _weighed(model, log, rows)
    return worth


def _dealt(log: LoggedSets) -> NDArray[np.int64]:
    """The fold of every row's shopper; the same in any log."""
    ids, place = np.unique(log.shopper_ids.astype(np.str_), return_inverse=True)
    folds = [stable_hash("gate", str(shopper)) % FOLDS for shopper in ids]
    return np.array(folds, dtype=np.int64)[place]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _of(target: Target, rows: NDArray[np.bool_]) -> Target:
    return Target(target.probability[rows], target.q[rows])


def _arms(log: LoggedSets) -> list[NDArray[np.bool_]]:
    """The rows of each arm that has any."""
    return [log.arms == arm for arm in np.unique(log.arms)]


def _offer_odds(log: LoggedSets, shares: Floats, nothing: Floats) -> Floats:
    """(m,) probability of the offer that was made, by whatever action; ``nothing`` for none."""
    k = log.offer.shape[1]
    made = log.offer[np.arange(len(log.offer)), np.minimum(log.chosen, k - 1)]
    same = (log.offer == made[:, None]) & log.there
    return np.where(log.chosen < k, (shares * same).sum(axis=1), nothing)


def _target(own: Floats, log: LoggedSets, worth: Floats) -> Target:
    """How likely a policy that weighs by ``own`` made the offer made; its worth by ``worth``."""
    shares = _shares(own, log)
    expected = (shares[:, :-1] * np.where(log.there, worth, 0.0)).sum(axis=1)
    return Target(_offer_odds(log, shares[:, :-1], shares[:, -1]), expected)


def _shares(own: Floats, log: LoggedSets) -> Floats:
    """(m, k + 1) what a policy that weighs by ``own`` does, nothing last.

    Prices are those in force at the time, of the money that a promise ties up, partners' included.
    """
    price = log.budget_price[:, None] * log.promise + log.partners_price
    priced = np.where(log.there, own - price, 0.0)
    explorer = InverseGap(floor=0.0, gamma=GREED, growth=0.0)
    options = with_nothing(priced, log.there)
    return explorer.probabilities(Scores.known(options[0]), options[1])


def _taken(worth: Floats, chosen: NDArray[np.int64]) -> Floats:
    """(m,) worth of what was done; nothing is worth nothing."""
    k = worth.shape[1]
    done = worth[np.arange(len(worth)), np.minimum(chosen, k - 1)]
    return np.where(chosen < k, done, 0.0)


def _weighed(model: EffectModel, log: LoggedSets, rows: NDArray[np.int64] | None = None) -> Floats:
    """(m, k) worth by ``model`` of every action of ``rows`` (all, when not given).

    ``-inf`` where there is no action.
    """
    mine = np.arange(len(log.there)) if rows is None else rows
    spot, column = np.nonzero(log.there[mine])
    at = (mine[spot], column)
    without, contact = log.without[at], log.contact[at]
    with_offer, _ = model.probability(log.features[at], logit(without))
    rates = np.array([model.redeem.of(offer_id)[0] for offer_id in log.offer_ids])
    promised = with_offer * rates[log.offer[at]] * log.discount[at]
    worth = np.full((len(mine), log.there.shape[1]), -np.inf)
    worth[spot, column] = (
        (with_offer - without) * log.margin[at]
        - promised
        - contact
        - FATIGUE_MINOR * log.fatigue[at]
    )
    return worth


def _or_refusal(
    of_arm: Callable[[NDArray[np.bool_]], Estimate], arms: Sequence[NDArray[np.bool_]]
) -> Estimate | str:
    """The pooled estimate, or the words with which the estimator refused."""
    if not arms:
        return "nothing that was decided since the model was trained has matured"
    try:
        return pooled(_answers(of_arm, arms))
    except RefusedError as refusal:
        return str(refusal)


def _answers(
    of_arm: Callable[[NDArray[np.bool_]], Estimate], arms: Sequence[NDArray[np.bool_]]
) -> list[Estimate]:
    """Estimates of the arms whose rows can answer, or one of all rows together when none can.

    Which arms those are does not depend on what was earned, so leaving one out biases nothing.
    Rows of several arms together are a log too: each with the odds it was drawn with.
    """
    found: list[Estimate] = []
    for rows in arms:
        with suppress(RefusedError):
            found.append(of_arm(rows))
    return found or [of_arm(np.any(arms, axis=0))]


def _require_offers_tried(log: LoggedSets, worth: Floats) -> None:
    """Refuse to judge a policy on offers that were hardly ever made, or could not be.

    Over all arms together: whichever made the offer, there is something to learn of it.
    """
    shares = _shares(worth, log)
    k = log.offer.shape[1]
    rows = np.arange(len(log.offer))
    made = np.where(
        log.chosen < k, log.offer[rows, np.minimum(log.chosen, k - 1)], len(log.offer_ids)
    )
    nothing = np.where(log.chosen < k, 1.0 - log.logged.sum(axis=1), log.propensity)
    logged = _by_offer(log, log.logged, np.clip(nothing, 0.0, 1.0))
    wanted = _by_offer(log, shares[:, :-1], shares[:, -1])
    names = (*log.offer_ids, NOTHING)
    seen = coverage(logged, wanted, made, names, shoppers=log.shopper_ids)
    # How much the weights of both policies leave is asked arm by arm, of the rows themselves.
    require_overlap(seen, Rules(effective_share=0.0, rows=0))


def _by_offer(log: LoggedSets, shares: Floats, nothing: Floats) -> Floats:
    """(m, offers + 1) probability of every offer, nothing last."""
    spot, column = np.nonzero(log.there)
    table = np.zeros((len(log.there), len(log.offer_ids) + 1))
    np.add.at(table, (spot, log.offer[spot, column]), shares[spot, column])
    table[:, -1] = nothing
    return table


def _truth_of(log: LoggedSets, truth: Mapping[datetime, TrueValues]) -> Floats:
    """(m, k) true values of the logged action sets."""
    known = np.zeros(log.there.shape)
    for at, week in truth.items():
        place = {shopper: row for row, shopper in enumerate(week.shopper_ids)}
        column_of = {action.key: spot for spot, action in enumerate(week.actions)}
        columns = np.array([column_of.get(key, -1) for key in log.action_keys])
        rows = np.flatnonzero(log.decided_at == np.datetime64(_naive(at)))
        people = np.array([place[shopper] for shopper in log.shopper_ids[rows]], dtype=np.int64)
        spot, column = np.nonzero(log.there[rows])
        wanted = columns[log.action[rows[spot], column]]
        known[rows[spot], column] = week.minor[people[spot], wanted]
    return known
