"""Codes given away and promises used, on SQL: each taken by one conditional statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.ledger import SqlLedger
from promoloop.backends.sql.reservations import known_reservations
from promoloop.backends.sql.tables import CODES, OFFER_USES, REDEMPTIONS
from promoloop.backends.sql.writes import WriteQueue
from promoloop.core import InvalidError, RefusedError
from promoloop.decide import OfferUse, Reservation, Settlement, UseTerms
from promoloop.offers import IssuedCode

__all__ = ["SqlCodes", "SqlRedemptions"]

_CODE = CODES.table.c
_USE = REDEMPTIONS.table.c
_COUNT = OFFER_USES.c
#: Under this shopper all uses of an offer are counted.
_EVERYBODY = ""
_MANY = 500


class SqlCodes:
    """Pools of single-use codes on SQL; see ``promoloop.offers.CodePools``."""

    def __init__(self, database: Database, writes: WriteQueue) -> None:
        self._database, self._writes = database, writes

    def fill(self, offer_id: str, codes: Sequence[str], given: int = 0) -> int:
        """Add codes; see the port."""
        with self._database.write() as connection:
            query = select(func.count()).select_from(CODES.table).where(_CODE.offer_id == offer_id)
            there = connection.execute(query).scalar_one()
            if there >= len(codes):
                return 0
            fresh = [
                IssuedCode(
                    offer_id,
                    code,
                    place,
                    f"before-{place}" if there == 0 and place <= given else "",
                )
                for place, code in enumerate(dict.fromkeys(codes), start=1)
            ]
            rows = CODES.rows(fresh)
            return sum(
                self._database.add_new(connection, CODES.table, CODES.key, rows[at : at + _MANY])
                for at in range(0, len(rows), _MANY)
            )

    def issue(self, offer_id: str, decision_id: str, shopper_id: str, at: datetime) -> str:
        """Give the next free code away; see the port."""

        def work(connection: Connection) -> str:
            return _issued(connection, offer_id, decision_id, shopper_id, at)

        return self._writes.run(work)

    def give_back(self, decision_ids: Sequence[str]) -> int:
        """Free what was issued for nothing; see the port."""
        free = {"decision_id": "", "shopper_id": "", "issued_at": None}
        count = 0
        with self._database.write() as connection:
            for begin in range(0, len(decision_ids), _MANY):
                mine = _CODE.decision_id.in_(decision_ids[begin : begin + _MANY])
                statement = update(CODES.table).where(mine, _CODE.used_by == "").values(free)
                count += connection.execute(statement).rowcount
        return count

    def find(self, code: str) -> tuple[IssuedCode, ...]:
        """The code in every pool; see the port."""
        query = CODES.select().where(_CODE.code == code).order_by(_CODE.offer_id)
        with self._database.read() as connection:
            return tuple(CODES.read(connection.execute(query)))

    def left(self, offer_id: str) -> int:
        """How many nobody has; see the port."""
        free = (_CODE.offer_id == offer_id) & (_CODE.decision_id == "")
        query = select(func.count()).select_from(CODES.table).where(free)
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()


def _issued(
    connection: Connection, offer_id: str, decision_id: str, shopper_id: str, at: datetime
) -> str:
    mine = (_CODE.offer_id == offer_id) & (_CODE.decision_id == decision_id)
    before = connection.execute(select(_CODE.code).where(mine)).scalar_one_or_none()
    if before is not None:
        return str(before)
    # A server passes over a row that another transaction is just taking.
    free = (
        select(_CODE.seq)
        .where(_CODE.offer_id == offer_id, _CODE.decision_id == "")
        .order_by(_CODE.place)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    statement = (
        update(CODES.table)
        .where(_CODE.seq == free, _CODE.decision_id == "")
        .values(decision_id=decision_id, shopper_id=shopper_id, issued_at=at)
        .returning(_CODE.code)
    )
    code = connection.execute(statement).scalar_one_or_none()
    if code is None:
        raise RefusedError(
            f"a code of the offer {offer_id!r}",
            "none of its pool is left",
            "Add codes to the offer, or promise another one.",
        )
    return str(code)


class SqlRedemptions:
    """Uses of promises on SQL; see ``promoloop.decide.Redemptions``."""

    def __init__(self, database: Database, writes: WriteQueue, ledger: SqlLedger) -> None:
        self._database, self._writes, self._ledger = database, writes, ledger

    def redeem(self, use: OfferUse, terms: UseTerms) -> OfferUse:
        """Book a use whole, or not at all; see the port."""
        return self._writes.run(lambda connection: self.redeem_within(connection, use, terms))

    def redeem_within(self, connection: Connection, use: OfferUse, terms: UseTerms) -> OfferUse:
        """``redeem`` as a part of a transaction that others share."""
        rows = REDEMPTIONS.rows([use], single=terms.single)
        # Whatever is unique: the key, or the promise that stands redeemed.
        statement = self._database.insert(REDEMPTIONS.table).on_conflict_do_nothing()
        counted = {"preserve_rowcount": True}
        if not connection.execute(statement, rows, execution_options=counted).rowcount:
            return _same(connection, use)
        self._count(connection, use, _EVERYBODY, terms.total)
        self._count(connection, use, use.shopper_id, _left(connection, use, terms))
        if terms.single:
            _take_code(connection, use)
        if not known_reservations(connection, [use.decision_id]):
            held = Reservation(
                use.decision_id,
                use.offer_id,
                terms.most_minor,
                terms.until,
                dict(terms.most_shared),
            )
            self._ledger.reserve_within(connection, terms.account, [held])
        spent = Settlement(use.decision_id, terms.spent_minor, True, dict(terms.shared))
        self._ledger.settle_within(connection, [spent])
        return use

    def roll_back(self, key: str, at: datetime) -> OfferUse:
        """Undo a use, once; see the port."""
        return self._writes.run(lambda connection: self.roll_back_within(connection, key, at))

    def roll_back_within(self, connection: Connection, key: str, at: datetime) -> OfferUse:
        """``roll_back`` as a part of a transaction that others share."""
        statement = (
            update(REDEMPTIONS.table)
            .where(_USE.key == key, _USE.state == "redeemed")
            .values(state="rolled_back", rolled_back_at=at)
            .returning(_USE.single)
        )
        single = connection.execute(statement).scalar_one_or_none()
        use = _of_key(connection, key)
        if single is None:
            return use
        for shopper_id in (_EVERYBODY, use.shopper_id):
            connection.execute(
                update(OFFER_USES)
                .where(_COUNT.offer_id == use.offer_id, _COUNT.shopper_id == shopper_id)
                .values(used=_COUNT.used - 1)
            )
        if single:
            mine = (_CODE.offer_id == use.offer_id) & (_CODE.code == use.code)
            connection.execute(update(CODES.table).where(mine).values(used_by=""))
        self._ledger.reverse_within(connection, use.decision_id, at)
        return use

    def get(self, key: str) -> OfferUse:
        """The use of a key; see the port."""
        with self._database.read() as connection:
            return _of_key(connection, key)

    def of_shopper(self, shopper_id: str) -> tuple[OfferUse, ...]:
        """Everything one shopper used; see the port."""
        return self._found(_USE.shopper_id == shopper_id)

    def between(self, start: datetime, end: datetime) -> tuple[OfferUse, ...]:
        """Uses of a stretch of time; see the port."""
        return self._found((_USE.at >= start) & (_USE.at < end))

    def _found(self, where: ColumnElement[bool]) -> tuple[OfferUse, ...]:
        query = REDEMPTIONS.select().where(where).order_by(_USE.at, _USE.key)
        with self._database.read() as connection:
            return tuple(REDEMPTIONS.read(connection.execute(query)))

    def _count(
        self, connection: Connection, use: OfferUse, shopper_id: str, limit: int | None
    ) -> None:
        """One more use, if the cap leaves room for it."""
        fresh = {"offer_id": use.offer_id, "shopper_id": shopper_id, "used": 0}
        self._database.add_new(connection, OFFER_USES, ("offer_id", "shopper_id"), [fresh])
        mine = (_COUNT.offer_id == use.offer_id) & (_COUNT.shopper_id == shopper_id)
        room = mine if limit is None else mine & (_COUNT.used < limit)
        statement = update(OFFER_USES).where(room).values(used=_COUNT.used + 1)
        if connection.execute(statement).rowcount != 1:
            whose = "all shoppers" if shopper_id == _EVERYBODY else "this shopper"
            raise RefusedError(
                f"using the offer {use.offer_id!r}",
                f"{whose} used it as often as it may be",
                "Choose another offer, or raise its cap.",
            )


def _left(connection: Connection, use: OfferUse, terms: UseTerms) -> int | None:
    """How often the shopper may use the offer, less what was used before an erasure."""
    if terms.per_shopper is None or not terms.known_as:
        return terms.per_shopper
    mine = (_COUNT.offer_id == use.offer_id) & (_COUNT.shopper_id == terms.known_as)
    before = connection.execute(select(_COUNT.used).where(mine)).scalar_one_or_none()
    return terms.per_shopper - (before or 0)


def _take_code(connection: Connection, use: OfferUse) -> None:
    mine = (_CODE.offer_id == use.offer_id) & (_CODE.code == use.code) & (_CODE.used_by == "")
    if connection.execute(update(CODES.table).where(mine).values(used_by=use.key)).rowcount != 1:
        raise RefusedError(
            f"using the code {use.code!r}", "it was used before", "Each code is good for one use."
        )


def _of_key(connection: Connection, key: str) -> OfferUse:
    found = REDEMPTIONS.read(connection.execute(REDEMPTIONS.select().where(_USE.key == key)))
    if not found:
        raise InvalidError(f"the redemption {key!r}", "there is none of this key", "Check the key.")
    return found[0]


def _same(connection: Connection, use: OfferUse) -> OfferUse:
    """What stands under the key, if it is for the same; the promise was used under another else."""
    found = REDEMPTIONS.read(connection.execute(REDEMPTIONS.select().where(_USE.key == use.key)))
    if not found:
        raise RefusedError(
            f"using the promise {use.decision_id!r}",
            "it was used before",
            "A promise is good for one order; roll that one back first.",
        )
    there = found[0]
    asked = (use.shopper_id, use.offer_id, use.decision_id, use.code)
    if (there.shopper_id, there.offer_id, there.decision_id, there.code) != asked:
        raise RefusedError(
            f"redeeming with the key {use.key!r}",
            "the key stands for another use",
            "Use a new key for a new order.",
        )
    return there
