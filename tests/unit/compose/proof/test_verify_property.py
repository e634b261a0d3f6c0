"""Whatever is put into a good text and is not in the offer is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.compose import verify
from promoloop.offers import CouponCode, PercentOff

from ..made import facts

CODE = (CouponCode(("BREW20",)),)
GOOD = (
    (facts("en-US", "coffee", PercentOff(20), CODE), "Coffee: 20% off, code BREW20, ends Nov 30."),
    (facts("zh-CN", "咖啡", PercentOff(20), CODE), "咖啡8折，凭码BREW20，11月30日截止。"),
)
NUMBER = st.integers(1, 9999).filter(lambda n: str(n) not in "2026-11-30 20 80")
FALSE = st.one_of(
    NUMBER.map(str),
    st.integers(1, 99).filter(lambda n: n != 20).map("{}% off".format),
    st.integers(1, 9).filter(lambda n: n != 8).map("{}折".format),
    NUMBER.map("${}".format),
    NUMBER.map("{}元".format),
    st.integers(1, 29).map("Nov {}".format),
    st.integers(1, 29).map("11月{}日".format),
    st.from_regex(r"[A-Z]{5}[0-9]{2}", fullmatch=True),
    st.from_regex(r"[A-Z]{4,8}", fullmatch=True),
)


@pytest.mark.parametrize(("told", "text"), GOOD)
def test_the_text_is_good_as_it_stands(told, text):
    assert verify(text, told, "email", "active").passed


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(GOOD), FALSE, st.integers(0, 200))
def test_a_false_fact_anywhere_is_refused(good, false, at):
    told, text = good
    at %= len(text) + 1
    spoilt = text[:at] + false + text[at:]
    assert not verify(spoilt, told, "email", "active").passed, spoilt
