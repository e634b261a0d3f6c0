"""Designing from a shop's own tables: staged files that ingest reads, and honest refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import yaml

from promoloop.bootstrap.designs import design_figures, write_design
from promoloop.core import InvalidError, RefusedError
from promoloop.flows.design import GroupDesign, Wishes, _slug, design_group
from promoloop.flows.history.audience import load_audience
from promoloop.flows.house import House
from promoloop.learn import new_version
from promoloop.offers import campaign_from_data, offers_from_data
from promoloop.respond import EffectModel, ShopperTraits, effect_curve, sigmoid
from promoloop.testing.memory_house import memory_house

NOW = datetime(2026, 6, 16, 9, tzinfo=UTC)
WISHES = Wishes("PIZZA", 30_000, most_weeks=4, caution=0.0, seed=1, generations=4)


def believing(house: House, intercept: float, depth: float, doubt: float) -> House:
    """The house after its effect model became sure of an answer to offers."""
    models = memory_house().models
    kind = "effect-c1"
    running = house.models.running(kind)
    model = EffectModel(EffectModel.from_parameters(running.parameters).feature_names)
    names = model.feature_names
    model.mean_ = np.zeros(len(names))
    model.mean_[names.index("intercept")], model.mean_[names.index("depth")] = intercept, depth
    model.covariance_ = np.eye(len(names)) * doubt**2
    model.seen_ = 1000.0
    version = new_version(kind, NOW, (NOW, NOW), model.to_parameters(), {})
    models.add(version)
    models.promote(version.version_id)
    return replace(house, models=models)


@pytest.fixture(scope="module")
def eager(decided_house) -> House:
    """Shoppers whom a discount moves a lot."""
    return believing(decided_house, 0.0, 6.0, 0.05)


@pytest.fixture(scope="module")
def found(eager) -> GroupDesign:
    return design_group(eager, WISHES, NOW)


def test_offers_are_found_where_discounts_move_shoppers(found):
    assert found.offers
    assert found.design.margin_minor > 0
    assert found.design.spend_minor <= WISHES.budget_minor
    assert found.design.low_minor < found.design.margin_minor < found.design.high_minor
    assert found.outcomes == 1000


def test_offers_are_staged_for_tomorrow_and_the_weeks_designed(found):
    for offer in found.offers:
        assert offer.group == "PIZZA"
        assert offer.names == {"en-US": "pizza"}
        assert offer.valid_from == datetime(2026, 6, 17, tzinfo=UTC)
        assert offer.valid_until - offer.valid_from == found.design.menu.weeks * timedelta(days=7)


def test_what_is_written_is_read_back_the_same(found, tmp_path):
    offers, campaign = write_design(found, tmp_path / "staged.yaml")
    read = offers_from_data(yaml.safe_load(offers.read_text("utf-8")), str(offers))
    assert read == found.offers
    test = campaign_from_data(yaml.safe_load(campaign.read_text("utf-8")), str(campaign))
    assert test == found.campaign
    assert test.offer_ids == tuple(offer.offer_id for offer in found.offers)
    head = offers.read_text("utf-8").splitlines()[:3]
    assert all(line.startswith("# ") for line in head)
    assert "90 % interval" in head[1]


def test_the_test_plan_has_arms_and_sizes_that_fit_the_gain(found):
    test = found.test
    assert test.arms == {"policy": 0.5, "holdout": 0.5}
    assert test.treated == test.control > 2
    assert test.available <= found.shoppers
    assert test.enough == (test.treated + test.control <= test.available)
    assert (test.smallest_lift_minor <= test.lift_minor) == test.enough


def test_a_group_nobody_can_be_moved_in_gets_no_offer_and_no_file(decided_house, tmp_path):
    cold = believing(decided_house, -0.2, 0.0, 0.01)
    none = design_group(cold, WISHES, NOW)
    assert (none.offers, none.campaign, none.test) == ((), None, None)
    assert write_design(none, tmp_path / "staged.yaml") == ()
    assert list(tmp_path.iterdir()) == []
    assert "no offer earns more" in str(design_figures(none, ()))


def test_the_same_seed_gives_the_same_design(eager, found):
    assert design_group(eager, WISHES, NOW) == found


def test_without_outcomes_it_is_said_that_the_prior_speaks(decided_house):
    fresh = replace(decided_house, models=memory_house().models)
    assert design_group(fresh, replace(WISHES, most_weeks=1, most_offers=1), NOW).outcomes == 0


def test_an_unknown_group_is_named_with_those_known(eager):
    with pytest.raises(InvalidError, match="knows COFFEE, PIZZA"):
        design_group(eager, replace(WISHES, group="SHOES"), NOW)


@pytest.mark.parametrize("wrong", [{"budget_minor": -1}, {"most_weeks": 0}, {"most_offers": 0}])
def test_wishes_that_make_no_sense_are_refused(eager, wrong):
    with pytest.raises(InvalidError, match="designing with"):
        design_group(eager, replace(WISHES, **wrong), NOW)


def test_without_consent_nothing_is_designed(eager):
    with pytest.raises(RefusedError, match="agreed"):
        design_group(replace(eager, consents=memory_house().consents), WISHES, NOW)


def test_an_offer_that_hardly_anybody_can_earn_works_like_none(decided_house):
    """However much offers do by being offers: 1 off from 1000 moves nobody."""
    house = believing(decided_house, 2.0, 0.0, 0.01)
    audience = load_audience(house, house.campaigns.get("c1"))
    still = np.zeros(len(audience))
    traits = ShopperTraits.from_profiles(audience.profiles, audience.ids, still)
    model = EffectModel.from_parameters(house.models.running("effect-c1").parameters)
    curve = effect_curve(model, traits, audience.baseline, "PIZZA", 18)
    rows = np.arange(20.0)[:, None]
    asked = np.array([0.0, 0.001, 0.2]), np.array([0.0, 100_000.0, 0.0])
    said = curve.response(rows, *asked).probability
    assert said[:, 1] == pytest.approx(said[:, 0], rel=0.02)
    assert (said[:, 2] > 1.5 * said[:, 0]).all()


def test_the_curve_is_monotone_and_agrees_with_the_effect_model(eager):
    """At depth 0.3 without a threshold it says what the model says of a new offer."""
    audience = load_audience(eager, eager.campaigns.get("c1"))
    still = np.zeros(len(audience))
    traits = ShopperTraits.from_profiles(audience.profiles, audience.ids, still)
    model = EffectModel.from_parameters(eager.models.running("effect-c1").parameters)
    curve = effect_curve(model, traits, audience.baseline, "PIZZA", 18)
    rows = np.arange(20.0)[:, None]
    said = curve.response(rows, np.linspace(0, 0.5, 11), np.zeros(11)).probability
    assert (np.diff(said, axis=1) >= 0).all()
    base = audience.baseline.probability[:20, audience.baseline.groups.index("PIZZA")]
    assert said[:, 0] == pytest.approx(base, rel=1e-6)
    by_hand = sigmoid(np.log(base / (1 - base)) + 6.0 * 0.3)
    assert said[:, 6] == pytest.approx(by_hand, rel=1e-6)


def test_groups_of_other_scripts_get_ids_of_their_own():
    names = {_slug(group) for group in ("茶叶", "茶具", "茶 TEA", "TEA", "?")}
    assert len(names) == 5
    assert "tea" in names
    assert all(name.isascii() for name in names)
