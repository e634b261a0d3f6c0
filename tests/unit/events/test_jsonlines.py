"""Segment calls in JSON become event lines, or one quarantine entry each."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.events import EventBatch, JsonLinesReader, resolve_identities

VIEW = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "m1",
    "userId": "7",
    "timestamp": "2026-11-01T17:00:00+08:00",
    "properties": {"product_id": "p1", "price": 1.25, "currency": "USD"},
}
ORDER = {
    "order_id": "o1",
    "currency": "USD",
    "discount": 1.0,
    "shelf": "top",
    "products": [
        {"product_id": "p1", "price": 2.0, "quantity": 3},
        {"product_id": "p2", "price": 3.0, "quantity": 1},
    ],
}


def read(*calls: object) -> EventBatch:
    return JsonLinesReader("e.jsonl").read([json.dumps(call).encode() for call in calls])


def changed(**fields: object) -> dict[str, object]:
    return {**VIEW, **fields}


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (changed(messageId=None), "messageId"),
        (changed(messageId="m" * 513), "messageId"),
        (changed(userId=None), "userId"),
        (changed(userId="u" * 513), "userId"),
        (changed(userId=None, anonymousId="a" * 513), "anonymousId"),
        (changed(userId=[1]), "userId"),
        (changed(timestamp="2026-11-01T17:00:00"), "timestamp"),
        (changed(timestamp="yesterday"), "timestamp"),
        (changed(timestamp=None), "timestamp"),
        (changed(timestamp="0001-01-01T00:00:00+14:00"), "timestamp"),
        (changed(timestamp="1970-12-31T23:59:59Z"), "timestamp"),
        (changed(timestamp="9000-01-01T00:00:00Z"), "timestamp"),
        (changed(timestamp="9999-12-31T23:59:59-14:00"), "timestamp"),
        (changed(properties={"note": "a\0b"}), "line"),
        (changed(properties={"note": "n" * 32_768}), "line"),
        (changed(event=None), "event"),
        (changed(properties={"price": -1, "currency": "USD"}), "properties.price"),
        (changed(properties={"price": 1.255, "currency": "USD"}), "properties.price"),
        (changed(properties={"price": 1.5, "currency": "JPY"}), "properties.price"),
        (changed(properties={"price": 1.5}), "properties.currency"),
        (changed(properties={"price": "1.5"}), "properties.price"),
        (changed(properties={"quantity": -1}), "properties.quantity"),
        (changed(properties={"quantity": 1.5}), "properties.quantity"),
        (changed(properties={**ORDER, "discount": 99}), "properties.discount"),
        ([VIEW], "line"),
    ],
)
def test_a_malformed_call_is_set_aside_with_its_field(call: object, field: str) -> None:
    batch = read(call)
    assert batch.lines.is_empty()
    assert [(entry.line, entry.field) for entry in batch.quarantined] == [(1, field)]


@pytest.mark.parametrize("raw", [b"{", b'{"a": NaN}', b'{"messageId": "\xff"}', b"[" * 5000])
def test_a_line_that_is_no_json_is_set_aside(raw: bytes) -> None:
    batch = JsonLinesReader("e.jsonl").read([b"\n", raw])
    assert [(entry.line, entry.field) for entry in batch.quarantined] == [(2, "line")]


@pytest.mark.parametrize("at", ["1971-01-01T00:00:00Z", "9000-01-01T07:59:59+08:00"])
def test_the_first_and_the_last_time_are_taken(at: str) -> None:
    assert len(read(changed(timestamp=at)).lines) == 1


def test_times_are_stored_in_utc() -> None:
    assert read(VIEW).lines["timestamp"].to_list() == [datetime(2026, 11, 1, 9, tzinfo=UTC)]


def test_an_order_is_exploded_and_its_discount_shared_by_value() -> None:
    lines = read(changed(event="Order Completed", properties=ORDER)).lines
    assert lines["line"].to_list() == [0, 1]
    # 1.00 over 6.00 + 3.00: 66.67 and 33.33 cents, the larger remainder first.
    assert lines["discount_minor"].to_list() == [67, 33]
    assert lines["revenue_minor"].to_list() == [533, 267]
    assert json.loads(lines["properties"][0])["shelf"] == "top"


def test_an_orders_discount_counts_as_the_coupons_where_it_names_one() -> None:
    lines = read(changed(event="Order Completed", properties={**ORDER, "coupon": "C"})).lines
    assert lines["coupon_minor"].to_list() == [67, 33]
    assert lines["discount_minor"].to_list() == [67, 33]
    assert lines["revenue_minor"].to_list() == [533, 267]


def test_revenue_and_discount_make_the_shelf_price_whatever_came_off() -> None:
    items = [{"product_id": "p1", "price": 2.0, "quantity": 3, "coupon_discount": 0.5}]
    own = {**ORDER, "discount": 1.0, "products": items}
    line = read(changed(event="Order Completed", properties=own)).lines.row(0, named=True)
    # 6.00 on the shelf; 0.50 by the line's coupon and 1.00 by the order's discount.
    assert line["revenue_minor"] == 450
    assert (line["discount_minor"], line["coupon_minor"]) == (150, 50)


def test_unknown_events_are_kept_with_their_properties() -> None:
    lines = read(changed(event="Cat Petted", properties={"softly": True})).lines
    assert lines.select("event", "properties").rows() == [("Cat Petted", '{"softly": true}')]


def test_the_same_line_again_is_a_replay_and_another_content_is_set_aside() -> None:
    batch = read(VIEW, VIEW, changed(userId="8"))
    assert batch.lines.height == 1
    assert [(entry.line, entry.field) for entry in batch.quarantined] == [(3, "messageId")]


def test_a_cloud_event_carries_a_call_or_properties() -> None:
    envelope = {"specversion": "1.0", "id": "e1", "source": "/shop", "type": "Product Viewed"}
    plain = {**envelope, "time": "2026-11-01T09:00:00Z", "subject": "7", "data": {"price": None}}
    lines = read({**envelope, "type": "shop.call", "data": VIEW}, plain).lines
    assert lines["message_id"].to_list() == ["m1", "/shop#e1"]
    assert lines["event"].to_list() == ["Product Viewed"] * 2
    assert lines["shopper_id"].to_list() == ["7", "7"]


def test_a_cloud_event_of_another_version_is_set_aside() -> None:
    bad = read({"specversion": "0.3", "id": "e1", "source": "/", "type": "t"}).quarantined
    assert bad[0].field == "specversion"


def test_a_shared_device_goes_to_the_next_who_identifies_else_the_last() -> None:
    def at(hour: int, message_id: str, **fields: object) -> dict[str, object]:
        said = {"messageId": message_id, "timestamp": f"2026-11-01T{hour:02}:00:00Z"}
        return {**VIEW, **said, "userId": None, "anonymousId": "a", **fields}

    calls = [
        at(1, "v1"),
        at(2, "i1", type="identify", userId="ann"),
        at(3, "v2"),
        at(4, "i2", type="identify", userId="bob"),
        at(5, "v3"),
        at(6, "v4", anonymousId="stranger"),
    ]
    found = resolve_identities(read(*calls).lines.lazy()).filter(event="Product Viewed").collect()
    assert dict(found.select("message_id", "shopper_id").rows()) == {
        "v1": "ann",
        "v2": "bob",
        "v3": "bob",
        "v4": "anonymous:stranger",
    }


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.sampled_from([*VIEW, *ORDER, "traits", "anonymousId", "specversion", "data", "id"])


@given(said=st.dictionaries(FIELDS, VALUES), nested=st.dictionaries(FIELDS, VALUES))
@settings(max_examples=300, deadline=None)
def test_any_object_is_read_or_set_aside_once(
    said: dict[str, object], nested: dict[str, object]
) -> None:
    call = {**VIEW, "properties": nested, **said}
    batch = read(call)
    assert len(batch.quarantined) == (1 if batch.lines.is_empty() else 0)
    assert isinstance(batch.lines, pl.DataFrame)


def test_line_numbers_and_order_hold_over_many_rows_and_chunks() -> None:
    raw = [json.dumps(changed(messageId=f"m{i}")).encode() for i in range(20_000)]
    raw[123] = raw[19_990] = b"{"
    reader = JsonLinesReader("e.jsonl")
    first, second = reader.read(raw[:15_000]), reader.read(raw[15_000:])
    told = [entry.line for batch in (first, second) for entry in batch.quarantined]
    assert told == [124, 19_991]
    ids = pl.concat([first.lines, second.lines])["message_id"].to_list()
    assert ids == [f"m{i}" for i in range(20_000) if i not in {123, 19_990}]
