"""What a marketer wrote is read strictly, and every error says where and what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from promoloop.core import InvalidError
from promoloop.offers import (
    AmountOff,
    CouponCode,
    FlashWindow,
    Guardrail,
    TieredAmountOff,
    campaign_from_data,
    offers_from_data,
)

OFFER: dict[str, Any] = {
    "offer_id": "coffee",
    "names": {"en-US": "coffee"},
    "group": "COFFEE",
    "reward": {"code": "percent_off", "percent": 20, "ceiling_minor": 400},
    "valid_from": "2026-11-01T00:00:00Z",
    "valid_until": "2026-12-01T00:00:00+08:00",
    "currency": "USD",
}
CAMPAIGN: dict[str, Any] = {
    "campaign_id": "autumn",
    "name": "Autumn",
    "offer_ids": ["coffee"],
    "channels": {"email": 1, "onsite": 0},
    "hours": [8, 20],
    "budget_minor": 1000,
    "currency": "USD",
    "arms": {"policy": 0.45, "random": 0.15, "bau": 0.25, "holdout": 0.15},
    "starts_at": "2026-11-01T00:00:00Z",
    "weeks": 12,
    "salt": "autumn-26",
}


def test_every_part_is_read_from_yaml() -> None:
    text = """
    - offer_id: tea
      names: {zh-CN: 茶}
      group: TEA
      reward: {code: tiered_amount_off, tiers: [[30000, 5000], [50000, 10000]]}
      conditions:
        - {code: coupon_code, codes: [TEA1, TEA2]}
        - {code: flash_window, start: 2026-11-11T00:00:00+08:00, end: 2026-11-12T00:00:00+08:00}
      valid_from: 2026-11-01T00:00:00+08:00
      valid_until: 2026-12-01T00:00:00+08:00
      currency: CNY
      stacking: brand
      caps: {per_shopper: 1, total: 100, money_minor: 500000}
    """
    (tea,) = offers_from_data(yaml.safe_load(text), "tea.yaml")
    assert tea.reward == TieredAmountOff(((30000, 5000), (50000, 10000)))
    codes, window = tea.conditions
    assert codes == CouponCode(("TEA1", "TEA2"))
    assert isinstance(window, FlashWindow)
    assert window.start.isoformat() == "2026-11-10T16:00:00+00:00"
    assert tea.valid_until.isoformat() == "2026-11-30T16:00:00+00:00"
    assert (tea.caps.per_shopper, tea.caps.total, tea.caps.money_minor) == (1, 100, 500000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "field colour: there is no such field"),
        ({"currency": "DOLLARS"}, "field currency: 'DOLLARS' is no ISO 4217 currency"),
        ({"names": {}}, "field names: it is empty"),
        ({"names": {"klingon!": "x"}}, "field names: it is not a known BCP 47 tag"),
        ({"group": 7}, "field group: 7 is not a text"),
        ({"valid_from": "2026-11-01T00:00:00"}, "field valid_from: 2026-11-01T00:00:00 has no t"),
        ({"valid_from": "soon"}, "field valid_from: 'soon' is not a time"),
        ({"valid_until": "2026-10-01T00:00:00Z"}, "field valid_until: 2026-10-01T00:00:00+00:00 i"),
        ({"reward": {"code": "magic"}}, "field reward, field code: 'magic' is not known"),
        ({"reward": {"code": "percent_off", "percent": 0}}, "field percent: 0 is out of range"),
        ({"reward": {"code": "percent_off", "percent": 120}}, "field percent: 120 is out of ran"),
        ({"reward": {"code": "percent_off", "percent": "20"}}, "field percent: '20' is not a who"),
        ({"reward": {"code": "amount_off", "amount_minor": -5}}, "field amount_minor: -5 is out o"),
        ({"reward": {"code": "amount_off"}}, "field amount_minor: it is missing. Add it."),
        ({"reward": {"code": "tiered_amount_off", "tiers": [[5, 5]]}}, "off at 5: 5 is out of ra"),
        ({"reward": {"code": "tiered_amount_off", "tiers": [[5, 1], [5, 2]]}}, "must rise"),
        ({"reward": {"code": "tiered_amount_off", "tiers": [[5]]}}, "item 1: [5] is not a pair"),
        ({"conditions": [{"code": "minimum_spend", "amount_minor": 0}]}, "item 1, minimum_spend"),
        ({"conditions": [{"code": "coupon_code", "codes": ["A", "A"]}]}, "'A' stands there twice"),
        ({"conditions": [{"code": "minimum_spend", "amount_minor": 1}] * 2}, "minimum_spend stan"),
        ({"caps": {"total": 0}}, "field caps, field total: 0 is too small"),
        ({"caps": {"total": True}}, "field caps, field total: True is not a whole number"),
    ],
)
def test_a_wrong_offer_is_refused_by_file_offer_and_field(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)) as caught:
        offers_from_data({"offers": [OFFER | change]}, "o.yaml")
    assert caught.value.asked.startswith("o.yaml, offer 'coffee' (number 1)")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([OFFER, OFFER], "offer 'coffee' (number 2), field offer_id: an offer above has the same"),
        ([], "field offers: there is no offer"),
        (None, "o.yaml: None is no mapping"),
        ({"offer": []}, "field offer: there is no such field"),
        ([3], "o.yaml, offer number 1: 3 is no mapping"),
    ],
)
def test_a_wrong_list_of_offers_is_refused(data: object, message: str) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)):
        offers_from_data(data, "o.yaml")


def test_a_flash_window_outside_the_validity_is_refused() -> None:
    window = {
        "code": "flash_window",
        "start": "2027-01-01T00:00:00Z",
        "end": "2027-01-02T00:00:00Z",
    }
    with pytest.raises(InvalidError, match="lies outside valid_from"):
        offers_from_data([OFFER | {"conditions": [window]}], "o.yaml")


def test_an_amount_is_never_read_as_a_percentage() -> None:
    (whole,) = offers_from_data(
        [OFFER | {"reward": {"code": "amount_off", "amount_minor": 20}}], "o.yaml"
    )
    assert whole.reward == AmountOff(20)


def test_a_campaign_is_read_bare_or_under_its_name() -> None:
    bare = campaign_from_data(CAMPAIGN, "c.yaml")
    assert campaign_from_data({"campaign": CAMPAIGN}, "c.yaml") == bare
    assert (bare.hours, bare.floor, bare.contacts_per_week) == ((8, 20), 0.005, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget_minor": 0}, "field budget_minor: 0 is too small. Give 1 or more."),
        ({"budget_minor": -1}, "field budget_minor: -1 is too small"),
        ({"arms": {"policy": 0.5}}, "field arms: the shares sum to 0.5"),
        ({"arms": {"policy": 0.5, "champions": 0.5}}, "field arms, champions: it is not an arm"),
        ({"arms": {"policy": 1.5, "bau": -0.5}}, "field arms, policy: 1.5 is no share"),
        ({"offer_ids": []}, "field offer_ids: it is empty"),
        ({"offer_ids": ["a", "a"]}, "field offer_ids: something stands there twice"),
        ({"channels": {}}, "field channels: it is empty"),
        ({"channels": {"email": -1}}, "field channels, email: -1 is too small"),
        ({"hours": [24]}, "field hours: 24 is no hour of the day"),
        ({"weeks": 0}, "field weeks: 0 is too small"),
        ({"floor": 1.0}, "field floor: 1.0 is outside [0, 1)"),
        ({"starts_at": "2026-11-01T00:00:00"}, "field starts_at: 2026-11-01T00:00:00 has no time"),
        ({"weeks": "twelve"}, "field weeks: 'twelve' is not a whole number"),
        ({"goal": "more"}, "field goal: there is no such field"),
    ],
)
def test_a_wrong_campaign_is_refused_by_file_and_field(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidError, match=re.escape(message)) as caught:
        campaign_from_data(CAMPAIGN | change, "c.yaml")
    assert caught.value.asked.startswith("c.yaml, campaign 'autumn'")


def test_guardrails_are_read_as_they_were_written() -> None:
    written = [{"metric": "unsubscribe_rate", "direction": "above", "limit": 0.005}]
    found = campaign_from_data(CAMPAIGN | {"guardrails": written}, "c.yaml")
    assert found.guardrails == (Guardrail("unsubscribe_rate", "above", 0.005),)
    assert campaign_from_data(CAMPAIGN, "c.yaml").guardrails == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric": "clicks"}, "item 1, field metric: 'clicks' is not measured"),
        ({"direction": "up"}, "item 1, field direction: 'up' is no side"),
        ({"limit": 1.5}, "1.5 is no share between 0 and 1"),
        ({"limit": 0}, "0.0 is no share between 0 and 1"),
        ({"metric": "spend_pace", "limit": float("nan")}, "field limit"),
        ({"limit": "high"}, "item 1, field limit"),
        ({"window": 7}, "item 1, field window"),
        ({"metric": "margin_per_shopper", "limit": -5}, "no shopper is in it"),
    ],
)
def test_a_wrong_guardrail_is_refused_by_its_place(changes: dict[str, Any], words: str) -> None:
    rail = {"metric": "unsubscribe_rate", "direction": "above", "limit": 0.005} | changes
    arms = {"policy": 0.6, "random": 0.4, "bau": 0.0, "holdout": 0.0}
    with pytest.raises(InvalidError, match=re.escape(words)):
        campaign_from_data(CAMPAIGN | {"arms": arms, "guardrails": [rail]}, "c.yaml")
