"""An offer kept as JSON is the same offer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from promoloop.core import InvalidError
from promoloop.offers import Offer, PercentOff, offer_from_json, offer_to_json

from .made import offer, offers, steady


@steady
@given(offers())
def test_any_offer_survives_json_exactly(whole: Offer) -> None:
    assert offer_from_json(json.loads(json.dumps(offer_to_json(whole)))) == whole


@steady
@given(offers())
def test_writing_twice_gives_the_same_values(whole: Offer) -> None:
    assert offer_to_json(offer_from_json(offer_to_json(whole))) == offer_to_json(whole)


def test_a_stored_offer_with_an_unknown_field_is_refused_by_name() -> None:
    data = offer_to_json(offer(PercentOff(20))) | {"colour": "red"}
    with pytest.raises(InvalidError, match="stored offer 'o1', field colour: there is no such"):
        offer_from_json(data)


def test_a_stored_reward_of_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    data = offer_to_json(offer(PercentOff(20))) | {"reward": {"code": "magic"}}
    with pytest.raises(InvalidError, match=r"'magic' is not known\. Use one of percent_off"):
        offer_from_json(data)
