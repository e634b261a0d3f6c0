"""Every channel runs the same suite, each against a real server on loopback or a real file."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.browsers import Browser, new_vapid_key
from tests.providers import http_provider, nobody, silent_http, silent_smtp

from promoloop.backends.channel_http import (
    Poster,
    PushChannel,
    SmsChannel,
    SmsProvider,
    VapidKeys,
    WebhookChannel,
)
from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.deliver import Guarded, Rendered, SendResult, WebhookSecrets
from promoloop.testing.channel import (
    ChannelSite,
    ChannelSuite,
    MemoryChannel,
    RemoteChannelSuite,
)
from promoloop.testing.memory_subscriptions import MemorySubscriptions


def smtp(port: int, timeout: float = 5.0) -> ChannelSite:
    return ChannelSite(SmtpChannel(SmtpAccount("127.0.0.1", port, timeout_seconds=timeout)), list)


class TestSmtp(RemoteChannelSuite):
    @pytest.fixture
    def site(self) -> Iterator[ChannelSite]:
        with SmtpSink(None) as sink:
            channel = SmtpChannel(SmtpAccount(sink.host, sink.port))
            yield ChannelSite(channel, lambda: [m.message_id for m in sink.received()])
            channel.close()

    @pytest.fixture
    def absent(self) -> Iterator[ChannelSite]:
        with nobody() as port:
            yield smtp(port)

    @pytest.fixture(params=[False, True], ids=["step by step", "pipelining"])
    def silent(self, request: pytest.FixtureRequest) -> Iterator[ChannelSite]:
        with silent_smtp(pipelining=request.param) as port:
            yield smtp(port, timeout=0.2)


class TestOnsite(ChannelSuite):
    @pytest.fixture
    def site(self, tmp_path: Path) -> ChannelSite:
        path = tmp_path / "site" / "messages.jsonl"

        def arrived() -> list[str]:
            lines = path.read_text("utf-8").splitlines() if path.exists() else []
            return [json.loads(line)["message_id"] for line in lines]

        return ChannelSite(OnsiteChannel(path), arrived)


class TestMemory(ChannelSuite):
    @pytest.fixture
    def site(self) -> ChannelSite:
        channel = MemoryChannel()
        return ChannelSite(channel, channel.ids)


class TestGuarded(ChannelSuite):
    """A careless channel keeps the contract once it is guarded."""

    @pytest.fixture
    def site(self) -> ChannelSite:
        class Careless:
            name = "gateway"

            def __init__(self) -> None:
                self.ids: list[str] = []

            def send(self, messages: list[Rendered]) -> list[SendResult]:
                self.ids += [message.message_id for message in messages]
                return [SendResult("sent", "") for _ in messages]

        careless = Careless()
        return ChannelSite(Guarded(careless), lambda: careless.ids)


NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)


def phone(number: int) -> str:
    return f"+120255501{number:02d}"


class TestSms(RemoteChannelSuite):
    @pytest.fixture
    def site(self) -> Iterator[ChannelSite]:
        with http_provider() as provider:
            channel = SmsChannel(SmsProvider(provider.url()))
            yield ChannelSite(
                channel, lambda: [json.loads(one.body)["id"] for one in provider.taken], phone
            )
            channel.close()

    @pytest.fixture
    def absent(self) -> Iterator[ChannelSite]:
        with nobody() as port:
            channel = SmsChannel(SmsProvider(f"http://127.0.0.1:{port}/send"))
            yield ChannelSite(channel, list, phone)
            channel.close()

    @pytest.fixture
    def silent(self) -> Iterator[ChannelSite]:
        with silent_http() as port:
            provider = SmsProvider(f"http://127.0.0.1:{port}/send", idempotent=self.idempotent)
            poster = Poster(idempotent=self.idempotent, timeout_seconds=0.2)
            channel = SmsChannel(provider, poster)
            yield ChannelSite(channel, list, phone)
            channel.close()


class TestIdempotentSms(TestSms):
    idempotent = True


class TestWebhook(RemoteChannelSuite):
    idempotent = True
    secrets = WebhookSecrets(["whsec_" + "ab" * 16, "whsec_" + "cd" * 16])

    @pytest.fixture
    def site(self) -> Iterator[ChannelSite]:
        with http_provider() as provider:
            channel = WebhookChannel(provider.url(), self.secrets)
            yield ChannelSite(
                channel, lambda: [one.headers["webhook-id"] for one in provider.taken]
            )
            channel.close()

    @pytest.fixture
    def absent(self) -> Iterator[ChannelSite]:
        with nobody() as port:
            channel = WebhookChannel(f"http://127.0.0.1:{port}/", self.secrets)
            yield ChannelSite(channel, list)
            channel.close()

    @pytest.fixture
    def silent(self) -> Iterator[ChannelSite]:
        with silent_http() as port:
            poster = Poster(idempotent=True, timeout_seconds=0.2)
            channel = WebhookChannel(f"http://127.0.0.1:{port}/", self.secrets, poster)
            yield ChannelSite(channel, list)
            channel.close()


def shopper(number: int) -> str:
    return f"s-{number}"


class TestPush(RemoteChannelSuite):
    """Against a push service on https with a certificate of its own; the browser decrypts."""

    @pytest.fixture
    def browser(self) -> Browser:
        return Browser()

    def channel(self, port: int, browser: Browser, poster: Poster) -> PushChannel:
        store = MemorySubscriptions()
        store.put(
            [browser.subscription(f"s-{n}", f"https://localhost:{port}/{n}") for n in range(40)]
        )
        keys = VapidKeys(new_vapid_key(), "mailto:ops@shop.example")
        hosts = (f"localhost:{port}",)
        return PushChannel(store, keys, hosts=hosts, poster=poster, now=lambda: NOON)

    @pytest.fixture
    def site(self, tmp_path: Path, browser: Browser) -> Iterator[ChannelSite]:
        with http_provider(tls=tmp_path) as provider:
            trust = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            channel = self.channel(provider.port, browser, Poster(trust=trust))

            def arrived() -> list[str]:
                known = {_short(f"<m{n}@shop.example>"): f"<m{n}@shop.example>" for n in range(40)}
                shown = [json.loads(browser.decrypt(one.body)) for one in provider.taken]
                return [known[one["id"]] for one in shown]

            yield ChannelSite(channel, arrived, shopper)
            channel.close()

    @pytest.fixture
    def absent(self, browser: Browser) -> Iterator[ChannelSite]:
        with nobody() as port:
            channel = self.channel(port, browser, Poster())
            yield ChannelSite(channel, list, shopper)
            channel.close()

    @pytest.fixture
    def silent(self, tmp_path: Path, browser: Browser) -> Iterator[ChannelSite]:
        with http_provider(tls=tmp_path) as provider:
            provider.pause = 0.6
            trust = ssl.create_default_context(cafile=tmp_path / "ca.pem")
            poster = Poster(trust=trust, timeout_seconds=0.3)
            channel = self.channel(provider.port, browser, poster)
            yield ChannelSite(channel, list, shopper)
            channel.close()


def _short(message_id: str) -> str:
    """What a notification is called: 24 bytes of BLAKE2b, base64url."""
    digest = hashlib.blake2b(message_id.encode(), digest_size=24).digest()
    return base64.urlsafe_b64encode(digest).decode()
