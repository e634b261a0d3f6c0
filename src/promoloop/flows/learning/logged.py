"""The log as a learner needs it: decisions, their action sets, what they brought.

Business as usual is in it too: its offer is the same for all in a week, whoever they are, so what
shoppers answer to it teaches as much as a random draw. Judging asks the randomised arms only.

A week that nothing can change any more is kept as the table ``logged-CAMPAIGN-WEEK``, so that the
twelfth week reads eleven small tables instead of everything that was ever decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.decide import NOTHING, Decision
from promoloop.feedback import Reward
from promoloop.flows.books.partners import shared_minor
from promoloop.flows.deciding.contexts import RANDOMISED, remembered_runs
from promoloop.flows.deciding.effects import effect_of
from promoloop.flows.deciding.layouts import Layouts
from promoloop.flows.house import House
from promoloop.flows.measuring.close import SETTLED_AFTER, Decided, decided_by_week, rewards_of_week
from promoloop.flows.schedule import WEEK, cycle_start
from promoloop.offers import Campaign

__all__ = ["LEARNT_FROM", "Floats", "LoggedSets", "logged_sets"]

Floats = NDArray[np.float64]

#: Arms whose outcomes teach: their odds depend on what the features tell, or on nothing.
LEARNT_FROM = (*RANDOMISED, "bau")

#: What a decision adds to the rows of its actions; ``taken`` is the key of what was done.
_DECIDED = pl.Schema(
    {
        "decision_id": pl.String(),
        "shopper_id": pl.String(),
        "decided_at": pl.Datetime("us", "UTC"),
        "arm": pl.String(),
        "taken": pl.String(),
        "propensity": pl.Float64(),
        "bought": pl.Float64(),
        "redeemed": pl.Float64(),
        "brought": pl.Float64(),
        "arrived": pl.Boolean(),
    }
)
_ODDS = pl.Schema(
    {"decision_id": pl.String(), "action": pl.String(), "odds": pl.Float64()},
)
_PRICES = pl.Schema({"decided_at": pl.Datetime("us", "UTC"), "price": pl.Float64()})
_PARTNERS = pl.Schema(
    {"decided_at": pl.Datetime("us", "UTC"), "offer": pl.String(), "partners_price": pl.Float64()}
)


@dataclass(frozen=True, slots=True)
class LoggedSets:
    """Decisions with their whole action sets, padded to (m, k).

    ``features`` (m, k, d); money and probabilities (m, k), ``logged`` being the odds it was drawn
    with; ``there`` marks real actions. ``action`` and ``offer`` (m, k) are positions in
    ``action_keys`` and ``offer_ids``, -1 where there is none.
    ``chosen`` (m,) is the column taken, k for nothing; ``budget_price`` (m,) the price in force;
    ``partners_price`` (m, k) what the promise's hold on partners' money cost then.
    ``reward`` (m,) is the observed margin above what the baseline expected without an offer.
    ``arrived`` (m,) marks messages that left. One that was stopped on its way (no consent any
    more, a cap) stays in the log as it was drawn and brought nothing: leaving it out would make
    the odds of what is left wrong. Nothing is learnt from it about shoppers.
    ``decided_at`` (m,) is UTC, in microseconds.
    """

    shopper_ids: NDArray[np.object_]
    decided_at: NDArray[np.datetime64]
    arms: NDArray[np.object_]
    action_keys: tuple[str, ...]
    action: NDArray[np.int64]
    offer_ids: tuple[str, ...]
    offer: NDArray[np.int64]
    features: Floats
    without: Floats
    margin: Floats
    discount: Floats
    contact: Floats
    promise: Floats
    fatigue: Floats
    there: NDArray[np.bool_]
    chosen: NDArray[np.int64]
    propensity: Floats
    logged: Floats
    budget_price: Floats
    partners_price: Floats
    bought: Floats
    redeemed: Floats
    reward: Floats
    arrived: NDArray[np.bool_]

    @property
    def sent(self) -> NDArray[np.int64]:
        """Rows in which something was sent."""
        return np.flatnonzero((self.chosen < self.there.shape[1]) & self.arrived)

    @property
    def randomised(self) -> LoggedSets:
        """The decisions that were drawn at random with known odds."""
        rows = np.isin(self.arms.astype(np.str_), RANDOMISED)
        whole = {"action_keys", "offer_ids"}
        parts = [field.name for field in fields(self) if field.name not in whole]
        return replace(self, **{name: getattr(self, name)[rows] for name in parts})


def logged_sets(house: House, campaign: Campaign, now: datetime) -> LoggedSets:
    """Everything that teaches and has matured by ``now``, with the rewards it brought.

    Features are those of the running model, whatever they were when it was decided.
    """
    layouts = Layouts.of(house, effect_of(campaign))
    begun = min(campaign.weeks, (now - campaign.starts_at) // WEEK)
    decided = decided_by_week(house, campaign)
    weeks = [_week(house, campaign, week, now, decided, layouts) for week in range(1, begun + 1)]
    frames = [frame for frame in weeks if len(frame)]
    return _padded(pl.concat(frames)) if frames else _nothing()


def _week(
    house: House,
    campaign: Campaign,
    week: int,
    now: datetime,
    decided: Decided,
    layouts: Layouts,
) -> pl.DataFrame:
    """One week's rows, one per action; kept once nothing can change them."""
    name = f"logged-{campaign.campaign_id}-{week:02d}"
    start = cycle_start(campaign, week)
    settled = start + SETTLED_AFTER <= now
    if settled and name in house.tables.names():
        return layouts.aligned(_with_partners(house.tables.get(name)))
    kept = remembered_runs(house.tables, campaign.campaign_id, week)
    if not kept:
        return pl.DataFrame()
    runs = [layouts.aligned(frame) for frame in kept]
    contexts = pl.concat(runs)
    found = rewards_of_week(house, campaign, week, now, decided)
    rewards = {one.decision_id: one for one in found}
    left = house.deliveries.sent_between(start, start + SETTLED_AFTER)
    decisions = [
        one
        for one in decided(week)
        if one.arm in LEARNT_FROM and one.decided_at + WEEK <= now
        if one.action == NOTHING or one.decision_id in rewards or one.decision_id not in left
    ]
    frame = _joined(contexts, decisions, rewards)
    if settled and all(run is frame for run, frame in zip(runs, kept, strict=True)):
        # What was carried over is not kept: the table would not say for which features.
        house.tables.put(name, frame)
    return frame


def _joined(
    contexts: pl.DataFrame, decisions: Sequence[Decision], rewards: Mapping[str, Reward]
) -> pl.DataFrame:
    """``contexts`` of ``decisions`` with how they were decided and what they brought."""
    odds = [(d.decision_id, w.action, w.propensity) for d in decisions for w in d.weighed]
    decided = [_decided(one, rewards.get(one.decision_id)) for one in decisions]
    known = set(contexts["decision_id"].to_list())
    # A random decision borrows the price of the policy's decisions of its moment.
    priced = [one for one in decisions if "budget" in one.prices and one.decision_id in known]
    prices = {one.decided_at: one.prices["budget"] for one in priced}
    return _with_partners(
        contexts.join(
            pl.DataFrame(decided, schema=_DECIDED, orient="row"), on=["decision_id", "decided_at"]
        )
        # Only the final action set: what could not be paid when it was drawn had no odds.
        .join(pl.DataFrame(odds, schema=_ODDS, orient="row"), on=["decision_id", "action"])
        .join(
            pl.DataFrame(list(prices.items()), schema=_PRICES, orient="row"),
            on="decided_at",
            how="left",
        )
        .with_columns(pl.col("price").fill_null(0.0), offer=_OFFER)
        .join(_partner_prices(decisions), on=["decided_at", "offer"], how="left")
        .drop("offer")
        .sort("decision_id", "action")
    )


_OFFER = pl.col("action").str.split("/").list.first()


def _with_partners(frame: pl.DataFrame) -> pl.DataFrame:
    """Free of charge where no partner pays, and in tables of before there were partners."""
    there = "partners_price" in frame.columns
    price = pl.col("partners_price").fill_null(0.0) if there else pl.lit(0.0)
    return frame.with_columns(partners_price=price)


def _partner_prices(decisions: Sequence[Decision]) -> pl.DataFrame:
    """What one promise of each offer cost in partners' money, by moment."""
    shared = {
        str(one.offer_id): shared_minor(str(one.offer_id), one.funding, one.partner_liability_minor)
        for one in decisions
        if one.funding is not None
    }
    prices = {one.decided_at: one.prices for one in decisions if "budget" in one.prices}
    rows = [
        (at, offer, sum(price.get(account, 0.0) * minor for account, minor in taken.items()))
        for at, price in prices.items()
        for offer, taken in shared.items()
    ]
    return pl.DataFrame(rows, schema=_PARTNERS, orient="row")


def _decided(one: Decision, reward: Reward | None) -> tuple[object, ...]:
    brought = (reward.bought, reward.redeemed, reward.reward_minor) if reward else (0, 0, 0)
    return (
        one.decision_id,
        one.shopper_id,
        one.decided_at,
        one.arm,
        one.action,
        one.propensity,
        *(float(value) for value in brought),
        reward is not None,
    )


def _padded(frame: pl.DataFrame) -> LoggedSets:
    """Rows of ``frame``, one per action, laid out as one padded action set per decision."""
    row = frame["decision_id"].rle_id().to_numpy().astype(np.int64)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    column = np.arange(len(row)) - starts[row]
    m, k = len(starts), int(column.max()) + 1

    def laid(name: str) -> Floats:
        values = frame[name].to_numpy()
        grid = np.zeros((m, k, *values.shape[1:]))
        grid[row, column] = values
        return grid

    there = np.zeros((m, k), dtype=np.bool_)
    there[row, column] = True
    action_keys, action = _coded(frame["action"])
    offer_ids, offer = _coded(frame["action"].str.split("/").list.first())
    actions, offers = np.full((m, k), -1), np.full((m, k), -1)
    actions[row, column], offers[row, column] = action, offer
    taken = np.flatnonzero((frame["action"] == frame["taken"]).to_numpy())
    chosen = np.full(m, k)
    chosen[row[taken]] = column[taken]
    expected = np.zeros(m)
    expected[row[taken]] = (frame["without"] * frame["margin"]).to_numpy()[taken]
    first = frame.drop("features")[starts]
    arrived = first["arrived"].to_numpy()
    return LoggedSets(
        shopper_ids=np.array(first["shopper_id"].to_list(), dtype=object),
        decided_at=first["decided_at"].to_numpy(),
        arms=np.array(first["arm"].to_list(), dtype=object),
        action_keys=action_keys,
        action=actions,
        offer_ids=offer_ids,
        offer=offers,
        features=laid("features"),
        without=np.where(there, laid("without"), 0.5),
        margin=laid("margin"),
        discount=laid("reward"),
        contact=laid("contact"),
        promise=laid("promise"),
        fatigue=laid("fatigue"),
        there=there,
        chosen=chosen,
        propensity=first["propensity"].to_numpy(),
        logged=laid("odds"),
        budget_price=first["price"].to_numpy(),
        partners_price=laid("partners_price"),
        bought=first["bought"].to_numpy(),
        redeemed=first["redeemed"].to_numpy(),
        reward=np.where(arrived, first["brought"].to_numpy() - expected, 0.0),
        arrived=arrived,
    )


def _coded(values: pl.Series) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The distinct values, sorted, and the position of each value among them."""
    distinct = values.unique().sort()
    coded = values.rank("dense").to_numpy().astype(np.int64) - 1
    return tuple(distinct.to_list()), coded


def _nothing() -> LoggedSets:
    """No decision at all."""
    one, two, three = np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0, 0))
    none, grid = np.zeros(0, dtype=object), np.zeros((0, 0), dtype=np.int64)
    return LoggedSets(
        shopper_ids=none,
        decided_at=np.zeros(0, dtype="datetime64[us]"),
        arms=none,
        action_keys=(),
        action=grid,
        offer_ids=(),
        offer=grid,
        features=three,
        without=two,
        margin=two,
        discount=two,
        contact=two,
        promise=two,
        fatigue=two,
        there=np.zeros((0, 0), dtype=np.bool_),
        chosen=np.zeros(0, dtype=np.int64),
        propensity=one,
        logged=two,
        budget_price=one,
        partners_price=two,
        bought=one,
        redeemed=one,
        reward=one,
        arrived=np.zeros(0, dtype=np.bool_),
    )
