from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from promoloop.core import InvalidError
from promoloop.decide import (
    BudgetLeft,
    CandidateOnly,
    ConsentGiven,
    ContactHours,
    ContactsLeft,
    CopyApproved,
    LifecycleAudience,
    OfferValid,
    PartnerBudgetLeft,
    PriceClaimSupported,
    QuietHours,
    ShopperFacts,
    StockLeft,
    apply_guards,
)
from promoloop.offers import FlashWindow, Offer, PercentOff
from promoloop.respond import Action

EMAIL = Action("coffee", "email", 18, "a")
NIGHT = Action("coffee", "email", 23, "a")
SMS = Action("coffee", "sms", 7, "a")
TEA = Action("tea", "email", 18, "a")
TEA_B = Action("tea", "email", 18, "b")
ONSITE = Action("tea", "onsite", 3, "a")
YES, NO = True, False


def facts(**changes):
    standing = {
        "shopper_ids": np.array(["s1", "s2"]),
        "locale": np.array(["en-US", "zh-CN"]),
        "lifecycle": np.array(["active", "lapsed"]),
        "contacts": np.array([0, 2]),
        "consent": {name: np.array([YES, YES]) for name in ("email", "sms", "onsite")},
        "candidates": {name: np.array([YES, YES]) for name in ("coffee", "tea")},
    }
    return ShopperFacts(**{**standing, **changes})


def cut(guard, actions, shoppers=None):
    return (~apply_guards([guard], shoppers or facts(), actions).eligible).tolist()


def test_without_consent_nothing_goes_out_on_the_channel():
    shoppers = facts(consent={"email": np.array([YES, NO])})
    assert cut(ConsentGiven(), [EMAIL, SMS], shoppers) == [[NO, YES], [YES, YES]]


def test_an_offer_must_be_a_candidate_of_the_shopper():
    shoppers = facts(candidates={"coffee": np.array([YES, NO])})
    assert cut(CandidateOnly(), [EMAIL, TEA], shoppers) == [[NO, YES], [YES, YES]]


def test_the_message_being_decided_counts_towards_the_cap():
    assert cut(ContactsLeft(2), [EMAIL]) == [[NO], [YES]]
    assert cut(ContactsLeft(2, ("email",)), [EMAIL, ONSITE]) == [[NO, NO], [YES, NO]]


def test_messages_stay_within_the_hours_of_their_channel():
    assert cut(QuietHours("US", date(2026, 1, 1)), [EMAIL, NIGHT, SMS, ONSITE])[0] == [
        NO,
        YES,
        YES,
        NO,
    ]


def test_the_latest_row_of_contact_hours_in_force_counts():
    table = (
        ContactHours("DE", "email", 7, 22, date(2020, 1, 1), "old"),
        ContactHours("DE", "email", 9, 18, date(2026, 1, 1), "new"),
    )
    assert cut(QuietHours("DE", date(2025, 12, 31), table), [EMAIL])[0] == [NO]
    assert cut(QuietHours("DE", date(2026, 1, 1), table), [EMAIL])[0] == [YES]


def test_a_channel_without_contact_hours_is_an_error():
    with pytest.raises(InvalidError, match="pigeon"):
        cut(QuietHours("US", date(2026, 1, 1)), [Action("coffee", "pigeon", 9, "a")])


def test_the_audience_is_by_lifecycle_and_none_named_means_all():
    assert cut(LifecycleAudience(("active",)), [EMAIL]) == [[NO], [YES]]
    assert cut(LifecycleAudience(()), [EMAIL]) == [[NO], [NO]]


def test_what_has_run_out_is_not_promised():
    assert cut(StockLeft({"coffee": 0}), [EMAIL, TEA])[0] == [YES, NO]


def test_a_promise_must_fit_into_what_is_left_of_the_budget():
    liability = np.array([[300, 500], [100, 301]])
    assert cut(BudgetLeft(300, liability), [EMAIL, TEA]) == [[NO, YES], [NO, YES]]
    assert cut(BudgetLeft(0), [EMAIL]) == [[YES], [YES]]


def test_there_must_be_words_in_the_language_of_the_shopper():
    approved = frozenset({("tea", "en-US", "email", "a", "active")})
    assert cut(CopyApproved(approved), [TEA, TEA_B]) == [[NO, YES], [YES, YES]]


def test_a_text_for_another_moment_does_not_do():
    welcome_back = frozenset({("tea", "en-US", "email", "a", "lapsed")})
    shoppers = facts(locale=np.array(["en-US", "en-US"]))
    assert cut(CopyApproved(welcome_back), [TEA], shoppers) == [[YES], [NO]]
    assert cut(CopyApproved(frozenset()), [], shoppers) == [[], []]


@pytest.mark.parametrize(
    ("hour", "blocked"),
    [("08:59", YES), ("09:00", NO), ("11:59", NO), ("12:00", YES)],
)
def test_an_offer_with_a_flash_window_runs_only_inside_it(hour, blocked):
    day = datetime(2026, 11, 27, tzinfo=UTC)
    window = FlashWindow(day + timedelta(hours=9), day + timedelta(hours=12))
    offer = Offer(
        "coffee",
        {"en-US": "coffee"},
        "COFFEE",
        PercentOff(20, 400),
        day - timedelta(days=7),
        day + timedelta(days=7),
        "USD",
        conditions=(window,),
    )
    at = datetime.fromisoformat(f"2026-11-27T{hour}+00:00").astimezone(UTC)
    assert cut(OfferValid(at, [offer]), [EMAIL])[0] == [blocked]


@pytest.mark.parametrize(("day", "blocked"), [(0, YES), (1, NO), (7, NO), (8, YES)])
def test_an_offer_runs_from_its_first_moment_until_just_before_its_last(day, blocked):
    first = datetime(2026, 11, 2, tzinfo=UTC)
    last = datetime(2026, 11, 9, tzinfo=UTC)
    offer = Offer("coffee", {"en-US": "coffee"}, "COFFEE", PercentOff(20, 400), first, last, "USD")
    at = datetime(2026, 11, 1 + day, tzinfo=UTC)
    assert cut(OfferValid(at, [offer]), [EMAIL])[0] == [blocked]


def test_an_unknown_offer_is_an_error():
    with pytest.raises(InvalidError, match="coffee"):
        cut(OfferValid(datetime(2026, 1, 1, tzinfo=UTC), ()), [EMAIL])


def test_the_first_guard_that_cuts_gives_the_reason():
    guarded = apply_guards([StockLeft({"coffee": 0}), BudgetLeft(0)], facts(), [EMAIL, TEA])
    assert [guarded.codes[code] for code in guarded.reason[0]] == [
        "stock_exhausted",
        "budget_exhausted",
    ]


def test_a_partner_who_could_not_pay_is_the_reason_for_its_offers_only():
    guard = PartnerBudgetLeft(left_minor={"coffee": 140}, liability_minor={"coffee": 141})
    assert cut(guard, [EMAIL, TEA])[0] == [True, False]
    enough = PartnerBudgetLeft(left_minor={"coffee": 141}, liability_minor={"coffee": 141})
    assert cut(enough, [EMAIL, TEA])[0] == [False, False]
    guarded = apply_guards([guard], facts(), [EMAIL, TEA])
    assert guarded.rejected(0) == {"coffee": "partner_budget_exhausted"}


def test_one_reason_for_everything_is_said_once():
    guarded = apply_guards([BudgetLeft(0)], facts(), [EMAIL, TEA])
    assert guarded.rejected(0) == {"*": "budget_exhausted"}


def test_reasons_are_said_at_the_widest_level_that_has_one():
    approved = frozenset((name, "en-US", "email", "a", "active") for name in ("tea", "coffee"))
    guards = [StockLeft({"coffee": 0}), CopyApproved(approved)]
    guarded = apply_guards(guards, facts(), [EMAIL, NIGHT, TEA, TEA_B, ONSITE])
    assert guarded.rejected(0) == {
        "coffee": "stock_exhausted",
        "tea/email/18/b": "copy_missing",
        "tea/onsite": "copy_missing",
    }
    assert guarded.all_rejected() == (guarded.rejected(0), guarded.rejected(1))


def test_an_action_may_not_be_there_twice():
    with pytest.raises(InvalidError, match="twice"):
        apply_guards([], facts(), [EMAIL, EMAIL])


def test_facts_of_different_lengths_are_refused():
    with pytest.raises(InvalidError, match="contacts"):
        facts(contacts=np.array([1]))


def test_an_offer_whose_price_claim_is_refused_is_not_made():
    guarded = apply_guards([PriceClaimSupported(frozenset({"tea"}))], facts(), [EMAIL, TEA])
    assert guarded.eligible.tolist() == [[YES, NO], [YES, NO]]
    assert cut(PriceClaimSupported(frozenset()), [TEA]) == [[NO], [NO]]
