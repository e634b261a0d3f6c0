"""How different the texts of a pool are, so that renewal does not end in one text said ten ways."""

from __future__ import annotations

from collections.abc import Sequence

from promoloop.compose.quality.diversity import likeness_of

__all__ = ["distance", "pool_distance"]


def distance(one: str, other: str, language: str) -> float:
    """1 less the share of words and pairs of words in common (Jaccard), in [0, 1].

    >>> distance("A warm cup.", "A warm cup!", "en"), distance("A cup.", "Hot tea.", "en")
    (0.0, 1.0)
    >>> round(distance("A warm cup.", "A warm mug.", "en"), 3)
    0.571
    """
    return 1.0 - float(likeness_of([one, other], _key(language))[0, 1])


def pool_distance(texts: Sequence[str], language: str) -> float:
    """Mean distance of two texts of the pool; 1 where there are fewer than two.

    >>> pool_distance(["A cup."], "en")
    1.0
    """
    n = len(texts)
    if n < 2:
        return 1.0
    alike = likeness_of(texts, _key(language))
    return 1.0 - float(alike.sum() - n) / (n * (n - 1))


def _key(language: str) -> str:
    """Japanese is read by characters, like Chinese; all others by words."""
    return "zh" if language in ("zh", "ja") else "en"
