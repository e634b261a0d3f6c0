"""Offer parts as data: rewards and conditions.

A part is a frozen dataclass with a ``code``, typed fields and one pure method: a reward says how
much comes off the lines it applies to, a condition says whether a cart qualifies. The console
form, the API schema and the copywriter's fact sheet derive from the fields.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Condition", "Reward"]


class Reward(Protocol):
    """What the shopper gets."""


class Condition(Protocol):
    """What the cart must satisfy."""
