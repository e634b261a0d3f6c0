"""How different the texts of a pool are, and the best of them that are not alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from promoloop.compose.quality.words import tokens
from promoloop.core import InvalidError, numbers

__all__ = ["best_and_different", "distinct_share", "likeness_of", "self_bleu"]

Floats = NDArray[np.float64]
Gram = tuple[str, ...]


def distinct_share(texts: Sequence[str], language: str, n: int = 2) -> float:
    """Distinct-n: distinct runs of ``n`` words (characters in Chinese) per run in the pool.

    References
    ----------
    Li, Galley, Brockett, Gao and Dolan (2016), "A diversity-promoting objective function for
    neural conversation models", section 5.

    Examples
    --------
    >>> distinct_share(["a b c", "a b d"], "en", 2)
    0.75
    """
    found = Counter(gram for text in texts for gram in _grams(tokens(text, language), n))
    return len(found) / found.total() if found else 0.0


def self_bleu(texts: Sequence[str], language: str, n: int = 4) -> float:
    """Mean BLEU of each text against all others, in [0, 1]; high means alike.

    Modified precisions up to ``n`` words with one added to both sides from the second order on
    (Lin and Och, 2004), the brevity penalty against the reference nearest in length.

    References
    ----------
    Zhu et al. (2018), "Texygen: a benchmarking platform for text generation models".

    Raises
    ------
    InvalidError
        For fewer than two texts.
    """
    if len(texts) < 2:
        raise InvalidError(
            f"self-BLEU of {len(texts)} text(s)", "a text needs others", "Give two or more."
        )
    split = [tokens(text, language) for text in texts]
    tops = [_two_highest(split, order) for order in range(1, n + 1)]
    lengths = np.array([len(words) for words in split])
    total = 0.0
    for at, words in enumerate(split):
        total += _bleu(
            words, [_others(words, tops[o - 1], o) for o in range(1, n + 1)], lengths, at
        )
    return total / len(texts)


def best_and_different(
    scores: ArrayLike, likeness: ArrayLike, k: int, weight: float = 0.7
) -> list[int]:
    """Up to ``k`` places, each highest in ``weight`` × score − (1 − ``weight``) × likeness.

    Likeness counts to the nearest of those taken already (maximal marginal relevance).

    Parameters
    ----------
    scores : array, shape (n,)
    likeness : array, shape (n, n)
        Between texts, in [0, 1] say.
    k : int
        How many to take at most.
    weight : float
        1 looks at scores only.

    References
    ----------
    Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking".

    Examples
    --------
    >>> best_and_different([.9, .89, .5], [[1, 1, 0], [1, 1, 0], [0, 0, 1]], 2)
    [0, 2]
    """
    value, alike = numbers(scores, "scores"), numbers(likeness, "likeness")
    if value.ndim != 1 or alike.shape != (value.size, value.size) or not 0.0 <= weight <= 1.0:
        raise InvalidError(
            f"scores {value.shape}, likeness {alike.shape}, weight {weight}",
            "likeness must have a row and a column per score, and the weight lie in [0, 1]",
            "Give one score per text.",
        )
    if not (np.isfinite(value).all() and np.isfinite(alike).all()):
        raise InvalidError("choosing texts", "some figures are not finite", "Leave those out.")
    taken: list[int] = []
    nearest = np.zeros(value.size)
    for _ in range(min(k, value.size)):
        worth = weight * value - (1 - weight) * nearest
        worth[taken] = -math.inf
        best = int(np.argmax(worth))
        taken.append(best)
        nearest = np.maximum(nearest, alike[best])
    return taken


def likeness_of(texts: Sequence[str], language: str) -> Floats:
    """Jaccard's share of common words and word pairs between all texts, (n, n)."""
    split = [tokens(text, language) for text in texts]
    bags = [set(_grams(words, 1)) | set(_grams(words, 2)) for words in split]
    found = np.eye(len(texts))
    for one in range(len(bags)):
        for other in range(one):
            common = len(bags[one] & bags[other])
            share = common / max(1, len(bags[one]) + len(bags[other]) - common)
            found[one, other] = found[other, one] = share
    return found


def _grams(words: Sequence[str], n: int) -> list[Gram]:
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]


def _two_highest(split: Sequence[Sequence[str]], n: int) -> dict[Gram, tuple[int, int, int]]:
    """Per run of words: its two highest counts in one text, and how often the highest occurs."""
    found: dict[Gram, tuple[int, int, int]] = {}
    for words in split:
        for gram, count in Counter(_grams(words, n)).items():
            high, low, times = found.get(gram, (0, 0, 0))
            if count > high:
                found[gram] = (count, high, 1)
            elif count == high:
                found[gram] = (high, low, times + 1)
            else:
                found[gram] = (high, max(low, count), times)
    return found


def _others(
    words: Sequence[str], tops: dict[Gram, tuple[int, int, int]], n: int
) -> tuple[int, int]:
    """Runs of ``words`` that stand in another text, clipped as BLEU has it, and all runs."""
    matched = total = 0
    for gram, count in Counter(_grams(words, n)).items():
        high, low, times = tops[gram]
        elsewhere = low if count == high and times == 1 else high
        matched += min(count, elsewhere)
        total += count
    return matched, total


def _bleu(
    words: Sequence[str], matches: Sequence[tuple[int, int]], lengths: NDArray[np.int64], at: int
) -> float:
    if not words or matches[0][0] == 0:
        return 0.0
    logs = [math.log(matches[0][0] / matches[0][1])]
    logs += [math.log((matched + 1) / (total + 1)) for matched, total in matches[1:]]
    others = np.delete(lengths, at)
    nearest = int(others[np.lexsort((others, np.abs(others - len(words))))[0]])
    penalty = min(0.0, 1 - nearest / len(words))
    return math.exp(sum(logs) / len(logs) + penalty)
