"""A promise is looked over once more before it leaves: what the checkout would not give stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from promoloop.compose import Copy, Verdict, facts_for_copy
from promoloop.deliver import Message
from promoloop.flows.deliver.promises import PromiseCheck, PromiseDesk, fitting_cart
from promoloop.offers import (
    BuyXGetY,
    Cart,
    CartLine,
    CouponCode,
    MinimumSpend,
    Offer,
    PercentOff,
    Product,
    TieredAmountOff,
)
from promoloop.testing import MemoryCatalogue, MemoryOffers, MemoryState

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)
COFFEE = Product("beans", "Beans", "COFFEE", "GROCERY", "Harbour", 1200, "USD")
TEA = Product("tea", "Tea", "TEA", "GROCERY", "Harbour", 700, "USD")


def offer(*conditions, reward=None, **changes) -> Offer:
    made = Offer(
        "o1", {"en-US": "coffee"}, "COFFEE", reward or PercentOff(20), NOW - DAY, NOW + 5 * DAY,
        "USD", conditions,
    )  # fmt: skip
    return replace(made, **changes)


def message(about: Offer, drawn: str | None = None) -> Message:
    slots = facts_for_copy(about, "en-US", "UTC", drawn).clauses
    return Message(
        "d1", "d1", "c1", "ana", "email", "ana@shop.example", "UTC", "en-US", "t1", slots,
        NOW, NOW + 3 * DAY,
    )  # fmt: skip


def copy(about: Offer) -> Copy:
    verdict = Verdict(True, (), ())
    return Copy(
        "t1", "b1", about.offer_id, about.revision, "en-US", "email", "active", "a", {},
        "template", "", "", verdict, (), NOW,
    )  # fmt: skip


def stop(about: Offer, carts: Mapping[str, Cart] | None = None, drawn: str | None = None, now=NOW):
    offers, catalogue = MemoryOffers(), MemoryCatalogue()
    offers.put([about])
    catalogue.put([COFFEE, TEA])
    book = MemoryState().ledger
    check = PromiseCheck(PromiseDesk(offers, catalogue, book, lambda *_: carts or {}))
    check.look_again(now)
    check.read([message(about, drawn)])
    found = check.stop(message(about, drawn), copy(about), now)
    return None if found is None else (found.state, found.reason)


@pytest.mark.parametrize(
    "about",
    [
        offer(),
        offer(MinimumSpend(5000)),
        offer(CouponCode(("BREW20",))),
        offer(MinimumSpend(5000), CouponCode(("BREW20",))),
        offer(reward=BuyXGetY(2, 1)),
        offer(reward=TieredAmountOff(((3000, 500), (6000, 1200)))),
    ],
)
def test_a_promise_that_the_checkout_would_keep_is_sent(about: Offer) -> None:
    assert stop(about) is None


def test_a_code_drawn_from_a_pool_is_priced_with() -> None:
    pool = offer(CouponCode(("A1", "A12", "B7")))
    assert stop(pool, drawn="A12") is None


def test_an_offer_that_is_over_or_has_not_begun_waits_or_stays() -> None:
    assert stop(offer(valid_until=NOW)) == ("expired", "offer-over")
    assert stop(offer(valid_from=NOW + DAY)) == ("held", "offer-not-started")


def test_a_cart_of_something_else_says_nothing_of_the_promise() -> None:
    tea = Cart((CartLine("tea", "TEA", 700, 1),), "USD")
    assert stop(offer(CouponCode(("BREW20",))), {"ana": tea}) is None


def test_a_product_the_shop_does_not_sell_any_more_is_not_promised() -> None:
    gone = offer(group="SOAP")
    assert stop(gone) == ("capped", "sold-out")
    assert fitting_cart(gone, {"beans": COFFEE}) is None
