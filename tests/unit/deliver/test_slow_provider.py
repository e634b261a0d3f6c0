"""A provider that is slow, silent or gone delays nobody else: real servers, one outbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.providers import http_provider, silent_http

from promoloop.backends.channel_http import Poster, SmsChannel, SmsProvider
from promoloop.backends.channel_smtp import SmtpAccount, SmtpChannel
from promoloop.backends.smtp_sink import SmtpSink
from promoloop.backends.sql import State
from promoloop.core import SteppedClock
from promoloop.deliver import Breaker, Channel, Guarded, Message, Rendered, Retrying, SendResult
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.profiles import Consent

Desks = Callable[[Sequence[Channel]], Desk]
Many = Callable[[int], list[Message]]


class Timed:
    """A channel that notes when its last message was taken."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.name = channel.name
        self.last = 0.0

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        results = self._channel.send(messages)
        self.last = time.perf_counter()
        return results


@pytest.fixture
def mixed(state: State, many: Many, clock: SteppedClock) -> list[Message]:
    """120 mails and 60 text messages, in turn; all agreed to both."""
    agreed = clock.now() - timedelta(days=9)
    state.consents.record(
        [Consent(f"s-{n}", "sms", "marketing", True, agreed, "form") for n in range(200)]
    )
    mails = many(120)
    texts = [
        replace(
            one,
            dedupe_key=f"t-{n}",
            decision_id=f"t-{n}",
            channel="sms",
            address=f"+120255501{n:02d}",
        )
        for n, one in enumerate(many(60))
    ]
    found = [*mails, *texts]
    found.sort(key=lambda one: int(one.dedupe_key[2:]))
    return found


@pytest.fixture
def mail() -> Iterator[tuple[Timed, SmtpSink]]:
    with SmtpSink(None) as sink:
        channel = SmtpChannel(SmtpAccount(sink.host, sink.port))
        yield Timed(channel), sink
        channel.close()


def test_a_slow_provider_does_not_delay_the_others(
    state: State,
    desk: Desks,
    mixed: list[Message],
    mail: tuple[Timed, SmtpSink],
    clock: SteppedClock,
) -> None:
    email, sink = mail
    state.outbox.enqueue(mixed)
    with http_provider() as provider:
        provider.pause = 0.08
        channel = SmsChannel(SmsProvider(provider.url()))
        slow = Timed(channel)
        started = time.perf_counter()
        report = deliver_due(desk([email, slow]), "w1", clock, limit_group=10)
        channel.close()
    assert sink.count == 120
    assert (report.sent, report.retry, report.unknown) == (180, 0, 0)
    assert slow.last - started >= 60 * 0.08
    # One after the other, the last mail would have left with the last text.
    assert email.last - started < 0.6 * (slow.last - started)


def test_a_silent_provider_leaves_one_in_doubt_and_delays_nobody(
    state: State,
    desk: Desks,
    mixed: list[Message],
    mail: tuple[Timed, SmtpSink],
    clock: SteppedClock,
) -> None:
    email, sink = mail
    state.outbox.enqueue(mixed)
    with silent_http() as port:
        provider = SmsProvider(f"http://127.0.0.1:{port}/send")
        silent = SmsChannel(provider, Poster(timeout_seconds=0.3))
        sturdy = Guarded(Retrying(Breaker(silent, failures=3), np.random.default_rng(1)))
        started = time.perf_counter()
        report = deliver_due(desk([email, sturdy]), "w1", clock)
        silent.close()
    assert email.last - started < 5.0
    assert (sink.count, report.sent) == (120, 120)
    # The first of each attempt that was made; the breaker stops further ones.
    assert 1 <= report.unknown <= 3
    assert report.retry == 60 - report.unknown
    # It took what it was handed and said nothing: that is doubt, not absence.
    assert report.away == {}


def test_a_provider_that_is_gone_is_asked_a_few_times_only(
    state: State,
    desk: Desks,
    mixed: list[Message],
    mail: tuple[Timed, SmtpSink],
    clock: SteppedClock,
) -> None:
    email, sink = mail
    asked: list[int] = []

    class Gone:
        name = "sms"

        def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
            asked.append(len(messages))
            return [SendResult("retry", "cannot connect")] * len(messages)

    state.outbox.enqueue(mixed)
    report = deliver_due(desk([email, Guarded(Breaker(Gone(), failures=3))]), "w1", clock)
    assert (sink.count, report.sent, report.retry) == (120, 120, 60)
    assert len(asked) == 1
    assert set(report.away) == {"sms"}
