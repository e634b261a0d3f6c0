"""The log as a learner needs it: randomised decisions, their action sets, what they brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.decide import NOTHING, Decision
from promoloop.feedback import Reward
from promoloop.flows.close import rewards_so_far
from promoloop.flows.contexts import remembered
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign

__all__ = ["Floats", "LoggedSets", "logged_sets"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LoggedSets:
    """Randomised decisions with their whole action sets, padded to (m, k).

    ``features`` (m, k, d); money and probabilities (m, k), ``logged`` being the odds it was drawn
    with; ``there`` marks real actions;
    ``chosen`` (m,) is the column taken, k for nothing; ``budget_price`` (m,) the price in force.
    ``reward`` (m,) is the observed margin above what the baseline expected without an offer.
    """

    decision_ids: tuple[str, ...]
    shopper_ids: tuple[str, ...]
    decided_at: tuple[datetime, ...]
    arms: NDArray[np.str_]
    actions: NDArray[np.object_]
    features: Floats
    without: Floats
    margin: Floats
    discount: Floats
    contact: Floats
    fatigue: Floats
    there: NDArray[np.bool_]
    chosen: NDArray[np.int64]
    propensity: Floats
    logged: Floats
    budget_price: Floats
    bought: Floats
    redeemed: Floats
    reward: Floats

    @property
    def offer_ids(self) -> NDArray[np.str_]:
        """(m, k) the offer of every action, empty where there is none."""
        ids, place = np.unique(self.actions.astype(np.str_), return_inverse=True)
        offers = np.array([key.split("/", 1)[0] for key in ids.tolist()], dtype=np.str_)
        return np.asarray(offers[place].reshape(self.actions.shape))

    @property
    def sent(self) -> NDArray[np.int64]:
        """Rows in which something was sent."""
        return np.flatnonzero(self.chosen < self.there.shape[1])

    def rows(self, keep: NDArray[np.bool_]) -> LoggedSets:
        """The rows of ``keep`` (m,)."""
        spots = np.flatnonzero(keep)
        return LoggedSets(
            tuple(self.decision_ids[spot] for spot in spots),
            tuple(self.shopper_ids[spot] for spot in spots),
            tuple(self.decided_at[spot] for spot in spots),
            *(
                getattr(self, name)[spots]
                for name in (
                    "arms",
                    "actions",
                    "features",
                    "without",
                    "margin",
                    "discount",
                    "contact",
                    "fatigue",
                    "there",
                    "chosen",
                    "propensity",
                    "logged",
                    "budget_price",
                    "bought",
                    "redeemed",
                    "reward",
                )
            ),
        )


def logged_sets(house: House, campaign: Campaign, now: datetime) -> LoggedSets:
    """Everything randomised that has matured by ``now``, with the rewards it brought."""
    decisions = {
        decision.decision_id: decision
        for decision in house.decisions.of_campaign(campaign.campaign_id)
        if decision.arm in ("policy", "random") and decision.decided_at + WEEK <= now
    }
    rewards = {r.decision_id: r for r in rewards_so_far(house, campaign, decisions, now)}
    usable = {
        key: decision
        for key, decision in decisions.items()
        if decision.action == NOTHING or key in rewards
    }
    frame = remembered(house.tables, campaign.campaign_id)
    frame = frame.filter(pl.col("decision_id").is_in(list(usable)))
    return _padded(frame, usable, rewards)


def _padded(
    frame: pl.DataFrame, decisions: Mapping[str, Decision], rewards: Mapping[str, Reward]
) -> LoggedSets:
    """Rows of ``frame`` laid out as one padded action set per decision."""
    frame = frame.sort("decision_id", "action")
    ids = frame["decision_id"].unique(maintain_order=True).to_list()
    row = frame["decision_id"].rle_id().to_numpy().astype(np.int64)
    starts = np.searchsorted(row, np.arange(len(ids)))
    column = np.arange(len(row)) - starts[row]
    m, k = len(ids), int(column.max(initial=-1)) + 1
    features = np.stack(frame["features"].to_list()) if len(row) else np.zeros((0, 0))

    def laid(values: NDArray[np.float64]) -> Floats:
        grid = np.zeros((m, k, *values.shape[1:]))
        grid[row, column] = values
        return grid

    there = laid(np.ones(len(row))) > 0.0
    keys = np.full((m, k), "", dtype=object)
    keys[row, column] = frame["action"].to_list()
    taken = [decisions[key] for key in ids]
    chosen = np.array(
        [
            k if d.action == NOTHING else list(keys[spot]).index(d.action)
            for spot, d in enumerate(taken)
        ]
    )
    brought = [rewards.get(key) for key in ids]
    without, margin = laid(frame["without"].to_numpy()), laid(frame["margin"].to_numpy())
    expected = np.zeros(m)
    sent = np.flatnonzero(chosen < k)
    expected[sent] = (without * margin)[sent, chosen[sent]]
    return LoggedSets(
        decision_ids=tuple(ids),
        shopper_ids=tuple(decision.shopper_id for decision in taken),
        decided_at=tuple(decision.decided_at for decision in taken),
        arms=np.array([decision.arm for decision in taken]),
        actions=keys,
        features=laid(features),
        without=np.where(there, without, 0.5),
        margin=margin,
        discount=laid(frame["reward"].to_numpy()),
        contact=laid(frame["contact"].to_numpy()),
        fatigue=laid(frame["fatigue"].to_numpy()),
        there=there,
        chosen=chosen.astype(np.int64),
        propensity=np.array([decision.propensity for decision in taken]),
        logged=laid(_odds(frame, decisions)),
        budget_price=_prices(taken),
        bought=np.array([float(r.bought) if r else 0.0 for r in brought]),
        redeemed=np.array([float(r.redeemed) if r else 0.0 for r in brought]),
        reward=np.array([float(r.reward_minor) if r else 0.0 for r in brought]) - expected,
    )


def _prices(decisions: Sequence[Decision]) -> Floats:
    """The budget's price in the week of each decision; random ones borrow their week's."""
    by_week = {d.decided_at: d.prices["budget"] for d in decisions if "budget" in d.prices}
    return np.array([by_week.get(decision.decided_at, 0.0) for decision in decisions])


def _odds(frame: pl.DataFrame, decisions: Mapping[str, Decision]) -> Floats:
    """The logged propensity of every row of ``frame``."""
    weighed = {
        (d.decision_id, w.action): w.propensity for d in decisions.values() for w in d.weighed
    }
    keys = zip(frame["decision_id"].to_list(), frame["action"].to_list(), strict=True)
    return np.array([weighed.get(key, 0.0) for key in keys])
