"""One campaign: its plan, its way so far, what it is expected to bring, and the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from promoloop.console.charts import Chart, bars
from promoloop.console.naming import clauses_shown
from promoloop.console.rendering import back_to, show
from promoloop.console.visit import ForbiddenError, Marketer, Viewer, Visit, found_or_404
from promoloop.core import InvalidError, PromoloopError, RefusedError
from promoloop.decide import reason_text
from promoloop.flows.campaigns.forecast import Forecast
from promoloop.flows.campaigns.life import MOVES, known, standing
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign, Offer

__all__ = ["router"]

router = APIRouter()

#: Whoever makes campaigns does not approve them; every other step is a marketer's.
_ROLES: Mapping[str, str] = {"approve": "approver", "send_back": "approver"}
#: Steps in the order in which buttons stand, and those that are asked about first.
_SHOWN = ("submit", "approve", "activate", "resume", "send_back", "pause", "end")
_ASKED = ("activate", "end")
#: The lift that the sample size is reckoned for.
_LIFT = "5%"


@dataclass(frozen=True, slots=True)
class Promised:
    """An offer of a campaign in words."""

    offer_id: str
    reward: str
    about: str
    terms: str
    until: str
    revision: int


@router.get("/campaigns/{campaign_id}")
def campaign(visit: Viewer, campaign_id: str) -> Response:
    """The plan and where it stands; the forecast is fetched by the page."""
    found = found_or_404(lambda: known(visit.house, campaign_id))
    now_is = standing(visit.house, found)
    return show(
        visit,
        "campaigns/detail.html.j2",
        campaign=found,
        standing=now_is,
        ends=found.starts_at + found.weeks * WEEK,
        offers=[_promised(visit, visit.house.offers.get(one)) for one in found.offer_ids],
        steps=[
            (step, step in _ASKED)
            for step in _SHOWN
            if now_is.state in MOVES[step] and visit.may(_ROLES.get(step, "marketer"))
        ],
        may_edit=visit.may("marketer") and now_is.state not in ("active", "ended"),
        way=_way(visit, campaign_id),
        waiting=_waiting(visit, found),
        clock=[f"{hour}:00" for hour in found.hours],
        to_come=visit.now < found.starts_at + found.weeks * WEEK,
    )


@router.post("/campaigns/{campaign_id}/move")
def move(visit: Marketer, campaign_id: str) -> Response:
    """One step on: submit, approve, launch, pause, resume, end."""
    step = visit.text("step")
    if step not in MOVES:
        raise InvalidError(f"the step {step!r}", "there is no such step", "Use the buttons.")
    role = _ROLES.get(step, "marketer")
    if not visit.may(role):
        raise ForbiddenError("role", role)
    try:
        visit.shop.move_campaign(campaign_id, step, visit.who, visit.now)
    except RefusedError:
        visit.note(f"campaign.{step}", campaign_id, outcome="refused")
        raise
    reason = visit.text("reason")[:500]
    visit.note(f"campaign.{step}", campaign_id, {"reason": reason} if reason else {})
    return back_to(visit, f"/campaigns/{campaign_id}")


@router.get("/campaigns/{campaign_id}/forecast")
def forecast(visit: Viewer, campaign_id: str) -> Response:
    """What a week of it would take and bring: planned as it would be decided, nothing done."""
    found = known(visit.house, campaign_id)
    try:
        seen = visit.shop.forecast(campaign_id, visit.now)
    except PromoloopError as error:
        return show(visit, "campaigns/no_forecast.html.j2", error=error)
    return show(
        visit,
        "campaigns/forecast.html.j2",
        seen=seen,
        campaign=found,
        cut=_cut(visit, seen),
        chart=_chart(visit, seen),
        size=_size(visit, campaign_id),
    )


def _promised(visit: Visit, offer: Offer) -> Promised:
    house = visit.house
    clauses = clauses_shown(offer, visit.words.locale, house.locales, house.time_zone)
    about = "" if clauses["name"] in clauses["reward"] else clauses["name"]
    terms = [clauses[name] for name in ("condition", "ceiling", "code") if clauses.get(name)]
    return Promised(
        offer.offer_id,
        clauses["reward"],
        about,
        " · ".join(terms),
        clauses["deadline"],
        offer.revision,
    )


def _way(visit: Visit, campaign_id: str) -> Sequence[tuple[str, str, object, str]]:
    """Who did what to it and when, from the audit log and the book of pauses, oldest first."""
    noted = [
        (one.action.removeprefix("campaign."), one.user_id, one.at, one.details.get("reason", ""))
        for one in visit.shop.audit.of(campaign_id)
        if one.action.startswith("campaign.") and one.outcome == "done"
    ]
    rails = [
        ("guardrail", "", one.at, one.reason)
        for one in visit.house.pauses.of(campaign_id)
        if one.paused and one.metric not in _OF_PEOPLE
    ]
    return sorted(noted + rails, key=lambda step: step[2])


#: What a pause is called that a person, not a guardrail, has written.
_OF_PEOPLE = ("draft", "in_review", "approved", "by_hand", "ended")


def _waiting(visit: Visit, found: Campaign) -> int:
    """Texts of its offers that wait to be read."""
    waiting = visit.house.reviews.standing_in("in_review")
    if not waiting:
        return 0
    ours = set(found.offer_ids)
    return sum(
        copy.offer_id in ours and copy.copy_id in waiting for copy in visit.house.copies.all()
    )


def _cut(visit: Visit, seen: Forecast) -> Sequence[tuple[str, int]]:
    ranked = sorted(seen.cut.items(), key=lambda pair: -pair[1])
    return [(reason_text(code, visit.words.locale), count) for code, count in ranked[:8]]


def _chart(visit: Visit, seen: Forecast) -> Chart:
    """What each arm is expected to bring in the first week."""
    words = visit.words
    arms = [one for one in seen.arms if one.shoppers]
    names = [words.say(f"campaigns.arms.{one.arm}") for one in arms]
    quiet = [at for at, one in enumerate(arms) if one.arm != "policy"]
    values = [one.margin_minor / 10**words.digits for one in arms]
    return Chart(
        title=words.say("campaigns.forecast_chart"),
        description=words.say(
            "campaigns.forecast_chart_said",
            arms=words.listed(
                [f"{n}: {words.money(a.margin_minor)}" for n, a in zip(names, arms, strict=True)]
            ),
        ),
        option=bars(names, values, number=f"@money:{words.currency}", quiet=quiet),
        head=[words.say(f"campaigns.arm_table.{name}") for name in _ARM_COLUMNS],
        rows=[
            [
                name,
                words.number(one.shoppers),
                words.number(one.messages),
                words.money(one.spend_minor),
                words.money(one.margin_minor),
            ]
            for name, one in zip(names, arms, strict=True)
        ],
        height=60 + 44 * len(arms),
    )


_ARM_COLUMNS = ("arm", "shoppers", "messages", "spend", "margin")


def _size(visit: Visit, campaign_id: str) -> object | None:
    """How many shoppers would show a lift; nothing where history is too short to say."""
    try:
        return visit.shop.size(campaign_id, _LIFT, visit.now)
    except PromoloopError:
        return None
