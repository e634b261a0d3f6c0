"""How near texts are to references and to each other, and whether slots and language hold.

BLEU and chrF come from sacrebleu, ROUGE from rouge-score (extra ``learn``); they say little about
what sells, for which there is ``variant_rewards``. Self-BLEU and distinct-n are ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from promoloop.compose import distinct_share, self_bleu
from promoloop.core import InvalidError, UnavailableError, language_of

__all__ = [
    "bleu",
    "chrf",
    "distinct_share",
    "language_accuracy",
    "rouge",
    "script_language",
    "self_bleu",
    "slot_accuracy",
]

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+")
_PIECES = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff]|[^\W_]+")


def bleu(texts: Sequence[str], references: Sequence[Sequence[str]], language: str) -> float:
    """Corpus BLEU in [0, 100]; Chinese is split into characters.

    Parameters
    ----------
    texts : sequence of str
    references : sequence of sequences of str
        Of each text, one reference or more.
    language : str
        ``zh`` and ``ja`` have tokenizers of their own, everything else is split as WMT does.

    References
    ----------
    Papineni et al. (2002), "BLEU"; Post (2018), "A call for clarity in reporting BLEU scores".

    Raises
    ------
    UnavailableError
        When sacrebleu is not installed.
    InvalidError
        When there is no text, or one without a reference.
    """
    _require_references(texts, references)
    tokenize = {"zh": "zh", "ja": "char"}.get(language, "13a")
    metric = _sacrebleu().BLEU(tokenize=tokenize)
    return float(metric.corpus_score(list(texts), _streams(references)).score)


def chrf(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Corpus chrF in [0, 100]: overlap of character pieces; input as ``bleu``.

    References
    ----------
    Popović (2015), "chrF: character n-gram F-score for automatic MT evaluation".
    """
    _require_references(texts, references)
    return float(_sacrebleu().CHRF().corpus_score(list(texts), _streams(references)).score)


def rouge(texts: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Mean F of ROUGE-1, -2 and -L in [0, 1], each text against its best reference.

    Chinese and Japanese are split into characters, which the package itself would drop.

    References
    ----------
    Lin (2004), "ROUGE: a package for automatic evaluation of summaries".
    """
    _require_references(texts, references)
    kinds = ("rouge1", "rouge2", "rougeL")
    scorer = _rouge_scorer()(list(kinds), tokenizer=_Pieces())
    totals = dict.fromkeys(kinds, 0.0)
    for text, own in zip(texts, references, strict=True):
        scores = scorer.score_multi(list(own), text)
        for kind in kinds:
            totals[kind] += float(scores[kind].fmeasure) / len(texts)
    return totals


class _Pieces:
    """Words of alphabets, single characters of Chinese and Japanese."""

    def tokenize(self, text: str) -> list[str]:
        """In lower case."""
        return _PIECES.findall(text.lower())


def slot_accuracy(texts: Sequence[str], wanted: Sequence[Iterable[str]]) -> float:
    """Share of the texts with exactly the wanted slots, each as often as wanted.

    >>> slot_accuracy(["{{reward}} {{deadline}}", "{{reward}}"], [["reward", "deadline"], []])
    0.5
    """
    _require_some(texts, len(wanted))
    right = [
        Counter(_SLOT.findall(text)) == Counter(slots) and "{" not in _SLOT.sub("", text)
        for text, slots in zip(texts, wanted, strict=True)
    ]
    return sum(right) / len(right)


def language_accuracy(
    texts: Sequence[str],
    locales: Sequence[str],
    identify: Callable[[str], str] | None = None,
) -> float:
    """Share of the texts in the language of their locale.

    ``identify`` tells a text's language; without it the script does, which knows Chinese, Japanese
    and Latin script and takes any text in Latin script for the right one of its languages.
    """
    _require_some(texts, len(locales))
    right = 0
    for text, locale in zip(texts, locales, strict=True):
        asked = language_of(locale)
        found = identify(text) if identify else script_language(text)
        right += found == (asked if identify or asked in ("zh", "ja") else "latin")
    return right / len(texts)


def script_language(text: str) -> str:
    """``zh``, ``ja``, ``latin`` or ``""``: what most of the words and characters belong to.

    >>> script_language("泡一杯 tea 吧"), script_language("A pot of 茶"), script_language("8!")
    ('zh', 'latin', '')
    """
    hanzi, latin = len(_HANZI.findall(text)), len(_LATIN.findall(text))
    if _KANA.search(text):
        return "ja"
    if hanzi == latin == 0:
        return ""
    return "zh" if hanzi >= latin else "latin"


def _require_some(texts: Sequence[str], others: int) -> None:
    if not texts or len(texts) != others:
        raise InvalidError(
            f"{len(texts)} texts and {others} that go with them",
            "there must be one of each, and some",
            "Give one per text.",
        )


def _require_references(texts: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    _require_some(texts, len(references))
    without = [at for at, own in enumerate(references) if not own or isinstance(own, str)]
    if without:
        raise InvalidError(
            f"the references of text {without[0]}", "there is no list of them", "Give one or more."
        )


def _streams(references: Sequence[Sequence[str]]) -> list[list[str]]:
    """One list per reference number; texts with fewer references repeat their first."""
    most = max(map(len, references))
    return [[own[at] if at < len(own) else own[0] for own in references] for at in range(most)]


def _sacrebleu() -> Any:
    try:
        from sacrebleu import metrics
    except ImportError as error:
        raise UnavailableError(
            "BLEU or chrF", "sacrebleu is not installed", "pip install 'promoloop[learn]'"
        ) from error
    return metrics


def _rouge_scorer() -> Any:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise UnavailableError(
            "ROUGE", "rouge-score is not installed", "pip install 'promoloop[learn]'"
        ) from error
    return RougeScorer
