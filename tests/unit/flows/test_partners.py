"""A joint promotion of simulated shoppers: a partner pays a part, and its money is short."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from promoloop.core import RefusedError
from promoloop.decide import reason_text
from promoloop.flows.books.sides import budget_sides
from promoloop.flows.deciding.decide import decide
from promoloop.flows.deciding.replay import Replayer
from promoloop.flows.deliver import DeliverReport
from promoloop.flows.demo.simulation import Simulation
from promoloop.flows.house import House
from promoloop.flows.learning.logged import logged_sets
from promoloop.offers import Campaign, Funding, Offer
from promoloop.simulate import simulated_shop
from promoloop.testing.memory_house import memory_house
from promoloop.testing.stocked import coffee_and_pizza, stock, summer

START = datetime(2026, 6, 1, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
ACME = Funding("acme", "Acme Coffee", 0.6, 12_000, per_redemption_minor=140)
COFFEE, PIZZA = coffee_and_pizza(START)
COFFEE = replace(COFFEE, funding=ACME)
CAMPAIGN = replace(summer(START, budget_minor=1_000_000), weeks=2)
#: Everybody gets the usual mail, which in the first week is about coffee.
USUAL = {"policy": 0.0, "random": 0.0, "bau": 1.0, "holdout": 0.0}
#: Of one promise of coffee: the shop's 250 - 140, the partner's 140 (60 % of 250 are 150).
OURS, THEIRS = 110, 140


@pytest.fixture(scope="module")
def people():
    return simulated_shop(300, ("COFFEE", "PIZZA"), START, "USD", np.random.default_rng(7))


def shop_of(people, *offers: Offer, campaign: Campaign = CAMPAIGN) -> House:
    house = memory_house()
    stock(house, people, campaign, offers or (COFFEE, PIZZA), START)
    return house


def sent_by(house: House):
    """Everything due leaves, whatever the channel."""

    def deliver(now: datetime) -> DeliverReport:
        due = [one.dedupe_key for one in house.outbox.lease("w", now, 1000)]
        house.outbox.mark(due, "w", "sending", now)
        sent = house.outbox.mark(due, "w", "sent", now)
        return DeliverReport(sent, 0, 0, 0, 0, 0, 0, {}, 0.0)

    return deliver


@pytest.fixture(scope="module")
def joint(people):
    """Two simulated weeks, played once for all tests that only look."""
    house = shop_of(people)
    weeks = Simulation(house, CAMPAIGN, sent_by(house), seed=3).run()
    return house, weeks


def coffee(house: House):
    return [one for one in house.decisions.of_campaign("c1") if one.offer_id == "coffee-25"]


def test_the_partners_budget_binds_and_has_a_price_while_the_campaigns_has_none(joint):
    house, weeks = joint
    for week in weeks:
        acme = week.decided.partners["partner/acme"]
        assert week.decided.budget_price == 0.0
        assert acme.price > 0.0
        assert acme.reserved_minor > 0
    policy = [one for one in house.decisions.of_campaign("c1") if one.arm == "policy"]
    assert {one.prices["partner/acme"] for one in policy} == {
        week.decided.partners["partner/acme"].price for week in weeks
    }
    assert all(one.prices["budget"] == 0.0 for one in policy)


def test_neither_side_is_ever_overspent_by_ledger_or_by_logs(joint):
    house, weeks = joint
    end = START + 2 * WEEK
    shop, acme = budget_sides(house, CAMPAIGN, house.decisions.of_campaign("c1"), end)
    assert (shop.partner_id, acme.partner_id) == ("", "acme")
    assert shop.over_minor == acme.over_minor == 0
    assert 9_000 < acme.at_stake_minor <= 12_000  # it is used, too
    for side, account in ((shop, "c1"), (acme, "partner/acme")):
        state = house.ledger.state(account)
        assert (state.reserved_minor, state.over_minor, state.late_minor) == (0, 0, 0)
        assert side.spent_minor == side.booked_minor == state.spent_minor > 0
    assert sum(week.cost_minor for week in weeks) == shop.spent_minor


def test_shop_and_partner_pay_the_whole_discount_to_the_minor_unit(joint):
    house, _ = joint
    sides = budget_sides(house, CAMPAIGN, house.decisions.of_campaign("c1"), START + 2 * WEEK)
    outcomes = house.outcomes.between(START, START + 2 * WEEK)
    discounts = sum(one.discount_minor for one in outcomes if one.kind == "redeemed")
    made = {one.decision_id: one for one in house.decisions.of_campaign("c1")}
    mails = sum(
        CAMPAIGN.channels[made[key].channel]
        for key in house.deliveries.sent_between(START, START + 2 * WEEK)
    )
    assert sum(side.spent_minor for side in sides) == discounts + mails


def test_what_each_decision_promised_of_both_sides_is_logged_with_its_terms(joint):
    house, _ = joint
    assert coffee(house)
    for one in coffee(house):
        contact = CAMPAIGN.channels[one.channel]
        assert (one.liability_minor, one.partner_liability_minor) == (OURS + contact, THEIRS)
        assert one.funding == ACME
        assert 0 < one.partner_spend_minor < THEIRS
    pizza = [one for one in house.decisions.of_campaign("c1") if one.offer_id == "pizza-25"]
    assert all(one.partner_liability_minor == 0 and one.funding is None for one in pizza)


def test_decisions_under_a_partners_budget_can_be_made_again_to_the_bit(joint):
    house, _ = joint
    replayer = Replayer(house, CAMPAIGN)
    arms = Counter()
    for one in house.decisions.of_campaign("c1"):
        again = replayer.replay(one)
        assert (again.same, again.differences) == (True, ())
        arms[one.arm] += 1
    assert min(arms.values()) > 40


def test_when_the_partners_money_is_used_up_its_offer_is_cut_with_that_reason(people):
    few = replace(COFFEE, funding=replace(ACME, budget_minor=3_000))
    house = shop_of(people, few, PIZZA, campaign=replace(CAMPAIGN, arms=USUAL))
    report = decide(house, "c1", START, seed=1)
    assert len(coffee(house)) == 3_000 // THEIRS
    assert report.partners["partner/acme"].left_minor < THEIRS
    cut = [d for d in house.decisions.of_campaign("c1") if "partner_budget_exhausted" in d.reasons]
    assert cut
    assert all(
        key.startswith("coffee-25/")
        for one in cut
        for key, code in one.rejected.items()
        if code == "partner_budget_exhausted"
    )
    assert "partner" in reason_text("partner_budget_exhausted", "en-US")
    assert "合作方" in reason_text("partner_budget_exhausted", "zh-CN")


def test_what_a_partner_is_short_of_does_not_thin_offers_it_does_not_pay_for(people):
    """Of 300 random draws Acme pays for coffee only, and has money for 21 of them."""
    random = {"policy": 0.0, "random": 1.0, "bau": 0.0, "holdout": 0.0}
    few = replace(COFFEE, funding=replace(ACME, budget_minor=3_000))
    sent = {}
    for name, offer in (("short", few), ("alone", replace(COFFEE, funding=None))):
        house = shop_of(people, offer, PIZZA, campaign=replace(CAMPAIGN, arms=random))
        decide(house, "c1", START, seed=1)
        sent[name] = Counter(one.offer_id for one in house.decisions.of_campaign("c1"))
    assert sent["short"]["coffee-25"] <= 21 < 100 < sent["alone"]["coffee-25"]
    assert sent["short"]["pizza-25"] >= 0.8 * sent["alone"]["pizza-25"]


def test_an_offers_own_total_binds_before_the_partners_budget(people):
    few = replace(COFFEE, funding=replace(ACME, total_minor=1_000))
    house = shop_of(people, few, PIZZA, campaign=replace(CAMPAIGN, arms=USUAL))
    decide(house, "c1", START, seed=1)
    assert len(coffee(house)) == 1_000 // THEIRS
    assert house.ledger.state("partner/acme/coffee-25").reserved_minor == 7 * THEIRS
    _, acme = budget_sides(house, CAMPAIGN, house.decisions.of_campaign("c1"), START + DAY)
    assert (acme.held_minor, acme.over_minor) == (7 * THEIRS, 0)


def test_two_campaigns_share_a_partners_budget(people):
    """Coffee and pizza are both Acme's; what one campaign promised the other cannot."""
    other = replace(CAMPAIGN, campaign_id="c2", salt="other", offer_ids=("pizza-25",))
    ours = replace(CAMPAIGN, offer_ids=("coffee-25",))
    acme = replace(ACME, budget_minor=9_000)
    shared = replace(COFFEE, funding=acme), replace(PIZZA, funding=acme)
    house = shop_of(people, *shared, campaign=CAMPAIGN)
    house.campaigns.put(ours)
    house.campaigns.put(other)
    decide(house, "c1", START, seed=1)
    decide(house, "c2", START, seed=1)
    made = [*house.decisions.of_campaign("c1"), *house.decisions.of_campaign("c2")]
    promised = sum(one.partner_liability_minor for one in made)
    assert promised == house.ledger.state("partner/acme").reserved_minor <= 9_000
    _, acme = budget_sides(house, ours, house.decisions.of_campaign("c1"), START + DAY)
    assert acme.at_stake_minor == promised
    assert acme.held_minor < promised


def test_a_partner_whose_budget_was_changed_is_refused_with_what_to_do(people):
    house = shop_of(people)
    decide(house, "c1", START, seed=1)
    house.offers.put([replace(COFFEE, funding=replace(ACME, budget_minor=9_000))])
    with pytest.raises(RefusedError, match=r"coffee-25 with 9000 .*'acme'.*another partner_id"):
        decide(house, "c1", START + WEEK, seed=1)


def test_models_are_judged_at_the_prices_of_partners_money_too(joint):
    """What a promise of coffee cost in Acme's money that week; pizza costs it nothing."""
    house, weeks = joint
    log = logged_sets(house, CAMPAIGN, START + 3 * WEEK)
    offers = np.array(log.offer_ids)[log.offer]
    for week in weeks:
        price = week.decided.partners["partner/acme"].price * THEIRS
        mine = (log.decided_at == np.datetime64(week.starts.replace(tzinfo=None)))[:, None]
        coffee_now = mine & log.there & (offers == "coffee-25")
        assert coffee_now.any()
        assert log.partners_price[coffee_now] == pytest.approx(price)
    assert not log.partners_price[log.there & (offers == "pizza-25")].any()


def test_the_oracle_is_held_to_the_partners_money_too(people, joint):
    _, weeks = joint
    rich = shop_of(people, replace(COFFEE, funding=replace(ACME, budget_minor=10**9)), PIZZA)
    [first] = Simulation(rich, replace(CAMPAIGN, weeks=1), sent_by(rich), seed=3).run()
    assert first.decided.partners["partner/acme"].price == 0.0
    assert weeks[0].incremental["oracle"] < first.incremental["oracle"]


def test_figures_of_both_sides_can_be_written_as_json(joint):
    house, _ = joint
    _, acme = budget_sides(house, CAMPAIGN, house.decisions.of_campaign("c1"), START + 2 * WEEK)
    figures = asdict(acme)
    assert figures["name"] == "Acme Coffee"
    assert figures["terms"]["coffee-25"]["share"] == 0.6
