"""The rows of reservations: who may move one on, and what that moves in accounts and stock.

A row's own state decides who settles or expires it: only the one update that moves it away from
``reserved`` gives its money back. Rows that have left that state are locked before more is booked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from promoloop.backends.sql.tables import RESERVATIONS
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import Reservation, Settlement

__all__ = [
    "Moves",
    "by_account",
    "expired",
    "held_again",
    "known_reservations",
    "released",
    "settled",
    "states_of",
    "taken_back",
]

_HELD = RESERVATIONS.table.c
_MANY = 500
_COLUMNS = (
    _HELD.decision_id,
    _HELD.account,
    _HELD.offer_id,
    _HELD.amount_minor,
    _HELD.shared,
    _HELD.spent_minor,
    _HELD.shared_spent,
    _HELD.redeemed,
    _HELD.state,
)


@dataclass(slots=True)
class Moves:
    """Money per account and units per account and offer that rows have set free or taken."""

    back: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    units_back: Counter[tuple[str, str]] = field(default_factory=Counter)
    units_late: Counter[tuple[str, str]] = field(default_factory=Counter)

    def free(self, row: Row[Any], redeemed: bool) -> None:
        """Give back what the row had set aside, and its unit unless it was redeemed."""
        self.back.update(by_account(row.account, row.amount_minor, row.shared))
        if not redeemed:
            self.units_back[row.account, row.offer_id] += 1


def known_reservations(
    connection: Connection, decision_ids: Sequence[str]
) -> dict[str, tuple[str, Reservation]]:
    """Account and terms of those that have been reserved, by decision."""
    found: dict[str, tuple[str, Reservation]] = {}
    for part in _parts(decision_ids):
        query = RESERVATIONS.select().add_columns(_HELD.account).where(_HELD.decision_id.in_(part))
        for *values, owner in connection.execute(query):
            held = Reservation(*values)
            found[held.decision_id] = (owner, held)
    return found


def settled(connection: Connection, wanted: Mapping[str, Settlement]) -> Moves:
    """Book settlements on their rows; return what that moves, or refuse the whole batch."""
    moves = Moves()
    fresh = _taken(connection, sorted(wanted))
    again = _locked(connection, sorted(wanted.keys() - {row.decision_id for row in fresh}))
    _require_known(wanted, fresh, again)
    noted: list[dict[str, object]] = []
    for row in fresh:
        one = wanted[row.decision_id]
        spent = _asked(one, row)
        moves.free(row, one.redeemed)
        moves.spent.update(spent)
        noted += _note(row, spent, one.redeemed)
    for row in again:
        one = wanted[row.decision_id]
        before = by_account(row.account, row.spent_minor, row.shared_spent)
        spent = Counter(before | _asked(one, row))  # the larger of the two, account by account
        moves.spent.update(spent - before)
        moves.late.update(spent - before)
        if one.redeemed and not row.redeemed:
            moves.units_late[row.account, row.offer_id] += 1
        noted += _note(row, spent, row.redeemed or one.redeemed)
    _write(connection, noted)
    return moves


def expired(connection: Connection, now: datetime) -> Moves:
    """Let go what nobody settled by ``now``; return what that sets free."""
    moves = Moves()
    for row in _moved(connection, "expired", _HELD.expires_at <= now):
        moves.free(row, redeemed=False)
    return moves


def released(connection: Connection, decision_ids: Sequence[str]) -> Moves:
    """Let go of promises nobody was told of; return what that sets free."""
    moves = Moves()
    for part in _parts(sorted(set(decision_ids))):
        for row in _moved(connection, "expired", _HELD.decision_id.in_(part)):
            moves.free(row, redeemed=False)
    return moves


def states_of(connection: Connection, decision_ids: Sequence[str]) -> dict[str, str]:
    """The state of each that ever set money aside."""
    found: dict[str, str] = {}
    for part in _parts(decision_ids):
        query = select(_HELD.decision_id, _HELD.state).where(_HELD.decision_id.in_(part))
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def taken_back(connection: Connection, decision_id: str) -> Any:
    """A settled promise as it was; from now on it is over and has spent nothing."""
    query = select(*_COLUMNS, _HELD.expires_at).where(_HELD.decision_id == decision_id)
    row = connection.execute(query.with_for_update()).one()
    nothing = {"state": "expired", "spent_minor": 0, "shared_spent": {}, "redeemed": False}
    mine = _HELD.decision_id == decision_id
    connection.execute(update(RESERVATIONS.table).where(mine).values(nothing))
    return row


def held_again(connection: Connection, decision_id: str) -> None:
    """A promise that is good again; its money and its unit were just taken."""
    mine = _HELD.decision_id == decision_id
    connection.execute(update(RESERVATIONS.table).where(mine).values(state="reserved"))


def _taken(connection: Connection, decision_ids: Sequence[str]) -> list[Row[Any]]:
    """Move reservations on to ``settled``; return only those this very update has moved."""
    return [
        row
        for part in _parts(decision_ids)
        for row in _moved(connection, "settled", _HELD.decision_id.in_(part))
    ]


def _moved(connection: Connection, state: str, which: ColumnElement[bool]) -> list[Row[Any]]:
    take = (
        update(RESERVATIONS.table)
        .where(_HELD.state == "reserved", which)
        .values(state=state)
        .returning(*_COLUMNS)
    )
    return list(connection.execute(take))


def _locked(connection: Connection, decision_ids: Sequence[str]) -> list[Row[Any]]:
    """Rows that left ``reserved`` before, held until this transaction ends."""
    found: list[Row[Any]] = []
    for part in _parts(decision_ids):
        query = select(*_COLUMNS).where(_HELD.decision_id.in_(part)).order_by(_HELD.decision_id)
        found += connection.execute(query.with_for_update())
    return found


def _require_known(
    wanted: Mapping[str, Settlement], fresh: Sequence[Row[Any]], again: Sequence[Row[Any]]
) -> None:
    for decision_id in sorted(wanted.keys() - {row.decision_id for row in (*fresh, *again)}):
        raise InvalidError(
            f"settling the decision {decision_id!r}",
            "it reserved nothing",
            "Reserve first; nothing of this batch was settled.",
        )


def _asked(one: Settlement, row: Row[Any]) -> Counter[str]:
    """What the settlement spends per account; refused beyond what was reserved there."""
    asked = by_account(row.account, one.spent_minor, one.shared)
    most = by_account(row.account, row.amount_minor, row.shared)
    for account, amount in asked.items():
        if amount > most[account]:
            raise RefusedError(
                f"settling the decision {one.decision_id!r}",
                f"only {most[account]} were reserved for it in {account!r}",
                "Correct the amount, or honour it from another account by hand; nothing of this"
                " batch was settled.",
            )
    return asked


def by_account(account: str, amount: int, shared: Mapping[str, int]) -> Counter[str]:
    """An amount and its further accounts as one count."""
    return Counter({account: amount}) + Counter(shared)


def _note(row: Row[Any], spent: Counter[str], redeemed: bool) -> list[dict[str, object]]:
    """The row as it is to be written; nothing where it stands so already."""
    shared = {account: spent[account] for account in sorted(spent) if account in row.shared}
    own = spent[row.account]
    if (own, shared, redeemed) == (row.spent_minor, dict(row.shared_spent), row.redeemed):
        return []
    return [{"of": row.decision_id, "own": own, "others": shared, "used": redeemed}]


def _write(connection: Connection, noted: Sequence[Mapping[str, object]]) -> None:
    if not noted:
        return
    statement = (
        update(RESERVATIONS.table)
        .where(_HELD.decision_id == bindparam("of"))
        .values(
            state="settled",
            spent_minor=bindparam("own"),
            shared_spent=bindparam("others", type_=_HELD.shared_spent.type),
            redeemed=bindparam("used"),
        )
    )
    connection.execute(statement, list(noted))


def _parts(decision_ids: Iterable[str]) -> Iterator[list[str]]:
    ordered = list(decision_ids)
    for start in range(0, len(ordered), _MANY):
        yield ordered[start : start + _MANY]
