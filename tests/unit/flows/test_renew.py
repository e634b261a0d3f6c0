"""Texts that earn stay and have children; texts that do not are retired; all of it once only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from promoloop.compose import (
    CopyRequest,
    ReviewEntry,
    Writers,
    copy_cell,
    facts_for_copy,
    fill,
    verify,
)
from promoloop.core import RefusedError
from promoloop.feedback import Outcome
from promoloop.flows.compose import compose
from promoloop.flows.deciding.actions import action_grid
from promoloop.flows.deciding.decide import decide
from promoloop.flows.deciding.replay import replay
from promoloop.flows.deciding.situation import situation
from promoloop.flows.demo.people import assumed_contacts
from promoloop.flows.history.learn import learn
from promoloop.flows.house import House
from promoloop.flows.learning.copy import RenewRules, plan_renewal, preferences, renew
from promoloop.flows.learning.retrain import retrain
from promoloop.flows.learning.standing import RetirementRules
from promoloop.profiles import LIFECYCLES
from promoloop.simulate import simulated_shop
from promoloop.testing import ScriptedModel
from promoloop.testing.memory_house import memory_house

from .conftest import DAY, SUMMER, SUMMER_CAMPAIGN, SUMMER_COFFEE, WEEK

COFFEE = replace(SUMMER_COFFEE, caps=replace(SUMMER_COFFEE.caps, total=None), conditions=())
CAMPAIGN = replace(
    SUMMER_CAMPAIGN,
    offer_ids=("coffee-25",),
    channels={"email": 1},
    hours=(9,),
    arms={"policy": 0.2, "random": 0.75, "bau": 0.05, "holdout": 0.0},
    budget_minor=10_000_000,
    contacts_per_week=7,
)
NOW = SUMMER + 4 * WEEK
RULES = RenewRules(retirement=RetirementRules(least_sent=30))
LINE = "Put the kettle on and sit down a while."


def _answer(house: House, start: datetime, rng: np.random.Generator) -> None:
    """Everything leaves; text b sells to most who get it, text a to hardly anybody."""
    due = house.outbox.lease("w", start + 6 * DAY, 10_000)
    keys = [message.dedupe_key for message in due]
    house.outbox.mark(keys, "w", "sending", start + DAY)
    house.outbox.mark(keys, "w", "sent", start + DAY)
    found = []
    for message in due:
        made = house.decisions.get(message.decision_id)
        if rng.random() < (0.6 if made.variant == "b" else 0.02):
            found.append(
                Outcome(
                    f"o-{message.decision_id}", message.shopper_id, message.decision_id, "ordered",
                    "COFFEE", start + 2 * DAY, 1000, 300, 0, "simulated",
                )
            )  # fmt: skip
    house.outcomes.append(found)


@pytest.fixture(scope="module")
def run() -> House:
    people = simulated_shop(260, ("COFFEE",), SUMMER, "USD", np.random.default_rng(7))
    house = memory_house()
    house.catalogue.put(people.products)
    house.offers.put([COFFEE])
    house.campaigns.put(CAMPAIGN)
    house.history.append(people.lines)
    house.history.append(assumed_contacts(people.shopper_ids, SUMMER - WEEK))
    learn(house, SUMMER)
    cells = (house.locales, ("email",), LIFECYCLES, house.time_zone)
    model = ScriptedModel(["A warm cup for a slow morning.", "Share a pot after lunch."])
    compose(
        [CopyRequest(one, *cells[:3]) for one in house.offers.all()],
        cells[3],
        Writers(model),
        house.copies,
        0,
        SUMMER,
    )
    waiting = [copy.copy_id for copy in house.copies.all()]
    for state in ("draft", "in_review", "approved"):
        house.reviews.append([ReviewEntry(key, state, "Ana", SUMMER) for key in waiting])
    rng = np.random.default_rng(5)
    for week in range(3):
        decide(house, "c1", SUMMER + week * WEEK, seed=week)
        _answer(house, SUMMER + week * WEEK, rng)
    return house


def copied(house: House) -> House:
    """The same shop with texts, reviews, tables and models of its own."""
    other = memory_house()
    other.copies.put(house.copies.all())
    for copy in house.copies.all():
        other.reviews.append(house.reviews.of(copy.copy_id))
    for name in house.tables.names():
        other.tables.put(name, house.tables.get(name))
    for version in house.models.all("effect-c1"):
        other.models.add(version)
    return replace(
        house,
        copies=other.copies,
        reviews=other.reviews,
        tables=other.tables,
        models=other.models,
    )


@pytest.fixture
def house(run: House) -> House:
    return copied(run)


def test_a_plan_writes_nothing_and_asks_no_model(house: House) -> None:
    model, before = ScriptedModel([LINE]), house.copies.all()
    plan = plan_renewal(house, CAMPAIGN, NOW, model, RULES)
    assert plan.messages > 100
    assert 0 < plan.model_calls <= 6 * plan.cells
    made = [name for name in house.tables.names() if name.startswith("copy")]
    assert (model.calls, house.copies.all(), made) == (0, before, [])


def test_the_text_that_sells_less_is_retired_and_the_other_has_children(house: House) -> None:
    report = renew(house, CAMPAIGN, NOW, ScriptedModel([LINE]), rules=RULES)
    assert report.retired
    bank = {copy.copy_id: copy for copy in house.copies.all()}
    for one in report.retired:
        assert (bank[one.copy_id].variant, bank[one.rival].variant) == ("a", "b")
        assert one.evidence >= 20.0
        assert one.behind_minor > 0.0
    standing = house.reviews.standing([one.copy_id for one in report.retired])
    assert {entry.state for entry in standing.values()} == {"retired"}
    assert report.children > 0
    for child in (copy for copy in bank.values() if copy.variant not in "ab"):
        told = facts_for_copy(COFFEE, child.locale, house.time_zone)
        filled = fill(child.parts, told.clauses)
        assert verify(filled, told, child.channel, child.moment).passed
    assert report.model_calls <= report.model_calls_planned


def test_no_cell_is_ever_left_without_a_text(house: House) -> None:
    renew(house, CAMPAIGN, NOW, None, rules=RULES)
    approved = house.reviews.standing_in("approved")
    kept = {copy_cell(copy) for copy in house.copies.all() if copy.copy_id in approved}
    assert kept == {copy_cell(copy) for copy in house.copies.all()}


def test_a_second_run_changes_nothing(house: House) -> None:
    model = ScriptedModel([LINE])
    first = renew(house, CAMPAIGN, NOW, model, rules=RULES)
    before = (house.copies.all(), house.reviews.standing_in("retired"), model.calls)
    tables = {name: house.tables.get(name) for name in house.tables.names()}
    again = renew(house, CAMPAIGN, NOW + timedelta(hours=5), model, rules=RULES)
    assert again == replace(first, changed=False)
    assert (house.copies.all(), house.reviews.standing_in("retired"), model.calls) == before
    assert all(frame.equals(house.tables.get(name)) for name, frame in tables.items())


def test_a_renewal_cut_off_and_run_again_ends_alike(house: House) -> None:
    whole = copied(house)
    renew(whole, CAMPAIGN, NOW, ScriptedModel([LINE]), rules=RULES)

    def stop(step: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        renew(house, CAMPAIGN, NOW, ScriptedModel([LINE]), rules=RULES, progress=stop)
    renew(house, CAMPAIGN, NOW, ScriptedModel([LINE]), rules=RULES)
    # and once more as if the end had not been written down
    done = f"copyrenewals-{CAMPAIGN.campaign_id}"
    house.tables.put(done, house.tables.get(done).head(0))
    renew(house, CAMPAIGN, NOW, ScriptedModel([LINE]), rules=RULES)
    assert house.copies.all() == whole.copies.all()
    assert house.reviews.standing_in("retired") == whole.reviews.standing_in("retired")
    assert house.reviews.standing_in("approved") == whole.reviews.standing_in("approved")


def test_what_was_learnt_and_born_is_decided_with_and_old_decisions_are_made_again(
    house: House,
) -> None:
    old = [one for one in house.decisions.of_campaign("c1") if one.variant][:5]
    renew(house, CAMPAIGN, NOW, None, rules=RULES)
    now_is = situation(house, CAMPAIGN, SUMMER + 3 * WEEK)
    letters = {action.variant for action in now_is.actions}
    assert {"a", "b", "c"} <= letters
    assert action_grid([COFFEE], CAMPAIGN) == action_grid([COFFEE], CAMPAIGN, [])
    decide(house, "c1", SUMMER + 3 * WEEK, seed=9)
    fresh = house.decisions.decided_between("c1", SUMMER + 3 * WEEK, SUMMER + 4 * WEEK)
    assert "c" in {one.variant for one in fresh}
    for one in (*old, *(one for one in fresh if one.variant)):
        assert replay(house, one.decision_id).same
    usual = [one for one in fresh if one.arm == "bau"]
    assert usual
    _answer(house, SUMMER + 3 * WEEK, np.random.default_rng(6))
    lesson = retrain(house, CAMPAIGN, SUMMER + 5 * WEEK - timedelta(microseconds=1))
    assert lesson.outcomes > 0


def test_preferences_say_what_each_text_earned_and_how_likely_it_was(house: House) -> None:
    rows = list(preferences(house, CAMPAIGN, NOW))
    assert rows
    for row in rows:
        assert set(row) == {
            "group_id", "language", "moment", "length", "text", "reward", "propensity",
        }  # fmt: skip
        assert 0.0 < float(row["propensity"]) < 1.0
        assert row["text"]


def test_belief_follows_what_was_measured(house: House) -> None:
    renew(house, CAMPAIGN, NOW, None, rules=RULES)
    lifts = house.tables.get("copylifts-c1")
    bank = {copy.copy_id: copy.variant for copy in house.copies.all()}
    sent = lifts.filter(pl.col("sent") >= 30)
    by_name = {name: [] for name in "ab"}
    for key, mean in sent.select("copy_id", "mean").iter_rows():
        by_name.setdefault(bank[key], []).append(mean)
    assert min(by_name["b"]) > max(by_name["a"])


def test_before_anything_has_matured_it_is_refused(house: House) -> None:
    with pytest.raises(RefusedError, match="matured"):
        renew(house, CAMPAIGN, SUMMER + 8 * DAY)
