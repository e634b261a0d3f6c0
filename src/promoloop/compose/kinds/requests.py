"""Invitations, descriptions, replies, reports and joint promotions asked for in a briefs file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from promoloop.compose.brief import facts_for_copy
from promoloop.compose.kinds.checks import local
from promoloop.compose.kinds.drafting import Drafting
from promoloop.compose.kinds.figures import Figure, MarketFigures, write_report
from promoloop.compose.kinds.invitation import Invitation, write_invitation
from promoloop.compose.kinds.joint import JointPromotion, write_joint_promotion
from promoloop.compose.kinds.product import ProductSheet, write_description
from promoloop.compose.kinds.support import OrderFacts, SupportQuestion, write_reply
from promoloop.compose.kinds.written import Written
from promoloop.core import (
    InvalidError,
    PromoloopError,
    RefusedError,
    as_list,
    as_mapping,
    record_from_data,
)
from promoloop.offers import Offer, offers_from_data

__all__ = ["KIND_FIELDS", "WrittenRows", "rows_from_data", "written_from_data"]

KIND_FIELDS = ("invitations", "descriptions", "replies", "reports", "joint")
"""The top-level lists of a briefs file that this module reads."""


@dataclass(frozen=True, slots=True)
class _Joint:
    offer: str
    shop: str
    partner: str
    locale: str
    channel: str = "email"


@dataclass(frozen=True, slots=True)
class _Reply:
    question: str
    locale: str
    today: date
    order: OrderFacts | None = None
    offer: str = ""
    policies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """What could be written, and for each row that could not the error that names it."""

    written: tuple[Written, ...]
    bad: tuple[PromoloopError, ...]


def written_from_data(
    data: object, file: str, drafting: Drafting | None = None, time_zone: str = "UTC"
) -> tuple[Written, ...]:
    """As ``rows_from_data``, where one bad row is an error.

    Raises
    ------
    InvalidError
        The first thing that is wrong, naming file, list, item and field.

    Examples
    --------
    >>> import yaml
    >>> text = '''
    ... descriptions:
    ...   - product_id: p1
    ...     title: Oak Bench
    ...     locale: en-US
    ...     attributes: {material: solid oak}
    ... '''
    >>> [one.parts["title"] for one in written_from_data(yaml.safe_load(text), "b.yaml")]
    ['Oak Bench']
    """
    rows = rows_from_data(data, file, drafting, time_zone)
    if rows.bad:
        raise rows.bad[0]
    return rows.written


def rows_from_data(
    data: object, file: str, drafting: Drafting | None = None, time_zone: str = "UTC"
) -> WrittenRows:
    """Everything that the lists ``KIND_FIELDS`` of ``data`` ask for, in the order of that tuple.

    A row that is wrong stops no other: its error names file, list, item and field. Nor is a text
    kept whose proof failed; its error holds the reasons.

    Parameters
    ----------
    data : object
        What ``yaml.safe_load`` gave: a mapping. Each list is optional; ``joint`` and ``replies``
        name offers of the list ``offers`` by id.
    file : str
        Where it came from, for errors.
    drafting : Drafting, optional
        A model whose proven drafts are preferred to the templates.
    time_zone : str
        In which the dates of offers are told.

    Raises
    ------
    InvalidError
        The file holds no mapping, a list is none, or an offer is wrong: then no row can be read.
    """
    top = as_mapping(file, data)
    offers = _offers(top, file)

    def joint(row: object, where: str, turn: int) -> Written:
        read = record_from_data(_Joint, row, where)
        facts = facts_for_copy(_named(offers, read.offer, where), read.locale, time_zone)
        asked = JointPromotion(read.shop, read.partner, facts, read.channel)
        return write_joint_promotion(asked, drafting, turn)

    def reply(row: object, where: str, turn: int) -> Written:
        read = record_from_data(_Reply, row, where, {"today": _day, "order": _order})
        offer = _named(offers, read.offer, where) if read.offer else None
        now = _begin(read.today, time_zone)
        facts = facts_for_copy(offer, read.locale, time_zone, now=now) if offer else None
        asked = SupportQuestion(
            read.question, read.locale, read.today, read.order, facts, read.policies
        )
        return write_reply(asked, drafting, turn)

    def invitation(row: object, where: str, turn: int) -> Written:
        return write_invitation(record_from_data(Invitation, row, where), drafting, turn)

    def description(row: object, where: str, turn: int) -> Written:
        readers = {"title": _any_text, "attributes": _texts}
        read = record_from_data(ProductSheet, row, where, readers)
        return write_description(read, drafting, turn)

    def report(row: object, where: str, turn: int) -> Written:
        readers = {"first": _day, "last": _day, "figures": _figures}
        return write_report(record_from_data(MarketFigures, row, where, readers), drafting, turn)

    writers = dict(zip(KIND_FIELDS, (invitation, description, reply, report, joint), strict=True))
    done = [one for name, write in writers.items() for one in _each(top, name, file, write)]
    return WrittenRows(
        tuple(one for one in done if isinstance(one, Written)),
        tuple(one for one in done if isinstance(one, PromoloopError)),
    )


def _each(
    top: Mapping[str, Any], name: str, file: str, write: Callable[[object, str, int], Written]
) -> Iterator[Written | PromoloopError]:
    for at, row in enumerate(as_list(f"{file}, field {name}", top.get(name, []))):
        where = f"{file}, {name}, item {at + 1}"
        try:
            yield _proven(write(row, where, at), where)
        except (InvalidError, RefusedError) as error:
            named = error.asked.startswith(file)
            asked = error.asked if named else f"{where}, {error.asked}"
            yield type(error)(asked, error.case, error.remedy)


def _proven(written: Written, where: str) -> Written:
    """``written``; an error with the reasons when its proof failed, so that none is kept."""
    if not written.verdict.passed:
        raise RefusedError(
            where,
            f"the text is not proven: {'; '.join(written.verdict.reasons)}",
            "Change the field that the reason quotes.",
        )
    return written


def _offers(top: Mapping[str, Any], file: str) -> Mapping[str, Offer]:
    if "offers" not in top:
        return {}
    read = offers_from_data({"offers": top["offers"]}, file)
    return {offer.offer_id: offer for offer in read}


def _named(offers: Mapping[str, Offer], offer_id: str, where: str) -> Offer:
    if offer_id not in offers:
        raise InvalidError(
            f"{where}, field offer",
            f"{offer_id!r} is none of the file's offers",
            f"Use one of {', '.join(offers) or 'the offers you add'}.",
        )
    return offers[offer_id]


def _day(where: str, value: object) -> date:
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, date) or isinstance(found, datetime):
        raise InvalidError(where, f"{value!r} is not a day", "Write it as 2026-11-30.")
    return found


def _begin(day: date, time_zone: str) -> datetime:
    midnight = datetime.combine(day, time(), UTC)
    return midnight.replace(tzinfo=local(midnight, time_zone, "time_zone").tzinfo)


def _any_text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidError(where, f"{value!r} is not a text", "Give a text, quoted if need be.")
    return value


def _texts(where: str, value: object) -> Mapping[str, str]:
    return {key: _any_text(f"{where}, {key}", one) for key, one in as_mapping(where, value).items()}


def _order(where: str, value: object) -> OrderFacts:
    days = ("placed_on", "shipped_on", "expected_on", "delivered_on", "refunded_on")
    return record_from_data(OrderFacts, value, where, dict.fromkeys(days, _day))


def _figures(where: str, value: object) -> tuple[Figure, ...]:
    return tuple(
        record_from_data(Figure, row, f"{where}, item {at}", {"value": _exact, "before": _exact})
        for at, row in enumerate(as_list(where, value), 1)
    )


def _exact(where: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidError(where, f"{value!r} is not a number", "Give a number such as 1240.")
    return Decimal(str(value))
