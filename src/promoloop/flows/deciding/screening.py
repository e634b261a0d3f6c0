"""Do not try what is clearly behind: exploring it costs money and teaches little.

Exploration gives every eligible action a floor, and the floor has to be paid: in money, in the
budget that its promises tie up, and in shoppers' patience. An action whose value, half a standard
deviation up, is still below the best one's value, half a standard deviation down, is cut before
the draw. Early on, when all is in doubt, much is tried; later only what may well be best.

Even-Dar, Mannor and Mansour (2006), "Action elimination and stopping conditions for the multi-armed
bandit and reinforcement learning problems", cut by the same comparison with wider bounds. Here the
bounds are narrow on purpose: an action cut this week comes back when the model changes its mind,
and the random arm goes on trying everything.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from promoloop.decide import Guarded
from promoloop.respond import Response

__all__ = ["CLEARLY_BEHIND", "WIDTH", "without_clearly_behind"]

#: Why an action was cut; it has words in ``decide.reason_text``.
CLEARLY_BEHIND = "clearly_behind"

#: Standard deviations on either side of a value. Tuned on simulated seeds 101 to 103: 2, 1 and 1/2
#: were tried; see ``docs/math/response.md``.
WIDTH = 0.5


def without_clearly_behind(
    guarded: Guarded, response: Response, rows: NDArray[np.bool_], width: float = WIDTH
) -> Guarded:
    """``guarded`` without what, in ``rows`` (n,), is clearly behind the best or nothing.

    Each shopper keeps at least the best action, so that there is always something to learn.
    """
    value = np.where(guarded.eligible, response.value_minor, -np.inf)
    doubt = width * response.value_sd_minor
    best = value.argmax(axis=1)
    everybody = np.arange(len(best))
    to_reach = np.maximum(0.0, value[everybody, best] - doubt[everybody, best])
    behind = guarded.eligible & (value + doubt < to_reach[:, None]) & rows[:, None]
    behind[everybody, best] = False
    codes = (*guarded.codes, CLEARLY_BEHIND)
    reason = np.where(behind, len(codes) - 1, guarded.reason).astype(guarded.reason.dtype)
    return replace(guarded, eligible=reason < 0, reason=reason, codes=codes)
