"""Picture briefs from copy and the offer's facts: each text proven before it is laid out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

from promoloop.compose.pictures.records import (
    BrandColours,
    Picture,
    PictureBrief,
    PictureText,
)
from promoloop.compose.pictures.sizes import ai_label, market_of
from promoloop.compose.proof import safe_name, verify
from promoloop.compose.records import Verdict
from promoloop.compose.slots import fill
from promoloop.core import InvalidError, RefusedError, language_of
from promoloop.offers import OfferFacts

__all__ = ["PictureLook", "picture_brief", "svg_texts", "verify_picture"]

_OWN = ("brand", "label")
"""Roles that say nothing of the offer: the shop's own name and the law's label."""

_WIDE = frozenset({"zh", "ja"})
_JOINS = {"zh": "，", "ja": "、"}
"""What stands between two terms, where it is no comma and space."""

_UNMEASURED = "picture"
"""No channel of ``data/limits.toml``: on a picture the room decides, not a count of letters."""


@dataclass(frozen=True, slots=True)
class PictureLook:
    """What all pictures of a campaign share.

    ``brand`` is the shop's name as drawn, "" for none; ``image`` the size of the product image,
    ``None`` without one; ``style`` as in ``PictureBrief``.
    """

    colours: BrandColours = field(default_factory=BrandColours)
    brand: str = ""
    image: tuple[int, int] | None = None
    style: str = "auto"


def picture_brief(
    brief_id: str,
    parts: Mapping[str, str],
    facts: OfferFacts,
    moment: str,
    look: PictureLook,
    day: date,
    *,
    by_model: bool = False,
    market: str = "",
) -> PictureBrief:
    """The picture that says what ``parts`` and the offer's own clauses say.

    Parameters
    ----------
    brief_id : str
        Names it.
    parts : mapping of str to str
        Filled copy of an advertisement, a banner or a pop-up: ``headline`` and ``call`` are
        taken; reward, terms, code and deadline come from the facts.
    facts : OfferFacts
        What the offer states, in the locale of the picture.
    moment : str
        For the proof of the headline's words.
    look : PictureLook
        Colours, brand, image.
    day : date
        Decides which law on labels is in force.
    by_model : bool
        Whether a model wrote any of it; then it is labelled where the law asks.
    market : str
        Where it is shown; the region of the locale by default.

    Raises
    ------
    RefusedError
        A text that the offer does not prove.
    InvalidError
        A brand name that carries a claim, markup or an address.
    """
    if look.brand and not safe_name(look.brand):
        raise InvalidError(
            f"the brand name {look.brand[:40]!r}",
            "it is too long, or carries a claim, markup or an address",
            "Give the bare name.",
        )
    said = _said(parts, facts)
    label = ai_label(market or market_of(facts.locale), facts.locale, day)
    by_law = label.text if by_model else ""
    texts = (
        *((PictureText("brand", look.brand, optional=True),) if look.brand else ()),
        *said,
        *((PictureText("label", by_law),) if by_law else ()),
    )
    marks = _marks(brief_id) if by_model and label.metadata else {}
    verdict = verify({text.role: text.text for text in said}, facts, _UNMEASURED, moment)
    if not verdict.passed:
        raise RefusedError(
            f"the texts of the picture {brief_id}",
            "; ".join(verdict.reasons),
            "Take a text that the offer proves.",
        )
    return PictureBrief(
        brief_id=brief_id,
        locale=facts.locale,
        texts=texts,
        colours=look.colours,
        keep=tuple(filter(None, (facts.name, facts.gift or "", *_drawn(facts)))),
        image=look.image,
        style=look.style,
        marks=marks,
        label_share=label.height_share if by_law else 0.0,
    )


def verify_picture(picture: Picture, facts: OfferFacts, moment: str) -> Verdict:
    """The proof of what is really drawn: the lines of all texts, joined again."""
    drawn = {box.role: "".join(box.lines) for box in picture.texts if box.role not in _OWN}
    return verify(drawn, facts, _UNMEASURED, moment)


def svg_texts(svg: str) -> dict[str, str]:
    """The texts an SVG file of ours draws, by role, read from the file itself.

    >>> svg_texts('<text data-role="call"><tspan x="1">See </tspan><tspan>it</tspan></text>')
    {'call': 'See it'}
    """
    reader = _Texts()
    reader.feed(svg)
    return reader.found


class _Texts(HTMLParser):
    """Collects the character data of ``text`` elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._role = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "text":
            self._role = dict(attrs).get("data-role") or "?"
            self.found[self._role] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "text":
            self._role = ""

    def handle_data(self, data: str) -> None:
        if self._role:
            self.found[self._role] += data


def _said(parts: Mapping[str, str], facts: OfferFacts) -> tuple[PictureText, ...]:
    """Headline, clauses and call; a clause that the headline says is not said again."""
    headline = parts.get("headline", "")
    clauses = {slot: clause for slot, clause in facts.clauses.items() if slot != "name"}
    told = [clause for clause in clauses.values() if clause.lower() in headline.lower()]
    left = {slot: clause for slot, clause in clauses.items() if clause not in told}
    terms = [left[slot] for slot in ("condition", "ceiling") if slot in left]
    joined = _JOINS.get(language_of(facts.locale), ", ").join(terms)
    rows = {
        "headline": headline,
        "reward": left.get("reward", ""),
        "terms": joined,
        "code": left.get("code", ""),
        "deadline": left.get("deadline", ""),
        "call": parts.get("call", ""),
    }
    shown = fill({role: text for role, text in rows.items() if text}, {})
    if language_of(facts.locale) not in _WIDE:
        # The fonts are made for Chinese: their curly apostrophe is as wide as a Hanzi.
        shown = {role: text.replace("’", "'") for role, text in shown.items()}
    optional = {"call", *(() if told else ("headline",))}
    return tuple(PictureText(role, text, role in optional) for role, text in shown.items())


def _drawn(facts: OfferFacts) -> tuple[str, ...]:
    """Codes that the clauses name; a pool's are many and none is named."""
    clause = facts.clauses.get("code", "")
    return tuple(code for code in facts.codes if code in clause) if clause else ()


def _marks(brief_id: str) -> dict[str, str]:
    """The machine-readable mark, in the form GB 45438-2025 gives; "1" is: surely generated."""
    mark = {"Label": "1", "ContentProducer": "promoloop", "ProduceID": brief_id}
    return {"AIGC": json.dumps(mark, ensure_ascii=False)}
