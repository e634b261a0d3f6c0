"""Narrow reads for people who look, on SQL; see ``promoloop.flows.reads.ports``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Double,
    Select,
    and_,
    case,
    cast,
    distinct,
    extract,
    func,
    literal_column,
    select,
)

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import CLICKS, CODES, DECISIONS, MODELS, OFFERS, OUTBOX, OUTCOMES
from promoloop.deliver import Message
from promoloop.feedback import Outcome
from promoloop.flows.reads.records import (
    ArmCount,
    ArmSent,
    CodeCount,
    Day,
    Happened,
    MessageCount,
    MessageQuery,
)
from promoloop.offers import Offer, offer_from_json

__all__ = ["SqlViews"]

_MADE, _LEFT, _OUT = DECISIONS.table.c, OUTBOX.table.c, OUTCOMES.table.c
_SEEN = CLICKS.table.c
_TRACKED = ("opened", "clicked")


class SqlViews:
    """Counts and newest rows; see ``promoloop.flows.reads.ports.Views``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decided(self, campaign_id: str) -> tuple[ArmCount, ...]:
        """Decisions per arm; see the port."""
        query = (
            select(
                _MADE.arm,
                func.count(distinct(_MADE.shopper_id)),
                func.count(),
                func.count(_MADE.offer_id),
            )
            .where(_MADE.campaign_id == campaign_id)
            .group_by(_MADE.arm)
            .order_by(_MADE.arm)
        )
        return tuple(ArmCount(*row) for row in self._rows(query))

    def messages(self, campaign_id: str = "") -> tuple[MessageCount, ...]:
        """Messages by where they stand; see the port."""
        keys = (_LEFT.campaign_id, _LEFT.channel, _LEFT.state, _LEFT.reason)
        query = select(*keys, func.count()).group_by(*keys).order_by(*keys)
        if campaign_id:
            query = query.where(_LEFT.campaign_id == campaign_id)
        return tuple(MessageCount(*row) for row in self._rows(query))

    def happened(self, campaign_id: str, soon: timedelta) -> tuple[Happened, ...]:
        """What came of decisions; see the port."""
        early = case(
            (
                and_(
                    _OUT.kind.in_(_TRACKED),
                    _LEFT.state == "sent",
                    self._seconds(_OUT.at) - self._seconds(_LEFT.sent_at) < soon.total_seconds(),
                ),
                1,
            ),
            else_=0,
        ).label("early")
        keys = (_MADE.arm, _OUT.kind, _OUT.source, early)
        count, taken = func.count(distinct(_OUT.decision_id)), func.sum(_OUT.discount_minor)
        query = (
            select(*keys, count, taken)
            .select_from(OUTCOMES.table)
            .join(DECISIONS.table, _MADE.decision_id == _OUT.decision_id)
            .outerjoin(OUTBOX.table, _LEFT.dedupe_key == _OUT.decision_id)
            .where(_MADE.campaign_id == campaign_id, _OUT.decision_id != "")
            .group_by(*keys)
            .order_by(*keys)
        )
        found = [
            Happened(arm, kind, source, bool(early), n, int(minor or 0))
            for arm, kind, source, early, n, minor in self._rows(query)
        ]
        found += [
            Happened(arm, "followed", "real", True, n, 0) for arm, n in self._machines(campaign_id)
        ]
        return tuple(sorted(found, key=lambda one: (one.arm, one.kind, one.source, one.soon)))

    def sent(self, campaign_id: str) -> tuple[ArmSent, ...]:
        """Messages that left, per arm; see the port."""
        query = (
            select(_MADE.arm, func.count())
            .join(OUTBOX.table, _LEFT.dedupe_key == _MADE.decision_id)
            .where(_MADE.campaign_id == campaign_id, _LEFT.state == "sent")
            .group_by(_MADE.arm)
            .order_by(_MADE.arm)
        )
        return tuple(ArmSent(*row) for row in self._rows(query))

    def days(self, campaign_id: str) -> tuple[Day, ...]:
        """Money and messages by day; see the port."""
        left, used = self._day(_LEFT.sent_at), self._day(_OUT.at)
        sending = (
            select(left, _LEFT.channel, func.count())
            .where(_LEFT.campaign_id == campaign_id, _LEFT.state == "sent")
            .group_by(left, _LEFT.channel)
        )
        taking = (
            select(used, func.sum(_OUT.discount_minor))
            .join(DECISIONS.table, _MADE.decision_id == _OUT.decision_id)
            .where(_MADE.campaign_id == campaign_id, _OUT.kind == "redeemed")
            .group_by(used)
        )
        sent: defaultdict[date, dict[str, int]] = defaultdict(dict)
        for day, channel, n in self._rows(sending):
            sent[_date(day)][channel] = n
        taken = Counter({_date(day): int(minor) for day, minor in self._rows(taking)})
        return tuple(Day(day, taken[day], sent.get(day, {})) for day in sorted({*sent, *taken}))

    def prices(
        self, campaign_id: str, moments: Sequence[datetime]
    ) -> Mapping[datetime, Mapping[str, float]]:
        """Prices in force; see the port."""
        found: dict[datetime, Mapping[str, float]] = {}
        with self._database.read() as connection:
            for moment in moments:
                query = (
                    select(_MADE.prices)
                    .where(_MADE.campaign_id == campaign_id, _MADE.decided_at <= moment)
                    .order_by(_MADE.decided_at.desc(), _MADE.seq)
                    .limit(1)
                )
                prices = connection.execute(query).scalar()
                if prices is not None:
                    found[moment] = prices
        return found

    def messages_of(self, shopper_id: str, limit: int) -> tuple[Message, ...]:
        """One shopper's messages; see the port."""
        query = OUTBOX.select().where(_LEFT.shopper_id == shopper_id)
        query = query.order_by(_LEFT.not_before.desc(), _LEFT.seq.desc()).limit(limit)
        return tuple(OUTBOX.read(self._rows(query)))

    def outcomes_of(self, shopper_id: str, limit: int) -> tuple[Outcome, ...]:
        """One shopper's outcomes; see the port."""
        query = OUTCOMES.select().where(_OUT.shopper_id == shopper_id)
        query = query.order_by(_OUT.at.desc(), _OUT.seq.desc()).limit(limit)
        return tuple(OUTCOMES.read(self._rows(query)))

    def listed(self, query: MessageQuery, limit: int, skip: int = 0) -> tuple[Message, ...]:
        """Messages that fit; see the port."""
        chosen = OUTBOX.select().order_by(_LEFT.not_before.desc(), _LEFT.seq.desc())
        if query.states:
            chosen = chosen.where(_LEFT.state.in_(query.states))
        if query.campaign_id:
            chosen = chosen.where(_LEFT.campaign_id == query.campaign_id)
        if query.channel:
            chosen = chosen.where(_LEFT.channel == query.channel)
        if query.before is not None:
            chosen = chosen.where(_LEFT.not_before < query.before)
        return tuple(OUTBOX.read(self._rows(chosen.limit(limit).offset(skip))))

    def offers(self, text: str, limit: int, skip: int = 0) -> tuple[Offer, ...]:
        """Latest revisions, some at a time; see the port."""
        last = select(OFFERS.c.offer_id, func.max(OFFERS.c.revision).label("revision"))
        last = last.where(func.lower(OFFERS.c.offer_id).contains(text.lower(), autoescape=True))
        some = last.group_by(OFFERS.c.offer_id).order_by(OFFERS.c.offer_id)
        newest = some.limit(limit).offset(skip).subquery()
        same = and_(OFFERS.c.offer_id == newest.c.offer_id, OFFERS.c.revision == newest.c.revision)
        query = select(OFFERS.c.body).join(newest, same).order_by(OFFERS.c.offer_id)
        return tuple(offer_from_json(body) for (body,) in self._rows(query))

    def revisions(self, offer_id: str) -> tuple[Offer, ...]:
        """Every revision; see the port."""
        query = select(OFFERS.c.body).where(OFFERS.c.offer_id == offer_id)
        rows = self._rows(query.order_by(OFFERS.c.revision))
        return tuple(offer_from_json(body) for (body,) in rows)

    def codes(self, offer_id: str) -> CodeCount:
        """How a pool stands; see the port."""
        row = CODES.table.c
        given = func.count(case((row.decision_id != "", 1)))
        used = func.count(case((row.used_by != "", 1)))
        query = select(func.count(), given, used).where(row.offer_id == offer_id)
        with self._database.read() as connection:
            codes, issued, spent = connection.execute(query).one()
        return CodeCount(codes, issued, spent)

    def kinds(self) -> tuple[str, ...]:
        """Kinds of models; see the port."""
        query = select(MODELS.table.c.kind).distinct().order_by(MODELS.table.c.kind)
        return tuple(kind for (kind,) in self._rows(query))

    def _machines(self, campaign_id: str) -> Sequence[Any]:
        """Decisions per arm whose links were followed by what shows itself to be a machine."""
        query = (
            select(_MADE.arm, func.count(distinct(_SEEN.decision_id)))
            .join(CLICKS.table, _SEEN.decision_id == _MADE.decision_id)
            .where(_MADE.campaign_id == campaign_id, _SEEN.signs != ())
            .group_by(_MADE.arm)
        )
        return self._rows(query)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._database.read() as connection:
            return connection.execute(query).all()

    def _seconds(self, moment: ColumnElement[Any]) -> ColumnElement[float]:
        """Seconds since 1970, with their parts."""
        if self._database.has_one_writer:
            days: ColumnElement[float] = func.julianday(moment, type_=Double)
            return (days - 2_440_587.5) * 86_400.0
        return cast(extract("epoch", moment), Double)

    def _day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """The day in UTC."""
        if self._database.has_one_writer:
            return func.date(moment, type_=Date)
        return cast(func.timezone(literal_column("'UTC'"), moment), Date)


def _date(day: date | str) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)
