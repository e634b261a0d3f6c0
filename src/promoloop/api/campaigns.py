"""Campaigns, and their life from draft to ended."""

from __future__ import annotations

from promoloop.api.bodies import plain_json
from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors, Reply
from promoloop.api.pages import PageQuery, page_of, page_shape
from promoloop.api.parts import CAMPAIGN
from promoloop.api.problems import not_found
from promoloop.api.products import tagged
from promoloop.api.schemas import Shape
from promoloop.api.tags import etag_of, require_match
from promoloop.flows.campaigns.forecast import Forecast
from promoloop.flows.campaigns.life import MOVES, Standing, campaign_to_json
from promoloop.offers import Campaign

__all__ = ["doors", "known"]

CAMPAIGNS = Shape("Campaigns", page_shape({"$ref": "#/components/schemas/Campaign"}))

_SUMMARIES = {
    "submit": "Hand a draft in for review",
    "send_back": "Send it back to be a draft",
    "approve": "Approve it as it is",
    "activate": "Let an approved campaign run",
    "pause": "Let it stand still",
    "resume": "Let it run on",
    "end": "End it for good",
}
#: Whoever makes campaigns does not approve them.
_SCOPES = {"approve": "admin", "send_back": "admin"}


def doors(desk: Desk) -> Doors:
    """``/campaigns``."""
    own = Doors(desk, "campaigns")
    house = desk.house

    @own.get(
        "/campaigns",
        "All campaigns, page by page",
        scope="read",
        query=PageQuery,
        answer=CAMPAIGNS,
        errors=(422,),
    )
    def list_campaigns(call: Call[None]) -> object:
        """In order of ``campaign_id``."""
        rows = [(one.campaign_id, campaign_to_json(one)) for one in house.campaigns.all()]
        return page_of(rows, call.query, "campaigns", desk.secret)

    @own.put(
        "/campaigns/{campaign_id}",
        "Store a campaign as a draft",
        scope="campaigns:write",
        body=CAMPAIGN,
        answer=CAMPAIGN,
        errors=(409, 412),
        once=True,
        headers=("If-Match", "If-None-Match"),
        sends=("ETag",),
    )
    def put_campaign(call: Call[None]) -> Reply:
        """Nothing goes out of a draft. One that is active is not changed: pause it first.

        Without ``salt`` it keeps the salt it has; a new one gets its id, so that its shoppers are
        dealt into arms independently of other campaigns'.
        """
        return _stored(desk, call)

    @own.get(
        "/campaigns/{campaign_id}",
        "A campaign",
        scope="read",
        answer=CAMPAIGN,
        headers=("If-None-Match",),
        sends=("ETag",),
        may_be_seen=True,
    )
    def get_campaign(call: Call[None]) -> Reply:
        """Its fields; where it stands is at ``/standing``."""
        return tagged(call, campaign_to_json(known(desk, call.path("campaign_id"))))

    _add_standing(own, desk)
    for step in MOVES:
        _add_step(own, desk, step)
    return own


def _add_standing(own: Doors, desk: Desk) -> None:
    """Where a campaign stands, and what it would come to."""

    @own.get(
        "/campaigns/{campaign_id}/standing",
        "Where a campaign stands",
        scope="read",
        answer=Standing,
    )
    def get_standing(call: Call[None]) -> Standing:
        """``state`` is draft, in_review, approved, active, paused or ended."""
        return desk.shop.standing(known(desk, call.path("campaign_id")).campaign_id)

    @own.post(
        "/campaigns/{campaign_id}/forecast",
        "What a week of it would take and bring",
        scope="read",
        answer=Forecast,
        errors=(409, 422),
    )
    def post_forecast(call: Call[None]) -> Forecast:
        """Planned as it would be decided, and nothing done. The model's word, not a promise."""
        campaign = known(desk, call.path("campaign_id"))
        return desk.shop.forecast(campaign.campaign_id, call.now)


def _add_step(own: Doors, desk: Desk, step: str) -> None:
    """One route of its own for each step, so that each has its scope and its entry in the log."""

    @own.post(
        f"/campaigns/{{campaign_id}}/{step.replace('_', '-')}",
        _SUMMARIES[step],
        scope=_SCOPES.get(step, "campaigns:write"),
        answer=Standing,
        errors=(409,),
        once=True,
        says=f"From {', '.join(MOVES[step]).replace('_', ' ')}.",
    )
    def move(call: Call[None]) -> Standing:
        campaign = known(desk, call.path("campaign_id"))
        by = desk.named(call.caller)
        standing = desk.shop.move_campaign(campaign.campaign_id, step, by, call.now)
        desk.note(call.caller, f"campaign.{step}", campaign.campaign_id, call.now)
        return standing


def _stored(desk: Desk, call: Call[None]) -> Reply:
    """The campaign in the body as it is kept now, with its tag."""
    campaign_id = call.path("campaign_id")
    before = _found(desk, campaign_id)
    require_match(call.request, etag_of(campaign_to_json(before)) if before else None)
    data = plain_json(call.raw)
    if isinstance(data, dict):
        salt = before.salt if before else campaign_id
        data = {"salt": salt} | data | {"campaign_id": campaign_id}
    desk.shop.propose_campaign(data, desk.named(call.caller), call.now)
    desk.note(call.caller, "campaign.put", campaign_id, call.now)
    sent = campaign_to_json(desk.house.campaigns.get(campaign_id))
    return Reply(sent, headers={"ETag": etag_of(sent)})


def known(desk: Desk, campaign_id: str) -> Campaign:
    """The campaign; 404 when there is none."""
    found = _found(desk, campaign_id)
    if found is None:
        raise not_found("campaign", campaign_id)
    return found


def _found(desk: Desk, campaign_id: str) -> Campaign | None:
    every = {one.campaign_id: one for one in desk.house.campaigns.all()}
    return every.get(campaign_id)
