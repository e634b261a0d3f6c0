"""Bounces and complaints bar an address for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from promoloop.deliver import ProviderReport
from promoloop.flows.consent.person import preferences_token
from promoloop.flows.consent.reports import take_reports
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.profiles import Consent, address_digest

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEYS, PEPPER = (b"the newest key, 24 bytes",), b"kept for ever"


def report(kind: str, address: str = "Ann@mail.example", token: str = "") -> ProviderReport:
    return ProviderReport(kind, "email", "<1@x>", address, NOW, "5.1.1", token)


def reason(house: House, address: str = "ann@mail.example") -> str:
    digest = address_digest(address, PEPPER)
    found = house.suppressions.among([digest])
    return found[digest].reason if found else ""


@pytest.fixture
def known(house: House) -> House:
    house.tables.put(
        "contacts",
        pl.DataFrame({"shopper_id": ["s1", "s2"], "email": ["ann@Mail.example", None]}),
    )
    house.consents.record(
        [
            Consent("s1", name, PURPOSE, True, NOW - timedelta(9), "form")
            for name in ("email", "sms")
        ]
    )
    return house


@pytest.mark.parametrize(
    ("kind", "barred"),
    [
        ("hard_bounce", "bounced"),
        ("complaint", "complained"),
        ("soft_bounce", ""),
        ("delivered", ""),
    ],
)
def test_only_hard_bounces_and_complaints_bar_an_address(known: House, kind: str, barred: str):
    take_reports(known, [report(kind)], KEYS, PEPPER)
    assert reason(known) == barred


def test_a_complaint_withdraws_every_consent_and_is_an_outcome(known: House):
    done = take_reports(known, [report("complaint")], KEYS, PEPPER)
    assert done["barred"] == 1
    for channel in ("email", "sms"):
        assert known.consents.granted(channel, PURPOSE) == frozenset()
    kinds = {one.kind for one in known.outcomes.between(NOW, NOW + timedelta(1))}
    assert "complained" in kinds


def test_a_complaint_with_the_address_blotted_out_is_known_by_our_token(known: House):
    token = preferences_token(KEYS, "s1")
    take_reports(known, [report("complaint", "", token)], KEYS, PEPPER)
    assert known.consents.granted("email", PURPOSE) == frozenset()
    assert known.suppressions.counts() == {}


def test_a_forged_token_withdraws_nobodys_consent(known: House):
    token = preferences_token(b"somebody else's key, 24!", "s1")
    done = take_reports(known, [report("complaint", "", token)], KEYS, PEPPER)
    assert done["unknown_shopper"] == 1
    assert known.consents.granted("email", PURPOSE) == {"s1"}


def test_the_same_report_again_changes_nothing(known: House):
    take_reports(known, [report("complaint")], KEYS, PEPPER)
    entries = known.consents.of("s1")
    found = known.outcomes.between(NOW, NOW + timedelta(1))
    done = take_reports(known, [report("complaint")], KEYS, PEPPER)
    assert done["barred"] == 0
    assert known.consents.of("s1") == entries
    assert known.outcomes.between(NOW, NOW + timedelta(1)) == found
