"""Text messages, notifications and webhooks: what arrives at real servers, and what does not."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tests.browsers import Browser, new_vapid_key, url_text
from tests.providers import HttpProvider, http_provider

from promoloop.backends.channel_http import (
    Poster,
    PushChannel,
    SmsChannel,
    SmsProvider,
    VapidKeys,
    WebhookChannel,
)
from promoloop.core import InvalidError
from promoloop.deliver import (
    PushSubscription,
    Rendered,
    WebhookSecrets,
    push_subscription,
    require_push_endpoint,
    verify_webhook,
)
from promoloop.testing.channel import rendered
from promoloop.testing.memory_subscriptions import MemorySubscriptions

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


_OPEN: list[SmsChannel | WebhookChannel | PushChannel] = []
C = TypeVar("C", SmsChannel, WebhookChannel, PushChannel)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def kept(channel: C) -> C:
    """Closed at the end of the test."""
    _OPEN.append(channel)
    return channel


def sms(provider: SmsProvider, poster: Poster | None = None) -> SmsChannel:
    return kept(SmsChannel(provider, poster))


def hook(url: str, secrets: WebhookSecrets) -> WebhookChannel:
    return kept(WebhookChannel(url, secrets, now=lambda: NOON))


@pytest.fixture
def provider() -> Iterator[HttpProvider]:
    with http_provider() as running:
        yield running


def text(number: int = 1, words: str = "Coffee: 20% off with COFFEE20") -> Rendered:
    return replace(rendered(number), address="+12025550143", text=words)


# --- what a provider's status means


@pytest.mark.parametrize(
    ("status", "careless", "idempotent"),
    [
        (200, "sent", "sent"),
        (202, "sent", "sent"),
        (301, "failed", "failed"),
        (400, "failed", "failed"),
        (401, "failed", "failed"),
        (404, "failed", "failed"),
        (408, "retry", "retry"),
        (429, "retry", "retry"),
        (500, "unknown", "retry"),
        (502, "unknown", "retry"),
        (503, "retry", "retry"),
        (504, "unknown", "retry"),
    ],
)
def test_a_status_decides(
    provider: HttpProvider, status: int, careless: str, idempotent: str
) -> None:
    provider.answer = lambda _: status
    for wanted, flag in [(careless, False), (idempotent, True)]:
        channel = sms(SmsProvider(provider.url(), idempotent=flag))
        assert channel.send([text()])[0].state == wanted


def test_a_redirect_is_not_followed(provider: HttpProvider) -> None:
    provider.answer = lambda _: 307
    provider.extra = {"location": provider.url("/elsewhere")}
    assert sms(SmsProvider(provider.url())).send([text()])[0].state == "failed"
    assert [one.path for one in provider.taken] == ["/send"]


def test_a_provider_can_say_how_long_to_wait(provider: HttpProvider) -> None:
    provider.answer = lambda _: 429
    channel = sms(SmsProvider(provider.url()))
    for said, wanted in [("7", 7.0), ("soon", 0.0), ("9" * 30, 3600.0), ("", 0.0)]:
        provider.extra = {"retry-after": said}
        assert channel.send([text()])[0].after_seconds == wanted


def test_many_connections_keep_answers_in_order(provider: HttpProvider) -> None:
    provider.answer = lambda taken: 400 if json.loads(taken.body)["text"].endswith("3") else 202
    channel = sms(SmsProvider(provider.url()), Poster(connections=4))
    results = channel.send([text(n, f"Coffee {n}") for n in range(10)])
    assert [result.state for result in results] == ["sent"] * 3 + ["failed"] + ["sent"] * 6


def test_what_a_provider_answers_is_not_kept(provider: HttpProvider) -> None:
    provider.answer = lambda _: 400
    provider.extra = {"x-echo": "+12025550143"}
    result = sms(SmsProvider(provider.url(), auth="Bearer secret")).send([text()])[0]
    assert result.detail == "400"


# --- text messages


def test_json_with_nested_names_and_the_secret_in_its_header(provider: HttpProvider) -> None:
    asked = SmsProvider(
        provider.url("/v1/{digits}/messages?ref={id}"),
        fields={"message.to": "{to}", "message.text": "{text}", "parts": "{segments}"},
        headers={"Idempotency-Key": "{id}"},
        auth_header="X-Api-Key",
        auth="secret-1",
    )
    sms(asked).send([text()])
    (taken,) = provider.taken
    assert taken.path == "/v1/12025550143/messages?ref=%3Cm1%40shop.example%3E"
    assert taken.headers["x-api-key"] == "secret-1"
    assert taken.headers["idempotency-key"] == "<m1@shop.example>"
    assert json.loads(taken.body) == {
        "message": {"to": "+12025550143", "text": "Coffee: 20% off with COFFEE20"},
        "parts": "1",
    }
    assert "secret-1" not in repr(asked)


def test_a_form_is_encoded(provider: HttpProvider) -> None:
    fields = {"To": "{to}", "Body": "{text}", "From": "{from}"}
    asked = SmsProvider(provider.url(), fields=fields, body="form", sender="Shop & Co")
    sms(asked).send([text(words="咖啡 20% & more = fun")])
    (taken,) = provider.taken
    assert taken.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(taken.body.decode()) == {
        "To": ["+12025550143"],
        "Body": ["咖啡 20% & more = fun"],
        "From": ["Shop & Co"],
    }


def test_what_a_text_holds_is_never_filled_in_again(provider: HttpProvider) -> None:
    sms(SmsProvider(provider.url())).send([text(words='{to} "} {from} \\u0000 ${id}')])
    assert json.loads(provider.taken[0].body)["text"] == '{to} "} {from} \\u0000 ${id}'


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("a" * 459, "sent"),  # 3 x 153 septets
        ("a" * 460, "failed"),
        ("€" * 228, "sent"),  # two septets each, 76 to a segment
        ("€" * 229, "failed"),
        ("咖" * 201, "sent"),  # 3 x 67 units
        ("咖" * 202, "failed"),
        ("☕👩", "sent"),
        ("   ", "failed"),
    ],
)
def test_segments_are_counted_before_anything_is_paid(
    provider: HttpProvider, words: str, state: str
) -> None:
    result = sms(SmsProvider(provider.url())).send([text(words=words)])[0]
    assert result.state == state
    assert len(provider.taken) == (state == "sent")


@pytest.mark.parametrize(
    "number", ["2025550143", "+0123456789", "+12", "+1202555014312345", "li@mail.example"]
)
def test_a_number_that_is_none_is_refused(provider: HttpProvider, number: str) -> None:
    message = replace(text(), address=number)
    assert sms(SmsProvider(provider.url())).send([message])[0].state == "failed"
    assert provider.taken == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://sms.example/"},
        {"url": "sms.example/send"},
        {"url": "https://{to}.example/send"},
        {"url": "https://sms.example/{secret}"},
        {"body": "xml"},
        {"fields": {"to": "{number}"}},
        {"auth": "a\r\nX-Evil: 1"},
        {"headers": {"X": "a\nb"}},
    ],
)
def test_a_provider_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidError, match="SMS provider"):
        SmsProvider(**{"url": "https://sms.example/send", **wrong})


# --- signed webhooks


def test_a_webhook_arrives_signed_with_every_secret(provider: HttpProvider) -> None:
    old, new = "whsec_" + "ab" * 16, "whsec_" + "cd" * 16
    channel = hook(provider.url(), WebhookSecrets([new, old]))
    assert channel.send([rendered(1)])[0].state == "sent"
    (taken,) = provider.taken
    for secret in (old, new):
        found = verify_webhook(WebhookSecrets([secret]), taken.headers, taken.body, NOON)
        assert found == "<m1@shop.example>"
    told = json.loads(taken.body)
    assert told["type"] == "message.send"
    assert told["data"]["text"] == rendered(1).text


@pytest.mark.parametrize("url", ["http://shop.example/hook", "ftp://x", "", "https://"])
def test_a_webhook_does_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(InvalidError):
        hook(url, WebhookSecrets(["whsec_" + "ab" * 16]))


# --- notifications in the browser


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[HttpProvider]:
    with http_provider(tls=tmp_path) as running:
        yield running


def push(
    service: HttpProvider, store: MemorySubscriptions, folder: Path, key: str = ""
) -> PushChannel:
    trust = ssl.create_default_context(cafile=folder / "ca.pem")
    keys = VapidKeys(key or new_vapid_key(), "mailto:ops@shop.example")
    hosts = (f"localhost:{service.port}",)
    poster = Poster(trust=trust)
    return kept(PushChannel(store, keys, "/offers", hosts, poster, now=lambda: NOON))


def at(service: HttpProvider, path: str) -> str:
    return service.url(path, "https", "localhost")


def note(shopper: str = "s-1", **headers: str) -> Rendered:
    return replace(rendered(1), address=shopper, headers=headers)


def test_a_notification_arrives_encrypted_for_each_browser(
    service: HttpProvider, browser: Browser, tmp_path: Path
) -> None:
    store, other = MemorySubscriptions(), Browser()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    store.put([other.subscription("s-1", at(service, "/b"))])
    ends = (NOON + timedelta(hours=3)).isoformat()
    assert push(service, store, tmp_path).send([note(expires_at=ends)])[0].state == "sent"
    bodies = {one.path: one for one in service.taken}
    assert set(bodies) == {"/a", "/b"}
    shown = json.loads(browser.decrypt(bodies["/a"].body))
    assert json.loads(other.decrypt(bodies["/b"].body)) == shown
    assert shown["title"] == "Your coffee, 20% off 咖啡"
    assert shown["url"] == "/offers"
    assert b"coffee" not in bodies["/a"].body
    assert bodies["/a"].headers["ttl"] == "10800"
    assert bodies["/a"].headers["content-encoding"] == "aes128gcm"
    assert len(bodies["/a"].headers["topic"]) == 32


def test_vapid_names_the_service_and_us_and_is_signed(
    service: HttpProvider, browser: Browser, tmp_path: Path
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    push(service, store, tmp_path).send([note()])
    said = service.taken[0].headers["authorization"]
    assert said.startswith("vapid t=")
    token, _, key = said.removeprefix("vapid t=").partition(",k=")
    head, claims, signature = (unpadded(part) for part in token.split("."))
    assert json.loads(head)["alg"] == "ES256"
    expires = int((NOON + timedelta(hours=12)).timestamp())
    assert json.loads(claims) == {
        "aud": f"https://localhost:{service.port}",
        "sub": "mailto:ops@shop.example",
        "exp": expires,
    }
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(key))
    der = encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )
    public.verify(der, token.rpartition(".")[0].encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, b"other", ec.ECDSA(SHA256()))


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_dropped(
    service: HttpProvider, browser: Browser, tmp_path: Path, status: int
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, f"/{n}")) for n in ("gone", "here")])
    service.answer = lambda taken: status if taken.path == "/gone" else 201
    channel = push(service, store, tmp_path)
    assert channel.send([note()])[0].state == "sent"
    assert [one.endpoint for one in store.of(["s-1"])["s-1"]] == [at(service, "/here")]
    service.answer = lambda _: status
    assert channel.send([note()])[0].state == "failed"
    assert channel.send([note()])[0].detail == "the shopper has no browser that agreed"


@pytest.mark.parametrize("status", [400, 403, 413, 429, 500])
def test_other_refusals_drop_nobody(
    service: HttpProvider, browser: Browser, tmp_path: Path, status: int
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    service.answer = lambda _: status
    push(service, store, tmp_path).send([note()])
    assert len(store.of(["s-1"])["s-1"]) == 1


@pytest.mark.parametrize(
    ("ends", "ttl"),
    [(timedelta(hours=-1), "0"), (timedelta(days=300), "2419200"), (None, "86400")],
)
def test_a_notification_lives_no_longer_than_its_offer(
    service: HttpProvider, browser: Browser, tmp_path: Path, ends: timedelta | None, ttl: str
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    headers = {} if ends is None else {"expires_at": (NOON + ends).isoformat()}
    push(service, store, tmp_path).send([note(**headers)])
    assert service.taken[0].headers["ttl"] == ttl


def test_a_long_text_is_cut_to_what_push_services_take(
    service: HttpProvider, browser: Browser, tmp_path: Path
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    push(service, store, tmp_path).send([replace(note(), text="咖啡" * 3000)])
    assert len(service.taken[0].body) <= 4096
    assert json.loads(browser.decrypt(service.taken[0].body))["body"].endswith("…")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com.evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://evil.example#@fcm.googleapis.com/x",
        "https://push.services.mozilla.com.evil.example/",
        "https://fcm.googleapis.com/\r\nX: 1",
        "https://[::1/x",
        "file:///etc/passwd",
        "",
        "https://fcm.googleapis.com/" + "a" * 2000,
    ],
)
def test_an_endpoint_that_is_no_push_service_is_never_called(endpoint: str) -> None:
    with pytest.raises(InvalidError, match="push subscription"):
        require_push_endpoint(endpoint)


def test_the_push_services_of_browsers_are_known() -> None:
    for host in (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "wns2-am3p.notify.windows.com",
    ):
        require_push_endpoint(f"https://{host}/some/path")


def test_a_stored_endpoint_outside_the_known_services_is_not_posted_to(
    service: HttpProvider, browser: Browser, tmp_path: Path
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", f"https://127.0.0.1:{service.port}/a")])
    assert push(service, store, tmp_path).send([note()])[0].state == "failed"
    assert service.taken == []


def test_a_subscription_is_checked_before_it_is_kept(browser: Browser) -> None:
    good = browser.subscription("s-1", "https://fcm.googleapis.com/fcm/send/a")
    kept = push_subscription("s-1", good.endpoint, good.p256dh, good.auth, NOON)
    assert kept == PushSubscription("s-1", good.endpoint, good.p256dh, good.auth, NOON)
    for wrong in (
        {"shopper_id": " "},
        {"shopper_id": "a\nb"},
        {"p256dh": good.auth},
        {"p256dh": "!" * 87},
        {"p256dh": url_text(b"\x05" + b"a" * 64)},
        {"auth": good.p256dh},
        {"auth": ""},
        {"auth": "a"},
    ):
        given = {"shopper_id": "s-1", "endpoint": good.endpoint} | wrong
        with pytest.raises(InvalidError):
            push_subscription(**{"p256dh": good.p256dh, "auth": good.auth, **given}, now=NOON)


def test_keys_that_cannot_be_used_fail_that_message_only(
    service: HttpProvider, browser: Browser, tmp_path: Path
) -> None:
    store = MemorySubscriptions()
    store.put([browser.subscription("s-1", at(service, "/a"))])
    store.put([replace(browser.subscription("s-2", at(service, "/b")), p256dh="BAAA")])
    results = push(service, store, tmp_path).send([note("s-2"), note("s-1")])
    assert [result.state for result in results] == ["failed", "sent"]


def test_the_public_key_is_what_browsers_take() -> None:
    raw = unpadded(VapidKeys(new_vapid_key(), "mailto:a@shop.example").public_key)
    assert (len(raw), raw[0]) == (65, 4)


@pytest.mark.parametrize(
    ("key", "contact"),
    [("", "mailto:a@b"), ("no key", "mailto:a@b"), (new_vapid_key(), "a@shop.example")],
    ids=["no key given", "no key at all", "no address"],
)
def test_vapid_keys_that_are_none_are_refused(key: str, contact: str) -> None:
    with pytest.raises(InvalidError, match="VAPID"):
        VapidKeys(key, contact)
