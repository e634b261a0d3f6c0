"""Deliveries: reasons in words, and doubts that a person ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.console.conftest import NOW
from tests.console.live.conftest import sent_messages

from promoloop.deliver import Health
from promoloop.flows.deliver.providers import keep_health


def in_doubt(ran, reason="quiet-hours"):
    """One message whose sending nobody knows the end of, and one held for ``reason``."""
    known = sent_messages(ran)[0]
    fresh = [
        replace(
            known,
            dedupe_key=key,
            decision_id=key,
            state="queued",
            not_before=NOW,
            expires_at=NOW.replace(day=9),
            sent_at=None,
        )
        for key in ("doubt-1", "held-1")
    ]
    outbox = ran.house.outbox
    outbox.enqueue(fresh)
    outbox.lease("w", NOW, 10)
    outbox.mark(["doubt-1"], "w", "sending", NOW)
    outbox.mark(["doubt-1"], "w", "unknown", NOW, "the server fell silent")
    outbox.mark(["held-1"], "w", "held", NOW, reason, NOW.replace(hour=20))


def test_reasons_are_told_in_the_readers_language(viewer, chinese, ran):
    in_doubt(ran)
    page = viewer.get("/deliveries").text
    assert "it was quiet time for this channel" in page
    assert "in doubt" in page
    assert "免打扰时段" in chinese.get("/deliveries").text


def test_a_provider_that_rests_is_shown_with_its_cause(viewer, chinese, ran, clock):
    down = Health("open", 5, "cannot connect: [Errno 111] Connection refused", 600.0)
    keep_health(ran.house.tables, "email", down, NOW)
    page = viewer.get("/deliveries").text
    assert "5 failures in a row; the last: cannot connect: [Errno 111] Connection refused" in page
    assert "resting until Nov 3, 2026, 7:10" in page
    assert "连续失败 5 次，最近一次：无法连接（连接被拒绝）" in chinese.get("/deliveries").text
    clock.now = NOW + timedelta(minutes=10)
    assert "to be tried" in viewer.get("/deliveries").text
    keep_health(ran.house.tables, "email", Health("closed"), clock.now)
    assert "answers again" in viewer.get("/deliveries").text


def test_messages_are_listed_by_state_campaign_and_channel(viewer, ran):
    in_doubt(ran)
    page = viewer.get("/deliveries?state=held").text
    assert page.count('<p class="row-main">') == 1
    assert "No message fits" in viewer.get("/deliveries?state=failed").text
    assert viewer.get("/deliveries?state=%3Cscript%3E&skip=-5").status_code == 200


def test_an_approver_ends_a_doubt_and_it_is_noted(approver, viewer, ran):
    in_doubt(ran)
    approver.get("/deliveries?state=unknown")
    fields = {"key": "doubt-1", "end": "sent", "reason": "it stands in the server's log"}
    assert approver.post("/deliveries/resolve", **fields).status_code == 303
    assert ran.house.outbox.counts()["unknown"] == 0
    entry = ran.audit.latest(1)[0]
    assert (entry.action, entry.details["messages"]) == ("delivery.resolve", "1")
    viewer.get("/deliveries")
    assert viewer.post("/deliveries/resolve", **fields).status_code == 403


def test_a_doubt_is_not_ended_without_a_reason_or_by_a_made_up_end(approver, ran):
    in_doubt(ran)
    approver.get("/deliveries?state=unknown")
    for fields in (
        {"key": "doubt-1", "end": "sent", "reason": ""},
        {"key": "doubt-1", "end": "held", "reason": "x"},
        {"end": "sent", "reason": "x"},
    ):
        assert approver.post("/deliveries/resolve", **fields).status_code == 422
    assert ran.house.outbox.counts()["unknown"] == 1


def test_before_the_first_message_the_page_says_how_they_come(shop):
    from tests.console.conftest import Reader

    from promoloop.console import create_console

    reader = Reader(create_console(shop, now=lambda: NOW))
    reader.sign_in("viewer")
    assert "There is no message yet" in reader.get("/deliveries").text
