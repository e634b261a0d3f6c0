"""May a journey policy run? Only what logged journeys show to be better may."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from promoloop.core import RefusedError
from promoloop.decide import JourneyLog, JourneyPolicy
from promoloop.evaluate import journey_difference
from promoloop.learn.gating import stay_in_shadow
from promoloop.learn.records import GateResult

__all__ = ["journey_gate"]


def journey_gate(
    log: JourneyLog, challenger: JourneyPolicy, champion: JourneyPolicy, discount: float
) -> GateResult:
    """Promote when logged journeys show the challenger's long-term value to be surely higher.

    Parameters
    ----------
    log : JourneyLog
        Journeys the challenger did not learn from, under a policy that explores near both.
    challenger, champion : JourneyPolicy
        The new policy and the running rule, both as they would run, exploration included.
    discount : float
        What a minor unit a week later is worth now, in (0, 1).

    Returns
    -------
    GateResult
        Not promoted when the lower bound is not above zero or the log cannot answer.
    """
    journeys = int(np.count_nonzero(log.week == 0))
    try:
        found = journey_difference(log, challenger, champion, discount)
    except RefusedError as refused:
        return stay_in_shadow(f"{refused.asked}: {refused.case}", journeys)
    span = f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}] per journey"
    better = found.low > 0.0
    verdict = f"promoted: it earns {span} more ({found.method})"
    if not better:
        verdict = f"stays in shadow: a gain of {span} is not surely above zero ({found.method})"
    return replace(
        stay_in_shadow("", journeys),
        promote=better,
        reason=verdict,
        difference=found.value,
        low=found.low,
        high=found.high,
        effective_n=found.effective_n,
    )
