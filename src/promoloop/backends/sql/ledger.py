"""Budgets and stock: one conditional update each, so that no reader's delay can overspend.

Read-decide-write is nowhere in here. The room left is in the ``WHERE`` of the update that takes
it; the row count says whether it was there. A reservation's own state decides who settles or
expires it: only the one update that moves it away from ``reserved`` touches the account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import ACCOUNTS, RESERVATIONS, STOCK
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import BudgetState, Reservation, Settlement

__all__ = ["SqlLedger"]

_ACCOUNT = ACCOUNTS.table.c
_STOCK = STOCK.c
_HELD = RESERVATIONS.table.c
_MANY = 500


class SqlLedger:
    """The budget ledger on SQL; see ``promoloop.decide.BudgetLedger`` and ``StockCount``.

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
        }
        with self._database.write() as connection:
            if self._database.add_new(connection, ACCOUNTS.table, ACCOUNTS.key, [fresh]):
                units = [
                    {"account": account, "offer_id": offer_id, "units": count, "taken": 0}
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
        _take_money(connection, account, sum(held.amount_minor for held in fresh))
        _take_stock(connection, account, Counter(held.offer_id for held in fresh))
        rows = RESERVATIONS.rows(fresh, account=account, state="reserved", spent_minor=0)
        connection.execute(RESERVATIONS.table.insert(), rows)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reservations into money spent; see the port."""
        wanted: dict[str, Settlement] = {}
        for one in settlements:
            if one.spent_minor < 0:
                raise _negative(f"settling {one.decision_id}", one.spent_minor)
            wanted.setdefault(one.decision_id, one)
        with self._database.write() as connection:
            taken = _take_reserved(connection, sorted(wanted))
            for row in taken:
                _require_enough(wanted[row.decision_id], row.amount_minor)
            _require_settled(connection, wanted.keys() - {row.decision_id for row in taken})
            _note_spent(connection, [wanted[row.decision_id] for row in taken])
            back, spent = Counter[str](), Counter[str]()
            for row in taken:
                back[row.account] += row.amount_minor
                spent[row.account] += wanted[row.decision_id].spent_minor
            _give_back(connection, back, spent)
            unused = [row for row in taken if not wanted[row.decision_id].redeemed]
            _restock(connection, Counter((row.account, row.offer_id) for row in unused))

    def expire(self, now: datetime) -> int:
        """Give back what nobody redeemed by ``now``; see the port."""
        take = (
            update(RESERVATIONS.table)
            .where(_HELD.state == "reserved", _HELD.expires_at <= now)
            .values(state="expired")
            .returning(_HELD.account, _HELD.offer_id, _HELD.amount_minor)
        )
        with self._database.write() as connection:
            gone = connection.execute(take).all()
            money: Counter[str] = Counter()
            for row in gone:
                money[row.account] += row.amount_minor
            _give_back(connection, money, Counter())
            _restock(connection, Counter((row.account, row.offer_id) for row in gone))
        return money.total()

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
            return {row.offer_id: row.units for row in connection.execute(query)}


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
    known = _known(connection, [held.decision_id for held in reservations])
    fresh: dict[str, Reservation] = {}
    for held in reservations:
        if held.amount_minor < 0:
            raise _negative(f"reserving for {held.decision_id}", held.amount_minor)
        there = known.get(held.decision_id, (account, held))
        first = fresh.setdefault(held.decision_id, there[1])
        if there != (account, held) or first != held:
            raise RefusedError(
                f"reserving {held.amount_minor} for the decision {held.decision_id}",
                "it holds a reservation on other terms",
                "Make a new decision instead of changing the promise of this one.",
            )
    return [held for decision_id, held in fresh.items() if decision_id not in known]


def _known(
    connection: Connection, decision_ids: Sequence[str]
) -> dict[str, tuple[str, Reservation]]:
    found: dict[str, tuple[str, Reservation]] = {}
    for start in range(0, len(decision_ids), _MANY):
        part = decision_ids[start : start + _MANY]
        query = RESERVATIONS.select().add_columns(_HELD.account).where(_HELD.decision_id.in_(part))
        for *values, owner in connection.execute(query):
            held = Reservation(*values)
            found[held.decision_id] = (owner, held)
    return found


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


def _take_reserved(connection: Connection, decision_ids: Sequence[str]) -> list[Row[Any]]:
    """Move reservations on to ``settled``; return only those this very update has moved."""
    taken: list[Row[Any]] = []
    for start in range(0, len(decision_ids), _MANY):
        part = decision_ids[start : start + _MANY]
        take = (
            update(RESERVATIONS.table)
            .where(_HELD.decision_id.in_(part), _HELD.state == "reserved")
            .values(state="settled")
            .returning(_HELD.decision_id, _HELD.account, _HELD.offer_id, _HELD.amount_minor)
        )
        taken += connection.execute(take).all()
    return taken


def _note_spent(connection: Connection, settled: Sequence[Settlement]) -> None:
    rows = [{"of": one.decision_id, "spent": one.spent_minor} for one in settled if one.spent_minor]
    if not rows:
        return
    statement = (
        update(RESERVATIONS.table)
        .where(_HELD.decision_id == bindparam("of"))
        .values(spent_minor=bindparam("spent"))
    )
    connection.execute(statement, rows)


def _give_back(
    connection: Connection, amounts: Mapping[str, int], spent: Mapping[str, int]
) -> None:
    if not amounts:
        return
    statement = (
        update(ACCOUNTS.table)
        .where(_ACCOUNT.account == bindparam("of"))
        .values(
            reserved_minor=_ACCOUNT.reserved_minor - bindparam("back"),
            spent_minor=_ACCOUNT.spent_minor + bindparam("spent"),
        )
    )
    rows = [
        {"of": account, "back": amounts[account], "spent": spent.get(account, 0)}
        for account in sorted(amounts)
    ]
    connection.execute(statement, rows)


def _restock(connection: Connection, units: Mapping[tuple[str, str], int]) -> None:
    if not units:
        return
    statement = (
        update(STOCK)
        .where(_STOCK.account == bindparam("of"), _STOCK.offer_id == bindparam("what"))
        .values(taken=_STOCK.taken - bindparam("back"))
    )
    ordered = sorted(units.items())
    rows = [{"of": key[0], "what": key[1], "back": count} for key, count in ordered]
    connection.execute(statement, rows)


def _require_enough(one: Settlement, reserved_minor: int) -> None:
    if one.spent_minor > reserved_minor:
        raise _refused(one.decision_id, f"only {reserved_minor} were reserved for it")


def _require_settled(connection: Connection, decision_ids: Iterable[str]) -> None:
    """Nothing to do for those settled before; otherwise say why they cannot be."""
    ordered = sorted(decision_ids)
    found: dict[str, str] = {}
    for start in range(0, len(ordered), _MANY):
        part = ordered[start : start + _MANY]
        query = select(_HELD.decision_id, _HELD.state).where(_HELD.decision_id.in_(part))
        found |= {row.decision_id: row.state for row in connection.execute(query)}
    for decision_id in ordered:
        if decision_id not in found:
            raise InvalidError(
                f"settling the decision {decision_id!r}",
                "it reserved nothing",
                "Reserve first; nothing of this batch was settled.",
            )
        if found[decision_id] == "expired":
            raise _refused(decision_id, "its reservation expired and the money went back")


def _refused(decision_id: str, case: str) -> RefusedError:
    return RefusedError(
        f"settling the decision {decision_id!r}",
        case,
        "Correct the amount, or honour it from another account by hand; nothing of this batch was"
        " settled.",
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
