"""The channels of a shop as configured, channels of one's own, and what providers report."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.browsers import Browser, new_vapid_key
from tests.providers import http_provider

from promoloop.backends.smtp_sink import SmtpSink
from promoloop.bootstrap import Shop, init_shop, open_shop
from promoloop.bootstrap.channels import opened_channels, own_channel
from promoloop.core import InvalidError, RefusedError, UnavailableError
from promoloop.deliver import WebhookSecrets, signed_headers
from promoloop.profiles import Consent, address_digest
from promoloop.settings import Settings, load_settings
from promoloop.testing.channel import rendered
from promoloop.testing.memory_subscriptions import MemorySubscriptions

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"r" * 32).decode()

PLUG_IN = """
class Postcards:
    def __init__(self, options):
        self.name = "postcards"
        self.sent = []
        self.format = options.get("format", "A6")

    def send(self, messages):
        from promoloop.deliver import SendResult

        if self.format == "broken":
            raise RuntimeError("jam")
        return [SendResult("sent", self.format) for _ in messages]


def nothing(options):
    return object()
"""


@pytest.fixture
def plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package with two entry points of our group, one of them no channel."""
    site = tmp_path / "site"
    about = site / "postcards-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "postcards_plugin.py").write_text(PLUG_IN, encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: postcards\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[promoloop.channels]\n"
        "postcards = postcards_plugin:Postcards\n"
        "nothing = postcards_plugin:nothing\n"
        "gone = postcards_plugin:missing\n"
    )
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("postcards_plugin", None)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMOLOOP_SIGNING_KEY", "0123456789abcdef")
    monkeypatch.setenv("PROMOLOOP_ADDRESS_KEY", "addresses")
    monkeypatch.setenv("PROMOLOOP_REPORT_SECRETS", SECRET)
    return init_shop(tmp_path / "shop")


def with_lines(config: Path, *lines: str) -> Path:
    config.write_text(config.read_text("utf-8") + "\n" + "\n".join(lines) + "\n", "utf-8")
    return config


def opened(settings: Settings):
    return opened_channels(settings, MemorySubscriptions(), np.random.default_rng(1))


def test_mail_and_the_site_are_there_without_a_word(config: Path) -> None:
    with opened(load_settings(config)) as channels:
        assert sorted(channels) == ["email", "onsite"]


def test_every_configured_channel_is_opened(
    config: Path, monkeypatch: pytest.MonkeyPatch, plug_ins: None
) -> None:
    monkeypatch.setenv("PROMOLOOP_VAPID_KEY", new_vapid_key())
    monkeypatch.setenv("PROMOLOOP_SMS_AUTH", "Bearer secret-1")
    monkeypatch.setenv("PROMOLOOP_WEBHOOK_SECRETS", f"{SECRET} {SECRET}")
    settings = load_settings(
        with_lines(
            config,
            "[channels]",
            'own = ["postcards"]',
            "pace = {sms = 5.0}",
            "[channels.options.postcards]",
            'format = "A5"',
            "[push]",
            'contact = "mailto:ops@shop.example"',
            "[sms]",
            'url = "https://sms.example/send"',
            "[webhook]",
            'url = "https://shop.example/hook"',
        )
    )
    assert "secret-1" not in repr(settings)
    with opened(settings) as channels:
        assert sorted(channels) == ["email", "onsite", "postcards", "push", "sms", "webhook"]
        assert channels["postcards"].send([rendered(1)])[0].detail == "A5"


def test_mail_is_signed_when_keys_are_there(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    monkeypatch.setenv("PROMOLOOP_DKIM_KEY", pem.decode() * 2)
    lines = ["[channels]", 'dkim_domain = "shop.example"', 'dkim_selectors = ["a", "b"]']
    with SmtpSink(tmp_path / "mails") as sink:
        with_lines(config, *lines, 'bounces = "b@shop.example"')
        text = config.read_text("utf-8").replace("port = 8025", f"port = {sink.port}")
        config.write_text(text, "utf-8")
        settings = load_settings(config)
        assert settings.mail.port == sink.port
        with opened(settings) as channels:
            assert channels["email"].send([rendered(1)])[0].state == "sent"
        (mail,) = (tmp_path / "mails").glob("*.eml")
        assert mail.read_bytes().count(b"DKIM-Signature:") == 2
    monkeypatch.setenv("PROMOLOOP_DKIM_KEY", pem.decode())
    with (
        pytest.raises(UnavailableError, match="2 selectors and 1 keys"),
        opened(load_settings(config)),
    ):
        pass


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["[channels]", 'own = ["nobody"]'], "installed plug-ins are"),
        (["[channels]", 'own = ["nothing"]'], "no name or no send"),
        (["[channels]", 'own = ["postcards", "postcards"]'], "two are called"),
    ],
)
def test_a_channel_that_is_none_is_refused(
    config: Path, plug_ins: None, lines: list[str], said: str
) -> None:
    settings = load_settings(with_lines(config, *lines))
    with pytest.raises(InvalidError, match=said), opened(settings):
        pass


def test_a_plug_in_that_cannot_be_loaded_says_so(plug_ins: None) -> None:
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        own_channel("gone", {})


def test_a_channel_of_one_s_own_that_breaks_leaves_doubt(config: Path, plug_ins: None) -> None:
    lines = ["[channels]", 'own = ["postcards"]', "[channels.options.postcards]"]
    settings = load_settings(with_lines(config, *lines, 'format = "broken"'))
    with opened(settings) as channels:
        assert channels["postcards"].send([rendered(1)])[0].state == "unknown"


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        (["[push]", 'contact = "mailto:a@shop.example"'], "PROMOLOOP_VAPID_KEY"),
        (["[webhook]", 'url = "https://shop.example/h"'], "PROMOLOOP_WEBHOOK_SECRETS"),
    ],
)
def test_a_missing_secret_is_named(config: Path, lines: list[str], missing: str) -> None:
    settings = load_settings(with_lines(config, *lines))
    with pytest.raises(UnavailableError, match=missing), opened(settings):
        pass


@pytest.mark.parametrize(
    "lines",
    [
        ["[channels]", 'own = ["../x"]'],
        ["[channels]", "pace = {sms = 0.0}"],
        ["[channels]", "attempts = 0"],
        ["[channels]", "connections = 99"],
        ["[channels]", 'dkim_domain = "shop.example"'],
        ["[channels]", "typo = 1"],
        ["[channels.options.x]", "a = 1"],
        ["[push]", 'contact = "a@shop.example"'],
        ["[sms]", 'url = "ftp://x"'],
        ["[sms]", 'body = "xml"'],
        ["[sms]", "most_segments = 0"],
        ["[webhook]", 'url = "shop.example"'],
    ],
)
def test_a_wrong_setting_is_named(config: Path, lines: list[str]) -> None:
    with pytest.raises(InvalidError, match=r"promoloop\.toml"):
        load_settings(with_lines(config, *lines))


@pytest.fixture
def shop(config: Path) -> Iterator[Shop]:
    with open_shop(config) as made:
        made.house.consents.record(
            [Consent("s-7", "email", "marketing", True, NOON - timedelta(days=1), "form")]
        )
        yield made


def test_a_signed_report_is_taken_once(shop: Shop) -> None:
    body = json.dumps({"event": "bounced", "address": "li@mail.example"}).encode()
    headers = signed_headers(WebhookSecrets([SECRET]), "w1", body, NOON)
    assert shop.take_reports("email", headers, body, NOON).suppressed == 1
    with pytest.raises(RefusedError, match="taken before"):
        shop.take_reports("email", headers, body, NOON)
    digest = address_digest("li@mail.example", b"addresses")
    assert shop.house.suppressions is not None
    assert digest in shop.house.suppressions.among([digest])


def test_a_forged_or_unknown_report_is_refused(shop: Shop) -> None:
    body = b'{"event": "bounced", "address": "li@mail.example"}'
    forged = signed_headers(WebhookSecrets(["whsec_" + "ab" * 16]), "w1", body, NOON)
    with pytest.raises(InvalidError, match="no signature"):
        shop.take_reports("email", forged, body, NOON)
    good = signed_headers(WebhookSecrets([SECRET]), "w1", body, NOON)
    with pytest.raises(InvalidError, match="no such channel"):
        shop.take_reports("pigeon", good, body, NOON)


def test_reports_need_their_secret(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMOLOOP_REPORT_SECRETS")
    with open_shop(config) as shop, pytest.raises(UnavailableError, match="REPORT_SECRETS"):
        shop.take_reports("email", {}, b"{}", NOON)


def test_browsers_subscribe_and_leave(shop: Shop) -> None:
    browser = Browser().subscription("s-7", "https://fcm.googleapis.com/fcm/send/a")
    told = {
        "endpoint": browser.endpoint,
        "expirationTime": None,
        "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
    }
    kept = shop.subscribe_push("s-7", told, NOON)
    assert shop.house.subscriptions is not None
    assert shop.house.subscriptions.of(["s-7"]) == {"s-7": (kept,)}
    assert shop.unsubscribe_push(browser.endpoint)
    assert not shop.unsubscribe_push(browser.endpoint)
    for wrong in ({}, {"endpoint": 7}, {**told, "keys": 7}, {**told, "keys": {}}):
        with pytest.raises(InvalidError):
            shop.subscribe_push("s-7", wrong, NOON)


def test_text_messages_go_out_of_a_shop(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with http_provider() as provider:
        lines = ["[sms]", f'url = "{provider.url()}"', 'body = "form"']
        with opened(load_settings(with_lines(config, *lines))) as channels:
            from dataclasses import replace

            message = replace(rendered(1), address="+12025550143")
            assert channels["sms"].send([message])[0].state == "sent"
        assert len(provider.taken) == 1


def test_a_complaint_ends_the_consent_of_whoever_has_the_address(shop: Shop) -> None:
    contacts = {"shopper_id": ["s-7", "s-8"], "email": ["Li@mail.example", ""]}
    shop.house.tables.put("contacts", pl.DataFrame(contacts))
    body = json.dumps({"event": "complained", "address": "li@mail.example"}).encode()
    for name in ("w1", "w2"):
        headers = signed_headers(WebhookSecrets([SECRET]), name, body, NOON)
        assert shop.take_reports("email", headers, body, NOON).withdrawn == 1
    assert [one.granted for one in shop.house.consents.of("s-7")] == [True, False]
    assert [one.kind for one in shop.house.outcomes.between(NOON, NOON + timedelta(days=1))] == [
        "complained"
    ]
