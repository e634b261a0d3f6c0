"""Answers given once: a request that is sent again gets the first answer, and does nothing.

A client names its request by an ``Idempotency-Key``. The first of several claims it, does the work
and keeps its answer; the others get that answer, or hear that it is still being worked on. A
worker that dies leaves its claim behind, which runs out so that the next one may try.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["Answer", "Answers", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A claim on a request, and from ``keep`` on its answer.

    Attributes
    ----------
    owner : str
        Who asked, the id of an API key: nobody sees another's answers.
    route : str
        For example ``POST /v1/redeem``.
    key : str
        The ``Idempotency-Key``.
    fingerprint : str
        Of the request's body, by ``fingerprint``.
    token : str
        Names the claim; unlike any other.
    expires_at : datetime
        UTC. A claim without an answer is given up then, an answer forgotten.
    status : int, default 0
        HTTP status; 0 while it is being worked on.
    media : str
        The content type of ``body``.
    body : bytes
    """

    owner: str
    route: str
    key: str
    fingerprint: str
    token: str
    expires_at: datetime
    status: int = 0
    media: str = ""
    body: bytes = b""


class Answers(Protocol):
    """Claims and answers by owner, route and key."""

    def claim(self, claim: Answer, now: datetime) -> Answer:
        """Claim a request unless somebody has; return the one that stands at ``now``.

        It is yours to work on when its ``token`` is yours. ``RefusedError`` when the request
        that stands has another fingerprint: the key was used for something else.
        """
        ...

    def keep(self, answer: Answer) -> Answer:
        """Answer a claim; return the answer that stands, which may be an earlier one.

        Only the claim of the same ``token`` is answered, and once.
        """
        ...

    def release(self, claim: Answer) -> None:
        """Give an unanswered claim of yours back, so that the request may be tried again."""
        ...

    def expire(self, now: datetime) -> int:
        """Forget what ran out by ``now``; return how many."""
        ...


def fingerprint(body: bytes) -> str:
    """SHA-256 of a request's body, hexadecimal."""
    return hashlib.sha256(body).hexdigest()
