"""Tracked links: bound to one message, one kind and one place of the shop's own site."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.deliver import (
    UNSUBSCRIBE,
    TrackedLink,
    landing,
    read_link,
    read_token,
    signed_token,
    tracked_link,
)

OLD, NEW = b"an old key of 24 bytes!!", b"a new key of 24 bytes !!"
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
LINK = TrackedLink("d-1", "click", "/coffee?size=1#top", datetime(2026, 12, 20, 17, tzinfo=UTC))
BASE = "https://go.shop.example/l"


def token_of(link: TrackedLink = LINK, key: bytes | tuple[bytes, ...] = OLD) -> str:
    return tracked_link(BASE, link, key).removeprefix(f"{BASE}/")


def refused(token: str, key: bytes | tuple[bytes, ...] = OLD, now: datetime = NOW) -> str:
    with pytest.raises(InvalidError) as caught:
        read_link(key, token, now)
    return str(caught.value)


def test_a_link_comes_back_as_it_was_signed():
    assert read_link(OLD, token_of(), NOW) == LINK


def test_a_link_names_its_kind_and_its_target_in_the_signature():
    head, _, tail = token_of().partition(".")
    values = json.loads(base64.urlsafe_b64decode(head + "=="))
    assert values[:3] == ["d-1", "click", "/coffee?size=1#top"]
    for spot, other in ((0, "d-2"), (1, "redeem"), (2, "/tea"), (3, "9999999")):
        changed = [*values]
        changed[spot] = other
        raw = json.dumps(changed, separators=(",", ":")).encode()
        forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        refused(f"{forged}.{tail}")


def test_a_link_of_the_old_key_is_believed_until_the_key_is_dropped():
    assert read_link((NEW, OLD), token_of(key=OLD), NOW) == LINK
    assert read_link((NEW, OLD), token_of(key=(NEW, OLD)), NOW) == LINK
    refused(token_of(key=(NEW, OLD)), key=OLD)
    refused(token_of(key=OLD), key=(NEW,))


def test_whatever_is_wrong_with_a_token_the_answer_is_the_same():
    good = token_of()
    wrong = [
        "",
        ".",
        "a.b",
        good[:-1],
        good[1:],
        good + "A",
        good.replace(".", ".."),
        token_of(key=NEW),
        signed_token(OLD, UNSUBSCRIBE, "d-1", "click", "/coffee", "999999"),
        signed_token(OLD, "link", "d-1"),
        signed_token(OLD, "link", "d-1", "click", "//evil.example", "999999"),
        signed_token(OLD, "link", "d-1", "unknown", "/", "999999"),
        signed_token(OLD, "link", "d-1", "click", "/", "soon"),
        signed_token(OLD, "link", "d-1", "click", "/", "9" * 30),
        "A" * 5_000_000,
        "é" * 40 + "." + "A" * 22,
        good + "\n",
        good.replace(".", "%2e"),
    ]
    answers = {refused(token) for token in wrong}
    answers.add(refused(good, now=LINK.expires_at))
    assert len(answers) == 1
    assert "d-1" not in answers.pop()


def test_a_token_has_one_spelling():
    good = token_of()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(good[-1])
    others = [good[:-1] + letter for letter in letters if letters.index(letter) != last]
    for other in others:
        refused(other)


def test_a_link_works_until_its_last_moment():
    assert read_link(OLD, token_of(), LINK.expires_at - timedelta(microseconds=1)) == LINK


@pytest.mark.parametrize(
    "target",
    [
        "",
        "coffee",
        "//evil.example",
        "/\\evil.example",
        "/\\/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/a\r\nLocation: https://evil.example",
        "/a b",
        "/\tevil",
        "/<script>",
        "/咖啡",
        "\\\\evil.example",
        "/%0d%0a\n",
    ],
)
def test_a_target_that_could_lead_elsewhere_is_refused(target: str):
    with pytest.raises(InvalidError, match="no path of the shop's own site"):
        TrackedLink("d-1", "click", target, NOW)


@given(st.text(max_size=40))
def test_whatever_the_target_a_link_lands_at_the_shop(text: str):
    try:
        link = TrackedLink("d-1", "click", "/" + text, NOW + timedelta(days=1))
    except InvalidError:
        return
    found = urlsplit(landing("https://shop.example:8443/start?x=1", link))
    assert (found.scheme, found.netloc) == ("https", "shop.example:8443")


@given(st.binary(max_size=60))
def test_no_random_token_is_believed(raw: bytes):
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    for token in (text, f"{text}.{text}"):
        with pytest.raises(InvalidError, match="signature"):
            read_token((NEW, OLD), "link", token)


def test_a_short_key_signs_nothing_wherever_it_stands():
    for keys in ((), (b"short",), (NEW, b"short")):
        with pytest.raises(InvalidError, match="16 random bytes"):
            signed_token(keys, "link", "d-1")


def test_a_link_too_long_to_be_carried_is_refused():
    with pytest.raises(InvalidError, match="characters"):
        token_of(TrackedLink("d-1", "click", "/" + "a" * 2000, NOW))
