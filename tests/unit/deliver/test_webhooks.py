"""Webhooks: signed as the public library signs, and refused when forged, late or repeated."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from promoloop.core import InvalidError, RefusedError
from promoloop.deliver import WebhookSecrets, accept_webhook, signed_headers, verify_webhook
from promoloop.testing.memory_subscriptions import MemorySeenWebhooks

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
OLD, NEW, OTHER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
BODY = json.dumps({"event": "bounced", "text": "咖啡"}, ensure_ascii=False).encode()


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    # From the reference test vectors of the Standard Webhooks libraries.
    secrets = WebhookSecrets(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    signed = secrets.signatures("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",)


@given(body=st.text(max_size=200), name=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True))
def test_the_public_library_signs_the_same(body: str, name: str) -> None:
    ours = signed_headers(WebhookSecrets([NEW]), name, body.encode(), NOON)
    assert ours["webhook-signature"] == Webhook(NEW).sign(name, NOON, body)


def test_either_secret_is_taken_while_one_takes_over_from_the_other() -> None:
    both = signed_headers(WebhookSecrets([NEW, OLD]), "w1", BODY, NOON)
    for one in (NEW, OLD):
        assert verify_webhook(WebhookSecrets([one]), both, BODY, NOON) == "w1"
    by_old = signed_headers(WebhookSecrets([OLD]), "w1", BODY, NOON)
    assert verify_webhook(WebhookSecrets([NEW, OLD]), by_old, BODY, NOON) == "w1"
    with pytest.raises(InvalidError, match="no signature"):
        verify_webhook(WebhookSecrets([OTHER]), both, BODY, NOON)


def test_names_of_headers_may_be_in_any_case() -> None:
    headers = signed_headers(WebhookSecrets([NEW]), "w1", BODY, NOON)
    upper = {name.upper(): value for name, value in headers.items()}
    assert verify_webhook(WebhookSecrets([NEW]), upper, BODY, NOON) == "w1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "w2"},
        {"webhook-timestamp": str(int(NOON.timestamp()) + 1)},
        {"webhook-signature": "v1," + "A" * 43 + "="},
        {"webhook-signature": "v2,x"},
        {"webhook-signature": ""},
        {"webhook-signature": "咖啡"},
        {"webhook-id": ""},
        {"webhook-id": "w1\r\nx"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "٣"},
    ],
)
def test_a_forged_webhook_is_refused_and_not_quoted(change: dict[str, str]) -> None:
    secrets = WebhookSecrets([NEW])
    headers = signed_headers(secrets, "w1", BODY, NOON) | change
    with pytest.raises(InvalidError) as caught:
        verify_webhook(secrets, headers, BODY, NOON)
    assert "bounced" not in str(caught.value)
    assert NEW not in str(caught.value)


def test_a_changed_body_is_refused() -> None:
    secrets = WebhookSecrets([NEW])
    with pytest.raises(InvalidError, match="no signature"):
        verify_webhook(secrets, signed_headers(secrets, "w1", BODY, NOON), BODY + b" ", NOON)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_an_old_or_future_one_is_refused(minutes: int) -> None:
    secrets = WebhookSecrets([NEW])
    headers = signed_headers(secrets, "w1", BODY, NOON)
    with pytest.raises(InvalidError, match="from ours"):
        verify_webhook(secrets, headers, BODY, NOON + timedelta(minutes=minutes))


def test_a_replayed_one_is_refused_within_the_window_too() -> None:
    secrets, seen = WebhookSecrets([NEW]), MemorySeenWebhooks()
    headers = signed_headers(secrets, "w1", BODY, NOON)
    assert accept_webhook(secrets, headers, BODY, NOON, seen, "sms") == "w1"
    with pytest.raises(RefusedError, match="taken before"):
        accept_webhook(secrets, headers, BODY, NOON + timedelta(minutes=1), seen, "sms")


def test_a_forged_one_uses_up_no_id() -> None:
    secrets, seen = WebhookSecrets([NEW]), MemorySeenWebhooks()
    headers = signed_headers(secrets, "w1", BODY, NOON)
    with pytest.raises(InvalidError):
        accept_webhook(secrets, headers, b"other", NOON, seen, "sms")
    assert accept_webhook(secrets, headers, BODY, NOON, seen, "sms") == "w1"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_!!!!", "咖啡"])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(InvalidError, match="it is not whsec_ and base64"):
        WebhookSecrets([secret])


def test_secrets_do_not_show() -> None:
    assert repr(WebhookSecrets([NEW, OLD])) == "WebhookSecrets(2)"
    with pytest.raises(InvalidError, match="no secret"):
        WebhookSecrets([])
