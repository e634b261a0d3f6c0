"""How messages move in the outbox: statements that are built once and given their values later.

Building a statement anew takes SQLAlchemy several times as long as running it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sqlalchemy import ColumnElement, Update, and_, bindparam, or_, select, update

from promoloop.backends.sql.tables import OUTBOX
from promoloop.core import InvalidError

__all__ = ["BEGIN", "CHOOSE", "HELD", "IN_DOUBT", "PARK", "SENT_TO", "TAKE", "WAITING", "marking"]

_ROW = OUTBOX.table.c
#: From which states a message may be moved to the one named.
_MOVES: Mapping[str, tuple[str, ...]] = {
    "queued": ("leased", "sending"),
    "held": ("leased", "sending"),
    "sending": ("leased",),
    "sent": ("sending",),
    "unknown": ("sending",),
    "failed": ("leased", "sending"),
    "capped": ("leased",),
    "expired": ("leased",),
}
#: A message in one of these may have reached its shopper.
IN_DOUBT = ("sending", "sent", "unknown")

_AT = bindparam("at", type_=_ROW.sent_at.type)
_UNTIL = bindparam("until", type_=_ROW.sent_at.type)
_BY = bindparam("by", type_=_ROW.owner.type)
_WHY = bindparam("why", type_=_ROW.reason.type)
_NAMED = _ROW.dedupe_key.in_(bindparam("keys", expanding=True))
_IN_ATTEMPT = _ROW.attempt == bindparam("attempt_was")
_MINE = and_(_ROW.owner == _BY, _ROW.state == "leased", _ROW.lease_until > _AT, _NAMED)
_DUE = or_(
    and_(_ROW.state.in_(("queued", "held")), _ROW.not_before <= _AT),
    and_(_ROW.state == "leased", _ROW.lease_until <= _AT, _ROW.not_before <= _AT),
)
_BEGUN = {"state": "sending", "reason": _WHY, "lease_until": _UNTIL, "sent_at": _AT}

#: Due messages, the oldest first.
CHOOSE = (
    select(_ROW.seq)
    .where(_DUE)
    .order_by(_ROW.not_before, _ROW.seq)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
#: Since when the oldest of them has been due.
WAITING = select(_ROW.not_before).where(_DUE).order_by(_ROW.not_before).limit(1)
#: Leases the chosen ones.
TAKE = (
    update(OUTBOX.table)
    .where(_ROW.seq.in_(bindparam("chosen", expanding=True)))
    .values(state="leased", owner=_BY, lease_until=_UNTIL, attempt=_ROW.attempt + 1, reason="")
    .returning(_ROW.seq, *(_ROW[name] for name in OUTBOX.names))
)
#: Puts in doubt what a silent worker left sending.
PARK = (
    update(OUTBOX.table)
    .where(_ROW.state == "sending", _ROW.lease_until <= _AT)
    .values(state="unknown", lease_until=None, reason="its worker fell silent while sending")
)
#: Those of a worker's messages that it still holds, and the step that lets them leave.
HELD = select(_ROW.dedupe_key).where(_MINE, _IN_ATTEMPT)
BEGIN = update(OUTBOX.table).where(_MINE).values(_BEGUN)
#: What may have reached these shoppers.
SENT_TO = select(_ROW.shopper_id, _ROW.channel, _ROW.sent_at).where(
    _ROW.state.in_(IN_DOUBT),
    _ROW.sent_at >= bindparam("since"),
    _ROW.shopper_id.in_(bindparam("people", expanding=True)),
)


@cache
def marking(state: str, *, timed: bool, tried: bool, one_attempt: bool) -> Update:
    """Moves messages that a worker holds to ``state``.

    ``timed`` sets when to try again, ``tried`` counts a try, and ``one_attempt`` moves those of
    one attempt only. ``InvalidError`` for a state that no worker gives.
    """
    if state not in _MOVES:
        raise InvalidError(
            f"marking messages as {state!r}",
            "no message is moved there by a worker",
            f"Use one of {', '.join(_MOVES)}.",
        )
    held: list[ColumnElement[bool]] = [_ROW.owner == _BY, _ROW.state.in_(_MOVES[state]), _NAMED]
    if state == "sending":  # a lease that ran out gives no right to send
        held.append(_ROW.lease_until > _AT)
    if one_attempt:
        held.append(_IN_ATTEMPT)
    values = _values(state, timed=timed)
    if tried:
        values["tries"] = _ROW.tries + 1
    return update(OUTBOX.table).where(*held).values(values)


def _values(state: str, *, timed: bool) -> dict[str, object]:
    if state == "sending":
        return dict(_BEGUN)
    values: dict[str, object] = {"state": state, "reason": _WHY, "lease_until": None}
    if state == "sent":
        return values | {"sent_at": _AT}
    if state == "unknown":  # it may have left when its sending began
        return values
    values["sent_at"] = None
    if state == "held":
        values["ever_held"] = True
    if timed:
        values["not_before"] = bindparam("again", type_=_ROW.not_before.type)
    return values
