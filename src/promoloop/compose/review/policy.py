"""Which texts a person reads: per market and channel all of them, a sample, or what is marked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from promoloop.compose.records import Copy
from promoloop.core import InvalidError, unit_interval

__all__ = ["READS", "ReviewPolicy"]

READS = ("exceptions", "sample", "all")
"""How much a person reads, from the least to the most.

``exceptions`` is what the first reader marks; ``sample`` that and a share of the rest, drawn by a
hash of the text's id.
"""


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """Who reads what.

    Parameters
    ----------
    read : str
        One of ``READS``, where neither market nor channel says otherwise.
    markets, channels : mapping of str to str
        One of ``READS`` by market (``"CN"``) or channel (``"sms"``). Where both speak, the one
        that reads more counts.
    share : float
        Of a sample, in [0, 1].
    seed : int
        Another seed draws another sample.
    market : str
        The shop's own market. A text counts for it and for the territory of its locale, so that
        ``{"CN": "all"}`` also holds for a shop in the US that writes in zh-CN.

    Raises
    ------
    InvalidError
        For anything else than these.
    """

    read: str = "exceptions"
    markets: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    share: float = 0.1
    seed: int = 0
    market: str = ""

    def __post_init__(self) -> None:
        for read in (self.read, *self.markets.values(), *self.channels.values()):
            if read not in READS:
                raise InvalidError(
                    f"a review policy {read!r}", "there is none", f"Use one of {', '.join(READS)}."
                )
        if not (math.isfinite(self.share) and 0.0 <= self.share <= 1.0):
            raise InvalidError(
                f"a sample of {self.share}", "it is no share", "Use 0.1 for one in ten."
            )

    def reads(self, copy: Copy) -> str:
        """How much is read of texts such as ``copy``: one of ``READS``."""
        said = [self.markets[one] for one in self._markets(copy) if one in self.markets]
        if copy.channel in self.channels:
            said.append(self.channels[copy.channel])
        return max(said, key=READS.index, default=self.read)

    def drawn(self, copy_id: str) -> bool:
        """Whether a text belongs to the sample; the same text always does or never."""
        return unit_interval(copy_id, "review", str(self.seed)) < self.share

    def _markets(self, copy: Copy) -> set[str]:
        return {self.market, copy.locale.rpartition("-")[2]}
