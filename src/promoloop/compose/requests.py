"""What somebody asks to be written: a file of offers and of the messages wanted for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promoloop.compose.kinds import KIND_FIELDS
from promoloop.compose.records import CHANNELS, MOMENTS
from promoloop.core import InvalidError, as_list, as_mapping, record_from_data, require_locale
from promoloop.offers import Offer, offers_from_data, unspoken

__all__ = ["CopyRequest", "RequestRows", "request_rows_from_data", "requests_from_data"]


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """Copy for one offer: every locale × channel × moment named here."""

    offer: Offer
    locales: tuple[str, ...]
    channels: tuple[str, ...]
    moments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    offer: str
    locales: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    moments: tuple[str, ...] = ("active",)


@dataclass(frozen=True, slots=True)
class RequestRows:
    """What was asked for, and for each brief that cannot be meant the error that names it."""

    requests: tuple[CopyRequest, ...]
    bad: tuple[InvalidError, ...]


def requests_from_data(data: object, file: str, locales: Sequence[str]) -> tuple[CopyRequest, ...]:
    """As ``request_rows_from_data``, where one bad brief is an error.

    Raises
    ------
    InvalidError
        The first thing that is wrong, naming file, brief and field.

    Examples
    --------
    >>> import yaml
    >>> text = '''
    ... offers:
    ...   - offer_id: tea-20
    ...     names: {en-US: green tea}
    ...     group: TEA
    ...     reward: {code: percent_off, percent: 20, ceiling_minor: 400}
    ...     valid_from: 2026-11-01T00:00:00Z
    ...     valid_until: 2026-12-01T00:00:00Z
    ...     currency: USD
    ... briefs:
    ...   - {offer: tea-20, locales: [en-US], channels: [sms], moments: [cart]}
    ... '''
    >>> [one.channels for one in requests_from_data(yaml.safe_load(text), "briefs.yaml", [])]
    [('sms',)]
    """
    rows = request_rows_from_data(data, file, locales)
    if rows.bad:
        raise rows.bad[0]
    return rows.requests


def request_rows_from_data(data: object, file: str, locales: Sequence[str]) -> RequestRows:
    """The requests in ``data``: a mapping with ``offers`` and, unless all is wanted, ``briefs``.

    A brief that is wrong stops no other: its error names file, brief and field.

    Parameters
    ----------
    data : object
        What ``yaml.safe_load`` gave. ``offers`` are written as in an offers file; each item of
        ``briefs`` names an ``offer`` by its id and may narrow ``locales``, ``channels`` and
        ``moments``. Without ``briefs`` every offer is written about, unless the file asks for other
        kinds of content (``KIND_FIELDS``), which ``written_from_data`` reads.
    file : str
        Where it came from, for errors.
    locales : sequence of str
        The shop's own, where a brief names none.

    Raises
    ------
    InvalidError
        The file holds no mapping or an unknown field, a list is none, or an offer is wrong: then
        no brief can be read.
    """
    top = as_mapping(file, data)
    known = ("offers", "briefs", *KIND_FIELDS)
    unknown = [name for name in top if name not in known]
    if unknown:
        raise InvalidError(
            f"{file}, field {unknown[0]}", "there is no such field", f"Use {', '.join(known)}."
        )
    kinds = [name for name in KIND_FIELDS if name in top]
    if "offers" not in top and not kinds:
        raise InvalidError(
            f"{file}, field offers",
            "it is missing, so there is no fact to write about",
            "Add the offers the briefs are about.",
        )
    if "briefs" not in top and kinds:
        return RequestRows((), ())
    offers = {
        offer.offer_id: offer for offer in offers_from_data({"offers": top.get("offers")}, file)
    }
    rows = as_list(f"{file}, field briefs", top.get("briefs", [{"offer": one} for one in offers]))
    if not rows:
        raise InvalidError(
            f"{file}, field briefs", "the list is empty", "Name an offer, or leave the field out."
        )
    requests, bad = [], []
    for at, row in enumerate(rows, 1):
        try:
            requests.append(_request(row, f"{file}, brief {at}", offers, locales))
        except InvalidError as error:
            bad.append(error)
    return RequestRows(tuple(requests), tuple(bad))


def _request(
    row: Any, where: str, offers: Mapping[str, Offer], locales: Sequence[str]
) -> CopyRequest:
    read = record_from_data(_Row, row, where)
    if read.offer not in offers:
        raise InvalidError(
            f"{where}, field offer",
            f"{read.offer!r} is none of the file's offers",
            f"Use one of {', '.join(offers)}.",
        )
    offer = offers[read.offer]
    channels = _each_of(read.channels or CHANNELS, CHANNELS, f"{where}, field channels")
    moments = _each_of(read.moments, MOMENTS, f"{where}, field moments")
    asked = tuple(dict.fromkeys(read.locales or tuple(locales) or tuple(offer.names)))
    _require_spoken(offer, asked, f"{where}, field locales", named=bool(read.locales))
    return CopyRequest(offer, asked, channels, moments)


def _require_spoken(offer: Offer, asked: Sequence[str], where: str, *, named: bool) -> None:
    """Refuse a locale the brief names and nothing can be said in; of the shop's, one must do."""
    for locale in asked:
        try:
            require_locale(locale)
        except InvalidError as error:
            raise _in(where, locale, error) from error
    silent = unspoken(offer, asked)
    if silent and (named or len(silent) == len(asked)):
        locale, reason = next(iter(silent.items()))
        raise _in(where, locale, reason) from reason


def _in(where: str, locale: str, error: InvalidError) -> InvalidError:
    return InvalidError(f"{where}, {locale!r}", f"{error.asked}: {error.case}", error.remedy)


def _each_of(given: Sequence[str], known: Sequence[str], where: str) -> tuple[str, ...]:
    unknown = [one for one in given if one not in known]
    if unknown or not given:
        case = f"{unknown[0]!r} is not known" if unknown else "it is empty"
        raise InvalidError(where, case, f"Use {', '.join(known)}.")
    return tuple(dict.fromkeys(given))
