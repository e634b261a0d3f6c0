import json
from datetime import UTC, datetime

import polars as pl

from promoloop.events import EVENT_LINES
from promoloop.profiles import Consent, consents_in, contacts_in


def identify(shopper: str, day: int, traits: dict[str, object]) -> dict[str, object]:
    return {
        "message_id": f"{shopper}-{day}",
        "line": 0,
        "event": "identify",
        "shopper_id": shopper,
        "timestamp": datetime(2026, 11, day, tzinfo=UTC),
        "properties": json.dumps({"traits": traits}),
    }


def history(*rows: dict[str, object]) -> pl.LazyFrame:
    return pl.DataFrame(list(rows), schema=EVENT_LINES).lazy()


def test_the_latest_value_of_each_trait_counts() -> None:
    lines = history(
        identify("1", 2, {"locale": "zh-CN"}),
        identify("1", 1, {"email": "a@shop.example", "locale": "en-US"}),
    )
    assert contacts_in(lines).rows() == [("1", "a@shop.example", "zh-CN", "", "")]


def test_consent_keeps_its_time_and_its_noes() -> None:
    lines = history(
        identify("1", 3, {"consent": {"email": False}}),
        identify("1", 1, {"consent": {"email": True, "onsite": True}}),
    )
    first, third = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    assert consents_in(lines, ("email", "onsite")) == (
        Consent("1", "email", "promotions", granted=True, at=first, source="identify"),
        Consent("1", "onsite", "promotions", granted=True, at=first, source="identify"),
        Consent("1", "email", "promotions", granted=False, at=third, source="identify"),
    )


def test_a_shopper_who_never_said_yes_has_no_entry() -> None:
    assert consents_in(history(identify("1", 1, {"email": "a@shop.example"})), ("email",)) == ()
