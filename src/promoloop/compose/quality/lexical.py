"""Do the words of a line belong to its product and its moment?

Every figure leaves out the lines of the proposal's own group, so that it means the same for a
group that has lines and for one that has none.
"""

from __future__ import annotations

import math
import re
from functools import cache

from promoloop.compose.quality.corpus import Corpus, WordCounts
from promoloop.compose.quality.proposals import Proposal
from promoloop.compose.quality.words import content_words, neighbours, tokens
from promoloop.compose.records import ProductGroup
from promoloop.compose.tables import table

__all__ = ["lexical_features", "moment_features", "source_features"]

_PLURAL = re.compile(r"(?<=[a-z]{2})(?:es|s)$")


def lexical_features(proposal: Proposal, corpus: Corpus) -> dict[str, float]:
    """How well the words are supported by lines of the family and by any line."""
    counts = corpus.counts[proposal.language]
    group = proposal.group
    own = _own_words(group, proposal.language)
    words = [w for w in content_words(proposal.text, proposal.language) if w not in own]
    anywhere = [counts.others(word, group.group_id) for word in words]
    family = [counts.relatives(word, group.group_id, group.family) for word in words]
    fits = [_affinity(f, a, group, corpus) for f, a in zip(family, anywhere, strict=True)]
    return {
        "any_share": _share(anywhere, 1),
        "any_often": _share(anywhere, 4),
        "any_log": _mean([math.log1p(count) for count in anywhere]),
        "unseen": float(sum(count == 0 for count in anywhere)),
        "rare": float(sum(count <= 1 for count in anywhere)),
        "family_share": _share(family, 1),
        "family_unseen": float(sum(count == 0 for count in family)),
        "fit_mean": _mean(fits),
        "fit_least": min(fits, default=0.0),
        "fit_most": max(fits, default=0.0),
        **_pair_features(proposal, counts),
        "named": float(_names_itself(proposal)),
        "names_other": float(_names_other(proposal, corpus)),
        "content": float(len(words)),
    }


def _pair_features(proposal: Proposal, counts: WordCounts) -> dict[str, float]:
    """Words beside each other that no other line has: beside the product's name, and elsewhere."""
    group, language = proposal.group, proposal.language
    pairs = neighbours(proposal.text, language)
    new = [pair for pair in pairs if not counts.follows(pair, group.group_id)]
    own = {one for name in (group.names[language], *group.match) for one in tokens(name, language)}
    own |= {_PLURAL.sub("", one) for one in own}
    beside = [
        pair for pair in new if own.intersection({*pair, *(_PLURAL.sub("", w) for w in pair)})
    ]
    return {
        "pairs_seen": 1.0 - len(new) / len(pairs),
        "pairs_new_name": float(len(beside)),
        "pairs_new": float(len(new) - len(beside)),
    }


def source_features(proposal: Proposal, corpus: Corpus) -> dict[str, float]:
    """How near a written line of another group is, and how what differs from it fits the family.

    A small model fills the frames of lines it has read; what it puts in is where sense gets lost.
    """
    counts, group = corpus.counts[proposal.language], proposal.group
    words = content_words(proposal.text, proposal.language)
    source = corpus.sources[proposal.language].nearest(words, group.group_id)
    kin = corpus.groups.get(source.group_id)
    own = _own_words(group, proposal.language)
    changed = [word for word in words if word not in source.words and word not in own]
    family = [counts.relatives(word, group.group_id, group.family) for word in changed]
    return {
        "source_share": source.share,
        "source_family": float(kin is not None and kin.family == group.family),
        "changed": float(len(changed)),
        "changed_family": _share(family, 1),
        "changed_strange": float(sum(count == 0 for count in family)),
        "kept_own": float(any(word in own for word in words)),
    }


def moment_features(proposal: Proposal) -> dict[str, float]:
    """Whether words name the moment of the proposal, or another one."""
    marks = {
        moment
        for moment, pattern in _moments(proposal.language)
        if pattern.search(proposal.text.lower())
    }
    return {
        "moment_named": float(proposal.moment in marks),
        "moment_other": float(bool(marks - {proposal.moment})),
        "moment_special": float(proposal.moment != "any"),
    }


@cache
def _moments(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    given = table("quality")["moment"][language]
    return tuple((moment, re.compile(pattern)) for moment, pattern in given.items())


def _own_words(group: ProductGroup, language: str) -> set[str]:
    named = (group.names[language], *group.match)
    return {word for name in named for word in content_words(name, language)}


def _affinity(family: int, anywhere: int, group: ProductGroup, corpus: Corpus) -> float:
    """Log of how much more often the family's other groups use a word than all groups do."""
    if anywhere == 0:
        return -1.0
    sizes = corpus.family_sizes
    in_family = (family + 0.2) / (sizes[group.family] + 1.0)
    return math.log(in_family / ((anywhere + 0.5) / (sizes.total() + 1.0)))


def _share(counts: list[int], least: int) -> float:
    return _mean([float(count >= least) for count in counts])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _names_itself(proposal: Proposal) -> bool:
    return any(_stands_in(name, proposal) for name in _all_names(proposal.group, proposal.language))


def _names_other(proposal: Proposal, corpus: Corpus) -> bool:
    """Whether a product of another family is named that is no part of the own name."""
    own = " ".join(_all_names(proposal.group, proposal.language)).lower()
    return any(
        _stands_in(name, proposal) and name.lower() not in own
        for group in corpus.groups.values()
        if group.family != proposal.group.family
        for name in (group.names[proposal.language],)
    )


def _all_names(group: ProductGroup, language: str) -> tuple[str, ...]:
    ascii_ones = language == "en"
    own = group.names[language]
    return (own, *(word for word in group.match if word.isascii() == ascii_ones))


def _stands_in(name: str, proposal: Proposal) -> bool:
    if proposal.language == "zh":
        return name in proposal.text
    return _pattern(name.lower()).search(proposal.text.lower()) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    stem = re.escape(re.sub(r"(?<=\w{2})(?:es|s)$", "", name))
    return re.compile(rf"\b{stem}(?:s|es)?\b")
