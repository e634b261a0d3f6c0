"""Pages and forms for shoppers: only by a link of ours, no script, and a GET changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from promoloop.deliver import signed_token
from promoloop.flows.consent.person import preferences_token
from promoloop.flows.history.audience import PURPOSE
from promoloop.profiles import Consent

from .conftest import asked, is_problem


def test_forged_tokens_open_no_page_and_change_nothing(door: Any) -> None:
    house = door.shop.house
    at = datetime.now(UTC)
    house.consents.record([Consent("s-forged", "email", PURPOSE, True, at, "test")])
    good = preferences_token(door.shop.settings.signing_keys, "s-forged")
    other = signed_token(b"another key of 32 bytes, not ours", "unsubscribe", "s-forged", "email")
    click = {"List-Unsubscribe": "One-Click"}
    for token in ("", "x", other, good[:-1], good + "A", good.swapcase()):
        sent = asked(door, (), "POST", "/unsubscribe", params={"t": token}, data=click)
        assert sent.status_code == 404
        assert asked(door, (), "GET", "/preferences", params={"t": token}).status_code == 404
        assert asked(door, (), "GET", f"/t/{token or 'x'}").status_code == 404
    assert "s-forged" in house.consents.granted("email", PURPOSE)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b"--B"),
        ("; boundary=", b"--B"),
        ("; boundary=B", b"--B\r\nno header\r\n"),
        ("; boundary=B", b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n"),
        (
            "; boundary=B",
            b'--B\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nx\r\n--B--\r\n',
        ),
    ],
    ids=["no boundary", "empty boundary", "broken header", "no name", "a file"],
)
def test_a_multipart_form_that_cannot_be_read_is_a_400(door: Any, kind: str, body: bytes) -> None:
    headers = {"content-type": f"multipart/form-data{kind}"}
    sent = asked(door, (), "POST", "/unsubscribe", headers=headers, content=body)
    assert is_problem(sent, 400)


def test_a_get_never_unsubscribes_and_one_click_does(door: Any) -> None:
    house = door.shop.house
    house.consents.record([Consent("s-leave", "email", PURPOSE, True, datetime.now(UTC), "test")])
    where = {"t": preferences_token(door.shop.settings.signing_keys, "s-leave")}
    shown = asked(door, (), "GET", "/unsubscribe", params=where)
    assert shown.status_code == 200
    assert "s-leave" in house.consents.granted("email", PURPOSE)
    assert "s-leave" not in shown.text.replace(where["t"], "")
    wrong = asked(door, (), "POST", "/unsubscribe", params=where, data={"x": "y"})
    assert wrong.status_code == 404
    click = {"List-Unsubscribe": (None, "One-Click")}
    assert asked(door, (), "POST", "/unsubscribe", params=where, files=click).status_code == 200
    assert "s-leave" not in house.consents.granted("email", PURPOSE)


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_a_link_to_confirm_that_is_none_of_ours_shows_no_button(
    door: Any, token: str | None
) -> None:
    params = {} if token is None else {"t": token}
    shown = asked(door, (), "GET", "/confirm", params=params)
    assert (shown.status_code, "<form" in shown.text) == (404, False)
    other = preferences_token(door.shop.settings.signing_keys, "s-confirm")
    assert asked(door, (), "GET", "/confirm", params={"t": other}).status_code == 404
    ours = signed_token(door.shop.settings.signing_keys, "confirm", "a-request")
    shown = asked(door, (), "GET", "/confirm", params={"t": ours})
    assert (shown.status_code, "<form" in shown.text) == (200, True)


@pytest.mark.parametrize("path", ["/preferences", "/confirm"])
@pytest.mark.parametrize("body", [b"\xff", b"t=\xff&do=save", b"%ff=%ff"])
def test_a_browser_that_sends_no_text_is_shown_the_page(door: Any, path: str, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    sent = asked(door, (), "POST", path, headers=headers, content=body)
    assert (sent.status_code, sent.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_page_runs_no_script_and_shows_what_was_sent_as_text(door: Any) -> None:
    answer = asked(door, (), "GET", "/confirm", params={"t": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_posted_file_and_a_huge_form_are_refused(door: Any) -> None:
    file = {"t": ("../../x.sh", b"#!/bin/sh", "text/plain")}
    assert is_problem(asked(door, (), "POST", "/preferences", files=file), 400)
    large = {"t": "x" * 20_000}
    assert is_problem(asked(door, (), "POST", "/preferences", data=large), 413)
