"""Why a message is not sent now: what delivering asks before each one leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoloop.compose import Copy, CopyBank, ReviewLog
from promoloop.core import tongue_table
from promoloop.deliver import Message

__all__ = ["ApprovedTexts", "Stop", "in_quiet_hours", "stop_said"]


def stop_said(code: str, locale: str) -> str:
    """What a reason of ``DeliverReport.reasons`` means; a code without words says itself.

    The words are in ``deliver/data/blocks-LANGUAGE.toml``.

    >>> stop_said("copy-retired", "zh-CN")
    '文案在决策后已停用'
    """
    name, _, rest = code.partition(":")
    words = tongue_table("promoloop.deliver", "blocks", locale)
    said = words.get(code) or words.get(name)
    return code if said is None else str(said).format(name=rest)


@dataclass(frozen=True, slots=True)
class Stop:
    """What becomes of a message that is not sent now."""

    state: str
    reason: str
    not_before: datetime | None = None


def in_quiet_hours(message: Message, until: datetime) -> Stop:
    """Held until the quiet hours end, or over by then."""
    if until >= message.expires_at:
        return Stop("expired", "offer-over-before-quiet-hours-end")
    return Stop("held", "quiet-hours", until)


class ApprovedTexts:
    """The texts of a delivery, each looked up once, and whether they are still approved.

    Without a log of reviews whatever is in the bank counts as approved.
    """

    def __init__(self, bank: CopyBank, reviews: ReviewLog | None) -> None:
        self._bank = bank
        self._reviews = reviews
        self._copies: dict[str, Copy] = {}
        self._states: dict[str, str] = {}

    def get(self, copy_id: str) -> Copy:
        """The text; ``InvalidError`` when there is none."""
        if copy_id not in self._copies:
            self._copies[copy_id] = self._bank.get(copy_id)
        return self._copies[copy_id]

    def look_again(self) -> None:
        """Ask the log anew about every text seen so far."""
        if self._reviews is not None and self._states:
            standing = self._reviews.standing(list(self._states))
            self._states.update({key: entry.state for key, entry in standing.items()})

    def stop(self, message: Message, again: datetime) -> Stop | None:
        """Why the message's text does not go out; in review it is asked ``again`` later."""
        state = self._state(message.copy_id)
        if state == "retired":
            return Stop("capped", "copy-retired")
        return None if state == "approved" else Stop("held", "copy-in-review", again)

    def _state(self, copy_id: str) -> str:
        if self._reviews is None:
            return "approved"
        if copy_id not in self._states:
            entry = self._reviews.standing([copy_id]).get(copy_id)
            self._states[copy_id] = entry.state if entry else "draft"
        return self._states[copy_id]
