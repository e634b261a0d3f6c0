"""Scanners, previews and crawlers are told from people, and kept."""

from datetime import UTC, date, datetime, timedelta

import pytest

from promoloop.feedback import (
    Click,
    Visit,
    label_clicks,
    machine_said,
    scanner_rules,
    signs_of,
)

SENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULES = scanner_rules(date(2026, 11, 20))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def click(name: str, seconds: float, target: str = "/coffee", **more: object) -> Click:
    at = SENT + timedelta(seconds=seconds)
    return Click(name, "d1", "click", target, at, **more)


def labels(*clicks: Click) -> dict[str, str]:
    return label_clicks(clicks, {"d1": SENT}, RULES)


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(-1, "before-sending"), (0, "too-soon"), (9.999, "too-soon"), (10, ""), (3600, "")],
)
def test_a_click_within_seconds_of_the_message_is_a_machines(seconds: float, label: str):
    assert labels(click("k1", seconds)) == {"k1": label}


def test_a_message_whose_sending_is_not_known_is_judged_by_the_rest():
    assert label_clicks([click("k1", 0)], {}, RULES) == {"k1": ""}


def test_many_links_of_one_message_at_once_are_a_machines():
    said = labels(click("k1", 100), click("k2", 101, "/unsubscribe"), click("k3", 3600, "/tea"))
    assert said == {"k1": "burst", "k2": "burst", "k3": ""}


def test_one_link_twice_is_a_persons_double_click():
    assert labels(click("k1", 100), click("k2", 100.2)) == {"k1": "", "k2": ""}


def test_links_of_two_messages_at_once_are_no_burst():
    other = Click("k2", "d2", "click", "/tea", SENT + timedelta(seconds=100))
    said = label_clicks([click("k1", 100), other], {"d1": SENT, "d2": SENT}, RULES)
    assert set(said.values()) == {""}


def test_the_picture_beside_a_click_is_no_burst():
    opened = Click("k2", "d1", "open", "/", SENT + timedelta(seconds=100))
    assert set(labels(click("k1", 100), opened).values()) == {""}


def test_every_click_gets_a_label_and_none_is_dropped():
    many = [click(f"k{number}", number) for number in range(50)]
    assert set(labels(*many)) == {one.click_id for one in many}


@pytest.mark.parametrize(
    ("visit", "signs"),
    [
        (Visit("GET", FIREFOX), ()),
        (Visit("HEAD", FIREFOX), ("head",)),
        (Visit("GET", ""), ("agent:program",)),
        (Visit("GET", "BarracudaCentral/1.0"), ("agent:barracuda",)),
        (Visit("GET", "Slackbot-LinkExpanding 1.0"), ("agent:preview",)),
        (Visit("GET", FIREFOX, purpose="prefetch;prerender"), ("prefetch",)),
        (Visit("GET", FIREFOX, address="40.93.1.2"), ("network:microsoft-mail",)),
        (Visit("GET", FIREFOX, address="2a01:111:f400::1"), ("network:microsoft-mail",)),
        (Visit("GET", FIREFOX, address="8.8.8.8"), ()),
        (Visit("GET", FIREFOX, address="not an address"), ()),
        (Visit("GET", FIREFOX, datacentre=True), ("datacentre",)),
    ],
)
def test_a_visit_shows_what_speaks_for_a_machine(visit: Visit, signs: tuple[str, ...]):
    assert signs_of(visit, "click", RULES) == signs


def test_apples_proxy_opens_every_message_but_clicks_none():
    proxy = Visit("GET", "Mozilla/5.0")
    assert signs_of(proxy, "open", RULES) == ("agent:apple-privacy",)
    assert signs_of(proxy, "click", RULES) == ()


def test_a_row_counts_from_its_day_on():
    before = scanner_rules(date(2021, 9, 19))
    assert signs_of(Visit("GET", "Mozilla/5.0"), "open", before) == ()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_label_has_words(locale: str):
    codes = ("", "head", "prefetch", "agent:x", "network:x", "datacentre", "too-soon")
    for code in (*codes, "before-sending", "burst"):
        said = machine_said(code, locale)
        assert said
        assert said != code
        assert "{" not in said
