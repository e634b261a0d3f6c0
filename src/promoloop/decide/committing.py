"""When a batch of decisions may be committed: all of it is new, or all of it is there already."""

from __future__ import annotations

from collections.abc import Sequence

from promoloop.core import RefusedError
from promoloop.decide.records import Decision

__all__ = ["require_same"]


def require_same(decisions: Sequence[Decision], known: Sequence[Decision], added: int) -> None:
    """Refuse a batch that another run has decided otherwise, or decided in part.

    Parameters
    ----------
    decisions : sequence of Decision
        The batch, of which ``added`` were not there before.
    known : sequence of Decision
        What is stored under their ids, in any order.

    Raises
    ------
    RefusedError
        Unless nothing was new and all is as it was: a message must never go out for a decision
        that says something else.
    """
    stored = {one.decision_id: one for one in known}
    other = next((one for one in decisions if stored.get(one.decision_id) != one), None)
    if added or other is not None:
        first = (other or decisions[0]).decision_id
        raise RefusedError(
            f"committing {len(decisions)} decisions, {first!r} among them",
            "another run has decided some of them meanwhile",
            "Let one run at a time decide a campaign, then run it again for the rest.",
        )
