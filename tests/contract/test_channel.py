"""Every channel runs the same suite: SMTP against a real server, the on-site file, the fake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from promoloop.backends.channel_onsite import OnsiteChannel
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.testing.channel import ChannelSite, ChannelSuite, MemoryChannel


class TestSmtp(ChannelSuite):
    @pytest.fixture
    def site(self) -> Iterator[ChannelSite]:
        with SmtpSink(None) as sink:
            channel = SmtpChannel(SmtpAccount(sink.host, sink.port))
            yield ChannelSite(channel, lambda: [m.message_id for m in sink.received()])
            channel.close()


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
