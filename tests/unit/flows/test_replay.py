"""Every logged decision can be made again to the bit, and what was tampered with is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.decide import Decision
from promoloop.flows.deciding.decide import decide
from promoloop.flows.deciding.replay import Replayer, replay
from promoloop.flows.house import House
from promoloop.learn import ModelVersion
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(decided_house: House) -> House:
    return decided_house


def sent(house: House, arm: str = "policy") -> Decision:
    decisions = house.decisions.of_campaign("c1")
    return next(one for one in decisions if one.arm == arm and one.offer_id)


def with_contexts(house: House, change: pl.Expr | None, decision_id: str) -> House:
    """The house after somebody changed, or with ``None`` purged, rows of the contexts."""
    tables = memory_house().tables
    for name in house.tables.names():
        frame = house.tables.get(name)
        if name.startswith("contexts-"):
            mine = pl.col("decision_id") == decision_id
            frame = frame.filter(~mine) if change is None else frame.with_columns(change)
        tables.put(name, frame)
    return replace(house, tables=tables)


@dataclass(frozen=True)
class TamperedModels:
    """A registry in which somebody moved one coefficient of every version."""

    models: object
    step: float

    def all(self, kind: str) -> tuple[ModelVersion, ...]:
        return tuple(self._moved(one) for one in self.models.all(kind))

    def _moved(self, version: ModelVersion) -> ModelVersion:
        mean = [version.parameters["mean"][0] + self.step, *version.parameters["mean"][1:]]
        return replace(version, parameters={**version.parameters, "mean": mean})


def test_every_decision_of_all_four_arms_comes_out_the_same_to_the_bit(house):
    replayer = Replayer(house, house.campaigns.get("c1"))
    found = Counter()
    for decision in house.decisions.of_campaign("c1"):
        again = replayer.replay(decision)
        assert again.differences == ()
        assert again.changed == ()
        assert (again.same, again.action) == (True, decision.action)
        assert again.propensity == decision.propensity
        found[decision.arm] += 1
    assert sum(found.values()) > 500
    assert min(found[arm] for arm in ("policy", "random", "bau", "holdout")) > 40


def test_what_is_compared_is_the_whole_distribution_with_values_and_prices(house):
    decision = sent(house)
    count = 1 + 4 * (len(decision.weighed) - 1) + len(decision.prices)
    assert len(decision.prices) >= 1
    assert replay(house, decision.decision_id).compared == 10 + count


@pytest.mark.parametrize("step", [1e-12, 0.3])
def test_a_moved_coefficient_is_noticed(house, step):
    tampered = replace(house, models=TamperedModels(house.models, step))
    again = replay(tampered, sent(house).decision_id)
    assert not again.same
    assert again.changed[0] == "model"
    assert any(one.field.startswith("value of ") for one in again.differences)
    if step < 1e-9:
        assert all(one.last_bits for one in again.differences if one.field.startswith("value"))


def test_a_changed_context_is_noticed_and_what_comes_of_it_is_said(house):
    decision = sent(house)
    mine = pl.col("decision_id") == decision.decision_id
    dearer = pl.when(mine).then(pl.col("margin") * 1.5).otherwise(pl.col("margin")).alias("margin")
    again = replay(with_contexts(house, dearer, decision.decision_id), decision.decision_id)
    assert "contexts" in again.changed
    named = {one.field: one for one in again.differences}
    assert f"value of {decision.action}" in named
    assert named["value"].logged == decision.value_minor
    assert "arm" not in named


def test_where_others_were_changed_the_shared_plan_is_read_from_the_log(house):
    decision = sent(house)
    other = pl.col("decision_id") != decision.decision_id
    dearer = pl.when(other).then(pl.col("margin") * 3).otherwise(pl.col("margin")).alias("margin")
    again = replay(with_contexts(house, dearer, decision.decision_id), decision.decision_id)
    assert (again.same, again.changed) == (True, ())
    assert again.others_changed > 50


def test_another_log_entry_is_noticed(house):
    decision = sent(house)
    forged = replace(decision, propensity=0.5, arm="random")
    again = Replayer(house, house.campaigns.get("c1")).replay(forged)
    assert {"arm", "propensity"} <= {one.field for one in again.differences}


def test_a_purged_context_is_said_and_not_guessed(house):
    decision = sent(house)
    with pytest.raises(InvalidError, match="purged"):
        replay(with_contexts(house, None, decision.decision_id), decision.decision_id)


@pytest.mark.parametrize("arm", ["policy", "random", "bau"])
def test_others_can_still_be_replayed_when_one_shopper_was_purged(house, arm):
    gone = sent(house, arm)
    replayer = Replayer(with_contexts(house, None, gone.decision_id), house.campaigns.get("c1"))
    others = [one for one in house.decisions.of_campaign("c1") if one != gone]
    again = [replayer.replay(one) for one in others]
    assert all(one.same for one in again)
    assert {one.others_changed for one in again} == {0, 1}


@pytest.mark.parametrize("lost", ["contexts-", "run-", "runrows-", "portions-"])
def test_a_lost_table_is_named(house, lost):
    tables = memory_house().tables
    for name in house.tables.names():
        if not name.startswith(lost):
            tables.put(name, house.tables.get(name))
    with pytest.raises(InvalidError, match=lost):
        replay(replace(house, tables=tables), sent(house).decision_id)


def test_a_decision_nobody_made_is_an_error(house):
    with pytest.raises(InvalidError, match="no-such"):
        replay(house, "no-such")


def test_a_lost_model_version_is_named(house):
    empty = memory_house().models
    with pytest.raises(InvalidError, match="model version"):
        replay(replace(house, models=empty), sent(house).decision_id)


class CutOffError(Exception):
    """The run was killed."""


def test_decisions_of_a_run_that_was_cut_off_and_of_the_next_can_all_be_replayed(house):
    """Both runs act at the same moment: each decision is found under the run that made it."""
    tables = memory_house().tables
    for name in ("profiles", "contacts", "baseline", "affinity"):
        tables.put(name, house.tables.get(name))
    fresh = replace(memory_house(), tables=tables)
    again = replace(
        fresh,
        copies=house.copies,
        offers=house.offers,
        catalogue=house.catalogue,
        campaigns=house.campaigns,
        consents=house.consents,
    )

    def cut_off(_step: str, _done: int, _total: int) -> None:
        raise CutOffError

    with pytest.raises(CutOffError):
        decide(again, "c1", START, 1, cut_off)
    decide(again, "c1", START, 1)
    replayer = Replayer(again, again.campaigns.get("c1"))
    decisions = again.decisions.of_campaign("c1")
    assert len(decisions) > 250
    assert sum(name.startswith("run-") for name in again.tables.names()) == 2
    assert all(replayer.replay(one).same for one in decisions)
