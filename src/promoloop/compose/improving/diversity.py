"""How different the texts of a pool are, so that renewal does not end in one text said ten ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from promoloop.compose.quality.words import tokens

__all__ = ["distance", "distinct_share", "pool_distance"]


def distance(one: str, other: str, language: str) -> float:
    """1 less the share of words and pairs of words in common (Jaccard), in [0, 1].

    >>> distance("A warm cup.", "A warm cup!", "en"), distance("A cup.", "Hot tea.", "en")
    (0.0, 1.0)
    >>> round(distance("A warm cup.", "A warm mug.", "en"), 3)
    0.571
    """
    a, b = _grams(one, language), _grams(other, language)
    whole = len(a | b)
    return 1.0 - len(a & b) / whole if whole else 0.0


def pool_distance(texts: Sequence[str], language: str) -> float:
    """Mean distance of two texts of the pool; 1 where there are fewer than two.

    >>> pool_distance(["A cup."], "en")
    1.0
    """
    pairs = [distance(one, other, language) for one, other in combinations(texts, 2)]
    return sum(pairs) / len(pairs) if pairs else 1.0


def distinct_share(texts: Sequence[str], language: str, n: int = 2) -> float:
    """Distinct n-grams over all n-grams of the pool (distinct-n); 1 where there are none.

    Source: Li et al. (2016), "A diversity-promoting objective function for neural conversation
    models".

    >>> distinct_share(["A cup.", "A cup."], "en")
    0.5
    """
    grams = [
        tuple(words[at : at + n])
        for words in (tokens(text, _key(language)) for text in texts)
        for at in range(len(words) - n + 1)
    ]
    return len(set(grams)) / len(grams) if grams else 1.0


def _grams(text: str, language: str) -> frozenset[tuple[str, ...]]:
    words = tokens(text, _key(language))
    pairs = pairwise(words)
    return frozenset([*((word,) for word in words), *pairs])


def _key(language: str) -> str:
    return "zh" if language == "zh" else "en"
