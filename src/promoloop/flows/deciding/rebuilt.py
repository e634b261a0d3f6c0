"""One run of decisions, rebuilt from the tables that were kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from promoloop.core import InvalidError
from promoloop.decide import Allocation
from promoloop.flows.books.purses import Purse
from promoloop.flows.deciding.arms import (
    ArmPlan,
    HoldoutPlan,
    PolicyPlan,
    RandomPlan,
    UsualPlan,
    usual_variants,
)
from promoloop.flows.deciding.planning import (
    Floats,
    Ints,
    Mask,
    WeekInputs,
    arm_plans,
    named_prices,
)
from promoloop.flows.deciding.runs import model_digest, row_digests, short_of
from promoloop.flows.ports import Tables
from promoloop.learn import ModelVersion
from promoloop.respond import EffectModel, logit, valued

__all__ = ["RebuiltRun", "Weight", "weigh"]


@dataclass(frozen=True, slots=True)
class Weight:
    """What every action of every shopper of a run was worth: (n, k) each, minor units."""

    value: Floats
    spend: Floats
    eligible: Mask


class RebuiltRun:
    """A run's shoppers in order, their actions' worth, its plans, and what could be paid when.

    Parameters
    ----------
    tables : Tables
    name : str
        From ``run_names``.
    contexts : DataFrame
        The table ``contexts-`` of the run's moment.
    model : ModelVersion
        The version the run names.
    """

    def __init__(
        self, tables: Tables, name: str, contexts: pl.DataFrame, model: ModelVersion
    ) -> None:
        self.name, self.model = name, model
        self.common: Mapping[str, Any] = tables.get(f"run-{name}").row(0, named=True)
        self.rows = tables.get(f"runrows-{name}")
        self.place = {key: row for row, key in enumerate(self.rows["decision_id"].to_list())}
        self.contexts = contexts.filter(pl.col("decision_id").is_in(list(self.place)))
        self.actions = tuple(self.common["actions"])
        self._portions = tables.get(f"portions-{name}")

    @property
    def same_model(self) -> bool:
        """Whether the model's parameters are those that the run decided with."""
        return model_digest(self.model.parameters) == str(self.common["model_digest"])

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """Fingerprints of what is kept of each shopper now, to hold against ``rows``."""
        return row_digests(self.contexts)

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Decisions of which other contexts are kept than were seen; gone ones included."""
        seen = zip(self.rows["decision_id"], self.rows["digest"], strict=True)
        return tuple(key for key, digest in seen if self.digests.get(key, "") != digest)

    @cached_property
    def weight(self) -> Weight:
        """Every kept action weighed again by the model; zero where there is none."""
        shape = (len(self.place), len(self.actions))
        rows, columns = self._cells()
        value, spend = np.zeros(shape), np.zeros(shape)
        eligible = np.zeros(shape, dtype=np.bool_)
        worth, cost = weigh(self.contexts, self.model, float(self.common["fatigue_minor"]))
        value[rows, columns], spend[rows, columns] = worth, cost
        eligible[rows, columns] = True
        return Weight(value, spend, eligible)

    @cached_property
    def inputs(self) -> WeekInputs:
        """What the run's plans were made of."""
        common, arms = self.common, np.array(self.rows["arm"].to_list(), dtype=np.str_)
        here = self.weight.eligible
        return WeekInputs(
            shares=dict(zip(common["share_of"], common["shares"], strict=True)),
            arms=arms,
            todo=np.arange(len(arms)),
            value=self.weight.value,
            promise=np.array(common["promise"], dtype=np.float64),
            eligible=here & (arms != "bau")[:, None],
            allowed=here,
            offer_of=np.array(common["offer_of"], dtype=np.int64),
            units=np.array(common["units"], dtype=np.int64),
            money=int(common["money"]),
            floor=float(common["floor"]),
            usual=usual_variants(self.actions, int(common["usual"])),
            everybody=int(common["everybody"]),
            purses=self._purses(common.get("purse_money", [])),
        )

    @cached_property
    def plans(self) -> Mapping[str, ArmPlan]:
        """The plans, made again."""
        return arm_plans(self.inputs)

    def logged_plan(self, arm: str, prices: Mapping[str, float]) -> ArmPlan:
        """The arm's plan as it was kept, ``prices`` being those a decision logged.

        Where some shoppers of the run were purged, what they took cannot be planned again.
        """
        choice = self.rows["favoured"].to_numpy()
        if arm == "policy":
            price_of = np.array([prices.get(offer, 0.0) for offer in self.common["offers"]])
            inputs, budget = self.inputs, prices.get("budget", 0.0)
            price = budget * inputs.promise + price_of[inputs.offer_of]
            for purse in inputs.purses:
                price = price + prices.get(purse.account, 0.0) * purse.promise
            priced = inputs.value - price
            plan = Allocation(choice, 0.0, 0.0, budget, price_of, 0.0, 0.0, prices=prices)
            return PolicyPlan(priced, choice, plan, inputs.floor)
        if arm == "random":
            kept = tuple(self.common.get("kept", ()))
            return RandomPlan(float(self.common["thinned_to"]), kept=kept)
        usual = np.where(choice >= 0, choice, self.inputs.usual[0])
        return UsualPlan(usual, choice >= 0) if arm == "bau" else HoldoutPlan()

    def prices(self, plan: ArmPlan) -> Mapping[str, float]:
        """The dual prices of the policy arm's plan, by the names they are logged under."""
        return named_prices(plan, self.common["offers"], self.inputs.purses)

    def charged(self, action: str, prices: Mapping[str, float]) -> Mapping[str, float]:
        """What one action pays at ``prices``, by the names they are logged under; minor units."""
        column, offer_id = self.actions.index(action), action.split("/", 1)[0]
        taken = {"budget": float(self.inputs.promise[column]), offer_id: 1.0}
        taken |= {purse.account: float(purse.promise[column]) for purse in self.inputs.purses}
        paid = {name: price * taken.get(name, 0.0) for name, price in prices.items()}
        return {name: amount for name, amount in paid.items() if amount}

    def short(self, row: int) -> NDArray[np.str_]:
        """Why each action could not be paid when the row's portion was committed; (k,)."""
        begun = self._portions.filter(pl.col("begin") <= row)
        if begun.is_empty():
            raise InvalidError(
                f"the portion of row {row} of run {self.name}",
                "the run was cut off before it",
                "Decide the campaign's week again; nothing of this row was committed.",
            )
        last = begun.row(-1, named=True)
        promise, offer_of = self.inputs.promise, self.inputs.offer_of
        left = np.array(last["left"], dtype=np.int64)
        purses = self._purses(last.get("purses", []))
        return short_of(promise, last["money"], left, offer_of, purses)

    def _purses(self, money: Sequence[int]) -> tuple[Purse, ...]:
        """The partners' accounts with ``money`` in them; none in runs of before there were any."""
        accounts = self.common.get("purses", [])
        promises = [np.array(p, dtype=np.float64) for p in self.common.get("purse_promise", [])]
        return tuple(Purse(*one) for one in zip(accounts, money, promises, strict=True))

    def _cells(self) -> tuple[Ints, Ints]:
        column = {key: spot for spot, key in enumerate(self.actions)}
        rows = [self.place[key] for key in self.contexts["decision_id"].to_list()]
        columns = [column[key] for key in self.contexts["action"].to_list()]
        return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)


def weigh(
    contexts: pl.DataFrame, model: ModelVersion, fatigue_minor: float
) -> tuple[Floats, Floats]:
    """Value and spend of every row of ``contexts`` by the model, minor units; (m,) each."""
    if contexts.is_empty():
        return np.zeros(0), np.zeros(0)
    effect = EffectModel.from_parameters(model.parameters)
    offers = contexts["action"].str.split("/").list.first().to_list()
    rates = {offer: effect.redeem.of(offer)[0] for offer in set(offers)}
    features = contexts["features"].to_numpy().reshape(len(contexts), -1)
    without = contexts["without"].to_numpy()
    if features.shape[1] != len(effect.feature_names):
        raise InvalidError(
            f"weighing again with model {model.version_id}",
            f"it has {len(effect.feature_names)} features, the contexts {features.shape[1]}",
            "Bring back the version's own parameters from a backup.",
        )
    bought, _ = effect.probability(features, logit(without))
    return valued(
        bought,
        without,
        contexts["margin"].to_numpy(),
        contexts["reward"].to_numpy(),
        np.array([rates[offer] for offer in offers]),
        contexts["contact"].to_numpy(),
        fatigue_minor * contexts["fatigue"].to_numpy(),
    )
