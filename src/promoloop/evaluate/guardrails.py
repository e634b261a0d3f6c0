"""Has a figure surely crossed a limit that a campaign must not cross?"""

from __future__ import annotations

from dataclasses import dataclass

from promoloop.core import InvalidError
from promoloop.evaluate.records import Estimate
from promoloop.offers import Guardrail

__all__ = ["GuardrailCheck", "check_guardrail"]


@dataclass(frozen=True, slots=True)
class GuardrailCheck:
    """One guardrail as it stood at one look.

    ``estimate`` is ``None`` while there is nothing to measure. ``breached`` is True when the whole
    interval lies beyond the limit, so that looking often does not trip it by chance.
    """

    guardrail: Guardrail
    estimate: Estimate | None
    breached: bool

    @property
    def reason(self) -> str:
        """What was found, in one line."""
        rail, found = self.guardrail, self.estimate
        if found is None:
            return f"{rail.metric}: nothing measured yet"
        said = "is" if self.breached else "is not surely"
        return (
            f"{rail.metric} {said} {rail.direction} {rail.limit:g}:"
            f" {found.value:.4g} [{found.low:.4g}, {found.high:.4g}] of {found.n}"
        )


def check_guardrail(guardrail: Guardrail, estimate: Estimate | None) -> GuardrailCheck:
    """Whether ``estimate`` surely lies on the forbidden side of the limit.

    ``estimate`` must hold at every look (``share_of``, ``weekly_lift``, ``compare_means`` with
    ``always_valid``), or have no chance in it at all.

    Examples
    --------
    >>> from promoloop.evaluate import share_of
    >>> rail = Guardrail("unsubscribe_rate", "above", 0.005)
    >>> check_guardrail(rail, share_of(8, 1_000, expected=0.005)).breached
    False
    >>> check_guardrail(rail, share_of(40, 1_000, expected=0.005)).breached
    True
    """
    if guardrail.direction not in ("above", "below"):
        raise InvalidError(
            f"the guardrail {guardrail.metric}, direction {guardrail.direction!r}",
            "a limit is crossed above or below",
            "Write above or below.",
        )
    if estimate is None:
        return GuardrailCheck(guardrail, None, False)
    above = guardrail.direction == "above"
    breached = estimate.low > guardrail.limit if above else estimate.high < guardrail.limit
    return GuardrailCheck(guardrail, estimate, breached)
