"""The calendar of feasts, against the Moon, dateutil and published dates."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter

from promoloop.compose import (
    Festival,
    briefs_for,
    facts_for_copy,
    festivals,
    fill,
    market_of,
    sheet_of,
    verify_statement,
)
from promoloop.compose.tables import table
from promoloop.compose.templates import template_message
from promoloop.core import InvalidError
from promoloop.offers import PercentOff

from ..made import offer

NAMES = {
    "en-GB": "coffee", "zh-CN": "咖啡", "zh-TW": "咖啡", "de-DE": "Kaffee",
    "fr-FR": "café", "es-ES": "café", "ja-JP": "コーヒー",
}  # fmt: skip


def _day(festival_id: str, market: str, year: int) -> date:
    """Its first day in a year, looked up day by day as a campaign would."""
    days = (date(year, 1, 1) + timedelta(days=step) for step in range(365))
    return next(
        one.first
        for day in days
        for one in festivals(market, day)
        if one.festival_id == festival_id and one.first.year == year
    )


def _new_moons(year: int) -> set[date]:
    """Days of the new moon in China: Meeus, Astronomical Algorithms, ch. 49, to some minutes."""
    found = set()
    for k in range(round((year - 2000) * 12.3685) - 1, round((year - 2000) * 12.3685) + 15):
        t = k / 1236.85
        mean = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t
        sun = math.radians(2.5534 + 29.10535670 * k)
        moon = math.radians(201.5643 + 385.81693528 * k)
        node = math.radians(160.7108 + 390.67050284 * k)
        shift = (
            -0.40720 * math.sin(moon) + 0.17241 * math.sin(sun) + 0.01608 * math.sin(2 * moon)
            + 0.01039 * math.sin(2 * node) + 0.00739 * math.sin(moon - sun)
            - 0.00514 * math.sin(moon + sun) + 0.00208 * math.sin(2 * sun)
        )  # fmt: skip
        seconds = (mean + shift - 2440587.5) * 86400 - 70  # dynamical time is about 70 s ahead
        found.add(datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo("Asia/Shanghai")).date())
    return found


@pytest.mark.parametrize("year", [2026, 2027, 2028])
@pytest.mark.parametrize(
    ("festival_id", "day_of_month"),
    [("lunar_new_year", 1), ("lantern_festival", 15), ("dragon_boat", 5), ("qixi", 7),
     ("mid_autumn", 15), ("double_ninth", 9)],
)  # fmt: skip
def test_lunar_feasts_are_as_far_from_a_new_moon_as_the_calendar_says(
    festival_id: str, day_of_month: int, year: int
) -> None:
    first_of_month = _day(festival_id, "CN", year) - timedelta(days=day_of_month - 1)
    assert first_of_month in _new_moons(year)


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_movable_feasts_of_christians_follow_easter_as_dateutil_has_it(year: int) -> None:
    sunday = easter(year)
    assert _day("easter", "DE", year) == sunday
    assert _day("mothers_day", "GB", year) == sunday - timedelta(weeks=3)
    assert _day("fathers_day", "DE", year) == sunday + timedelta(days=39)
    pentecost, last = sunday + timedelta(days=49), date(year, 5, 31)
    last -= timedelta(days=(last.weekday() + 1) % 7)
    expected = last + timedelta(weeks=1) if last == pentecost else last
    assert _day("mothers_day", "FR", year) == expected


@pytest.mark.parametrize(
    ("festival_id", "market", "days"),
    [
        ("black_friday", "DE", ("2026-11-27", "2027-11-26", "2028-11-24")),
        ("cyber_monday", "US", ("2026-11-30", "2027-11-29", "2028-11-27")),
        ("thanksgiving", "US", ("2026-11-26", "2027-11-25", "2028-11-23")),
        ("thanksgiving", "CA", ("2026-10-12", "2027-10-11", "2028-10-09")),
        ("mothers_day", "US", ("2026-05-10", "2027-05-09", "2028-05-14")),
        ("mothers_day", "ES", ("2026-05-03", "2027-05-02", "2028-05-07")),
        ("fathers_day", "GB", ("2026-06-21", "2027-06-20", "2028-06-18")),
        ("respect_for_the_aged", "JP", ("2026-09-21", "2027-09-20", "2028-09-18")),
        ("june_18", "CN", ("2026-06-18", "2027-06-18", "2028-06-18")),
        ("singles_day", "TW", ("2026-11-11", "2027-11-11", "2028-11-11")),
        ("lunar_new_year", "TW", ("2026-02-17", "2027-02-06", "2028-01-26")),
    ],
)
def test_feasts_fall_on_the_published_days(
    festival_id: str, market: str, days: tuple[str, str, str]
) -> None:
    found = [_day(festival_id, market, year) for year in (2026, 2027, 2028)]
    assert found == [date.fromisoformat(one) for one in days]


def test_a_feast_may_be_named_from_its_first_mention_to_its_last_day_and_no_longer() -> None:
    def named(day: date) -> list[str]:
        return [one.festival_id for one in festivals("GB", day)]

    assert "christmas" not in named(date(2026, 11, 24))
    assert "christmas" in named(date(2026, 11, 25))
    assert "christmas" in named(date(2026, 12, 25))
    assert "christmas" not in named(date(2026, 12, 26))


def test_january_is_spoken_of_in_december_of_the_last_year_too() -> None:
    assert "new_year" in [one.festival_id for one in festivals("US", date(2028, 12, 28))]


def test_markets_keep_their_own_days() -> None:
    day = date(2026, 5, 5)
    found = {
        market: [one.first for one in festivals(market, day) if one.festival_id == "mothers_day"]
        for market in ("US", "GB", "FR", "ES", "MX")
    }
    assert found == {
        "US": [date(2026, 5, 10)],
        "GB": [],
        "FR": [],
        "ES": [],
        "MX": [date(2026, 5, 10)],
    }


def test_a_feast_has_the_name_of_the_reader_s_language_and_script() -> None:
    (black_friday,) = festivals("TW", date(2026, 11, 27))[:1]
    named = {tag: black_friday.name(tag) for tag in ("zh-TW", "zh-CN", "ja-JP", "de-DE")}
    assert named == {
        "zh-TW": "黑色星期五",
        "zh-CN": "黑色星期五",
        "ja-JP": "ブラックフライデー",
        "de-DE": "Black Friday",
    }
    with pytest.raises(InvalidError, match="'black_friday' in ko-KR: it has no name"):
        black_friday.name("ko-KR")


def test_every_feast_has_a_name_in_every_language_with_templates_and_a_source() -> None:
    for row in table("festivals")["festival"]:
        assert set(row["names"]) == {"en", "zh", "zh-Hant", "de", "fr", "es", "ja"}, row["id"]
        assert row["source"]
        assert row["lead"] > 0
        rules = {"fixed", "weekday", "easter", "dates"} & set(row)
        assert len(rules) == 1, row["id"]


def test_no_market_has_a_feast_twice() -> None:
    seen = [
        (row["id"], market) for row in table("festivals")["festival"] for market in row["markets"]
    ]
    assert len(seen) == len(set(seen))


def test_an_unknown_market_or_year_is_refused() -> None:
    with pytest.raises(InvalidError, match=r"'XX': the market is not known.*Use AT, AU"):
        festivals("XX", date(2026, 1, 1))
    with pytest.raises(InvalidError, match="the calendar knows 2026 to 2028"):
        festivals("US", date(2031, 1, 1))


def test_the_market_of_a_locale_is_its_region() -> None:
    assert [market_of(tag) for tag in ("de-AT", "zh-Hant-HK", "de")] == ["AT", "HK", ""]


@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "fr-FR", "es-ES", "ja-JP", "zh-TW", "zh-CN"])
def test_a_feast_is_named_where_the_facts_hold_it_and_nowhere_else(locale: str) -> None:
    coffee = offer(locale, NAMES[locale], PercentOff(20))
    facts = facts_for_copy(coffee, locale, "UTC")
    market = "TW" if locale == "zh-CN" else market_of(locale)
    christmas = next(
        one for one in festivals(market, date(2026, 12, 20)) if one.festival_id == "christmas"
    )
    fact = christmas.fact(locale)
    (brief,) = briefs_for([coffee], [locale], ["email"], ["festival"], "UTC")
    named = replace(brief, facts={**brief.facts, "festival": str(fact.value)})
    sheet = sheet_of(facts)
    wider = replace(sheet, facts=(*sheet.facts, fact))
    told = 0
    for turn in range(9):
        parts = fill(template_message(named, turn), named.facts)
        assert verify_statement(parts, wider, "email", "festival").passed, parts
        if str(fact.value) in " ".join(parts.values()):
            told += 1
            assert not verify_statement(parts, sheet, "email", "festival").passed, parts
        plain = fill(template_message(brief, turn), brief.facts)
        assert str(fact.value) not in " ".join(plain.values())
    assert told >= 1


def test_a_festival_is_a_record() -> None:
    assert all(isinstance(one, Festival) for one in festivals("JP", date(2026, 12, 20)))
