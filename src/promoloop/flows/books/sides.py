"""What each side of a campaign planned, promised and spent: the shop, and every partner.

Counted from the logs of decisions, deliveries, outcomes and the till alone; the ledger, which keeps
to its budgets by its making, is only held against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promoloop.core import InvalidError
from promoloop.decide import BudgetState, Decision, OfferUse
from promoloop.flows.books.partners import partner_account
from promoloop.flows.books.settling import Owed, owed_of
from promoloop.flows.books.uses import unpromised_uses
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK, account_of
from promoloop.offers import Campaign, Funding
from promoloop.report import BudgetSide

__all__ = ["budget_sides"]


@dataclass(frozen=True, slots=True)
class _Stake:
    """One promise as one side sees it, minor units; good from ``begin`` until ``end``."""

    offer_id: str
    begin: datetime
    end: datetime
    planned: float
    most: int
    cost: int
    promised: bool = True

    def held(self, now: datetime) -> int:
        """What it may still cost beyond what it did."""
        return max(0, self.most - self.cost) if now < self.end else 0


@dataclass(frozen=True, slots=True)
class _Entered:
    """A code that was entered at the till without a promise: it cost what it took off, at once."""

    use: OfferUse
    funding: Funding | None

    def ours(self) -> _Stake:
        """The shop's part."""
        return self._stake(self.use.discount_minor - self.use.partner_minor)

    def theirs(self) -> _Stake:
        """The partner's part."""
        return self._stake(self.use.partner_minor)

    def _stake(self, cost: int) -> _Stake:
        one = self.use
        return _Stake(one.offer_id, one.at, one.at, 0.0, cost, cost, promised=False)


@dataclass(frozen=True, slots=True)
class _Promised:
    """What one promise came to, and until when it was good."""

    owed: Owed
    end: datetime

    @property
    def funding(self) -> Funding | None:
        """Who shared its cost when it was made."""
        return self.owed.decision.funding

    def ours(self) -> _Stake:
        """The shop's part."""
        one = self.owed.decision
        money = (one.spend_minor, one.liability_minor, self.owed.shop_minor)
        return _Stake(str(one.offer_id), one.decided_at, self.end, *money)

    def theirs(self) -> _Stake:
        """The partner's part."""
        one = self.owed.decision
        money = (one.partner_spend_minor, one.partner_liability_minor, self.owed.partner_minor)
        return _Stake(str(one.offer_id), one.decided_at, self.end, *money)


def budget_sides(
    house: House, campaign: Campaign, decisions: Sequence[Decision], now: datetime
) -> tuple[BudgetSide, ...]:
    """The shop's side of the campaign, then each partner's, by id.

    ``decisions`` are all of the campaign's. A partner's budget is one over all campaigns: what it
    pays elsewhere counts against it too.
    """
    here = list(_claims(house, campaign, decisions))
    booked = _booked(house, account_of(campaign), campaign.budget_minor)
    shop = _side(booked, ("", campaign.name), [one.ours() for one in here], (), now, {})
    terms = _terms(house, campaign, here)
    elsewhere = [
        one
        for other in house.campaigns.all()
        if other.campaign_id != campaign.campaign_id and _shares(house, other, terms)
        for one in _claims(house, other, house.decisions.of_campaign(other.campaign_id))
    ]
    partners = sorted({funding.partner_id for funding in terms.values()})
    return (shop, *(_partner(house, one, terms, here, elsewhere, now) for one in partners))


def _partner(
    house: House,
    partner_id: str,
    terms: Mapping[str, Funding],
    here: Sequence[_Promised | _Entered],
    elsewhere: Sequence[_Promised | _Entered],
    now: datetime,
) -> BudgetSide:
    mine = {offer: one for offer, one in terms.items() if one.partner_id == partner_id}
    funding = next(iter(mine.values()))
    return _side(
        _booked(house, partner_account(funding), funding.budget_minor),
        (partner_id, funding.name),
        list(_of_partner(here, partner_id)),
        list(_of_partner(elsewhere, partner_id)),
        now,
        mine,
    )


def _side(
    booked: BudgetState,
    who: tuple[str, str],
    here: Sequence[_Stake],
    elsewhere: Sequence[_Stake],
    now: datetime,
    terms: Mapping[str, Funding],
) -> BudgetSide:
    """``who`` is the partner's id and the name; ``elsewhere`` its promises in other campaigns."""
    every = (*here, *elsewhere)
    most = _most_at_stake(every)
    over = [booked.over_minor, most - booked.budget_minor]
    for offer_id, funding in terms.items():
        if funding.total_minor is not None:
            own = _most_at_stake(one for one in every if one.offer_id == offer_id)
            over.append(own - funding.total_minor)
    return BudgetSide(
        partner_id=who[0],
        name=who[1],
        budget_minor=booked.budget_minor,
        planned_minor=sum(one.planned for one in here),
        at_stake_minor=most,
        held_minor=sum(one.held(now) for one in here),
        spent_minor=sum(one.cost for one in here),
        elsewhere_minor=sum(one.cost for one in elsewhere),
        booked_minor=booked.spent_minor,
        late_minor=booked.late_minor,
        over_minor=max(0, *over),
        terms=terms,
        unpromised_minor=sum(one.cost for one in here if not one.promised),
    )


def _most_at_stake(stakes: Iterable[_Stake]) -> int:
    """The most that was spent and still promised together, at any moment; minor units.

    A promise counts in full while it is good and with its cost from then on.
    """
    moves: list[tuple[datetime, bool, int]] = []
    for one in stakes:
        moves.append((one.begin, True, one.most))
        moves.append((one.end, False, one.cost - one.most))
    stake = most = 0
    for _, _, amount in sorted(moves):
        stake += amount
        most = max(most, stake)
    return most


def _promised(
    house: House, campaign: Campaign, decisions: Sequence[Decision]
) -> Iterator[_Promised]:
    """Everything the campaign ever promised."""
    end = campaign.starts_at + campaign.weeks * WEEK
    outcomes = house.outcomes.between(campaign.starts_at, end)
    sent = house.deliveries.sent_between(campaign.starts_at, end).keys()
    for owed in owed_of(decisions, outcomes, sent, campaign.channels):
        week = (owed.decision.decided_at - campaign.starts_at) // WEEK
        yield _Promised(owed, campaign.starts_at + (week + 1) * WEEK)


def _claims(
    house: House, campaign: Campaign, decisions: Sequence[Decision]
) -> Iterator[_Promised | _Entered]:
    """Everything on the campaign's money: its promises, and codes used without one."""
    yield from _promised(house, campaign, decisions)
    yield from _entered(house, campaign)


def _entered(house: House, campaign: Campaign) -> Iterator[_Entered]:
    """Every code of the campaign that was used without a promise."""
    for use in unpromised_uses(house, campaign):
        yield _Entered(use, house.offers.get(use.offer_id).funding)


def _of_partner(promised: Iterable[_Promised | _Entered], partner_id: str) -> Iterator[_Stake]:
    for one in promised:
        if one.funding is not None and one.funding.partner_id == partner_id:
            yield one.theirs()


def _terms(
    house: House, campaign: Campaign, promised: Sequence[_Promised | _Entered]
) -> dict[str, Funding]:
    """Terms by offer: as they stand now, else as they last were."""
    terms = {one.ours().offer_id: one.funding for one in promised if one.funding is not None}
    for offer_id in campaign.offer_ids:
        funding = house.offers.get(offer_id).funding
        if funding is not None:
            terms[offer_id] = funding
    return terms


def _shares(house: House, campaign: Campaign, terms: Mapping[str, Funding]) -> bool:
    """Whether one of the partners pays for an offer of this campaign too."""
    partners = {funding.partner_id for funding in terms.values()}
    fundings = [house.offers.get(offer_id).funding for offer_id in campaign.offer_ids]
    return any(one is not None and one.partner_id in partners for one in fundings)


def _booked(house: House, account: str, budget_minor: int) -> BudgetState:
    """The account; as it would be opened, before the first decisions."""
    try:
        return house.ledger.state(account)
    except InvalidError:
        return BudgetState(account, budget_minor, 0, 0)
