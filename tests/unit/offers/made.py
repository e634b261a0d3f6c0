"""Offers, carts and hypothesis strategies that the tests of this room share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from promoloop.offers import (
    AmountOff,
    BuyXGetY,
    Caps,
    Cart,
    CartLine,
    Condition,
    CouponCode,
    FlashWindow,
    FreeShipping,
    Gift,
    InCategories,
    MinimumSpend,
    Offer,
    OnProducts,
    PercentOff,
    Reward,
    TieredAmountOff,
)

#: The same examples on every run, however busy the machine.
steady = settings(derandomize=True, deadline=None)

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
FROM, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
GROUPS = ("COFFEE", "TEA", "*")


def offer(
    reward: Reward,
    *conditions: Condition,
    offer_id: str = "o1",
    group: str = "COFFEE",
    stacking: str = "exclusive",
    currency: str = "USD",
) -> Offer:
    """A valid offer on coffee."""
    names = {"en-US": "coffee", "zh-CN": "咖啡"}
    return Offer(
        offer_id, names, group, reward, FROM, UNTIL, currency, conditions, stacking=stacking
    )


def coffee(unit_minor: int, quantity: int = 1) -> CartLine:
    """A line of coffee."""
    return CartLine(f"coffee-{unit_minor}", "COFFEE", unit_minor, quantity)


def cart(*lines: CartLine, shipping_minor: int = 0, codes: tuple[str, ...] = ()) -> Cart:
    """A dollar cart."""
    return Cart(lines, "USD", shipping_minor, codes)


amounts = st.integers(1, 5_000)
ceilings = st.none() | amounts
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=8)
moments = st.integers(0, 10**9).map(lambda second: FROM + timedelta(seconds=second))


@st.composite
def tiers(draw: st.DrawFn) -> TieredAmountOff:
    """One to four tiers, rising."""
    offs = draw(st.lists(amounts, min_size=1, max_size=4, unique=True).map(sorted))
    thresholds = draw(
        st.lists(amounts, min_size=len(offs), max_size=len(offs), unique=True).map(sorted)
    )
    return TieredAmountOff(tuple((t + offs[-1], o) for t, o in zip(thresholds, offs, strict=True)))


rewards: st.SearchStrategy[Reward] = st.one_of(
    st.builds(PercentOff, st.integers(1, 100), ceilings),
    st.builds(AmountOff, amounts),
    tiers(),
    st.builds(BuyXGetY, st.integers(1, 3), st.integers(1, 2), st.integers(1, 100), ceilings),
    st.builds(Gift, texts, st.just({"en-US": "tote bag", "zh-CN": "帆布袋"}), amounts),
    st.builds(FreeShipping, amounts),
)

conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(MinimumSpend, amounts),
    st.builds(InCategories, st.just(("COFFEE", "TEA"))),
    st.builds(OnProducts, st.just(("p0", "p1"))),
    st.builds(CouponCode, st.lists(texts, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(
        lambda start, hours: FlashWindow(start, start + timedelta(hours=hours)),
        moments,
        st.integers(1, 100),
    ),
)

caps = st.builds(Caps, ceilings, ceilings, ceilings)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    """Any offer the records can hold."""
    start = draw(moments)
    return Offer(
        draw(texts),
        {"en-US": draw(texts), "zh-CN": draw(texts)},
        draw(texts),
        draw(rewards),
        start,
        start + timedelta(seconds=draw(st.integers(1, 10**7))),
        draw(st.sampled_from(["USD", "CNY", "JPY"])),
        tuple(draw(st.lists(conditions, max_size=3))),
        draw(st.sampled_from(["exclusive", "a", "b"])),
        draw(caps),
        draw(st.integers(1, 9)),
    )
