"""What shop and partner pay of an offer."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.offers import (
    Funding,
    Offer,
    PercentOff,
    offer_facts,
    offer_from_json,
    offer_to_json,
    offers_from_data,
    require_known_funding,
)

from .made import offer, offers, steady

FUNDING: dict[str, Any] = {
    "partner_id": "acme",
    "name": "Acme Coffee",
    "share": 0.5,
    "budget_minor": 50_000,
}
OFFER: dict[str, Any] = {
    "offer_id": "coffee",
    "names": {"en-US": "coffee"},
    "group": "COFFEE",
    "reward": {"code": "percent_off", "percent": 20, "ceiling_minor": 400},
    "valid_from": "2026-11-01T00:00:00Z",
    "valid_until": "2026-12-01T00:00:00Z",
    "currency": "USD",
}

shares = st.integers(0, 10_000).map(lambda parts: parts / 10_000)
caps = st.none() | st.integers(0, 5_000)
fundings = st.builds(
    Funding, st.just("acme"), st.just("Acme"), shares, st.integers(0, 10**9), caps, caps
)
costs = st.integers(0, 10**9)


@steady
@given(fundings, costs)
def test_the_two_parts_add_up_to_the_cost_and_neither_is_negative(
    funding: Funding, cost: int
) -> None:
    shop, partner = funding.split(cost)
    assert shop + partner == cost
    assert shop >= 0
    assert partner >= 0


@steady
@given(fundings, costs)
def test_the_partner_pays_its_share_to_within_half_a_unit_up_to_the_cap(
    funding: Funding, cost: int
) -> None:
    exact = Fraction(str(funding.share)) * cost
    _, partner = funding.split(cost)
    if funding.per_redemption_minor is None:
        assert abs(partner - exact) <= Fraction(1, 2)
    else:
        assert partner <= funding.per_redemption_minor
        assert partner <= exact + Fraction(1, 2)


@steady
@given(fundings, costs, st.integers(0, 1000))
def test_a_larger_cost_is_no_cheaper_for_either_side(
    funding: Funding, cost: int, more: int
) -> None:
    before, after = funding.split(cost), funding.split(cost + more)
    assert after[0] >= before[0]
    assert after[1] >= before[1]


@steady
@given(fundings, st.lists(costs, max_size=20))
def test_many_costs_are_split_as_one_is(funding: Funding, many: list[int]) -> None:
    together = funding.partner_minor(np.array(many, dtype=np.int64)).tolist()
    assert together == [funding.split(cost)[1] for cost in many]


def test_a_third_of_ten_is_worked_out_by_largest_remainder() -> None:
    """.3333 of 10 is 3.333: shop 6.667 and partner 3.333, the odd unit goes to the shop."""
    third = Funding("acme", "Acme", 0.3333, 1000)
    assert third.split(10) == (7, 3)
    assert third.split(5) == (3, 2)  # 3.3335 and 1.6665: now to the partner
    assert Funding("acme", "Acme", 0.5, 1000).split(3) == (2, 1)
    assert Funding("acme", "Acme", 1.0, 1000).split(3) == (0, 3)
    assert Funding("acme", "Acme", 0.0, 1000).split(3) == (3, 0)


@steady
@given(offers(), fundings)
def test_an_offer_with_a_partner_survives_json_exactly(whole: Offer, funding: Funding) -> None:
    shared = replace(whole, funding=funding)
    assert offer_from_json(json.loads(json.dumps(offer_to_json(shared)))) == shared


def test_an_offer_without_a_partner_is_stored_as_it_was_before_there_were_any() -> None:
    assert "funding" not in offer_to_json(offer(PercentOff(20)))


def test_shoppers_read_the_same_whoever_pays() -> None:
    alone = offer(PercentOff(20, 400))
    shared = replace(alone, funding=Funding("acme", "Acme Coffee", 0.5, 50_000, 150, 20_000))
    for locale in ("en-US", "zh-CN"):
        assert offer_facts(shared, locale, "UTC") == offer_facts(alone, locale, "UTC")


def test_funding_is_read_from_yaml_values() -> None:
    data = OFFER | {"funding": FUNDING | {"per_redemption_minor": 150, "total_minor": 20_000}}
    [read] = offers_from_data([data], "offers.yaml")
    assert read.funding == Funding("acme", "Acme Coffee", 0.5, 50_000, 150, 20_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"share": 1.5}, r"funding, field share: 1.5 is outside \[0, 1\]. Give a share"),
        ({"share": -0.1}, r"-0.1 is outside \[0, 1\]"),
        ({"share": float("nan")}, r"nan is outside \[0, 1\]"),
        ({"share": "half"}, "'half' is not a number"),
        ({"share": 1 / 3}, "more than four decimals"),
        ({"budget_minor": -1}, "field budget_minor: -1 is out of range"),
        ({"budget_minor": 10.5}, "field budget_minor: 10.5 is not a whole number"),
        ({"per_redemption_minor": -5}, "field per_redemption_minor: -5 is out of range"),
        ({"total_minor": "20"}, "field total_minor: '20' is not a whole number"),
        ({"partner_id": ""}, "field partner_id: '' is not a text"),
        ({"cap": 5}, "field cap: there is no such field. The fields are partner_id, name"),
    ],
)
def test_what_is_wrong_is_named_with_file_offer_and_field(
    change: dict[str, Any], said: str
) -> None:
    data = OFFER | {"funding": FUNDING | change}
    with pytest.raises(InvalidError, match=rf"offers.yaml, offer 'coffee'.*funding.*{said}"):
        offers_from_data([data], "offers.yaml")


def test_a_missing_budget_is_an_error() -> None:
    rest = {name: value for name, value in FUNDING.items() if name != "budget_minor"}
    with pytest.raises(InvalidError, match=r"field funding, field budget_minor: it is missing"):
        offers_from_data([OFFER | {"funding": rest}], "offers.yaml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget_minor": 60_000}, r"field funding, field budget_minor: 60000 is not the 50000"),
        ({"name": "Other"}, "field funding, field name: 'Other' is not the 'Acme Coffee'"),
    ],
)
def test_one_partner_has_one_name_and_one_budget(change: dict[str, Any], said: str) -> None:
    first = OFFER | {"funding": FUNDING}
    second = OFFER | {"offer_id": "beans", "funding": FUNDING | change}
    with pytest.raises(InvalidError, match=f"offer 'beans'.*{said}.*'coffee'"):
        offers_from_data([first, second], "offers.yaml")


def test_one_partner_has_one_currency() -> None:
    first = OFFER | {"funding": FUNDING}
    second = OFFER | {"offer_id": "beans", "funding": FUNDING, "currency": "CNY"}
    with pytest.raises(InvalidError, match=r"offer 'beans'.*field currency.*is in USD"):
        offers_from_data([first, second], "offers.yaml")


def offers_of(*data: dict[str, Any]) -> tuple[Offer, ...]:
    return offers_from_data(list(data), "offers.yaml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"budget_minor": 60_000},
            "field budget_minor: 60000 is not the 50000 that offer 'coffee'",
        ),
        ({"name": "Other"}, "field name: 'Other' is not the 'Acme Coffee' that offer 'coffee'"),
    ],
)
def test_an_offer_of_another_file_states_the_partner_as_it_is_stored(
    change: dict[str, Any], said: str
) -> None:
    stored = offers_of(OFFER | {"funding": FUNDING})
    coming = offers_of(OFFER | {"offer_id": "beans", "funding": FUNDING | change})
    with pytest.raises(InvalidError, match=f"offer 'beans', field funding, {said}"):
        require_known_funding(coming, stored)


@pytest.mark.parametrize("name", ["budget_minor", "total_minor"])
def test_a_changed_offer_keeps_the_money_its_partner_gave(name: str) -> None:
    funding = FUNDING | {"total_minor": 20_000}
    stored = offers_of(OFFER | {"funding": funding})
    coming = offers_of(OFFER | {"funding": funding | {name: 30_000}})
    with pytest.raises(InvalidError, match=f"field {name}: 30000 is not .*as it is stored"):
        require_known_funding(coming, stored)


def test_a_partner_keeps_the_currency_of_what_is_stored() -> None:
    stored = offers_of(OFFER | {"funding": FUNDING})
    coming = offers_of(OFFER | {"offer_id": "beans", "funding": FUNDING, "currency": "CNY"})
    with pytest.raises(InvalidError, match=r"offer 'beans', field currency: .*is in USD"):
        require_known_funding(coming, stored)


@pytest.mark.parametrize(
    "funding",
    [None, FUNDING, FUNDING | {"share": 0.25}, FUNDING | {"partner_id": "b", "budget_minor": 1}],
)
def test_who_pays_and_how_much_of_it_may_change(funding: dict[str, Any] | None) -> None:
    stored = offers_of(OFFER | {"funding": FUNDING})
    require_known_funding(offers_of(OFFER | ({"funding": funding} if funding else {})), stored)


def test_a_partner_is_renamed_in_all_its_offers_at_once() -> None:
    named = [OFFER | {"offer_id": key, "funding": FUNDING} for key in ("a", "b")]
    anew = [one | {"funding": FUNDING | {"name": "Acme Foods"}} for one in named]
    require_known_funding(offers_of(*anew), offers_of(*named))
    with pytest.raises(InvalidError, match="'Acme Foods' is not the 'Acme Coffee'"):
        require_known_funding(offers_of(anew[0]), offers_of(*named))
