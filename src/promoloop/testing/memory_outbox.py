"""Messages in a dictionary, behind one lock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from promoloop.core import InvalidError
from promoloop.deliver import STATES, FrequencyCap, Message, counted

__all__ = ["MemoryOutbox"]

_FROM_LEASED = ("queued", "held", "sending", "failed", "capped", "expired")
_FROM_SENDING = ("queued", "held", "sent", "failed", "unknown")


class MemoryOutbox:
    """See ``promoloop.deliver.Outbox``. ``messages`` is there to look at, in order of arrival."""

    def __init__(self, lease: timedelta = timedelta(minutes=2)) -> None:
        self.messages: dict[str, Message] = {}
        self._lease = lease
        self._ever_held: set[str] = set()
        self._turn = threading.Lock()

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Add new messages."""
        for message in messages:
            _require_state(message.state, ("queued", "held"))
        with self._turn:
            before = len(self.messages)
            for message in messages:
                self.messages.setdefault(message.dedupe_key, message)
                if message.state == "held":
                    self._ever_held.add(message.dedupe_key)
            return len(self.messages) - before

    def lease(self, owner: str, now: datetime, limit: int) -> list[Message]:
        """Take due messages."""
        if not owner:
            raise InvalidError("leasing messages", "the owner has no name", "Name the worker.")
        with self._turn:
            self._park(now)
            due = [message for message in self.messages.values() if _is_due(message, now)]
            due.sort(key=lambda message: message.not_before)
            return [self._take(message, owner, now) for message in due[:limit]]

    def mark(
        self,
        dedupe_keys: Sequence[str] | Mapping[str, int],
        owner: str,
        state: str,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
        *,
        tried: bool = False,
    ) -> int:
        """Move messages that ``owner`` holds."""
        _require_state(state, (*_FROM_LEASED, *_FROM_SENDING))
        attempts = dedupe_keys if isinstance(dedupe_keys, Mapping) else {}
        with self._turn:
            held = [
                self.messages[key]
                for key in set(dedupe_keys) & self.messages.keys()
                if _may_move(self.messages[key], owner, state, now)
                and attempts.get(key) in {None, self.messages[key].attempt}
            ]
            for message in held:
                moved = _moved(message, state, now, now + self._lease, not_before)
                self.messages[message.dedupe_key] = replace(
                    moved, reason=reason, tries=message.tries + tried
                )
            if state == "held":
                self._ever_held |= {message.dedupe_key for message in held}
            return len(held)

    def begin(
        self, messages: Sequence[Message], owner: str, now: datetime, caps: Sequence[FrequencyCap]
    ) -> Mapping[str, str]:
        """Mark sending what no cap is against."""
        said: dict[str, str] = {}
        with self._turn:
            sent = [
                (one.shopper_id, one.channel, one.sent_at)
                for one in self.messages.values()
                if one.sent_at is not None and one.state in ("sending", "sent", "unknown")
            ]
            tally = counted(caps, sent, now)
            for message in messages:
                there = self.messages.get(message.dedupe_key)
                if there is None or there.attempt != message.attempt:
                    continue
                if there.state != "leased" or not _may_move(there, owner, "sending", now):
                    continue
                full = tally.full(there.shopper_id, there.channel)
                said[message.dedupe_key] = full
                if not full:
                    tally.add(there.shopper_id, there.channel)
                    moved = _moved(there, "sending", now, now + self._lease, None)
                    self.messages[message.dedupe_key] = moved
        return said

    def park(self, now: datetime) -> int:
        """Make unknown what was left sending."""
        with self._turn:
            return self._park(now)

    def parked(self, limit: int = 10_000) -> tuple[Message, ...]:
        """Messages in doubt."""
        with self._turn:
            found = [one for one in self.messages.values() if one.state == "unknown"]
        ordered = sorted(
            found, key=lambda one: (one.sent_at is None, one.sent_at or one.not_before)
        )
        return tuple(ordered[:limit])

    def resolve(self, dedupe_keys: Sequence[str], state: str, now: datetime, reason: str) -> int:
        """End the doubt about messages."""
        _require_state(state, ("sent", "failed", "queued"))
        with self._turn:
            found = [self.messages[key] for key in set(dedupe_keys) & self.messages.keys()]
            doubtful = [one for one in found if one.state == "unknown"]
            for one in doubtful:
                self.messages[one.dedupe_key] = replace(
                    one,
                    state=state,
                    reason=reason,
                    sent_at=one.sent_at if state == "sent" else None,
                    not_before=now if state == "queued" else one.not_before,
                )
            return len(doubtful)

    def waiting_since(self, now: datetime) -> datetime | None:
        """When the oldest message in want of a worker fell due."""
        with self._turn:
            due = (one.not_before for one in self.messages.values() if _is_due(one, now))
            return min(due, default=None)

    def contacts(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """Contacts per shopper and channel."""
        with self._turn:
            return Counter(
                (message.shopper_id, message.channel)
                for message in self.messages.values()
                if message.sent_at is not None
                and message.sent_at >= since
                and message.state in ("sending", "sent", "unknown")
            )

    def sent_between(self, start: datetime, end: datetime) -> Mapping[str, datetime]:
        """When each decision's message left."""
        with self._turn:
            return {
                message.decision_id: message.sent_at
                for message in self.messages.values()
                if message.state == "sent"
                and message.sent_at is not None
                and start <= message.sent_at < end
            }

    def copies_between(self, start: datetime, end: datetime) -> Mapping[str, str]:
        """Which text each decision's message carried."""
        left = self.sent_between(start, end)
        with self._turn:
            return {
                message.decision_id: message.copy_id
                for message in self.messages.values()
                if message.decision_id in left
            }

    def copy_of(self, decision_id: str) -> str:
        """Which text one decision's message has."""
        with self._turn:
            mine = (one for one in self.messages.values() if one.decision_id == decision_id)
            return next((message.copy_id for message in mine), "")

    def counts(self) -> Mapping[str, int]:
        """Messages per state, zeros included."""
        with self._turn:
            found = Counter(message.state for message in self.messages.values())
            return {state: found[state] for state in STATES} | {"held": len(self._ever_held)}

    def _park(self, now: datetime) -> int:
        silent = [
            key
            for key, message in self.messages.items()
            if message.state == "sending" and _ran_out(message, now)
        ]
        for key in silent:
            self.messages[key] = replace(
                self.messages[key],
                state="unknown",
                lease_until=None,
                reason="its worker fell silent",
            )
        return len(silent)

    def _take(self, message: Message, owner: str, now: datetime) -> Message:
        taken = replace(
            message,
            state="leased",
            owner=owner,
            lease_until=now + self._lease,
            attempt=message.attempt + 1,
            reason="",
        )
        self.messages[message.dedupe_key] = taken
        return taken


def _ran_out(message: Message, now: datetime) -> bool:
    return message.lease_until is None or message.lease_until <= now


def _is_due(message: Message, now: datetime) -> bool:
    free = message.state in ("queued", "held") or (
        message.state == "leased" and _ran_out(message, now)
    )
    return free and message.not_before <= now


def _may_move(message: Message, owner: str, state: str, now: datetime) -> bool:
    if message.owner != owner:
        return False
    if message.state == "sending":
        return state in _FROM_SENDING
    if state == "sending" and _ran_out(message, now):
        return False
    return message.state == "leased" and state in _FROM_LEASED


def _moved(
    message: Message, state: str, now: datetime, until: datetime, not_before: datetime | None
) -> Message:
    times: dict[str, tuple[datetime | None, datetime | None]] = {
        "sending": (until, now),
        "sent": (None, now),
        "unknown": (None, message.sent_at),
    }
    lease_until, sent_at = times.get(state, (None, None))
    due = message.not_before if not_before is None or state in times else not_before
    return replace(message, state=state, lease_until=lease_until, sent_at=sent_at, not_before=due)


def _require_state(state: str, allowed: Sequence[str]) -> None:
    if state not in allowed:
        raise InvalidError(
            f"the state {state!r}",
            "a message cannot be put there",
            f"Use one of {', '.join(dict.fromkeys(allowed))}.",
        )
