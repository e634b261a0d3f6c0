"""Single-use codes: a pool per offer, from which each is given away once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["IssuedCode"]


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """One code of an offer's pool, in its place.

    ``decision_id`` and ``shopper_id`` are "" while nobody has it; ``used_by`` is the key of the
    use that redeemed it, "" while it is good.
    """

    offer_id: str
    code: str
    place: int
    decision_id: str = ""
    shopper_id: str = ""
    issued_at: datetime | None = None
    used_by: str = ""
