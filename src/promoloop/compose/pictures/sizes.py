"""Sizes and labels by market, from ``data/pictures.toml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from promoloop.compose.pictures.records import PictureSize
from promoloop.compose.tables import table
from promoloop.core import InvalidError, language_of

__all__ = ["AiLabel", "ai_label", "font_families", "market_of", "picture_sizes"]

_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")


@dataclass(frozen=True, slots=True)
class AiLabel:
    """How the law of a market has machine-made text marked on a picture.

    ``text`` is to be read by people, "" where none is asked; its letters are at least
    ``height_share`` of the picture's shorter side. ``metadata`` asks for a mark in the file.
    """

    text: str = ""
    height_share: float = 0.0
    metadata: bool = False
    source: str = ""


def picture_sizes(names: Sequence[str] = ()) -> tuple[PictureSize, ...]:
    """The sizes of these names, all that are known without; in the table's order.

    >>> [(one.width, one.height) for one in picture_sizes(["728x90"])]
    [(728, 90)]
    """
    known = {row["name"]: row for row in table("pictures")["size"]}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidError(
            f"the picture size {unknown[0]!r}", "it is not known", f"Use {', '.join(known)}."
        )
    sources = table("pictures")["source"]
    return tuple(
        PictureSize(
            name=name,
            width=row["width"],
            height=row["height"],
            smallest=row["smallest"],
            safe=tuple(row.get("safe", (0, 0, 0, 0))),
            most_bytes=row["most_bytes"],
            source=sources[row["source"]],
        )
        for name, row in known.items()
        if not names or name in names
    )


def market_of(locale: str) -> str:
    """The market a locale speaks of, its region; "" where it names none.

    >>> market_of("zh-CN"), market_of("zh-Hans-CN"), market_of("de")
    ('CN', 'CN', '')
    """
    return next((part for part in locale.split("-")[1:] if re.fullmatch("[A-Z]{2}", part)), "")


def ai_label(market: str, locale: str, day: date) -> AiLabel:
    """What the law of ``market`` asks of a picture with machine-made text on ``day``.

    >>> ai_label("CN", "zh-CN", date(2026, 11, 22)).text
    'AI生成'
    >>> ai_label("US", "en-US", date(2026, 11, 22)).text
    ''
    """
    for row in table("pictures")["label"]:
        if market not in row["markets"] or day < row["since"]:
            continue
        texts = row["text"]
        said = texts.get(language_of(locale), texts.get("en", "")) if row["visible"] else ""
        return AiLabel(said, float(row["height_share"]), bool(row["metadata"]), row["source"])
    return AiLabel()


def font_families(locale: str) -> str:
    """Font families for files that leave the letters to the viewer, in order of preference."""
    fonts = table("pictures")["fonts"]
    language = language_of(locale)
    fallback = "zh-CN" if language == "zh" else language
    return str(fonts.get(locale, fonts.get(fallback, fonts["en"])))
