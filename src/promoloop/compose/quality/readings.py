"""What readers said of lines like this one, about other products.

Lines that are put together from forms share parts. Where a strict reader refused a part for one
product, it will seldom do for another; where it passed for many, it is safe.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from promoloop.compose.forms import taken_apart
from promoloop.compose.quality.near import pieces_of
from promoloop.compose.quality.proposals import Labelled, Proposal

__all__ = ["READ", "Readings"]

READ = (
    "read_alike", "read_weight", "read_best", "read_worst",
    "form_share", "form_read", "part_least", "part_mean",
)  # fmt: skip
"""What ``Readings.features`` says of a proposal, in this order."""

_LEAST = 0.2  # of common pieces, from which on a line says something about another
_PRIOR = 0.3  # weight of knowing nothing
_READERS = 2.0  # the same, in lines read


class Readings:
    """Judged lines, ready to be asked for those like a proposal.

    Lines about the proposal's own product never count, so a known group is judged as one that a
    shop adds tomorrow.
    """

    def __init__(self, judged: Iterable[Labelled]) -> None:
        self._rows = list(judged)
        self._pieces = [_nameless(one.proposal) for one in self._rows]
        self._at: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, pieces in enumerate(self._pieces):
            for piece in pieces:
                self._at[self._rows[at].proposal.language, piece].append(at)
        yes = sum(one.sendable for one in self._rows)
        self._share = (yes + 1) / (len(self._rows) + 2)
        self._made: dict[tuple[int, ...], list[Labelled]] = defaultdict(list)
        for one in self._rows:
            for key in _keys(one.proposal):
                self._made[key].append(one)

    def features(self, proposal: Proposal) -> tuple[float, ...]:
        """In the order of ``READ``: share passed of lines alike, how much was read, extremes."""
        pieces, group_id = _nameless(proposal), proposal.group.group_id
        common = Counter(at for p in pieces for at in self._at.get((proposal.language, p), ()))
        total, passed, best, worst = _PRIOR, _PRIOR * self._share, 0.0, 0.0
        for at, count in common.items():
            one = self._rows[at]
            alike = count / (len(pieces) + len(self._pieces[at]) - count)
            if alike < _LEAST or one.proposal.group.group_id == group_id:
                continue
            weight = (alike - _LEAST) ** 2
            total += weight
            if one.sendable:
                passed, best = passed + weight, max(best, alike)
            else:
                worst = max(worst, alike)
        return (passed / total, total - _PRIOR, best, worst, *self._parts(proposal))

    def _parts(self, proposal: Proposal) -> tuple[float, float, float, float]:
        """Share passed of the form's lines, how many, and the least and mean of its parts'."""
        keys = _keys(proposal)
        if not keys:
            return (math.nan,) * 4
        shares = [self._passed(key, proposal.group.group_id) for key in keys]
        form, parts = shares[0], [share for share, _ in shares[1:]]
        return *form, min(parts), sum(parts) / len(parts)

    def _passed(self, key: tuple[int, ...], group_id: str) -> tuple[float, float]:
        others = [x for x in self._made.get(key, ()) if x.proposal.group.group_id != group_id]
        yes = sum(one.sendable for one in others)
        return (yes + _READERS * self._share) / (len(others) + _READERS), float(len(others))


def _keys(proposal: Proposal) -> list[tuple[int, ...]]:
    """The form behind a line, then each of its chosen parts; none where no form gives it."""
    made = taken_apart(proposal.text, proposal.group, proposal.language)
    if made is None:
        return []
    return [(made.form,), *((made.form, at, one) for at, one in enumerate(made.chosen))]


def _nameless(proposal: Proposal) -> frozenset[str]:
    """The pieces of the text without its product's name."""
    group, text = proposal.group, proposal.text.lower()
    for name in sorted((group.spoken(proposal.language), *group.names.values()), key=len)[::-1]:
        text = text.replace(name.lower(), "")
    return pieces_of(text)
