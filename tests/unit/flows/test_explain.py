"""Explanations of logged decisions: their parts sum to what the log says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.decide import NOTHING
from promoloop.flows.deciding.explain import explain_decision
from promoloop.flows.house import House
from promoloop.respond import EffectModel, logit
from promoloop.testing.memory_house import memory_house


@pytest.fixture(scope="module")
def house(decided_house) -> House:
    return decided_house


def test_reasons_of_every_decision_sum_to_the_logged_priced_value(house):
    told = 0
    for decision in house.decisions.of_campaign("c1")[::3]:
        found = explain_decision(house, decision.decision_id, "en-US")
        assert found.text().count("\n") >= 2
        if not found.weighed:
            continue
        priced = {one.action: one.priced_minor for one in decision.weighed}
        total = math.fsum(one.money_minor for one in found.reasons)
        assert total == pytest.approx(priced[found.weighed], abs=1e-8)
        told += 1
    assert told > 90


def test_the_log_odds_are_those_of_the_logged_value(house):
    """From value and spend of the log alone: p1 = (spend - contact) / (r x reward)."""
    models = {one.version_id: one for one in house.models.all("effect-c1")}
    for decision in house.decisions.of_campaign("c1")[::2]:
        if decision.action == NOTHING:
            continue
        found = explain_decision(house, decision.decision_id, "en-US")
        split = found.split
        row = context_of(house, decision)
        rate = EffectModel.from_parameters(models[decision.model_version].parameters).redeem
        redeemed = rate.of(decision.offer_id)[0] * row["reward"]
        bought = (decision.spend_minor - row["contact"]) / redeemed
        total = math.fsum([split.base, split.doubt, *(one.log_odds for one in split.shares)])
        assert total == pytest.approx(float(logit(np.array([bought]))[0]), abs=1e-7)
        assert split.value_minor == pytest.approx(decision.value_minor, abs=1e-8)


def context_of(house: House, decision):
    frames = [house.tables.get(name) for name in house.tables.names() if "contexts-" in name]
    mine = (pl.col("decision_id") == decision.decision_id) & (pl.col("action") == decision.action)
    return pl.concat(frames).filter(mine).row(0, named=True)


def test_what_a_shopper_does_anyway_is_explained_by_the_trees_of_the_time(house):
    sent = [one for one in house.decisions.of_campaign("c1") if one.offer_id]
    for decision in sent[:20]:
        found = explain_decision(house, decision.decision_id, "en-US")
        assert found.habit[0].startswith("Why ")
        assert len(found.habit) == 4


def test_both_languages_come_with_the_offers_names(house):
    made = (one for one in house.decisions.of_campaign("c1") if one.offer_id == "coffee-25")
    decision = next(made)
    english = explain_decision(house, decision.decision_id, "en-GB").text()
    assert english.startswith("Sent: coffee-25 (coffee) by ")
    chinese = explain_decision(house, decision.decision_id, "zh-CN").text()
    assert chinese.startswith("已决定发送：coffee-25（咖啡），")


def test_an_unknown_decision_is_named(house):
    with pytest.raises(InvalidError, match="no-such"):
        explain_decision(house, "no-such", "en-US")


def test_a_purged_shopper_is_said_to_be(house):
    decision = next(one for one in house.decisions.of_campaign("c1") if one.offer_id)
    tables = memory_house().tables
    for name in house.tables.names():
        frame = house.tables.get(name)
        if name.startswith("contexts-"):
            frame = frame.filter(pl.col("decision_id") != decision.decision_id)
        tables.put(name, frame)
    with pytest.raises(InvalidError, match="not kept any more"):
        explain_decision(replace(house, tables=tables), decision.decision_id, "en-US")


def test_it_says_who_approved_the_text_and_when(house):
    decision = next(one for one in house.decisions.of_campaign("c1") if one.offer_id)
    copy_id = house.deliveries.copy_of(decision.decision_id)
    said = explain_decision(house, decision.decision_id, "en-US").text().splitlines()[-1]
    who = "the first reader (nothing to mark)"
    assert said == f"Text {copy_id}: approved on 2026-06-01 00:00 UTC by {who}."
    chinese = explain_decision(house, decision.decision_id, "zh-CN").approval
    passed = "由系统初审审核通过（未发现需人工审核之处）。"
    assert chinese == f"文案 {copy_id}：2026-06-01 00:00 UTC {passed}"


def test_where_nothing_is_sent_no_text_was_approved(house):
    nothing = next(one for one in house.decisions.of_campaign("c1") if one.offer_id is None)
    assert explain_decision(house, nothing.decision_id, "en-US").approval == ""
