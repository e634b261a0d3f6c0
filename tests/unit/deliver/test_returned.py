"""Bounces and complaints as mail servers write them, and what follows from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.deliver import (
    UNSUBSCRIBE,
    ProviderReport,
    reports_in_json,
    reports_in_mail,
    signed_token,
)
from promoloop.flows.deliver import ReportDesk, take_reports
from promoloop.profiles import Consent, address_digest
from promoloop.testing.memory_state import MemoryState

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEY = b"0123456789abcdef"
TOKEN = signed_token(KEY, UNSUBSCRIBE, "s-7", "email")
OURS = f"""\
From: Shop <offers@shop.example>
To: li@mail.example
Subject: =?utf-8?b?5ZKW5ZWh?=
Message-ID: <abc@shop.example>
List-Unsubscribe: <https://shop.example/u?x=1&t={TOKEN}>, <mailto:u@shop.example?subject=x>
"""


def dsn(action: str, status: str, diagnostic: str = "", original: str = "") -> bytes:
    """A report as Postfix writes it."""
    lines = [
        "Reporting-MTA: dns; mx.shop.example",
        "X-Postfix-Queue-ID: 4F2B81234",
        "Arrival-Date: Fri, 20 Nov 2026 10:00:00 -0500 (EST)",
        "",
        "Final-Recipient: rfc822; li@mail.example",
        *([f"Original-Recipient: rfc822;{original}"] if original else []),
        f"Action: {action}",
        f"Status: {status}",
        *([f"Diagnostic-Code: {diagnostic}"] if diagnostic else []),
    ]
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
To: bounces@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

This is a MIME-encapsulated message.

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you ...

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

{chr(10).join(lines)}

--b1
Content-Type: text/rfc822-headers

{OURS}
--b1--
""".encode()


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind"),
    [
        ("failed", "5.1.1", "smtp; 550 5.1.1 user unknown", "hard_bounce"),
        ("failed", "5.1.10", "", "hard_bounce"),
        ("failed", "5.2.2", "smtp; 552 5.2.2 mailbox full", "soft_bounce"),
        ("failed", "5.7.1", "smtp; 554 5.7.1 policy", "soft_bounce"),
        ("failed", "5.4.4", "host not found", "soft_bounce"),
        ("failed", "4.4.7", "expired", "soft_bounce"),
        ("delayed", "4.4.1", "", "soft_bounce"),
        ("failed", "", "smtp; 550 5.1.1 no such user", "hard_bounce"),
        ("failed", "nonsense", "", "soft_bounce"),
        ("delivered", "2.0.0", "", "delivered"),
        ("relayed", "2.0.0", "", "delivered"),
        ("FAILED", "5.1.1", "", "hard_bounce"),
    ],
)
def test_a_delivery_status_says_hard_or_soft(
    action: str, status: str, diagnostic: str, kind: str
) -> None:
    (report,) = reports_in_mail(dsn(action, status, diagnostic), NOW)
    assert report.kind == kind
    assert report.channel == "email"
    assert report.address == "li@mail.example"
    assert report.message_id == "<abc@shop.example>"
    assert report.at == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert report.token == TOKEN


def test_a_forwarded_address_is_told_by_the_one_we_wrote_to() -> None:
    (report,) = reports_in_mail(dsn("failed", "5.1.1", original="first@mail.example"), NOW)
    assert report.address == "first@mail.example"


def test_a_report_on_several_recipients_gives_one_each() -> None:
    more = "\n\nFinal-Recipient: rfc822; wu@mail.example\nAction: delayed\nStatus: 4.2.0"
    raw = dsn("failed", "5.1.1").replace(b"Status: 5.1.1", f"Status: 5.1.1{more}".encode())
    found = [(report.address, report.kind) for report in reports_in_mail(raw, NOW)]
    assert found == [("li@mail.example", "hard_bounce"), ("wu@mail.example", "soft_bounce")]


# RFC 5965, appendix B.1 in form, with our own message in the last part.
ARF = f"""\
From: <abusedesk@mail.example>
Date: Fri, 20 Nov 2026 17:40:36 +0000
Subject: FW: Your coffee
To: <abuse@shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1"

--part1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <offers@shop.example>
Original-Rcpt-To: <li@mail.example>
Arrival-Date: Fri, 20 Nov 2026 15:00:00 GMT

--part1
Content-Type: message/rfc822
Content-Disposition: inline

{OURS}
Coffee is 20% off.
--part1--
""".encode()


def test_an_abuse_report_is_a_complaint() -> None:
    assert reports_in_mail(ARF, NOW) == (
        ProviderReport(
            kind="complaint",
            channel="email",
            message_id="<abc@shop.example>",
            address="li@mail.example",
            at=datetime(2026, 11, 20, 15, tzinfo=UTC),
            detail="abuse",
            token=TOKEN,
        ),
    )


def test_a_blotted_out_recipient_is_found_by_the_token() -> None:
    raw = ARF.replace(b"Original-Rcpt-To: <li@mail.example>\n", b"")
    (report,) = reports_in_mail(raw.replace(b"To: li@mail.example", b"To: redacted"), NOW)
    assert report.token == TOKEN


def test_not_spam_is_no_complaint() -> None:
    assert (
        reports_in_mail(ARF.replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam"), NOW) == ()
    )


def test_an_out_of_office_note_is_no_report() -> None:
    assert reports_in_mail(b"Subject: Away\nAuto-Submitted: auto-replied\n\nBack soon.", NOW) == ()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_are_no_report(raw: bytes) -> None:
    assert isinstance(reports_in_mail(raw, NOW), tuple)


@given(st.data())
def test_a_damaged_report_never_breaks_the_reader(data: st.DataObject) -> None:
    for whole in (ARF, dsn("failed", "5.1.1")):
        at = data.draw(st.integers(0, len(whole)))
        cut = data.draw(st.integers(0, 60))
        put = data.draw(st.binary(max_size=20))
        for report in reports_in_mail(whole[:at] + put + whole[at + cut :], NOW):
            assert "\n" not in report.address + report.detail + report.message_id


def test_a_huge_report_is_not_read() -> None:
    with pytest.raises(InvalidError, match="bytes"):
        reports_in_mail(b"a" * 1_000_001, NOW)
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200 + b"--b--\n"
    with pytest.raises(InvalidError, match="parts"):
        reports_in_mail(many, NOW)


def test_reports_by_webhook_are_read_in_the_words_of_providers() -> None:
    body = b"""[
      {"event": "message.bounced", "message_id": "<a@x>", "address": "li@mail.example",
       "at": "2026-11-20T12:00:00-05:00", "detail": "550"},
      {"event": "Delivered", "message_id": "<b@x>", "at": 1795194000},
      {"event": "spam-report", "address": "wu@mail.example"},
      {"event": "opened", "message_id": "<c@x>"}
    ]"""
    found = reports_in_json(body, "email", NOW)
    assert [(one.kind, one.message_id, one.address) for one in found] == [
        ("hard_bounce", "<a@x>", "li@mail.example"),
        ("delivered", "<b@x>", ""),
        ("complaint", "", "wu@mail.example"),
    ]
    assert found[0].at == NOW
    assert found[2].at == NOW


@pytest.mark.parametrize(
    "body",
    [
        b'{"event": "deferred"}',
        b'{"events": [{"event": "deferred"}]}',
        b'[{"event": "deferred"}]',
        b'{"type": "x", "data": {"event": "soft_bounce"}}',
    ],
)
def test_one_a_list_and_an_envelope_are_all_taken(body: bytes) -> None:
    assert [one.kind for one in reports_in_json(body, "sms", NOW)] == ["soft_bounce"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"7",
        b"[7]",
        b'{"event": 7}',
        b'{"event": "bounced", "at": "soon"}',
        b'{"event": "bounced", "at": 1e300}',
        b"[" * 5000,
        b"[" + b'{"event":"x"},' * 2000 + b"{}]",
    ],
)
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError, match="delivery report"):
        reports_in_json(body, "sms", NOW)


def desk(state: MemoryState) -> ReportDesk:
    state.consents.record(
        [Consent("s-7", "email", "marketing", True, NOW - timedelta(days=3), "form")]
    )
    return ReportDesk(state.consents, state.suppressions, KEY, b"addresses")


def told(kind: str, token: str = "", address: str = "li@mail.example") -> ProviderReport:
    return ProviderReport(kind, "email", "<a@x>", address, NOW, token=token)


@pytest.mark.parametrize(
    ("kind", "reason"), [("hard_bounce", "bounced"), ("complaint", "complained")]
)
def test_a_signed_report_suppresses_the_address(kind: str, reason: str) -> None:
    state = MemoryState()
    taken = take_reports(desk(state), [told(kind)], NOW, signed=True)
    assert (taken.suppressed, taken.unproven) == (1, 0)
    digest = address_digest("li@mail.example", b"addresses")
    assert state.suppressions.among([digest])[digest].reason == reason
    assert take_reports(desk(state), [told(kind)], NOW, signed=True).suppressed == 0


def test_a_mailed_report_ends_the_consent_its_token_names_and_no_more() -> None:
    state = MemoryState()
    victim = told("complaint", TOKEN, address="victim@mail.example")
    taken = take_reports(desk(state), [victim], NOW, signed=False)
    assert (taken.withdrawn, taken.suppressed, taken.unproven) == (1, 0, 0)
    assert state.consents.granted("email", "marketing") == frozenset()
    assert state.suppressions.counts() == {}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y",
        TOKEN[:-1] + "A",
        signed_token(KEY, "click", "s-7", "email"),
        signed_token(b"another key of 16", UNSUBSCRIBE, "s-7", "email"),
        signed_token(KEY, UNSUBSCRIBE, "s-7", "sms"),
    ],
)
def test_a_forged_report_ends_nothing(token: str) -> None:
    state = MemoryState()
    taken = take_reports(desk(state), [told("hard_bounce", token)], NOW, signed=False)
    assert (taken.withdrawn, taken.suppressed, taken.unproven) == (0, 0, 1)
    assert state.consents.granted("email", "marketing") == {"s-7"}


def test_soft_bounces_and_deliveries_end_nothing() -> None:
    state = MemoryState()
    reports = [told("soft_bounce", TOKEN), told("delivered", TOKEN)]
    taken = take_reports(desk(state), reports, NOW, signed=True)
    assert taken.kinds == {"soft_bounce": 1, "delivered": 1}
    assert (taken.withdrawn, taken.suppressed) == (0, 0)
