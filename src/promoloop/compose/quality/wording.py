"""Signs of broken language that need no dictionary: agreement, repetition, loose ends."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from promoloop.compose.quality.corpus import Corpus
from promoloop.compose.quality.proposals import Proposal
from promoloop.compose.quality.words import content_words, tokens
from promoloop.compose.tables import table

__all__ = ["wording_features"]

_VOWEL = re.compile(r"(?:[aeio]|u(?!n[ai]|s[eu]|ti))")
_SOUNDS_VOWEL = ("hour", "honest", "honor", "heir")
_SOUNDS_CONSONANT = ("one", "once", "euro", "use", "ewe")
_SINGULAR = re.compile(r"\b(?:a|an|this|that|one|each|every|another)$")
_PLURAL = re.compile(r"\b(?:these|those|few|many|several|both|two|three)$")
_DANGLING = re.compile(
    r"\b(?:a|an|the|and|or|but|of|to|for|with|at|by|from|your|our|my|is|are|that|which|as|than)\W*$"
)
_DANGLING_ZH = re.compile(r"[的和与在把被向从给对是很更][，。？！]?$|^[的了吗呢吧，。]")
_LOOSE = re.compile(r"\s[,.?!]|[,.?!，。？！]{2,}|[,，][.?!。？！]|\(|\)|[\"“”;；:：—–…~]")
_DOUBLED = re.compile(r"([\u4e00-\u9fff])\1")
_COUNTED = "[一两几每这那半]"


def wording_features(proposal: Proposal, corpus: Corpus) -> dict[str, float]:
    """Counts of signs; 0 everywhere is what well-formed lines have."""
    text, language = proposal.text.strip(), proposal.language
    words = tokens(text, language)
    content = content_words(text, language)
    ends = text[-1:] in (".?!" if language == "en" else "。？！")
    own = _english_signs(words, proposal) if language == "en" else _chinese_signs(proposal, corpus)
    return {
        "length": float(len(words)),
        "length_off": _length_off(proposal, len(words)),
        "clauses": float(len(re.findall(r"[,，]", text))),
        "asks": float(text.endswith(("?", "？"))),
        "ends_wrong": float(ends != (proposal.length == "line")),
        "loose": float(len(_LOOSE.findall(text))),
        "repeated": float(len(content) - len(set(content))),
        "mixed": float(_mixed(proposal)),
        "bad_start": float(language == "en" and text[:1].islower()),
        **own,
    }


def _length_off(proposal: Proposal, count: int) -> float:
    """Words beyond or short of what lines of this length have."""
    least, most = _USUAL[proposal.language, proposal.length]
    return float(max(0, least - count, count - most))


_USUAL = {
    ("en", "line"): (5, 12),
    ("en", "short"): (2, 5),
    ("zh", "line"): (8, 20),
    ("zh", "short"): (4, 9),
}


def _mixed(proposal: Proposal) -> bool:
    """Whether there are letters of the other language that no name of the group has."""
    names = "".join((*proposal.group.names.values(), *proposal.group.match)).lower()
    if proposal.language == "en":
        return re.search(r"[\u4e00-\u9fff]", proposal.text) is not None
    return any(word not in names for word in re.findall(r"[a-z]+", proposal.text.lower()))


def _english_signs(words: list[str], proposal: Proposal) -> dict[str, float]:
    beside = list(pairwise(words))
    twice = sum(one == other for one, other in beside)
    articles = sum(one in ("a", "an") and (one == "an") != _vowel(two) for one, two in beside)
    return {
        "articles": float(articles),
        "number": float(_number_clash(proposal.text.lower(), proposal.group.names["en"].lower())),
        "twice": float(twice),
        "dangling": float(_DANGLING.search(proposal.text.lower()) is not None),
        "measure": 0.0,
        "strange_double": 0.0,
    }


def _vowel(word: str) -> bool:
    if word.startswith(_SOUNDS_VOWEL):
        return True
    return not word.startswith(_SOUNDS_CONSONANT) and _VOWEL.match(word) is not None


def _number_clash(text: str, name: str) -> int:
    """``this socks``, ``those rice``, ``socks is``: the name against what stands beside it."""
    plural = name.endswith("s") and not name.endswith("ss")
    wrong = _SINGULAR if plural else _PLURAL
    verb = r"\s+(?:is|was|has|does|makes|keeps)\b" if plural else r"\s+(?:are|were|have|do)\b"
    clashes = 0
    for found in re.finditer(rf"\b{re.escape(name)}\b", text):
        clashes += wrong.search(text[: found.start()].rstrip()) is not None
        clashes += re.match(verb, text[found.end() :]) is not None and " of " not in text
    return clashes


def _chinese_signs(proposal: Proposal, corpus: Corpus) -> dict[str, float]:
    text, counts, own = proposal.text.strip(), corpus.counts["zh"], proposal.group.group_id
    doubles = [found[0] for found in _DOUBLED.finditer(text)]
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    again = sum(
        pairs[at] == pairs[later] and pairs[at].isalpha()
        for at in range(len(pairs))
        for later in range(at + 2, min(at + 5, len(pairs)))
    )
    return {
        "articles": 0.0,
        "number": 0.0,
        "twice": float(again),
        "dangling": float(_DANGLING_ZH.search(text) is not None),
        "measure": float(_measure_clashes(text)),
        "strange_double": float(sum(counts.others(one, own) == 0 for one in doubles)),
    }


@cache
def _measured() -> tuple[re.Pattern[str], tuple[tuple[str, str], ...]]:
    given = table("quality")["measure"]
    nouns = sorted(given["with"].items(), key=lambda pair: -len(pair[0]))
    return re.compile(f"{_COUNTED}([{given['words']}])([\u4e00-\u9fff]{{1,6}})"), tuple(nouns)


def _measure_clashes(text: str) -> int:
    """``一条咖啡``: measure words that the noun after them does not take."""
    pattern, nouns = _measured()
    return sum(_clashes(found[1], found[2], nouns) for found in pattern.finditer(text))


def _clashes(word: str, after: str, nouns: tuple[tuple[str, str], ...]) -> bool:
    for noun, allowed in nouns:
        if after.startswith(noun):
            return word not in allowed
    return False
