"""Pace, retries and the circuit breaker, with a clock and a die of the test's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.core import InvalidError
from promoloop.deliver import (
    Breaker,
    Guarded,
    Health,
    Paced,
    Rendered,
    Retrying,
    SendResult,
    TokenBucket,
    full_jitter,
)
from promoloop.testing.channel import ChannelSite, ChannelSuite, MemoryChannel, rendered


@dataclass
class Clock:
    """A clock that moves when somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Scripted:
    """A channel that gives the answers it is told to, then ``sent``; keeps the times."""

    answers: list[str]
    clock: Clock = field(default_factory=Clock)
    after: float = 0.0
    name: str = "sms"
    times: list[float] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    detail: str = ""

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        self.groups.append([message.message_id for message in messages])
        self.times += [self.clock.now] * len(messages)
        states = [self.answers.pop(0) if self.answers else "sent" for _ in messages]
        return [
            SendResult(one, self.detail, self.after if one == "retry" else 0.0) for one in states
        ]


def some(count: int) -> list[Rendered]:
    return [rendered(number) for number in range(count)]


def states(results: Sequence[SendResult]) -> list[str]:
    return [result.state for result in results]


class TestAroundAll(ChannelSuite):
    """A channel inside all four keeps the contract."""

    @pytest.fixture
    def site(self) -> ChannelSite:
        memory, clock = MemoryChannel(), Clock()
        rng = np.random.default_rng(1)
        paced = Paced(memory, 1000, monotonic=clock.read, sleep=clock.sleep)
        broken = Breaker(paced, monotonic=clock.read)
        return ChannelSite(Guarded(Retrying(broken, rng, sleep=clock.sleep)), memory.ids)


@given(
    pace=st.floats(0.1, 500),
    burst=st.integers(1, 50),
    asks=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 80)), max_size=40),
)
def test_no_span_sees_more_than_burst_plus_pace_times_its_length(
    pace: float, burst: int, asks: list[tuple[float, int]]
) -> None:
    bucket, now, taken = TokenBucket(pace, burst, 0.0), 0.0, 0
    for pause, wanted in asks:
        now += pause
        taken += bucket.take(wanted, now)
        assert taken <= burst + pace * now + 1e-6 * (1 + len(asks))


def test_a_paced_channel_spreads_a_group_over_time() -> None:
    clock = Clock()
    inner = Scripted([], clock)
    channel = Paced(inner, 10, burst=5, patience=60, monotonic=clock.read, sleep=clock.sleep)
    assert states(channel.send(some(25))) == ["sent"] * 25
    # 5 at once, 20 more at 10 a second: 2 seconds.
    assert clock.now - 1000 == pytest.approx(2.0, abs=1e-6)
    assert [i for group in inner.groups for i in group] == [m.message_id for m in some(25)]


def test_what_does_not_fit_the_patience_waits_in_the_queue_instead() -> None:
    clock = Clock()
    channel = Paced(
        Scripted([], clock), 1, burst=2, patience=3, monotonic=clock.read, sleep=clock.sleep
    )
    results = channel.send(some(10))
    assert states(results) == ["sent"] * 4 + ["retry"] * 6
    assert results[-1].after_seconds > 0


def test_a_provider_that_asks_for_a_rest_gets_it() -> None:
    clock = Clock()
    inner = Scripted(["retry"], clock, after=30)
    channel = Paced(inner, 100, patience=5, monotonic=clock.read, sleep=clock.sleep)
    assert states(channel.send(some(1))) == ["retry"]
    assert states(channel.send(some(3))) == ["retry"] * 3
    assert len(inner.times) == 1
    clock.now += 30
    assert states(channel.send(some(3))) == ["sent"] * 3


@pytest.mark.parametrize(("pace", "burst"), [(0, 1), (-1, 1), (float("inf"), 1), (1, 0)])
def test_a_pace_that_is_none_is_refused(pace: float, burst: int) -> None:
    with pytest.raises(InvalidError, match="pace"):
        TokenBucket(pace, burst, 0.0)


def test_only_what_is_to_be_tried_again_is_and_answers_stay_in_order() -> None:
    inner, clock = Scripted(["sent", "retry", "unknown", "failed", "retry"]), Clock()
    channel = Retrying(inner, np.random.default_rng(1), sleep=clock.sleep)
    results = channel.send(some(5))
    assert states(results) == ["sent", "sent", "unknown", "failed", "sent"]
    assert inner.groups[1] == ["<m1@shop.example>", "<m4@shop.example>"]


def test_it_gives_up_after_as_many_attempts_as_allowed() -> None:
    inner, clock = Scripted(["retry"] * 99), Clock()
    channel = Retrying(inner, np.random.default_rng(1), attempts=4, sleep=clock.sleep)
    assert states(channel.send(some(2))) == ["retry"] * 2
    assert len(inner.groups) == 4


def test_waits_are_uniform_below_an_exponential_ceiling() -> None:
    rng = np.random.default_rng(7)
    for attempt, ceiling in [(0, 0.5), (1, 1.0), (3, 4.0), (9, 10.0), (10_000, 10.0)]:
        waits = np.array([full_jitter(attempt, 0.5, 10.0, rng) for _ in range(4000)])
        assert waits.min() >= 0
        assert waits.max() <= ceiling
        # Uniform: mean ceiling / 2, standard error ceiling / sqrt(12 n) = 0.0046 ceiling.
        assert waits.mean() == pytest.approx(ceiling / 2, abs=5 * 0.0046 * ceiling)


def test_a_provider_that_named_a_time_is_not_asked_before() -> None:
    clock = Clock()
    soon, late = Scripted(["retry"], after=2.0), Scripted(["retry"], after=60.0)
    for inner in (soon, late):
        Retrying(inner, np.random.default_rng(1), cap_seconds=5, sleep=clock.sleep).send(some(1))
    assert clock.slept[0] >= 2.0
    assert (len(soon.groups), len(late.groups)) == (2, 1)


def test_the_circuit_opens_rests_and_closes_again() -> None:
    clock = Clock()
    inner = Scripted(["retry"] * 5, clock)
    channel = Breaker(inner, failures=5, rest_seconds=10, monotonic=clock.read)
    assert channel.state == "closed"
    channel.send(some(5))
    assert channel.state == "open"
    results = channel.send(some(3))
    assert states(results) == ["retry"] * 3
    assert results[0].after_seconds == 10
    assert len(inner.groups) == 1
    clock.now += 10
    assert channel.state == "half-open"
    assert states(channel.send(some(4))) == ["sent"] * 4
    assert [len(group) for group in inner.groups] == [5, 1, 3]
    assert channel.state == "closed"


def test_a_resting_provider_names_the_real_cause_and_nobodys_address() -> None:
    clock, heard = Clock(), []
    inner = Scripted(["retry"] * 6, clock, detail="451 ana@shop.example: connection refused")
    channel = Breaker(inner, failures=5, rest_seconds=10, monotonic=clock.read, told=heard.append)
    channel.send(some(5))
    said = channel.send(some(1))[0].detail
    assert said == "resting after 5 failures; the last: 451 … connection refused"
    clock.now += 10
    channel.send(some(1))
    clock.now += 20
    channel.send(some(1))
    assert heard == [
        Health("open", 5, "451 … connection refused", 10),
        Health("open", 6, "451 … connection refused", 20),
        Health("closed", 0, "", 10),
    ]


def test_a_trial_that_fails_doubles_the_rest_up_to_a_limit() -> None:
    clock = Clock()
    inner = Scripted(["unknown"] * 99, clock)
    channel = Breaker(inner, failures=2, rest_seconds=10, longest_rest=30, monotonic=clock.read)
    channel.send(some(2))
    rests = []
    for _ in range(3):
        start = clock.now
        while channel.state == "open":
            clock.now += 1
        rests.append(clock.now - start)
        channel.send(some(6))
    assert rests == [10, 20, 30]
    assert [len(group) for group in inner.groups] == [2, 1, 1, 1]


def test_a_refused_address_does_not_count_against_the_provider() -> None:
    clock = Clock()
    channel = Breaker(Scripted(["failed"] * 50), failures=3, monotonic=clock.read)
    channel.send(some(50))
    assert channel.state == "closed"


def test_a_channel_that_raises_opens_the_circuit_too() -> None:
    class Broken:
        name = "sms"

        def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
            raise RuntimeError("no")

    channel = Breaker(Broken(), failures=2, monotonic=Clock().read)
    guarded = Guarded(channel)
    assert [states(guarded.send(some(1))) for _ in range(3)] == [
        ["unknown"],
        ["unknown"],
        ["retry"],
    ]


def test_a_channel_that_answers_too_few_or_nonsense_leaves_doubt() -> None:
    class Odd:
        name = "sms"

        def __init__(self, results: list[SendResult]) -> None:
            self.results = results

        def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
            return self.results

    assert states(Guarded(Odd([SendResult("sent", "")])).send(some(2))) == ["unknown"] * 2
    assert states(Guarded(Odd([SendResult("fine", "")])).send(some(1))) == ["unknown"]


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base_seconds": 0}, {"cap_seconds": 0.1}])
def test_retries_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidError):
        Retrying(MemoryChannel(), np.random.default_rng(1), **wrong)


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"rest_seconds": 0}, {"longest_rest": 1}])
def test_a_breaker_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidError):
        Breaker(MemoryChannel(), **wrong)
