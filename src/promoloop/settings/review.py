"""``[review]``: which texts a person reads before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from promoloop.settings.faults import listed, wrong

__all__ = ["ReviewSettings", "check_review"]


#: The channels that texts are written for, and how much of them may be read.
_CHANNELS = ("email", "push", "sms", "onsite", "popup", "ad")
_POLICIES = ("all", "sample", "exceptions")


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """Which texts a person reads before they are sent.

    ``policy`` is ``all``, ``sample`` (a ``share``, drawn by ``seed``, and what is marked) or
    ``exceptions`` (what the first reader marks); ``markets`` and ``channels`` say otherwise for
    one of them.
    """

    policy: str = "exceptions"
    share: float = 0.1
    seed: int = 0
    markets: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


def check_review(review: ReviewSettings, path: Path) -> None:
    """Refuse policies, channels and markets that do not exist."""
    if review.policy not in _POLICIES:
        raise wrong(path, "review.policy", review.policy, f"Write one of {listed(_POLICIES)}.")
    if not 0.0 <= review.share <= 1.0:
        raise wrong(path, "review.share", review.share, "Write a share such as 0.1.")
    for channel, read in review.channels.items():
        if channel not in _CHANNELS:
            remedy = f"Use one of {listed(_CHANNELS)}."
            raise wrong(path, "review.channels", channel, remedy, "there is no such channel")
        if read not in _POLICIES:
            raise wrong(
                path, f"review.channels.{channel}", read, f"Write one of {listed(_POLICIES)}."
            )
    for market, read in review.markets.items():
        if not (len(market) == 2 and market.isascii() and market.isupper()):
            remedy = "Use two capitals such as US or CN."
            raise wrong(path, "review.markets", market, remedy, "it is no country")
        if read not in _POLICIES:
            raise wrong(
                path, f"review.markets.{market}", read, f"Write one of {listed(_POLICIES)}."
            )
