"""What a request must be before anything is looked up for it, and the id of its decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time

from promoloop.core import InvalidError, require_utc, time_ordered_id
from promoloop.flows.realtime.records import SLOTS, LiveRequest, RedeemRequest

__all__ = ["decision_id_of", "midnight_of", "require_decidable", "require_redeemable"]

_LONGEST = 200


def midnight_of(now: datetime) -> datetime:
    """When the day of ``now`` began, UTC."""
    return datetime.combine(now.date(), time(), UTC)


def decision_id_of(request: LiveRequest, now: datetime) -> str:
    """The same for a request whenever it comes on the same day (UTC)."""
    return time_ordered_id(midnight_of(now), "live", request.shopper_id, request.request_id)


def require_decidable(request: LiveRequest, now: datetime) -> None:
    """Raise ``InvalidError`` for a request for a decision that cannot be meant."""
    require_utc(now, "the moment of deciding")
    ids = {"request_id": request.request_id, "shopper_id": request.shopper_id}
    _require_ids("deciding", ids, "Give the id that the page knows.")
    if request.slot not in SLOTS:
        raise InvalidError(
            f"deciding for the slot {request.slot!r}",
            "there is no such place",
            f"Use one of {', '.join(SLOTS)}.",
        )
    if not 0 <= request.deadline_ms <= 60_000:
        raise InvalidError(
            f"a deadline of {request.deadline_ms} ms",
            "it is not between 0 and a minute",
            "Leave it out for 50 ms.",
        )


def require_redeemable(request: RedeemRequest, now: datetime) -> None:
    """Raise ``InvalidError`` for a request to use a promise that cannot be meant."""
    require_utc(now, "the moment of redeeming")
    ids = {"key": request.key, "shopper_id": request.shopper_id}
    _require_ids("redeeming", ids, "Give an id of your own.")
    if not request.cart.items:
        raise InvalidError(
            "redeeming, field cart", "it is empty", "Send what the shopper is about to buy."
        )
    if bool(request.code) == bool(request.decision_id):
        raise InvalidError(
            "redeeming, fields code and decision_id",
            "just one of them must be given",
            "Give the code that was entered, or the decision of a promise without one.",
        )


def _require_ids(asked: str, ids: Mapping[str, str], remedy: str) -> None:
    for name, value in ids.items():
        if not value.strip() or len(value) > _LONGEST:
            raise InvalidError(
                f"{asked}, field {name}",
                f"it is empty or longer than {_LONGEST} characters",
                remedy,
            )
