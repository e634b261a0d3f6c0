"""Offers and codes: what is promised in every locale, how it changed, and pools of codes."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.naming import clauses_shown
from promoloop.console.pages.results.figures import views_of
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Approver, Viewer, Visit
from promoloop.core import InvalidError, PromoloopError, RefusedError, UnavailableError
from promoloop.flows.books.stock import code_pool
from promoloop.flows.schedule import account_of
from promoloop.offers import Campaign, CouponCode, Offer, offer_facts, offer_to_json

__all__ = ["read_codes", "router"]

router = APIRouter()

_PER_PAGE = 50
#: Codes in one upload; the form itself is limited to 64 KiB a field.
_MOST, _LONGEST = 20_000, 64
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("/offers")
def offers(visit: Viewer, find: str = "", skip: int = 0) -> Response:
    """Offers by id, some at a time."""
    views, skip, wanted = views_of(visit.house), max(0, skip), find.strip()[:100]
    found = views.offers(wanted, _PER_PAGE + 1, skip)
    used = _campaigns(visit)
    return show(
        visit,
        "offers/list.html.j2",
        rows=[(one, _shown(visit, one)) for one in found[:_PER_PAGE]],
        more=len(found) > _PER_PAGE,
        used=used,
        find=wanted,
        skip=skip,
        per_page=_PER_PAGE,
        state_of=_state_of,
        now=visit.now,
    )


@router.get("/offers/{offer_id}")
def offer(visit: Viewer, offer_id: str) -> Response:
    """One offer: clauses, revisions, stock and codes."""
    views = views_of(visit.house)
    revisions = views.revisions(offer_id)
    if not revisions:
        raise InvalidError(
            visit.words.say("offers.asked", id=offer_id),
            visit.words.say("offers.unknown"),
            visit.words.say("offers.see_list"),
        )
    found = revisions[-1]
    return show(
        visit,
        "offers/detail.html.j2",
        offer=found,
        state=_state_of(found, visit.now),
        clauses=[(tag, _said(visit, found, tag)) for tag in _locales(visit, found)],
        revisions=[(one, _changes(before, one)) for before, one in _pairs(revisions)],
        campaigns=_campaigns(visit).get(offer_id, ()),
        stock=_stock(visit, offer_id),
        pool=bool(code_pool(found)),
        codes=views.codes(offer_id),
    )


@router.post("/offers/{offer_id}/codes")
def add_codes(visit: Approver, offer_id: str) -> Response:
    """Take further codes into the offer and its pool, all of them or none.

    The offer gets a new revision, so campaigns that use it want to be approved again.
    """
    found = visit.house.offers.get(offer_id)
    there = code_pool(found)
    if not there:
        raise RefusedError(
            visit.words.say("offers.codes_of", id=offer_id),
            visit.words.say("offers.no_pool"),
            visit.words.say("offers.make_pool"),
        )
    if visit.house.codes is None:
        raise UnavailableError("codes", "this shop keeps none", "Open a whole shop.")
    codes = read_codes(visit.text("codes"))
    every = tuple(dict.fromkeys((*there, *codes)))
    if len(every) > len(there):
        visit.house.offers.put([_with_codes(found, every)])
        visit.house.codes.fill(offer_id, every)
    new = str(len(every) - len(there))
    visit.note("offer.codes", offer_id, {"read": str(len(codes)), "new": new})
    return back_to(visit, f"/offers/{offer_id}")


def _with_codes(offer: Offer, codes: tuple[str, ...]) -> Offer:
    conditions = [
        replace(part, codes=codes) if isinstance(part, CouponCode) else part
        for part in offer.conditions
    ]
    return replace(offer, conditions=tuple(conditions))


def read_codes(text: str) -> tuple[str, ...]:
    """The codes in the text of a CSV file, one a row, in the column ``code`` or the first.

    Raises
    ------
    InvalidError
        Naming the row: too many, a code that is none, a formula, a path, a code twice.

    Examples
    --------
    >>> read_codes("code\\nAB12\\nCD34\\n")
    ('AB12', 'CD34')
    """
    if "\0" in text:
        raise _wrong(1, "it holds bytes that are not text")
    every = enumerate(csv.reader(io.StringIO(text)), start=1)
    rows = [(number, row) for number, row in every if any(row)]
    column, begin = 0, 0
    if rows and "code" in (names := [cell.strip().lower() for cell in rows[0][1]]):
        column, begin = names.index("code"), 1
    found: dict[str, int] = {}
    for number, row in rows[begin:]:
        code = row[column].strip() if column < len(row) else ""
        _require_code(code, number)
        if code in found:
            raise _wrong(number, f"it is in row {found[code]} too")
        found[code] = number
    if not found or len(found) > _MOST:
        raise InvalidError(
            "the codes", f"there are {len(found)}", f"Give 1 to {_MOST} codes, one a row."
        )
    return tuple(found)


def _require_code(code: str, row: int) -> None:
    if not code or len(code) > _LONGEST:
        raise _wrong(row, f"it has {len(code)} characters, 1 to {_LONGEST} are taken")
    if code.startswith(_FORMULA):
        raise _wrong(row, "a spreadsheet would take it for a formula")
    if "/" in code or "\\" in code or ".." in code:
        raise _wrong(row, "it looks like a path")
    if any(unicodedata.category(letter)[0] in "CZ" or letter in "<>\"'`;,{}" for letter in code):
        raise _wrong(row, "it holds spaces, signs or letters that cannot be typed at a till")


def _wrong(row: int, case: str) -> InvalidError:
    return InvalidError(
        f"the code in row {row}", case, "Write letters, digits, - and _. Nothing was taken in."
    )


def _said(visit: Visit, offer: Offer, locale: str) -> Mapping[str, str]:
    """The clauses of an offer in a locale; without words, the id."""
    try:
        return offer_facts(offer, locale, visit.house.time_zone).clauses
    except PromoloopError:
        return {"reward": offer.offer_id}


def _shown(visit: Visit, offer: Offer) -> Mapping[str, str]:
    """The clauses in the page's language, by the name there is."""
    house = visit.house
    return clauses_shown(offer, visit.words.locale, house.locales, house.time_zone)


def _locales(visit: Visit, offer: Offer) -> Sequence[str]:
    return tuple(dict.fromkeys((*visit.house.locales, *sorted(offer.names))))


def _state_of(offer: Offer, now: datetime) -> str:
    if now < offer.valid_from:
        return "to_come"
    return "over" if now >= offer.valid_until else "runs"


def _campaigns(visit: Visit) -> Mapping[str, Sequence[Campaign]]:
    found: dict[str, list[Campaign]] = {}
    for campaign in visit.house.campaigns.all():
        for offer_id in campaign.offer_ids:
            found.setdefault(offer_id, []).append(campaign)
    return found


def _stock(visit: Visit, offer_id: str) -> Sequence[tuple[Campaign, int]]:
    """Units left in each campaign that limits the offer."""
    found = []
    for campaign in _campaigns(visit).get(offer_id, ()):
        left = visit.house.stock.stock_left(account_of(campaign)).get(offer_id)
        if left is not None:
            found.append((campaign, left))
    return found


def _pairs(revisions: Sequence[Offer]) -> Sequence[tuple[Offer | None, Offer]]:
    """Each revision with the one before it, the newest first."""
    return list(zip((None, *revisions[:-1]), revisions, strict=True))[::-1]


def _changes(before: Offer | None, one: Offer) -> Sequence[str]:
    """The fields in which a revision differs from the one before."""
    if before is None:
        return ()
    old, new = offer_to_json(before), offer_to_json(one)
    return [name for name in new if name != "revision" and old.get(name) != new[name]]
