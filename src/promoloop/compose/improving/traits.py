"""What can be said of a text before anybody has seen it: length, form, name, source, score, age.

A new variant has no results. It has traits, though, and other variants with such traits have
results; ``prior`` turns the one into a guess about the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promoloop.compose.quality.words import tokens
from promoloop.compose.tables import table
from promoloop.core import InvalidError

__all__ = ["TRAITS", "VariantText", "form_of", "meaning_axes", "variant_traits"]

Floats = NDArray[np.float64]

TRAITS = ("chinese", "length", "asks", "urges", "scene", "named", "by_model", "score", "age")
"""Names of the columns of ``variant_traits`` without an encoder."""

_FORMS = ("question", "imperative", "scene", "statement")
_WORD = re.compile(r"[a-z]+")
_AVERAGE_SCORE = 0.5  # of a text that no gate has judged


@dataclass(frozen=True, slots=True)
class VariantText:
    """One variant as its traits are read.

    ``text`` is the hook, or the words of the message where the hook is not known; ``name`` the
    product as the copy calls it; ``score`` the quality gate's in [0, 1], nan where none judged;
    ``age_weeks`` since it was first used.
    """

    copy_id: str
    language: str
    text: str
    name: str
    source: str
    score: float = math.nan
    age_weeks: float = 0.0

    def __post_init__(self) -> None:
        scored = math.isnan(self.score) or 0.0 <= self.score <= 1.0
        if not self.text.strip() or not scored or not 0.0 <= self.age_weeks < math.inf:
            raise InvalidError(
                f"the traits of {self.copy_id}",
                f"its text is empty, its score {self.score} or its age {self.age_weeks} is wrong",
                "Give a text, a score in [0, 1] or nan, and an age of 0 weeks or more.",
            )


def form_of(text: str, language: str) -> str:
    """``question``, ``imperative``, ``scene`` or ``statement``.

    >>> form_of("Put the kettle on.", "en"), form_of("A mug for the long afternoon.", "en")
    ('imperative', 'scene')
    >>> form_of("晚上想喝点什么？", "zh"), form_of("泡一杯，慢慢喝。", "zh")
    ('question', 'imperative')
    """
    shown = text.strip()
    if shown.endswith(("?", "？")):
        return "question"
    key = "zh" if language == "zh" else "en"
    words = table("forms")[key]
    if key == "zh":
        first = shown.split("，", 1)[0].rstrip("。！")
        if first[:1] in words["imperative"]:
            return "imperative"
        return "scene" if any(mark in first for mark in words["scene"]) else "statement"
    found = _WORD.match(shown.lower())
    begun = found[0] if found else ""
    forms = (form for form in ("imperative", "scene") if begun in words[form].split())
    return next(forms, "statement")


def variant_traits(texts: Sequence[VariantText], vectors: Floats | None = None) -> Floats:
    """One row of traits per text, (n, len(TRAITS) + columns of ``vectors``), all about unit size.

    ``vectors`` (n, few) are places of the hooks on ``meaning_axes``; optional.

    Raises
    ------
    InvalidError
        Where ``vectors`` are not finite numbers with one row per text.
    """
    own = np.array([_traits(one) for one in texts]).reshape(len(texts), len(TRAITS))
    if vectors is None:
        return own
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise InvalidError(
            f"vectors of shape {vectors.shape} for {len(texts)} texts",
            "there must be one row of finite numbers per text",
            "Encode the same texts, in the same order.",
        )
    return np.hstack([own, vectors])


def meaning_axes(vectors: Floats, dimensions: int = 4) -> Floats:
    """Places of unit vectors (n, d) on their ``dimensions`` main axes, each of unit spread.

    Principal components; an axis along which nothing varies is all zero. The sign of an axis is
    that of its largest entry, so the same texts give the same places.
    """
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise InvalidError(
            f"vectors of shape {vectors.shape}", "they must be finite, (n, d)", "Encode again."
        )
    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    kept = axes[:dimensions]
    signs = np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])
    places = centred @ (kept * signs[:, None]).T
    spread = places.std(axis=0)
    result = np.zeros((len(vectors), dimensions))
    real = sizes[:dimensions] > 1e-9
    result[:, : len(kept)][:, real] = places[:, real] / spread[real]
    return result


def _traits(one: VariantText) -> tuple[float, ...]:
    chinese = one.language == "zh"
    usual = 12.0 if chinese else 8.0
    length = len(tokens(one.text, "zh" if chinese else "en")) / usual - 1.0
    form = form_of(one.text, one.language)
    score = _AVERAGE_SCORE if math.isnan(one.score) else one.score
    named = bool(one.name) and one.name.casefold() in one.text.casefold()
    return (
        float(chinese),
        float(np.clip(length, -1.0, 2.0)),
        *(float(form == known) for known in _FORMS[:3]),
        float(named or "{{name}}" in one.text),
        float(one.source == "model"),
        4.0 * (score - _AVERAGE_SCORE),
        math.log1p(one.age_weeks),
    )
