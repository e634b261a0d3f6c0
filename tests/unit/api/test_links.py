"""Links in messages: programs may look at them, and people read what is wrong with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from promoloop.deliver import TrackedLink, tracked_link
from promoloop.flows.consent.person import preferences_token

from .conftest import asked

DAY = timedelta(days=1)
HTML = "text/html; charset=utf-8"
PAGES = ("/t/{}", "/preferences?t={}", "/unsubscribe?t={}")
WORDS = {"en-GB,en;q=0.9": ("en-US", "no longer works"), "zh-CN,zh;q=0.9": ("zh-CN", "链接已失效")}


def link(door: Any, decision_id: str, ends: datetime) -> str:
    made = TrackedLink(decision_id, "click", "/coffee", ends)
    return tracked_link("/t", made, door.shop.settings.signing_keys)


def shown(answer: httpx.Response, locale: str, words: str) -> None:
    """A page in that language, without anything of the link on it."""
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == HTML
    assert f'<html lang="{locale}">' in answer.text
    assert words in answer.text
    assert 'href="https://' in answer.text


def test_a_head_leads_where_a_get_leads_and_is_no_persons_click(door: Any) -> None:
    where = link(door, "d-head", datetime.now(UTC) + DAY)
    looked = asked(door, (), "HEAD", where)
    assert (looked.status_code, looked.content) == (302, b"")
    assert not [one for one in door.shop.house.clicks.of("d-head") if not one.signs]
    followed = asked(door, (), "GET", where, headers={"user-agent": "Mozilla/5.0 Firefox/145.0"})
    assert followed.headers["location"] == looked.headers["location"]
    assert len([one for one in door.shop.house.clicks.of("d-head") if not one.signs]) == 1


def test_every_page_that_anybody_may_see_answers_a_head(door: Any) -> None:
    token = preferences_token(door.shop.settings.signing_keys, "s-head")
    for path in (f"/preferences?t={token}", f"/unsubscribe?t={token}", "/healthz"):
        looked = asked(door, (), "HEAD", path)
        assert (looked.status_code, looked.content) == (200, b"")
    assert asked(door, (), "PUT", "/preferences").headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("asks", WORDS)
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("token", ["x", "x" * 3000, "%00", "a.b.c"])
def test_a_damaged_link_shows_a_page_in_the_readers_language(
    door: Any, asks: str, path: str, token: str
) -> None:
    answer = asked(door, (), "GET", path.format(token), headers={"accept-language": asks})
    shown(answer, *WORDS[asks])
    assert token not in answer.text.replace("x-", "") or len(token) < 6


@pytest.mark.parametrize("asks", WORDS)
def test_an_expired_link_shows_a_page_in_the_readers_language(door: Any, asks: str) -> None:
    where = link(door, "d-over", datetime.now(UTC) - DAY)
    shown(asked(door, (), "GET", where, headers={"accept-language": asks}), *WORDS[asks])
    assert not door.shop.house.clicks.of("d-over")


def test_a_link_that_a_mail_provider_lengthened_still_opens_its_page(door: Any) -> None:
    token = preferences_token(door.shop.settings.signing_keys, "s-longer")
    where = {"t": token, "utm_source": "mail", "fbclid": "1"}
    assert asked(door, (), "GET", "/preferences", params=where).status_code == 200
