"""The lists of a briefs file that ask for other kinds of content."""

import pytest
import yaml

from promoloop.compose.kinds import rows_from_data, written_from_data
from promoloop.core import InvalidError

FILE = """
offers:
  - offer_id: tea-20
    names: {en-US: green tea, zh-CN: 绿茶}
    group: TEA
    reward: {code: percent_off, percent: 20, ceiling_minor: 400}
    valid_from: 2026-11-01T00:00:00Z
    valid_until: 2026-12-01T00:00:00Z
    currency: USD
invitations:
  - title: Tea Evening
    host: Corner Shop
    place: 12 Harbor Street, second floor
    starts: 2026-12-05T18:00:00Z
    ends: 2026-12-05T20:00:00Z
    locale: en-US
descriptions:
  - product_id: bars-6
    title: Oat Bars 6 x 40 g
    locale: en-US
    attributes: {count: 6 bars, flavor: honey}
    wanted: [weight, ingredients]
  - {product_id: x, title: "🎉", locale: zh-CN, attributes: {material: 橡木}}
replies:
  - question: Where is my order?
    locale: en-US
    today: 2026-11-20
    order: {order_id: A-1041, status: shipped, shipped_on: 2026-11-18}
  - question: 活动什么时候截止？
    locale: zh-CN
    today: 2026-11-20
    offer: tea-20
reports:
  - locale: en-US
    first: 2026-11-01
    last: 2026-11-30
    currency: USD
    figures:
      - {name: revenue, unit: money, value: 1250000, before: 1300000}
      - {name: repeat share, unit: percent, value: 31.5}
joint:
  - {offer: tea-20, shop: Corner Shop, partner: Harbor Books, locale: en-US, channel: sms}
"""


def test_everything_that_is_asked_for_is_written_in_order_and_proven():
    written = written_from_data(yaml.safe_load(FILE), "briefs.yaml")
    kinds = [one.kind for one in written]
    assert kinds == [
        "invitation", "description", "description", "reply", "reply", "report", "joint",
    ]  # fmt: skip
    assert all(one.verdict.passed for one in written), [one.verdict.reasons for one in written]
    assert written[1].completed == {"unit_weight": "40 g", "weight": "240 g"}
    assert written[1].refused == ("missing: ingredients is not known",)
    assert "11月30日" in written[4].parts["text"]


def test_a_file_without_these_lists_gives_nothing():
    assert written_from_data({"briefs": []}, "briefs.yaml") == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("05T18:00:00Z", "05T18:00:00", "invitations, item 1, field starts"),
        ("title: Tea Evening", "title: 90% off", "invitations, item 1, field title"),
        ("status: shipped", "status: lost", "replies, item 1"),
        ("today: 2026-11-20", "today: soon", "replies, item 1, field today"),
        ("value: 31.5", "value: much", "reports, item 1, field figures, item 2, field value"),
        ("partner: Harbor Books", "partner: <b>x</b>", "joint, item 1, field partner"),
        ("offer: tea-20, shop", "offer: tea-30, shop", "joint, item 1, field offer"),
        ("wanted:", "wished:", "descriptions, item 1, field wished"),
        ("x 40 g\n    locale: en-US", "x 40 g\n    locale: xx-YY", "descriptions, item 1"),
    ],
)
def test_what_is_wrong_is_named_with_file_list_item_and_field(old, new, named):
    with pytest.raises(InvalidError, match=f"briefs.yaml, {named}"):
        written_from_data(yaml.safe_load(FILE.replace(old, new)), "briefs.yaml")


def test_a_bad_row_is_named_with_its_number_and_stops_no_other():
    broken = FILE.replace("status: shipped", "status: lost").replace("Harbor Books", "<b>x</b>")
    broken = broken.replace("material: 橡木", 'material: "<b>"')
    rows = rows_from_data(yaml.safe_load(broken), "briefs.yaml")
    assert [one.kind for one in rows.written] == ["invitation", "description", "reply", "report"]
    named = ["descriptions, item 2", "replies, item 1", "joint, item 1, field partner"]
    for error, where in zip(rows.bad, named, strict=True):
        assert error.asked.startswith(f"briefs.yaml, {where}")
        assert error.case
        assert error.remedy


def test_a_text_that_is_not_proven_is_a_bad_row_with_its_reason(monkeypatch):
    data = yaml.safe_load(FILE)
    kept = len(written_from_data(data, "briefs.yaml"))
    monkeypatch.setattr(
        "promoloop.compose.kinds.invitation.time_text", lambda _moment, _locale: "9:17 PM"
    )
    rows = rows_from_data(data, "briefs.yaml")
    assert len(rows.written) == kept - 1
    (bad,) = rows.bad
    assert str(bad).startswith("briefs.yaml, invitations, item 1")
    assert "date: '9:17 PM' is not in the offer" in str(bad)


@pytest.mark.parametrize(
    ("today", "told"), [("2026-10-20", "11月1日"), ("2026-12-20", "这个优惠已在11月30日结束。")]
)
def test_a_reply_is_told_as_of_the_day_of_its_row(today, told):
    data = yaml.safe_load(FILE)
    row = data["replies"][1] | {"today": today}
    [written] = written_from_data({"offers": data["offers"], "replies": [row]}, "briefs.yaml")
    assert told in written.parts["text"]


def test_a_row_whose_order_came_after_today_names_the_field():
    row = yaml.safe_load(FILE)["replies"][0]
    order = {"order_id": "A-1041", "status": "delivered", "delivered_on": "2026-11-29"}
    with pytest.raises(InvalidError, match="replies, item 1, order A-1041, field delivered_on"):
        written_from_data({"replies": [row | {"order": order}]}, "briefs.yaml")
