"""Budgets and stock: one conditional update each, so that no reader's delay can overspend.

Read-decide-write is nowhere in here. The room left is in the ``WHERE`` of the update that takes
it; the row count says whether it was there. A promise that several accounts pay for takes from all
of them in one transaction; ``reservations.py`` says who may move a promise on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.reservations import (
    Moves,
    by_account,
    expired,
    held_again,
    known_reservations,
    released,
    settled,
    states_of,
    taken_back,
)
from promoloop.backends.sql.tables import ACCOUNTS, RESERVATIONS, STOCK
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetState, Reservation, Settlement

__all__ = ["SqlLedger"]

_ACCOUNT = ACCOUNTS.table.c
_STOCK = STOCK.c


class SqlLedger:
    """The budget ledger on SQL; see ``BudgetLedger``, ``StockCount`` and ``PromiseBook``.

    A unit of stock stays taken once its promise is redeemed, and comes back when it is settled
    unredeemed or expires.
    An offer for which ``open`` named no units has no limit. A reservation that is already there
    on the same terms is left alone, so that a step can be run again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, account: str, budget_minor: int, stock: Mapping[str, int]) -> None:
        """Create the account; see the port."""
        _require_terms(account, budget_minor, stock)
        fresh = {
            "account": account,
            "budget_minor": budget_minor,
            "reserved_minor": 0,
            "spent_minor": 0,
            "late_minor": 0,
        }
        with self._database.write() as connection:
            if self._database.add_new(connection, ACCOUNTS.table, ACCOUNTS.key, [fresh]):
                units = [
                    {
                        "account": account,
                        "offer_id": offer_id,
                        "units": count,
                        "taken": 0,
                        "late": 0,
                    }
                    for offer_id, count in stock.items()
                ]
                self._database.add_new(connection, STOCK, ("account", "offer_id"), units)
                return
            _require_same(_state(connection, account), _units(connection, account), fresh, stock)

    def reserve(self, account: str, reservations: Sequence[Reservation]) -> None:
        """Set all aside or none; see the port."""
        with self._database.write() as connection:
            self.reserve_within(connection, account, reservations)

    def reserve_within(
        self, connection: Connection, account: str, reservations: Sequence[Reservation]
    ) -> None:
        """``reserve`` as a part of a transaction that others share."""
        _state(connection, account)
        fresh = _fresh(connection, account, reservations)
        if not fresh:
            return
        wanted = Counter({account: sum(held.amount_minor for held in fresh)})
        for held in fresh:
            wanted.update(held.shared)
        for name in sorted(+wanted):  # one order for all: no deadlock
            _take_money(connection, name, wanted[name])
        _take_stock(connection, account, Counter(held.offer_id for held in fresh))
        rows = RESERVATIONS.rows(
            fresh, account=account, state="reserved", spent_minor=0, shared_spent={}, redeemed=False
        )
        connection.execute(RESERVATIONS.table.insert(), rows)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reservations into money spent; see the port."""
        with self._database.write() as connection:
            self.settle_within(connection, settlements)

    def settle_within(self, connection: Connection, settlements: Sequence[Settlement]) -> None:
        """``settle`` as a part of a transaction that others share."""
        wanted: dict[str, Settlement] = {}
        for one in settlements:
            for amount in (one.spent_minor, *one.shared.values()):
                if amount < 0:
                    raise _negative(f"settling {one.decision_id}", amount)
            wanted[one.decision_id] = _larger(wanted.get(one.decision_id, one), one)
        _book(connection, settled(connection, wanted))

    def reverse_within(self, connection: Connection, decision_id: str, now: datetime) -> None:
        """Undo what a promise spent: it is good again where it runs and there is room, else over.

        A part of the transaction that rolls its use back.
        """
        row = taken_back(connection, decision_id)
        for name, spent in sorted(
            by_account(row.account, row.spent_minor, row.shared_spent).items()
        ):
            connection.execute(_GIVE_BACK, {"of": name, "back": spent})
        if row.redeemed:
            units = {"of": row.account, "what": row.offer_id, "back": 1, "late": 0}
            connection.execute(_MOVE_UNITS, units)
        if now >= row.expires_at:
            return
        amounts = by_account(row.account, row.amount_minor, row.shared)
        with suppress(RefusedError), connection.begin_nested():
            for name in sorted(amounts):
                _take_money(connection, name, amounts[name])
            _take_stock(connection, row.account, {row.offer_id: 1})
            held_again(connection, decision_id)

    def expire(self, now: datetime) -> int:
        """Give back what nobody redeemed by ``now``; see the port."""
        with self._database.write() as connection:
            moves = expired(connection, now)
            _book(connection, moves)
        return moves.back.total()

    def standing(self, decision_ids: Sequence[str]) -> dict[str, str]:
        """Where promises stand; see ``decide.PromiseBook``."""
        with self._database.read() as connection:
            return states_of(connection, decision_ids)

    def release(self, decision_ids: Sequence[str]) -> int:
        """Give back what nobody was told of; see ``decide.PromiseBook``."""
        with self._database.write() as connection:
            return self.release_within(connection, decision_ids)

    def release_within(self, connection: Connection, decision_ids: Sequence[str]) -> int:
        """``release`` as a part of a transaction that others share."""
        moves = released(connection, decision_ids)
        _book(connection, moves)
        return moves.back.total()

    def state(self, account: str) -> BudgetState:
        """The account as it stands; see the port."""
        with self._database.read() as connection:
            return _state(connection, account)

    def stock_left(self, account: str) -> dict[str, int]:
        """Units neither reserved nor redeemed, per limited offer; see ``StockCount``."""
        left_over = (_STOCK.units - _STOCK.taken).label("units")
        query = select(_STOCK.offer_id, left_over).where(_STOCK.account == account)
        with self._database.read() as connection:
            _state(connection, account)
            return {row.offer_id: max(0, row.units) for row in connection.execute(query)}


def _state(connection: Connection, account: str) -> BudgetState:
    found = ACCOUNTS.read(connection.execute(ACCOUNTS.select().where(_ACCOUNT.account == account)))
    if not found:
        raise InvalidError(
            f"the budget account {account!r}", "it was never opened", "Open it with its budget."
        )
    return found[0]


def _units(connection: Connection, account: str) -> dict[str, int]:
    query = select(_STOCK.offer_id, _STOCK.units).where(_STOCK.account == account)
    return {row.offer_id: row.units for row in connection.execute(query)}


def _fresh(
    connection: Connection, account: str, reservations: Sequence[Reservation]
) -> list[Reservation]:
    """Those not reserved yet, one per decision; other terms for a known decision are refused."""
    known = known_reservations(connection, [held.decision_id for held in reservations])
    fresh: dict[str, Reservation] = {}
    for held in reservations:
        for amount in (held.amount_minor, *held.shared.values()):
            if amount < 0:
                raise _negative(f"reserving for {held.decision_id}", amount)
        there = known.get(held.decision_id, (account, held))
        first = fresh.setdefault(held.decision_id, there[1])
        if there != (account, held) or first != held:
            raise RefusedError(
                f"reserving {held.amount_minor} for the decision {held.decision_id}",
                "it holds a reservation on other terms",
                "Make a new decision instead of changing the promise of this one.",
            )
    return [held for decision_id, held in fresh.items() if decision_id not in known]


def _take_money(connection: Connection, account: str, amount: int) -> None:
    taken = connection.execute(
        update(ACCOUNTS.table)
        .where(
            _ACCOUNT.account == account,
            _ACCOUNT.reserved_minor + _ACCOUNT.spent_minor + amount <= _ACCOUNT.budget_minor,
        )
        .values(reserved_minor=_ACCOUNT.reserved_minor + amount)
    )
    if taken.rowcount != 1:
        now = _state(connection, account)
        left = now.budget_minor - now.reserved_minor - now.spent_minor
        raise RefusedError(
            f"reserving {amount} minor units from {account!r}",
            f"{left} of {now.budget_minor} are left",
            "Promise less, raise the budget in a new account, or wait until reservations expire.",
        )


def _take_stock(connection: Connection, account: str, wanted: Mapping[str, int]) -> None:
    limited = _units(connection, account)
    for offer_id in sorted(wanted.keys() & limited.keys()):  # one order for all: no deadlock
        count = wanted[offer_id]
        taken = connection.execute(
            update(STOCK)
            .where(
                _STOCK.account == account,
                _STOCK.offer_id == offer_id,
                _STOCK.taken + count <= _STOCK.units,
            )
            .values(taken=_STOCK.taken + count)
        )
        if taken.rowcount != 1:
            raise RefusedError(
                f"reserving {count} units of the offer {offer_id!r} from {account!r}",
                f"fewer of its {limited[offer_id]} are left",
                "Promise another offer, or wait until reservations expire.",
            )


def _larger(first: Settlement, second: Settlement) -> Settlement:
    """Of two settlements of one decision what is more, account by account."""
    return Settlement(
        first.decision_id,
        max(first.spent_minor, second.spent_minor),
        first.redeemed or second.redeemed,
        dict(Counter(first.shared) | Counter(second.shared)),
    )


def _book(connection: Connection, moves: Moves) -> None:
    """Write what reservations have moved: money by account, then units by account and offer."""
    money = [
        {
            "of": name,
            "back": moves.back[name],
            "spent": moves.spent[name],
            "late": moves.late[name],
        }
        for name in sorted(moves.back.keys() | moves.spent.keys())
    ]
    if money:
        connection.execute(_MOVE_MONEY, money)
    units = [
        {"of": key[0], "what": key[1], "back": moves.units_back[key], "late": moves.units_late[key]}
        for key in sorted(moves.units_back.keys() | moves.units_late.keys())
    ]
    if units:
        connection.execute(_MOVE_UNITS, units)


_LEFT = _ACCOUNT.spent_minor - bindparam("back")
#: What was booked late may come back too; late is never more than what is spent.
_GIVE_BACK = (
    update(ACCOUNTS.table)
    .where(_ACCOUNT.account == bindparam("of"))
    .values(
        spent_minor=_LEFT,
        late_minor=case((_ACCOUNT.late_minor > _LEFT, _LEFT), else_=_ACCOUNT.late_minor),
    )
)
_MOVE_MONEY = (
    update(ACCOUNTS.table)
    .where(_ACCOUNT.account == bindparam("of"))
    .values(
        reserved_minor=_ACCOUNT.reserved_minor - bindparam("back"),
        spent_minor=_ACCOUNT.spent_minor + bindparam("spent"),
        late_minor=_ACCOUNT.late_minor + bindparam("late"),
    )
)
_MOVE_UNITS = (
    update(STOCK)
    .where(_STOCK.account == bindparam("of"), _STOCK.offer_id == bindparam("what"))
    .values(
        taken=_STOCK.taken - bindparam("back") + bindparam("late"),
        late=_STOCK.late + bindparam("late"),
    )
)


def _require_terms(account: str, budget_minor: int, stock: Mapping[str, int]) -> None:
    for amount in (budget_minor, *stock.values()):
        if amount < 0:
            raise _negative(f"opening the account {account!r}", amount)


def _require_same(
    there: BudgetState,
    units: Mapping[str, int],
    fresh: Mapping[str, object],
    stock: Mapping[str, int],
) -> None:
    if there.budget_minor != fresh["budget_minor"] or units != dict(stock):
        raise RefusedError(
            f"opening the account {there.account!r} with {fresh['budget_minor']} minor units",
            f"it is open with {there.budget_minor} and its own units of stock",
            "Use the same terms, or open an account of another name.",
        )


def _negative(asked: str, amount: int) -> InvalidError:
    return InvalidError(asked, f"the amount {amount} is negative", "Amounts are zero or more.")
