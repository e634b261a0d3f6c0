"""A new campaign, or a change to one that does not run: the form, and what it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.bootstrap.campaigns import CHANNELS
from promoloop.console.forms import (
    codes_of,
    controls_of,
    data_of,
    faulty_field,
    money_of,
    part_title,
)
from promoloop.console.naming import clauses_shown
from promoloop.console.pages.campaigns.rails import SIDES, rails_of, values_of
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import Marketer, Visit
from promoloop.core import InvalidError, Money
from promoloop.flows.campaigns.life import known
from promoloop.flows.schedule import WEEK
from promoloop.offers import (
    ARM_NAMES,
    CONDITIONS,
    REWARDS,
    Campaign,
    Offer,
    campaign_from_data,
    offers_from_data,
)
from promoloop.profiles import LIFECYCLES

__all__ = ["router"]

router = APIRouter()
_REWARDS, _CONDITIONS = codes_of(REWARDS), codes_of(CONDITIONS)
_ARMS: Mapping[str, str] = {"policy": "70", "random": "10", "bau": "10", "holdout": "10"}
_HOURS = "9, 12, 18"
_LAST_HOUR = 23
#: Fields of the form that show their own error, besides those of the offer's parts.
_MARKED = (
    *("name", "budget", "starts", "weeks", "hours", "contacts_per_week", "offer_ids", "channels"),
    *("arms", "group", "names", "per_shopper", "total", "reward_kind", "guardrails"),
)


@router.get("/campaigns/new")
def ask(visit: Marketer) -> Response:
    """An empty form with what is usual filled in."""
    tomorrow = visit.now.astimezone(ZoneInfo(visit.house.time_zone)).date() + timedelta(days=1)
    return _form(
        visit,
        {
            "starts": tomorrow.isoformat(),
            "weeks": "4",
            "hours": _HOURS,
            "contacts_per_week": "2",
            "channels": ("email", "onsite"),
            **{f"cost.{name}": "0" for name in CHANNELS},
            "cost.email": "0.01",
            **{f"arm.{name}": share for name, share in _ARMS.items()},
        },
    )


@router.get("/campaigns/part")
def part(visit: Marketer, kind: str = "", of: str = "reward") -> Response:
    """The controls of one kind of reward or condition, for the form."""
    kinds = _REWARDS if of == "reward" else _CONDITIONS
    if kind not in kinds:
        return show(visit, "campaigns/controls.html.j2", controls=())
    prefix = "reward" if of == "reward" else f"condition.{kind}"
    return show(
        visit, "campaigns/controls.html.j2", controls=controls_of(visit, kinds[kind], prefix)
    )


@router.get("/campaigns/{campaign_id}/edit")
def edit(visit: Marketer, campaign_id: str) -> Response:
    """The form with what the campaign is; saving makes a draft, which is approved anew."""
    found = known(visit.house, campaign_id)
    return _form(visit, _values_of(visit, found), campaign_id=campaign_id)


@router.post("/campaigns")
def create(visit: Marketer) -> Response:
    """Store a draft and, where one is described, its new offer. Nothing is sent of a draft."""
    changed = visit.text("changes")
    try:
        offer = _offer(visit) if visit.text("reward_kind") else None
        data = _campaign(visit, changed, offer)
        campaign_from_data(data, visit.words.say("campaigns.the_form"))
        _require_new(visit, data["campaign_id"], changed)
        if offer is not None:
            visit.house.offers.put([offer])
        visit.shop.propose_campaign(data, visit.who, visit.now)
    except InvalidError as error:
        return _form(visit, _sent(visit), error, changed, status=422)
    if offer is not None:
        visit.note("offer.put", offer.offer_id, {"revision": str(offer.revision)})
    verb = "campaign.change" if changed else "campaign.draft"
    visit.note(verb, data["campaign_id"])
    return back_to(visit, f"/campaigns/{data['campaign_id']}")


def _form(
    visit: Visit,
    values: Mapping[str, Any],
    error: InvalidError | None = None,
    campaign_id: str = "",
    status: int = 200,
) -> Response:
    """The form; an error stands at its field, and above."""
    chosen = visit.text("reward_kind")
    conditions = visit.texts("condition_kind")
    offers = visit.house.offers.all()
    facts = {
        one.offer_id: clauses_shown(
            one, visit.words.locale, visit.house.locales, visit.house.time_zone
        )["reward"]
        for one in offers
    }
    products = visit.house.catalogue.all()
    reward = (
        controls_of(visit, _REWARDS[chosen], "reward", error=error) if chosen in _REWARDS else ()
    )
    conditional = {
        kind: controls_of(visit, _CONDITIONS[kind], f"condition.{kind}", error=error)
        for kind in conditions
        if kind in _CONDITIONS
    }
    wrong = {**_unread(visit), **_wrong(visit, error)} if error else {}
    return show(
        visit,
        "campaigns/new.html.j2",
        status=status,
        values=values,
        changes=campaign_id,
        error=error,
        wrong=wrong,
        marked=any(wrong.get(name) for name in _MARKED)
        or any(one.error for one in (*reward, *(c for each in conditional.values() for c in each))),
        channels=CHANNELS,
        arms=ARM_NAMES,
        sides=SIDES,
        lifecycles=LIFECYCLES,
        offers=offers,
        facts=facts,
        groups=sorted({product.category for product in products}),
        locales=visit.house.locales,
        rewards=[(code, part_title(visit, kind)) for code, kind in _REWARDS.items()],
        conditions=[(code, part_title(visit, kind)) for code, kind in _CONDITIONS.items()],
        chosen=chosen,
        reward_controls=reward,
        condition_controls=conditional,
        currency=visit.house.currency,
    )


def _unread(visit: Visit) -> Mapping[str, str]:
    """What of the form cannot be read, by field: all of it, not only what was read first."""
    reads: Sequence[Callable[[], object]] = (
        lambda: _needed(visit, "name"),
        lambda: _budget(visit),
        lambda: _starts(visit),
        lambda: _count(visit, "weeks"),
        lambda: _hours(visit),
        lambda: _count(visit, "contacts_per_week"),
        lambda: _costs(visit),
        lambda: [_percent(visit, arm) for arm in ARM_NAMES],
        lambda: rails_of(visit),
    )
    found: dict[str, str] = {}
    for read in reads:
        try:
            read()
        except InvalidError as error:
            found |= _wrong(visit, error)
    return found


def _wrong(visit: Visit, error: InvalidError) -> Mapping[str, str]:
    """The error under the name of the form's field it belongs to."""
    names = {"budget_minor": "budget", "starts_at": "starts", "campaign_id": "name"}
    field = "guardrails" if ", field guardrails" in error.asked else faulty_field(error.asked)
    return {names.get(field, field): visit.words.fault(error)}


def _offer(visit: Visit) -> Offer:
    """The offer that the form describes; errors name its fields."""
    kind = visit.text("reward_kind")
    where = visit.words.say("campaigns.the_form")
    if kind not in _REWARDS:
        raise InvalidError(f"{where}, field reward_kind", f"{kind!r} is none", "Choose one.")
    starts, weeks = _starts(visit), _count(visit, "weeks")
    group = _needed(visit, "group")
    names = {tag: visit.text(f"names.{tag}") for tag in visit.house.locales}
    caps = {
        name: _count(visit, f"cap.{name}")
        for name in ("per_shopper", "total")
        if visit.text(f"cap.{name}")
    }
    data = {
        "offer_id": f"{_slug(group)}-{_slug(kind)}-{starts:%Y%m%d}",
        "names": {tag: name for tag, name in names.items() if name},
        "group": group,
        "reward": data_of(visit, _REWARDS[kind], "reward"),
        "conditions": [
            data_of(visit, _CONDITIONS[code], f"condition.{code}")
            for code in dict.fromkeys(visit.texts("condition_kind"))
            if code in _CONDITIONS
        ],
        "valid_from": starts.isoformat(),
        "valid_until": (starts + weeks * WEEK).isoformat(),
        "currency": visit.house.currency,
        "caps": caps,
    }
    offer = offers_from_data([data], where)[0]
    taken = {one.offer_id for one in visit.house.offers.all()}
    free = (f"{offer.offer_id}-{n}" for n in range(2, 1_000))
    name = (
        offer.offer_id if offer.offer_id not in taken else next(n for n in free if n not in taken)
    )
    return replace(offer, offer_id=name)


def _campaign(visit: Visit, changed: str, offer: Offer | None) -> dict[str, Any]:
    """The campaign's fields as ``campaign_from_data`` reads them."""
    name, starts = _needed(visit, "name"), _starts(visit)
    old = known(visit.house, changed) if changed else None
    campaign_id = changed or f"{_slug(name)}-{starts:%Y%m%d}"
    data: dict[str, Any] = {
        "campaign_id": campaign_id,
        "name": name,
        "offer_ids": [*visit.texts("offer_ids"), *([offer.offer_id] if offer else [])],
        "channels": _costs(visit),
        "hours": _hours(visit),
        "budget_minor": _budget(visit),
        "currency": visit.house.currency,
        "arms": {arm: _percent(visit, arm) for arm in ARM_NAMES},
        "starts_at": starts.isoformat(),
        "weeks": _count(visit, "weeks"),
        "salt": old.salt if old else campaign_id,
        "contacts_per_week": _count(visit, "contacts_per_week"),
        "lifecycle": list(visit.texts("lifecycle")),
        "guardrails": list(rails_of(visit)),
    }
    if old is not None:
        data["floor"] = old.floor
    return data


def _budget(visit: Visit) -> int:
    where = f"{visit.words.say('campaigns.the_form')}, field budget_minor"
    return money_of(visit, where, _needed(visit, "budget"))


def _costs(visit: Visit) -> dict[str, int]:
    """What a message costs on each channel that was chosen."""
    where = f"{visit.words.say('campaigns.the_form')}, field channels"
    return {
        channel: money_of(visit, where, visit.text(f"cost.{channel}") or "0")
        for channel in visit.texts("channels")
    }


def _hours(visit: Visit) -> list[int]:
    found = [hour for hour in re.split(r"[\s,，、;]+", visit.text("hours")) if hour]
    where = f"{visit.words.say('campaigns.the_form')}, field hours"
    if not all(hour.isdecimal() for hour in found):
        raise InvalidError(where, "they are no hours", "Write them like 9, 18.")
    hours = [int(hour) for hour in found]
    late = next((hour for hour in hours if hour > _LAST_HOUR), None)
    if late is not None:
        case = f"{late} is no hour of the day"
        raise InvalidError(where, case, "Use whole hours from 0 to 23.")
    return hours


def _require_new(visit: Visit, campaign_id: str, changed: str) -> None:
    """A name that is taken is another campaign's, not a change of it."""
    taken = {one.campaign_id for one in visit.house.campaigns.all()}
    if campaign_id in taken and campaign_id != changed:
        raise InvalidError(
            f"{visit.words.say('campaigns.the_form')}, field name",
            f"there is a campaign {campaign_id} that begins on this day",
            "Choose another name.",
        )


def _starts(visit: Visit) -> datetime:
    """Midnight of the first day, in the shop's time zone."""
    text = _needed(visit, "starts")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(visit.house.time_zone))
    except ValueError as error:
        raise InvalidError(
            "field starts", f"{text!r} is not a day", "Write it like 2026-11-30."
        ) from error


def _needed(visit: Visit, name: str) -> str:
    text = visit.text(name)
    if not text:
        raise InvalidError(
            f"{visit.words.say('campaigns.the_form')}, field {name}", "it is empty", "Fill it in."
        )
    return text


def _count(visit: Visit, name: str) -> int:
    text = _needed(visit, name)
    if not text.isdigit() or len(text) > 9:
        raise InvalidError(
            f"field {name.rpartition('.')[2]}", f"{text!r} is no whole number", "Write it like 4."
        )
    return int(text)


def _percent(visit: Visit, arm: str) -> float:
    text = visit.text(f"arm.{arm}") or "0"
    try:
        return round(float(text) / 100, 6)
    except ValueError as error:
        raise InvalidError(
            "field arms", f"{text!r} is no percentage", "Write it like 10."
        ) from error


def _slug(name: str) -> str:
    plain = re.sub(r"[^\w]+", "-", name.lower()).strip("-_")[:40]
    return plain or "campaign"


def _sent(visit: Visit) -> Mapping[str, Any]:
    """What was sent, to be shown again."""
    many = {name: visit.texts(name) for name in ("channels", "offer_ids", "lifecycle")}
    return {name: visit.text(name) for name in visit.form if name not in many} | many


def _values_of(visit: Visit, found: Campaign) -> Mapping[str, Any]:
    """A campaign as the form shows it."""
    zone = ZoneInfo(visit.house.time_zone)

    def major(minor: int) -> str:
        return str(Money(minor, found.currency).decimal())

    return {
        "name": found.name,
        "starts": found.starts_at.astimezone(zone).date().isoformat(),
        "weeks": str(found.weeks),
        "budget": major(found.budget_minor),
        "hours": ", ".join(str(hour) for hour in found.hours),
        "contacts_per_week": str(found.contacts_per_week),
        "channels": tuple(found.channels),
        **{f"cost.{name}": major(cost) for name, cost in found.channels.items()},
        **{f"arm.{name}": f"{100 * share:g}" for name, share in found.arms.items()},
        "offer_ids": found.offer_ids,
        "lifecycle": found.lifecycle,
        **values_of(found.guardrails, found.currency),
    }
