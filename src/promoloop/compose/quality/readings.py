"""What readers said of lines like this one, about other products.

Lines that are put together from forms share parts. Where a strict reader refused a part for one
product, it will seldom do for another; where it passed for many, it is safe.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from promoloop.compose.quality.near import pieces_of
from promoloop.compose.quality.proposals import Labelled, Proposal

__all__ = ["READ", "Readings"]

READ = ("read_alike", "read_weight", "read_best", "read_worst")
"""What ``Readings.features`` says of a proposal, in this order."""

_LEAST = 0.2  # of common pieces, from which on a line says something about another
_PRIOR = 0.3  # weight of knowing nothing


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
        return passed / total, total - _PRIOR, best, worst


def _nameless(proposal: Proposal) -> frozenset[str]:
    """The pieces of the text without its product's name."""
    group, text = proposal.group, proposal.text.lower()
    for name in sorted((group.spoken(proposal.language), *group.names.values()), key=len)[::-1]:
        text = text.replace(name.lower(), "")
    return pieces_of(text)
