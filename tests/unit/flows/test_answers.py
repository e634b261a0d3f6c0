"""Shoppers' own answers: by hand, and from one campaign to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.flows.deciding.answers import OWN_SD, keep_answers, own_answers
from promoloop.flows.deciding.effects import effect_of, running_effect
from promoloop.learn import new_version
from promoloop.offers import Campaign
from promoloop.respond import Action, EffectModel, OfferTerms, feature_names
from promoloop.testing.memory_house import memory_house

START = datetime(2026, 11, 2, tzinfo=UTC)
CAMPAIGN = Campaign(
    "c1",
    "Autumn",
    ("coffee-25",),
    {"email": 1},
    (9,),
    10_000,
    "USD",
    {"policy": 1.0},
    START,
    4,
    "salt",
)


def answers(*rows):
    return pl.DataFrame(rows, schema=["shopper_id", "score", "information"], orient="row")


def house():
    made = memory_house()
    made.campaigns.put(CAMPAIGN)
    made.campaigns.put(replace(CAMPAIGN, campaign_id="c2", offer_ids=("tea-10",)))
    return made


def test_answers_add_up_over_messages_and_campaigns_and_are_shrunk():
    made = house()
    # Ann took up two discounts of a quarter that were foretold at 1/2, and one in the other
    # campaign; Ben none of one.
    keep_answers(
        made.tables,
        "c1",
        answers(("ann", 0.125, 0.015625), ("ann", 0.125, 0.015625), ("ben", -0.125, 0.015625)),
    )
    keep_answers(made.tables, "c2", answers(("ann", 0.125, 0.015625)))
    found = own_answers(made, ("ben", "ann", "eve"))
    prior = 1.0 / OWN_SD**2
    expected = [-0.125 / (0.015625 + prior), 0.375 / (0.046875 + prior), 0.0]
    assert found == pytest.approx(expected)


def test_keeping_answers_again_replaces_them():
    made = house()
    for _ in range(2):
        keep_answers(made.tables, "c1", answers(("ann", 0.125, 0.015625)))
    assert own_answers(made, ("ann",))[0] == pytest.approx(0.125 / (0.015625 + OWN_SD**-2))


def test_where_nobody_has_answered_nothing_is_known():
    assert own_answers(house(), ("ann", "ben")).tolist() == [0.0, 0.0]


def of_offer(offer_id):
    nobody = np.zeros(0)
    terms = (OfferTerms(offer_id, "TEA", "percent_off", nobody, nobody, nobody, 100),)
    return (Action(offer_id, "email", 9, "a"),), terms


def test_a_new_campaign_starts_from_what_the_others_taught():
    made, (actions, terms) = house(), of_offer("coffee-25")
    other = replace(CAMPAIGN, campaign_id="c2", offer_ids=("tea-10",))
    first = running_effect(made, CAMPAIGN, actions, terms, START)
    assert first.metrics == {"campaigns": 0.0, "outcomes": 0.0}
    model = EffectModel.from_parameters(first.parameters)
    names = feature_names(actions, terms)
    features = np.zeros((200, len(names)))
    features[:, :2] = [1.0, 0.25]
    model.learn(features, np.full(200, -2.0), (np.arange(200) < 120).astype(float))
    learnt = new_version(
        effect_of(CAMPAIGN), START, (START, START), model.to_parameters(), {"outcomes": 200.0}
    )
    made.models.add(learnt)
    made.models.promote(learnt.version_id)
    later = running_effect(made, other, *of_offer("tea-10"), START + timedelta(days=28))
    began = EffectModel.from_parameters(later.parameters)
    depth = names.index("depth")
    assert later.metrics == {"campaigns": 1.0, "outcomes": 200.0}
    assert EffectModel(names).mean_[depth] < began.mean_[depth] < model.mean_[depth]
    assert began.seen_ == 0
    own = began.feature_names.index("offer:tea-10")
    assert began.mean_[own] == 0.0
