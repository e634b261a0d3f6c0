"""A campaign that runs while the shop is upgraded goes on with what it has learnt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.core import InvalidError
from promoloop.flows.deciding.layouts import Layouts, carried_over
from promoloop.flows.deciding.replay import Replayer
from promoloop.flows.deciding.situation import situation
from promoloop.flows.house import House
from promoloop.flows.learning.logged import logged_sets
from promoloop.flows.learning.retrain import retrain
from promoloop.learn import ModelVersion
from promoloop.respond import EffectModel
from promoloop.testing.memory_house import memory_house

WEEK = timedelta(days=7)
KIND = "effect-c1"
NEW = ("depth_x_vip", "depth_x_own_answers")


def copied(house: House) -> House:
    """The same shop with models and tables of its own."""
    other = memory_house()
    for name in house.tables.names():
        other.tables.put(name, house.tables.get(name))
    for version in house.models.all(KIND):
        other.models.add(version)
    return replace(house, models=other.models, tables=other.tables)


def of_before(house: House) -> House:
    """The shop as the release before left it: models and contexts without the new features."""
    older = memory_house()
    names = EffectModel.from_parameters(house.models.running(KIND).parameters).feature_names
    kept = [spot for spot, name in enumerate(names) if name not in NEW]
    for version in house.models.all(KIND):
        model = EffectModel.from_parameters(version.parameters)
        narrow = model.carried_over([names[spot] for spot in kept])
        older.models.add(replace(version, parameters=narrow.to_parameters()))
    for name in house.tables.names():
        frame = house.tables.get(name)
        if name.startswith("contexts-"):
            seen = frame["features"].to_numpy()[:, kept]
            frame = frame.with_columns(features=pl.Series(np.ascontiguousarray(seen)))
        older.tables.put(name, frame)
    return replace(house, models=older.models, tables=older.tables)


@pytest.fixture
def upgraded(decided_house: House) -> House:
    return of_before(decided_house)


def by_id(house: House) -> dict[str, ModelVersion]:
    return {version.version_id: version for version in house.models.all(KIND)}


def test_a_running_campaign_decides_after_an_upgrade_with_what_it_has_learnt(upgraded):
    campaign = upgraded.campaigns.get("c1")
    now, before = campaign.starts_at + 2 * WEEK, upgraded.models.running(KIND)
    week = situation(upgraded, campaign, now)
    old = EffectModel.from_parameters(before.parameters)
    made = EffectModel.from_parameters(week.model.parameters)
    shared = [made.feature_names.index(name) for name in old.feature_names]
    assert made.mean_[shared].tolist() == old.mean_.tolist()
    assert set(made.feature_names) - set(old.feature_names) == set(NEW)
    assert np.isfinite(week.response.value_minor).all()


def test_the_version_before_is_retired_as_it_was_and_the_new_one_says_why(upgraded):
    campaign = upgraded.campaigns.get("c1")
    before, versions = upgraded.models.running(KIND), by_id(upgraded)
    now = campaign.starts_at + 2 * WEEK
    made = situation(upgraded, campaign, now).model
    after = by_id(upgraded)
    assert upgraded.models.running(KIND) == made
    assert after[before.version_id] == replace(before, status="retired")
    assert set(after) - set(versions) == {made.version_id}
    assert before.version_id in made.gate.reason
    assert all(name in made.gate.reason for name in NEW)
    assert (made.created_at, made.trained_until) == (now, before.trained_until)


def test_a_second_look_carries_nothing_over_again(upgraded):
    campaign = upgraded.campaigns.get("c1")
    now = campaign.starts_at + 2 * WEEK
    first = situation(upgraded, campaign, now).model
    assert situation(upgraded, campaign, now + timedelta(hours=1)).model == first


def test_what_was_seen_before_reads_as_if_the_new_features_had_always_been_there(
    decided_house, upgraded
):
    """Nobody had answered yet, and being a vip was kept: nothing is lost."""
    campaign = upgraded.campaigns.get("c1")
    now = campaign.starts_at + 2 * WEEK
    narrow = logged_sets(upgraded, campaign, now).features.shape[-1]
    situation(upgraded, campaign, now)
    meant = logged_sets(copied(decided_house), campaign, now)
    found = logged_sets(upgraded, campaign, now)
    assert narrow == meant.features.shape[-1] - 2
    assert found.features.tolist() == meant.features.tolist()
    assert np.abs(found.features).sum() > 0


@pytest.mark.parametrize("carried", [False, True])
def test_learning_goes_on_before_and_after_the_model_is_carried_over(upgraded, carried):
    campaign = upgraded.campaigns.get("c1")
    now = campaign.starts_at + 2 * WEEK
    if carried:
        situation(upgraded, campaign, now)
    names = upgraded.models.running(KIND).parameters["feature_names"]
    learnt = retrain(upgraded, campaign, now)
    assert learnt.version.parameters["feature_names"] == names
    assert learnt.version.version_id != upgraded.models.running(KIND).version_id


def test_a_settled_week_carried_over_is_read_again_rather_than_kept(upgraded):
    campaign = upgraded.campaigns.get("c1")
    later = campaign.starts_at + 20 * WEEK
    situation(upgraded, campaign, campaign.starts_at + 2 * WEEK)
    first = logged_sets(upgraded, campaign, later).features
    assert not any(name.startswith("logged-") for name in upgraded.tables.names())
    assert logged_sets(upgraded, campaign, later).features.tolist() == first.tolist()


def test_a_week_settled_before_the_upgrade_is_carried_over_too(decided_house, upgraded):
    campaign = upgraded.campaigns.get("c1")
    later = campaign.starts_at + 20 * WEEK
    logged_sets(upgraded, campaign, later)  # keeps the settled weeks as they were seen
    assert any(name.startswith("logged-") for name in upgraded.tables.names())
    situation(upgraded, campaign, campaign.starts_at + 2 * WEEK)
    meant = logged_sets(copied(decided_house), campaign, later).features
    assert logged_sets(upgraded, campaign, later).features.tolist() == meant.tolist()


def test_decisions_of_before_are_replayed_by_the_model_that_made_them(decided_house):
    house = copied(decided_house)
    campaign, running = house.campaigns.get("c1"), house.models.running(KIND)
    names = (*running.parameters["feature_names"][1:], "not_thought_of_yet")
    carried_over(house, running, names, campaign.starts_at + 2 * WEEK)
    replayer = Replayer(house, campaign)
    again = [replayer.replay(one) for one in house.decisions.of_campaign("c1")[::25]]
    assert len(again) > 10
    assert all(one.same for one in again)


def test_features_no_version_ever_had_are_refused(upgraded):
    campaign = upgraded.campaigns.get("c1")
    situation(upgraded, campaign, campaign.starts_at + 2 * WEEK)
    strange = pl.DataFrame({"decided_at": [campaign.starts_at], "features": [np.zeros(3)]})
    with pytest.raises(InvalidError, match="no model version had as many"):
        Layouts.of(upgraded, KIND).aligned(strange)
