"""Every channel runs the same suite: SMTP against a real server, the on-site file, the fake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.providers import nobody, silent_smtp

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.deliver import Guarded, Rendered, SendResult
from promoloop.testing.channel import (
    ChannelSite,
    ChannelSuite,
    MemoryChannel,
    RemoteChannelSuite,
)


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
