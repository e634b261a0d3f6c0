"""A complaint ends contact, and is an outcome that costs the message it came after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from promoloop.deliver import ProviderReport
from promoloop.flows.consent.person import preferences_token
from promoloop.flows.deliver import ReportDesk, take_reports
from promoloop.flows.house import House

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEYS = (b"the newest key, 24 bytes",)


def test_a_complaint_is_an_outcome_and_a_bounce_is_none(house: House):
    desk = ReportDesk(house.consents, house.suppressions, KEYS, outcomes=house.outcomes)
    token = preferences_token(KEYS, "s1", "email")
    reports = [
        ProviderReport(kind, "email", f"<{kind}@x>", "", NOW, token=token)
        for kind in ("complaint", "hard_bounce")
    ]
    for _ in range(2):
        take_reports(desk, reports, NOW, signed=True)
    found = house.outcomes.between(NOW, NOW + timedelta(days=1))
    assert [(one.kind, one.shopper_id) for one in found] == [("complained", "s1")]
