"""What to write about, what was written, and the proof that it is true."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from promoloop.core import InvalidError

__all__ = [
    "CHANNELS",
    "LENGTHS",
    "MOMENTS",
    "Brief",
    "Claim",
    "Completion",
    "Copy",
    "Hook",
    "Mark",
    "ProductGroup",
    "ReviewEntry",
    "Verdict",
]

CHANNELS = ("email", "push", "sms", "onsite", "popup", "ad")
"""Where promotional copy appears; ``onsite`` is the banner, ``popup`` the layer over a page."""

LENGTHS = ("line", "short")
"""How long a hook is: a sentence, or the few words that fit a push, a text message or an ad."""

MOMENTS = (
    "new", "active", "vip", "cooling", "lapsed",
    "viewed", "cart", "birthday", "festival", "flash_sale",
    "threshold", "gift", "back_in_stock", "weekend",
)  # fmt: skip
"""Why a message is sent now: the shopper's stage of life with the shop, or an occasion."""


@dataclass(frozen=True, slots=True)
class ProductGroup:
    """A kind of product that copy is written about; ``names`` by language (``en``, ``zh``).

    ``match`` holds other words that mean the group. A group that is ``held_out`` is never trained
    on: it stands for the products a shop adds tomorrow. ``pieces`` is what one piece is called
    within a sentence, by language, where that is not the name.
    """

    group_id: str
    family: str
    names: Mapping[str, str]
    match: tuple[str, ...] = ()
    held_out: bool = False
    pieces: Mapping[str, str] = field(default_factory=dict)

    def spoken(self, language: str) -> str:
        """What one buyer's piece is called within a sentence."""
        return self.pieces.get(language) or self.names[language]


@dataclass(frozen=True, slots=True)
class Completion:
    """One continuation by a model, with its mean natural log-likelihood per token.

    ``log_likelihood`` is nan where the model does not tell it.
    """

    text: str
    log_likelihood: float = math.nan


@dataclass(frozen=True, slots=True)
class Hook:
    """A line about a product group that states nothing about an offer.

    ``moment`` is one of ``MOMENTS`` or ``"any"``, ``length`` one of ``LENGTHS``. ``model`` names
    weights and adapter; ``score`` is the quality gate's, in [0, 1], nan where none judged.
    """

    text: str
    group_id: str
    language: str
    moment: str
    length: str
    model: str
    prompt_hash: str
    score: float = math.nan


@dataclass(frozen=True, slots=True)
class Brief:
    """What one variant is to say: one offer revision for one locale, channel and moment.

    ``facts`` are whole clauses keyed by slot (``{"reward": "20% off", "deadline": "ends Nov 30",
    "code": "COFFEE20"}``), rendered by us from the offer's own fields. An ``upcoming`` offer has
    not begun, so nothing may say that it runs. ``names`` has the product's name by language, as far
    as the offer has one that may be said.
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
    upcoming: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


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

    ``hook`` is the line the text stands on, as it stands in the parts, and ``score`` what the gate
    gave that line; "" and ``None`` where they are not known, as with texts kept by older versions.
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
    hook: str = ""
    score: float | None = None

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise InvalidError(
                f"the text {self.copy_id}, field score",
                f"it is {self.score}",
                "Give a score from 0 to 1, or none.",
            )


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing a person should look at; ``detail`` is what it is about, e.g. the part."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """One step of one text. Entries are only ever added; the last says where the text stands.

    ``by`` is a person, the model that wrote the text, or the first reader. ``reason`` is what a
    person said, or for the first reader a code (see ``reason_said``). ``edited_from`` is the id of
    the text that a changed text came from, "" for one written anew.
    """

    copy_id: str
    state: str
    by: str
    at: datetime
    reason: str = ""
    marks: tuple[Mark, ...] = ()
    edited_from: str = ""
