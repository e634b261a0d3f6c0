"""How long each part of a message may be, per channel (``data/limits.toml``)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from promoloop.compose.tables import table
from promoloop.core import language_of

__all__ = ["length_reasons", "sent_text", "sms_segments", "sms_text", "too_long"]

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")
# What no alphabet of an SMS has, or only the one that halves its length, goes out as plain signs.
_SENT_AS = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"'}
    | {"–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE"}
)
_WIDE = frozenset("WF")


def sms_segments(text: str) -> int:
    """How many SMS a text takes: 160 GSM-7 septets or 70 UCS-2 units in one, 153 or 67 in each.

    Characters of the GSM-7 extension table count twice and are never split over two messages;
    a character outside both tables makes the whole text UCS-2 (3GPP TS 23.038, 23.040).

    >>> [sms_segments(text) for text in ("", "a" * 160, "a" * 161, "€" * 80, "咖" * 71)]
    [0, 1, 2, 1, 2]
    """
    if not text:
        return 0
    if all(c in _GSM or c in _GSM_TWICE for c in text):
        sizes = [2 if c in _GSM_TWICE else 1 for c in text]
        return _segments(sizes, 160, 153)
    return _segments([len(c.encode("utf-16-le")) // 2 for c in text], 70, 67)


def sms_text(text: str) -> str:
    """``text`` as an SMS carries it: typographic signs as plain ones, letters as they are.

    >>> sms_text("jusqu’au 30 novembre\u00a0: 20\u00a0%")
    "jusqu'au 30 novembre : 20 %"
    """
    return text.translate(_SENT_AS)


def sent_text(parts: Mapping[str, str], channel: str) -> dict[str, str]:
    """``parts`` as ``channel`` carries them: for ``"sms"`` each as ``sms_text`` has it.

    >>> sent_text({"text": "20\u00a0%"}, "sms")
    {'text': '20 %'}
    """
    return {part: sms_text(text) if channel == "sms" else text for part, text in parts.items()}


def _segments(sizes: list[int], alone: int, each: int) -> int:
    if sum(sizes) <= alone:
        return 1
    segments, left = 1, each
    for size in sizes:
        if size > left:
            segments, left = segments + 1, each
        left -= size
    return segments


def length_reasons(parts: Mapping[str, str], locale: str, channel: str) -> list[str]:
    """One reason for each part that is too long for its channel, or that the channel has not."""
    limits = table("limits").get(channel)
    if limits is None:
        return []
    reasons = []
    for part, text in parts.items():
        told = _too_long(text, locale, limits.get(part, {}))
        if told:
            reasons.append(f"length: {part} {told}")
        if part not in limits and part != "text":
            reasons.append(f"length: {channel} has no part {part!r}")
    return reasons


def too_long(text: str, locale: str, channel: str, part: str) -> bool:
    """Whether ``text`` exceeds the limit of that part of the channel."""
    return bool(_too_long(text, locale, table("limits").get(channel, {}).get(part, {})))


def _too_long(text: str, locale: str, limit: Mapping[str, int]) -> str:
    """What is too long about ``text``, "" when nothing is."""
    cjk = language_of(locale) in {"zh", "ja"}
    most = limit.get("hanzi" if cjk else "latin")
    if most is not None and len(text) > most:
        return f"has {len(text)} characters, {most} fit"
    columns = limit.get("columns")
    if columns is not None and _columns(text) > columns:
        return f"takes {_columns(text)} columns, {columns} fit"
    segments, sent = limit.get("segments"), sms_text(text)
    if segments is not None and sms_segments(sent) > segments:
        return f"takes {sms_segments(sent)} SMS"
    lines = limit.get("lines")
    if lines is not None and text.count("\n") >= lines:
        return f"has more than {lines} lines"
    return ""


def _columns(text: str) -> int:
    """Width as ad platforms count it: a character of double width is two."""
    return sum(2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)
