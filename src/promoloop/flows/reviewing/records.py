"""What people ask for in review, and what they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["EditReport", "ReviewPage", "ReviewReport", "ReviewStep", "ReviewText", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which texts: every field that is not "" must fit. ``mark`` is a code of the first reader."""

    state: str = "in_review"
    offer: str = ""
    locale: str = ""
    channel: str = ""
    moment: str = ""
    source: str = ""
    mark: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything beside the state is asked for."""
        return any((self.offer, self.locale, self.channel, self.moment, self.source, self.mark))


@dataclass(frozen=True, slots=True)
class ReviewText:
    """One text in a list: where it belongs, where it stands, and why somebody should look."""

    copy_id: str
    state: str
    by: str
    at: datetime
    offer_id: str
    locale: str
    channel: str
    moment: str
    variant: str
    source: str
    why: tuple[str, ...]
    text: str
    edited_from: str = ""


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One step of a text, in words."""

    state: str
    by: str
    at: datetime
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything on one text.

    ``parts`` are as written, ``reads`` as a shopper reads them; ``proofs`` pairs of what is
    claimed and the field that proves it.
    """

    text: ReviewText
    parts: Mapping[str, str]
    reads: Mapping[str, str]
    proofs: tuple[tuple[str, str], ...]
    steps: tuple[ReviewStep, ...]


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What was moved. ``without_text`` names cells (offer, locale, channel, moment) left bare."""

    state: str
    by: str
    moved: tuple[str, ...]
    retired: tuple[str, ...] = ()
    without_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditReport:
    """The new text that waits in review, and how it reads."""

    copy_id: str
    edited_from: str
    by: str
    reads: Mapping[str, str]
    why: tuple[str, ...]
