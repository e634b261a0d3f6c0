"""What the doors remember, in dictionaries: for tests and notebooks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from promoloop.core import InvalidError, RefusedError
from promoloop.events import Received
from promoloop.flows.doors.answers import Answer
from promoloop.flows.doors.keys import ApiKey

__all__ = ["MemoryAnswers", "MemoryApiKeys", "MemoryInbox"]


class MemoryInbox:
    """The inbox in memory; see ``promoloop.events.EventInbox``."""

    def __init__(self) -> None:
        self._calls: dict[int, Received] = {}
        self._known: set[str] = set()
        self._places: dict[str, int] = {}
        self._last = 0
        self._turn = threading.Lock()

    def put(self, calls: Sequence[Received]) -> Future[int]:
        """Add calls not there yet; done at once."""
        done: Future[int] = Future()
        with self._turn:
            before = len(self._known)
            for call in calls:
                if call.message_id not in self._known:
                    self._known.add(call.message_id)
                    self._last += 1
                    self._calls[self._last] = call
            done.set_result(len(self._known) - before)
        return done

    def read(
        self, after: int, most: int = 10_000, *, ours: bool = True
    ) -> Sequence[tuple[int, Received]]:
        """The next calls behind a place; nothing is there that is not ours."""
        if not ours:
            return []
        with self._turn:
            return [(place, call) for place, call in self._calls.items() if place > after][:most]

    def place(self, reader: str) -> int:
        """How far a reader has come."""
        return self._places.get(reader, 0)

    def advance(self, reader: str, place: int) -> None:
        """Note how far a reader has come; never goes back."""
        with self._turn:
            self._places[reader] = max(self.place(reader), place)

    def forget(self, before: datetime) -> int:
        """Drop what all readers have passed."""
        with self._turn:
            passed = min(self._places.values(), default=0)
            old = [
                p for p, call in self._calls.items() if p <= passed and call.received_at < before
            ]
            for place in old:
                self._known.discard(self._calls.pop(place).message_id)
            return len(old)


class MemoryApiKeys:
    """API keys in memory; see ``promoloop.flows.doors.keys.ApiKeys``."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    def add(self, key: ApiKey) -> None:
        """Store a key."""
        if key.key_id in self._keys or any(k.digest == key.digest for k in self._keys.values()):
            raise RefusedError(
                f"the new API key {key.name!r}", "it is there already", "Make another one."
            )
        self._keys[key.key_id] = key

    def of_digest(self, digest: str) -> ApiKey:
        """The key of a digest."""
        for key in self._keys.values():
            if key.digest == digest:
                return key
        raise InvalidError("this API key", "there is none like it", "Make one.")

    def used(self, key_id: str, at: datetime) -> None:
        """Note when it was last used."""
        key = self._keys.get(key_id)
        if key is not None and (key.last_used_at is None or key.last_used_at < at):
            self._keys[key_id] = replace(key, last_used_at=at)

    def revoke(self, key_id: str, at: datetime) -> ApiKey:
        """Close a key for good."""
        if key_id not in self._keys:
            raise InvalidError(f"the API key {key_id!r}", "there is none", "Look at the list.")
        key = self._keys[key_id]
        self._keys[key_id] = replace(key, revoked_at=key.revoked_at or at)
        return self._keys[key_id]

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""
        return tuple(sorted(self._keys.values(), key=lambda key: key.created_at))


class MemoryAnswers:
    """Answers given once, in memory; see ``promoloop.flows.doors.answers.Answers``."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], Answer] = {}
        self._turn = threading.Lock()

    def claim(self, claim: Answer, now: datetime) -> Answer:
        """Claim a request unless somebody has."""
        with self._turn:
            standing = self._answers.get(_place(claim))
            if standing is None or standing.expires_at <= now:
                self._answers[_place(claim)] = standing = claim
            return _same(claim, standing)

    def keep(self, answer: Answer) -> Answer:
        """Answer a claim."""
        with self._turn:
            standing = self._answers.get(_place(answer))
            if standing is None:
                raise RefusedError("an answer", "its claim was given up", "Send it again.")
            if (standing.token, standing.status) == (answer.token, 0):
                self._answers[_place(answer)] = standing = answer
            return _same(answer, standing)

    def release(self, claim: Answer) -> None:
        """Give an unanswered claim back."""
        with self._turn:
            standing = self._answers.get(_place(claim))
            if standing is not None and (standing.token, standing.status) == (
                claim.token,
                0,
            ):
                del self._answers[_place(claim)]

    def expire(self, now: datetime) -> int:
        """Forget what ran out."""
        with self._turn:
            old = [place for place, answer in self._answers.items() if answer.expires_at <= now]
            for place in old:
                del self._answers[place]
            return len(old)


def _place(answer: Answer) -> tuple[str, str, str]:
    return answer.owner, answer.route, answer.key


def _same(asked: Answer, standing: Answer) -> Answer:
    if asked.fingerprint != standing.fingerprint:
        raise RefusedError("an idempotency key", "it was used otherwise", "Use a new key.")
    return standing
