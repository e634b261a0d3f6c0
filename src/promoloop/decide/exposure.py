"""Minimum exposure: refused in words where it cannot be had."""

from __future__ import annotations

import numpy as np

from promoloop.core import RefusedError
from promoloop.decide.frame import Frame
from promoloop.decide.problem import Floats, Ints

__all__ = ["require_able", "require_met"]


def require_able(frame: Frame, able: Ints, rows: int) -> None:
    """Refuse minimum exposures that counting alone shows to be impossible.

    ``able`` (k,) is how many rows are eligible for each column, of ``rows`` in all.

    Raises
    ------
    RefusedError
        Naming the column, the cap or the number of shoppers that is too small.
    """
    least = np.zeros(len(able))
    least[frame.floored] = -frame.limits[len(frame.limits) - len(frame.floored) :]
    for column in frame.floored.tolist():
        open_to = 0 if frame.closed[column] else int(able[column])
        if open_to < least[column]:
            raise RefusedError(
                f"{least[column]:g} shoppers at least for action {column}",
                f"only {open_to} may get it within eligibility and caps",
                "Lower at_least for it, or widen who is eligible.",
            )
    if least.sum() > rows:
        raise RefusedError(
            f"{least.sum():g} shoppers at least over all actions",
            f"there are {rows} shoppers and each gets one action at most",
            "Lower at_least.",
        )
    first, last = frame.caps.start, frame.caps.stop
    needed = least @ frame.column_use[:, first - frame.dense : last - frame.dense]
    for cap in np.flatnonzero(needed > frame.limits[first:last]).tolist():
        raise RefusedError(
            f"{needed[cap]:g} shoppers at least for the actions of cap {cap}",
            f"the cap allows {frame.limits[first + cap]:g}",
            "Lower at_least, or raise the cap.",
        )


def require_met(frame: Frame, used: Floats, *, proven: bool) -> None:
    """Refuse a plan that misses a limit: minimum exposure left no way, or none that was found."""
    missed = frame.missed(used)
    if not missed:
        return
    raise RefusedError(
        "the minimum exposure asked for",
        f"no plan {'keeps' if proven else 'was found that keeps'} it and all limits: "
        f"missed are {', '.join(missed)}",
        "Lower at_least, or raise those limits.",
    )
