"""Nobody is decided for who may not be written to; what a model wrote says so."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from promoloop.flows.history.audience import load_audience
from promoloop.flows.realtime.answering import live_copy
from promoloop.profiles import Suppression, address_digest
from promoloop.testing import MemorySuppressions
from promoloop.testing.samples import copy as sample_copy

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY = b"kept for ever"


@pytest.fixture
def house(decided_house):
    return replace(copy(decided_house), suppressions=MemorySuppressions(), address_key=KEY)


def test_a_suppressed_address_is_out_of_every_channel_but_the_site(house):
    [campaign] = house.campaigns.all()
    both = replace(campaign, channels={"email": 2, "onsite": 0})
    before = load_audience(house, both)
    [spot] = [row for row, address in enumerate(before.emails) if address][:1]
    digest = address_digest(before.emails[spot].upper(), KEY)
    house.suppressions.add([Suppression(digest, "bounced", "email", NOW, "DSN")])
    after = load_audience(house, both)
    assert before.consent["email"][spot]
    assert not after.consent["email"][spot]
    assert after.consent["email"].sum() == before.consent["email"].sum() - 1
    assert (after.consent["onsite"] == before.consent["onsite"]).all()


def test_what_a_model_wrote_says_so_on_a_page_where_it_is_wanted():
    text = dict.fromkeys(("headline", "body", "call"), "Coffee, 20% off.")
    written = replace(sample_copy("y1"), parts=text, source="model")
    assert live_copy(written, {}, "Written with AI").label == "Written with AI"
    assert live_copy(written, {}).label == ""
    by_hand = replace(written, source="template")
    assert live_copy(by_hand, {}, "Written with AI").label == ""
