"""May a challenger replace the champion? Only evidence says yes."""

from __future__ import annotations

from datetime import datetime

from promoloop.core import InvalidError, require_utc, time_ordered_id
from promoloop.evaluate import LEAST_EFFECTIVE_SHARE, Estimate
from promoloop.learn.records import GateResult, ModelVersion

__all__ = ["gate", "new_version", "stay_in_shadow"]


def gate(
    difference: Estimate,
    log_size: int,
    minimum_effective_share: float = LEAST_EFFECTIVE_SHARE,
    *,
    refresh: bool = False,
) -> GateResult:
    """Promote when the lower bound of challenger minus champion is above zero.

    A ``refresh``, the champion's own features and prior with more outcomes, has the burden of
    proof the other way round: it is promoted unless the upper bound is below zero. Deciding on
    more evidence is expected to earn no less (Good 1967), so waiting for proof of every refresh
    would cost more than it guards against; the log must still be able to answer.

    Parameters
    ----------
    difference : Estimate
        Value of the challenger minus value of the champion, from ``paired_difference``.
    log_size : int
        Rows of the log the estimate stands on.
    minimum_effective_share : float
        Effective sample size the log must have for both, as a share of its rows.
    refresh : bool
        Whether both are the same model, the challenger with more outcomes.

    References
    ----------
    Good (1967), "On the principle of total evidence".

    Examples
    --------
    >>> difference = Estimate(2.0, 0.5, 3.5, 1000, 400.0, 0.95, "DR difference")
    >>> gate(difference, log_size=1000).promote
    True
    """
    if log_size < 1 or difference.n > log_size:
        raise InvalidError(
            f"a log of {log_size} rows",
            f"the estimate stands on {difference.n}",
            "Give the size of the log the estimate was made from.",
        )
    share = difference.effective_n / log_size
    if share < minimum_effective_share:
        return _result(
            difference,
            False,
            f"stays in shadow: the log is worth only {difference.effective_n:.0f} rows"
            f" ({share:.2%} of {log_size}, {minimum_effective_share:.2%} are needed)",
        )
    span = f"{difference.value:.2f} [{difference.low:.2f}, {difference.high:.2f}]"
    if difference.low > 0:
        return _result(difference, True, f"promoted: it earns {span} more per decision")
    if refresh and difference.high >= 0:
        return _result(
            difference,
            True,
            f"promoted: more outcomes, a gain of {span} per decision is not surely a loss",
        )
    wrong = "surely below zero" if refresh else "not surely above zero"
    return _result(difference, False, f"stays in shadow: a gain of {span} per decision is {wrong}")


def stay_in_shadow(reason: str, log_size: int) -> GateResult:
    """The result when there is no estimate at all, for example because it was refused."""
    return GateResult(False, f"stays in shadow: {reason}", 0.0, 0.0, 0.0, 0.0, log_size)


def new_version(
    kind: str,
    created_at: datetime,
    span: tuple[datetime, datetime],
    parameters: dict[str, object],
    metrics: dict[str, float],
) -> ModelVersion:
    """A model version in shadow, trained on the data from ``span[0]`` until ``span[1]`` (UTC).

    The same kind, time and span give the same id, so storing it twice is noticed.
    """
    start, end = (require_utc(moment, "the end of a training span") for moment in span)
    if end < start:
        raise InvalidError(
            f"training data from {start.isoformat()} until {end.isoformat()}",
            "it ends before it starts",
            "Swap the two times.",
        )
    at = require_utc(created_at, "created_at")
    return ModelVersion(
        version_id=time_ordered_id(at, kind, start.isoformat(), end.isoformat()),
        kind=kind,
        created_at=at,
        trained_from=start,
        trained_until=end,
        parameters=dict(parameters),
        metrics=dict(metrics),
        status="shadow",
    )


def _result(difference: Estimate, promote: bool, reason: str) -> GateResult:
    return GateResult(
        promote=promote,
        reason=reason,
        difference=difference.value,
        low=difference.low,
        high=difference.high,
        effective_n=difference.effective_n,
        n=difference.n,
    )
