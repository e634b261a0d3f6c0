"""What sending needs, and how a run of it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.compose import CopyBank, ReviewLog
from promoloop.decide import CONTACT_HOURS, ContactHours, PromiseBook
from promoloop.deliver import Channel, FrequencyCap, Keys, Outbox, Sender, SendGate, Tracking
from promoloop.flows.deliver.promises import PromiseDesk
from promoloop.flows.privacy.ports import ErasureBook
from promoloop.offers import CodePools, PauseBook
from promoloop.profiles import ConsentLedger, RestBook, SuppressionList

__all__ = ["DeliverReport", "Desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending needs: stores, channels, the shop's letterhead and the rules.

    ``key`` signs the links, the first of several, and ``tracking`` says whether they are tracked;
    ``market`` picks the row of contact hours in ``quiet``; ``purpose`` is what shoppers must have
    agreed to; messages of campaigns that ``pauses`` names are held, and so are those whose text
    does not stand as approved in ``reviews`` any more. Addresses in ``suppressions``, known by
    ``address_key``, are never written to, nor is anybody in ``erasures``, and shoppers in ``rests``
    not before their rest ends. ``promises`` looks every promise over once more; money and units of
    what is not sent go back to ``book``, its code to ``codes``.
    ``gate`` keeps the caps across workers; without one each run keeps them for itself.
    ``claims`` gives the reason why an offer may not be announced at a moment, "" where it may.
    ``ai_label`` overrules by country whether machine-written texts say so.
    """

    outbox: Outbox
    copies: CopyBank
    consents: ConsentLedger
    channels: Mapping[str, Channel]
    sender: Sender
    shop_url: str
    key: Keys
    market: str
    caps: Sequence[FrequencyCap] = ()
    quiet: Sequence[ContactHours] = CONTACT_HOURS
    purpose: str = "marketing"
    pauses: PauseBook | None = None
    reviews: ReviewLog | None = None
    suppressions: SuppressionList | None = None
    rests: RestBook | None = None
    address_key: bytes = b""
    tracking: Tracking | None = None
    erasures: ErasureBook | None = None
    promises: PromiseDesk | None = None
    book: PromiseBook | None = None
    codes: CodePools | None = None
    gate: SendGate | None = None
    claims: Callable[[str, datetime], str] | None = None
    ai_label: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """How many messages ended how, in this run; ``reasons`` counts each reason given.

    ``held`` waits for the end of quiet hours, ``retry`` for the channel. ``away`` names
    every channel that took nothing of what it was handed, with what it said.
    """

    sent: int
    failed: int
    unknown: int
    capped: int
    held: int
    expired: int
    retry: int
    reasons: Mapping[str, int]
    seconds: float
    away: Mapping[str, str] = field(default_factory=dict)
