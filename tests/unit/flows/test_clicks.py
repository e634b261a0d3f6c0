"""Followed links: written down whoever follows, outcomes only where a person did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.core import InvalidError
from promoloop.deliver import TrackedLink, tracked_link
from promoloop.feedback import Visit
from promoloop.flows.books.outcomes import collect_outcomes
from promoloop.flows.tracking.following import PIXEL, follow

KEYS = (b"the newest key, 24 bytes", b"an older key of 24 bytes")
SHOP = "https://shop.example/start?ref=1"
BROWSER = Visit("GET", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")


def token(shop, kind: str = "click", target: str = "/coffee?pl=x", decision: str = "d1") -> str:
    end = shop.campaign.starts_at + timedelta(days=100)
    base = "https://go.shop.example/l"
    return tracked_link(base, TrackedLink(decision, kind, target, end), KEYS)[len(base) + 1 :]


def visit(shop, day: float, said: str | None = None, how: Visit = BROWSER):
    now = shop.campaign.starts_at + timedelta(days=day)
    return follow(shop.house, KEYS, SHOP, token(shop) if said is None else said, how, now)


def collect(shop, day: float = 6):
    now = shop.campaign.starts_at + timedelta(days=day)
    return collect_outcomes(shop.house, shop.campaign, now)


def test_a_person_is_led_to_the_shop_and_counted_once(shop):
    led = visit(shop, 1)
    assert led.location == "https://shop.example/coffee?pl=x"
    report = collect(shop)
    assert (report.clicked, report.new, report.machines) == (1, 1, {})
    assert collect(shop).new == 0


def test_a_click_names_the_shopper_and_the_offers_group(shop):
    visit(shop, 1)
    collect(shop)
    start = shop.campaign.starts_at
    [one] = shop.house.outcomes.between(start, start + timedelta(days=9))
    assert (one.kind, one.decision_id, one.shopper_id, one.group) == (
        "clicked",
        "d1",
        "s1",
        "COFFEE",
    )


def test_an_open_shows_the_point_and_leads_nowhere(shop):
    led = visit(shop, 1, token(shop, "open", "/"))
    assert led.location == ""
    assert PIXEL.startswith(b"GIF89a")
    assert len(PIXEL) == 43
    assert collect(shop).opened == 1


def test_a_redeem_link_redeems_nothing(shop):
    visit(shop, 1, token(shop, "redeem", "/cart"))
    report = collect(shop)
    assert (report.clicked, report.redeemed) == (1, 0)


@pytest.mark.parametrize(
    "how",
    [
        replace(BROWSER, method="HEAD"),
        Visit("GET", "BarracudaCentral"),
        replace(BROWSER, address="40.107.3.4"),
        replace(BROWSER, datacentre=True),
        Visit("GET", ""),
    ],
)
def test_a_machine_is_led_on_and_kept_but_is_no_outcome(shop, how: Visit):
    assert visit(shop, 1, how=how).location == "https://shop.example/coffee?pl=x"
    report = collect(shop)
    assert (report.clicked, sum(report.machines.values())) == (0, 1)
    assert len(shop.house.clicks.of("d1")) == 1


def test_a_scanner_that_follows_every_link_at_once_is_no_outcome(shop):
    for number, target in enumerate(("/coffee", "/tea", "/unsubscribe")):
        visit(shop, 1 + number / 864000, token(shop, target=target))
    report = collect(shop)
    assert (report.clicked, report.machines) == (0, {"burst": 3})


def test_a_click_as_the_message_leaves_is_a_scanners(shop):
    visit(shop, 0.5 + 5 / 86400)
    assert collect(shop).machines == {"too-soon": 1}


def test_a_click_waits_until_those_beside_it_are_known(shop):
    visit(shop, 1)
    assert collect(shop, 1 + 30 / 86400).clicked == 0
    assert collect(shop, 1 + 61 / 86400).clicked == 1


def test_one_link_followed_again_and_again_within_a_second_is_one_click(shop):
    for number in range(200):
        visit(shop, 1 + number / 86_400_000)
    assert len(shop.house.clicks.of("d1")) == 1


def test_a_link_of_an_unknown_decision_is_kept_and_is_no_outcome(shop):
    visit(shop, 1, token(shop, decision="d-unknown"))
    assert collect(shop).new == 0
    assert len(shop.house.clicks.of("d-unknown")) == 1


@pytest.mark.parametrize("forged", ["", "a.b", "x" * 100_000, "../../etc/passwd", "%0d%0aX: y"])
def test_a_forged_link_leads_nowhere_and_is_not_kept(shop, forged: str):
    with pytest.raises(InvalidError, match="signature"):
        visit(shop, 1, forged)
    start = shop.campaign.starts_at
    assert shop.house.clicks.between(start, start + timedelta(days=90)) == ()


def test_an_expired_link_is_as_bad_as_a_forged_one(shop):
    with pytest.raises(InvalidError, match="signature"):
        visit(shop, 101)


def test_nothing_of_the_visitor_is_kept_but_the_signs(shop):
    how = Visit("GET", "curl/8 <script>alert(1)</script>", address="203.0.113.7")
    visit(shop, 1, how=how)
    kept = str(shop.house.clicks.of("d1"))
    assert "script" not in kept
    assert "203.0.113.7" not in kept
