"""A joint promotion as its owner types it: an offer with a partner, a week, both sides reported."""

from __future__ import annotations

import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.conftest import (
    OFFERS,
    START,
    Desk,
    a_year_of_events,
    lay_out,
    order,
    write_lines,
)

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import open_shop

MONDAY = "2026-11-02T00:00:00Z"
WEDNESDAY = "2026-11-04T23:00:00Z"
TUESDAY_AFTER = "2026-11-10T00:00:00Z"
ADVENT = "2026-11-28T00:00:00Z"
FILES = ("--catalog", "products.csv", "--offers", "offers.yaml", "--campaign", "campaign.yaml")
FUNDING = """\
    conditions: [{code: coupon_code, codes: [COFFEE25]}]
    funding:
      partner_id: acme
      name: Acme Coffee
      share: 0.5
      budget_minor: 3000
      per_redemption_minor: 75
"""
#: Coffee is 8.00: a quarter off is 2.00, of which Acme pays 0.75. Of a promise of 4.00 at most too.
THEIRS = 75


@pytest.fixture
def desk(tmp_path):
    found = lay_out(tmp_path, a_year_of_events(shoppers=90))
    with contextlib.chdir(tmp_path):
        found.figures("init")
        found.replace("promoloop.toml", 'backend = "embedded"', 'backend = "none"')
        condition = FUNDING.splitlines(keepends=True)[0]
        assert condition in OFFERS
        found.replace("offers.yaml", condition, FUNDING)
        found.replace("campaign.yaml", "{policy: 0.5, random: 0.2, bau: 0.2, holdout: 0.1}", ARMS)
        yield found


#: The usual mail of the first week is about coffee.
ARMS = "{policy: 0.0, random: 0.0, bau: 1.0, holdout: 0.0}"


def first_week(desk: Desk) -> dict[str, object]:
    with SmtpSink(desk.folder / "mails") as sink:
        desk.replace("promoloop.toml", "port = 8025", f"port = {sink.port}")
        desk.figures("ingest", "events.jsonl", *FILES)
        desk.figures("learn", "--now", MONDAY)
        desk.figures("compose", "--now", MONDAY)
        decided = desk.figures("decide", "november", "--now", MONDAY)
        desk.figures("deliver", "--now", WEDNESDAY)
    return decided


def uses(desk: Desk, name: str, shoppers: list[str]) -> None:
    """These shoppers buy coffee with the code on Saturday."""
    at = START + timedelta(days=5, hours=1)
    rows = [order(who, at, "beans", coupon="COFFEE25", discount=2.00) for who in shoppers]
    desk.figures("ingest", str(write_lines(desk.folder / name, rows)))


def sides(desk: Desk, now: str) -> list[dict[str, object]]:
    desk.figures("learn", "--now", now)
    return desk.figures("report", "november", "--now", now)["sides"]


def test_both_sides_are_kept_to_and_reported_from_the_offer_to_the_page(desk):
    decided = first_week(desk)
    acme = decided["partners"]["partner/acme"]
    with open_shop(Path("promoloop.toml")) as shop:
        made = [one for one in shop.house.decisions.of_campaign("november") if one.offer_id]
        sent = shop.house.deliveries.sent_between(START, START + timedelta(days=7))
    # 3,000 pays for forty promises; the forty-first has that for a reason.
    assert len(made) == 3_000 // THEIRS
    assert (acme["reserved_minor"], acme["left_minor"]) == (3_000, 0)
    assert all(one.liability_minor == 400 - THEIRS + 1 for one in made)
    holders = sorted(one.shopper_id for one in made if one.decision_id in sent)
    uses(desk, "answers.jsonl", holders[:9])
    ours, theirs = sides(desk, TUESDAY_AFTER)
    assert (theirs["name"], theirs["spent_minor"]) == ("Acme Coffee", 9 * THEIRS)
    assert ours["spent_minor"] == 9 * (200 - THEIRS) + len(sent)
    assert theirs["at_stake_minor"] == 3_000
    assert (ours["over_minor"], theirs["over_minor"]) == (0, 0)
    assert (theirs["held_minor"], theirs["booked_minor"]) == (0, 9 * THEIRS)
    english, chinese = (
        Path(name).read_text("utf-8") for name in ("report.html", "report.zh-CN.html")
    )
    assert "Acme Coffee pays 50% of what the offer on coffee takes off" in english
    assert "咖啡的优惠：Acme Coffee承担优惠金额的50%" in chinese
    # Two more orders of that Saturday turn up three weeks later.
    uses(desk, "late.jsonl", holders[9:11])
    for _ in range(2):
        ours, theirs = sides(desk, ADVENT)
        assert (theirs["spent_minor"], theirs["late_minor"]) == (11 * THEIRS, 2 * THEIRS)
        assert ours["late_minor"] == 2 * (200 - THEIRS)
        assert ours["booked_minor"] == ours["spent_minor"] == 11 * (200 - THEIRS) + len(sent)
    assert "was reported only after the money" in Path("report.html").read_text("utf-8")
    mails = "".join(path.read_text("utf-8", "replace") for path in Path("mails").rglob("*.eml"))
    assert mails
    assert "Acme" not in mails


def test_a_partner_stated_wrongly_stops_the_file_with_line_and_field(desk):
    desk.replace("offers.yaml", "share: 0.5", "share: 1.5")
    plain = desk.type("ingest", "events.jsonl", *FILES, "--json")
    assert plain.exit_code == 2
    body = json.loads(plain.stdout)
    assert body["asked"].startswith("offers.yaml, offer 'coffee-25' (number 1), field funding")
    assert body["case"] == "1.5 is outside [0, 1]"
