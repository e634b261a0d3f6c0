"""Delivering asks once more whether a text is approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from promoloop.backends.sql import State
from promoloop.compose import ReviewEntry
from promoloop.core import InvalidError, SteppedClock
from promoloop.deliver import Channel, Message
from promoloop.flows.deliver import Desk, deliver_due
from promoloop.flows.deliver.stops import stop_said
from promoloop.testing import MemoryChannel

Desks = Callable[[Sequence[Channel]], Desk]


def moved(state: State, clock: SteppedClock, *ways: str) -> None:
    """Take copy-1 through these states."""
    for way in ways:
        state.reviews.append([ReviewEntry("copy-1", way, "Ana", clock.now())])


def sent(desk: Desks, state: State, clock: SteppedClock) -> tuple[dict[str, int], int]:
    """What one run reports for the e-mails, and how many went out."""
    channel = MemoryChannel("email")
    report = deliver_due(replace(desk([channel]), reviews=state.reviews), "w", clock)
    return dict(report.reasons), report.sent


def test_an_approved_text_goes_out(
    desk: Desks, state: State, clock: SteppedClock, many: Callable[[int], list[Message]]
) -> None:
    moved(state, clock, "draft", "in_review", "approved")
    state.outbox.enqueue(many(3))
    assert sent(desk, state, clock) == ({}, 3)


def test_a_text_that_was_retired_after_the_decision_is_never_sent(
    desk: Desks, state: State, clock: SteppedClock, many: Callable[[int], list[Message]]
) -> None:
    moved(state, clock, "draft", "in_review", "approved")
    state.outbox.enqueue(many(3))
    moved(state, clock, "retired")
    assert sent(desk, state, clock) == ({"copy-retired": 3}, 0)
    assert state.outbox.counts()["capped"] == 3
    clock.move_to(clock.now() + timedelta(days=1))
    assert sent(desk, state, clock) == ({}, 0)


def test_a_text_that_is_read_again_waits_until_it_is_decided_on(
    desk: Desks, state: State, clock: SteppedClock, many: Callable[[int], list[Message]]
) -> None:
    moved(state, clock, "draft", "in_review", "approved", "in_review")
    state.outbox.enqueue(many(2))
    assert sent(desk, state, clock) == ({"copy-in-review": 2}, 0)
    moved(state, clock, "approved")
    assert sent(desk, state, clock) == ({}, 0)
    clock.move_to(clock.now() + timedelta(hours=1))
    assert sent(desk, state, clock) == ({}, 2)


def test_a_text_that_nobody_ever_approved_waits(
    desk: Desks, state: State, clock: SteppedClock, many: Callable[[int], list[Message]]
) -> None:
    state.outbox.enqueue(many(1))
    assert sent(desk, state, clock) == ({"copy-in-review": 1}, 0)


def test_retiring_in_the_middle_of_a_run_stops_what_has_not_left(
    desk: Desks, state: State, clock: SteppedClock, many: Callable[[int], list[Message]]
) -> None:
    """The log is asked anew every 25 groups, here of one message: with the sixth batch of five."""
    moved(state, clock, "draft", "in_review", "approved")
    state.outbox.enqueue(many(60))
    at_work = replace(desk([MemoryChannel("email")]), reviews=state.reviews)
    retired: list[int] = []

    def retire_once(step: str, done: int, total: int) -> None:
        del step, total
        if done >= 10 and not retired:
            retired.append(done)
            moved(state, clock, "retired")

    report = deliver_due(at_work, "w", clock, limit_group=1, progress=retire_once)
    assert (report.sent, report.reasons) == (25, {"copy-retired": 35})


def test_reasons_have_words_in_both_languages() -> None:
    assert stop_said("copy-retired", "en-GB") == "its text was retired after the decision"
    assert stop_said("copy-in-review", "zh-CN") == "文案正在重新审核"
    said = stop_said("cap:email-per-7-days", "en-US")
    assert said == "the shopper had enough messages (email-per-7-days)"
    with pytest.raises(InvalidError):
        stop_said("copy-retired", "fr-FR")
