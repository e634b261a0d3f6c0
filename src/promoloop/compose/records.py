"""What to write about, what was written, and the proof that it is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Brief", "Claim", "Copy", "Verdict"]


@dataclass(frozen=True, slots=True)
class Brief:
    """What one variant is to say: one offer revision for one locale, channel and moment.

    ``facts`` are whole clauses keyed by slot (``{"reward": "20% off", "deadline": "ends Nov 30",
    "code": "COFFEE20"}``), rendered by us from the offer's own fields.
    """

    brief_id: str
    offer_id: str
    offer_revision: int
    group: str
    name: str
    moment: str
    locale: str
    channel: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing the text states, and the offer field that proves it."""

    text: str
    kind: str
    proof: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The recorded outcome of verifying one text: all claims proven, or why it was refused."""

    passed: bool
    claims: tuple[Claim, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """One approved variant. ``parts`` hold slots such as ``{{reward}}``, never a fact.

    Parts by channel: e-mail has ``subject, preheader, headline, body, call``; on-site has
    ``headline, body, call``. ``source`` is ``"model"`` or ``"template"``.
    """

    copy_id: str
    brief_id: str
    offer_id: str
    offer_revision: int
    locale: str
    channel: str
    moment: str
    variant: str
    parts: Mapping[str, str]
    source: str
    model: str
    prompt_hash: str
    verdict: Verdict
    refused: tuple[str, ...]
    created_at: datetime
