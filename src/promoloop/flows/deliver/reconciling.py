"""End the doubt about messages whose worker fell silent while it sent them.

Whether such a message left is known to the provider alone. What its reports or its log name, left.
What a log that is whole up to a moment does not name, never did and may be sent now. The rest
waits for a person; nothing is sent again on a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoloop.core import InvalidError
from promoloop.decide import PromiseBook
from promoloop.deliver import Message, ParkedMessages, ProviderReport, message_id

__all__ = ["Doubt", "Reconciled", "doubts", "named_by", "reconcile_by_hand", "reconcile_with"]

#: What a person may say of a message, and the state it then has.
SAID = {"sent": "sent", "failed": "failed", "resend": "queued"}


#: What message ids end in on channels that have no domain of the sender's.
_DOMAINS = {"onsite": "onsite.invalid", "push": "push.invalid", "sms": "text.invalid"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One message in doubt, with the name its provider knows it by."""

    message: Message
    message_id: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many messages in doubt had left, how many had not, and how many are in doubt still."""

    sent: int
    failed: int
    queued: int
    unknown: int


def doubts(parked: ParkedMessages, domain: str, now: datetime) -> tuple[Doubt, ...]:
    """Every message in doubt, those of silent workers too, the longest first."""
    parked.park(now)
    return tuple(
        Doubt(one, message_id(one.dedupe_key, _DOMAINS.get(one.channel, domain)))
        for one in parked.parked()
    )


def reconcile_with(
    parked: ParkedMessages,
    domain: str,
    now: datetime,
    left: Collection[str],
    refused: Collection[str] = (),
    complete_until: datetime | None = None,
    book: PromiseBook | None = None,
) -> Reconciled:
    """Settle doubts by what a provider's reports or log say.

    Parameters
    ----------
    parked : ParkedMessages
    domain : str
        The sender's, which message ids end in.
    now : datetime
        UTC.
    left, refused : collections of str
        Message ids the provider took, and those of them it could not deliver.
    complete_until : datetime, optional
        The provider's log names everything it took before this moment. A message whose sending
        began before it and that is not named never left: it goes out now unless its offer is over.
    book : PromiseBook, optional
        Money of what was refused goes back here.
    """
    by_state: dict[str, list[Message]] = {"sent": [], "failed": [], "queued": []}
    gone = frozenset(refused)
    known = frozenset(left) | gone
    for doubt in doubts(parked, domain, now):
        one = doubt.message
        if doubt.message_id in known:
            by_state["failed" if doubt.message_id in gone else "sent"].append(one)
        elif complete_until is not None and one.sent_at and one.sent_at < complete_until:
            by_state["queued" if one.expires_at > now else "failed"].append(one)
    return _settled(parked, by_state, now, "provider", book)


def reconcile_by_hand(
    parked: ParkedMessages,
    dedupe_keys: Sequence[str],
    said: str,
    now: datetime,
    by: str,
    book: PromiseBook | None = None,
) -> Reconciled:
    """Settle doubts by what a person found out: ``sent``, ``failed`` or ``resend``.

    Raises
    ------
    InvalidError
        For another word, or a key that is not in doubt; nothing is changed then.
    """
    if said not in SAID:
        raise InvalidError(
            f"reconciling as {said!r}", "nobody can say that", "Say sent, failed or resend."
        )
    parked.park(now)
    waiting = {one.dedupe_key: one for one in parked.parked()}
    strange = [key for key in dedupe_keys if key not in waiting]
    if strange:
        raise InvalidError(
            f"reconciling {strange[0]!r}",
            "no message in doubt has this key",
            "List them: promoloop deliveries list.",
        )
    by_state = {SAID[said]: [waiting[key] for key in dict.fromkeys(dedupe_keys)]}
    return _settled(parked, by_state, now, f"by hand: {by}", book)


def named_by(reports: Iterable[ProviderReport]) -> tuple[frozenset[str], frozenset[str]]:
    """Message ids that reports prove to have left, and those that could not be delivered."""
    told = [(one.kind, one.message_id) for one in reports if one.message_id]
    refused = frozenset(name for kind, name in told if kind == "hard_bounce")
    return frozenset(name for _, name in told) - refused, refused


def _settled(
    parked: ParkedMessages,
    by_state: dict[str, list[Message]],
    now: datetime,
    reason: str,
    book: PromiseBook | None,
) -> Reconciled:
    counts = dict.fromkeys(("sent", "failed", "queued"), 0)
    for state, messages in by_state.items():
        keys = [one.dedupe_key for one in messages]
        moved = parked.resolve(keys, state, now, reason) if keys else 0
        counts[state] = moved
        if state == "failed" and book is not None and moved == len(keys):
            book.release([one.decision_id for one in messages])
    return Reconciled(**counts, unknown=len(parked.parked()))
