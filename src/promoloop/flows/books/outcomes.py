"""The shop's own events become outcomes: that is how the loop closes without a simulation.

What is read: ``Order Completed`` and ``Order Refunded``; ``Promotion Clicked`` and ``Email Link
Clicked``; ``Promotion Viewed`` and ``Email Opened``; ``Unsubscribed`` and ``Email Marked as Spam``;
``Coupon Denied`` of a code that was promised (Segment's e-commerce and e-mail names). A click names
its decision by the property ``decision_id``, or by ``pl``, the token that the link in the message
carries; an ``Unsubscribed`` may carry the link's token ``t``. Tracked links that people followed
count as well, and promises that the till redeemed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from promoloop.core import InvalidError, time_ordered_id
from promoloop.decide import Decision
from promoloop.deliver import CLICK, UNSUBSCRIBE, Keys, read_token
from promoloop.events import ANONYMOUS
from promoloop.feedback import Outcome
from promoloop.flows.books.clicks import read_clicks
from promoloop.flows.books.orders import OrderReader, order_lines, said_of
from promoloop.flows.books.promises import Promises
from promoloop.flows.books.refunds import refund_lines, refunded
from promoloop.flows.books.uses import Uses, read_uses
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.history.learn import product_frame
from promoloop.flows.house import House
from promoloop.flows.schedule import WEEK
from promoloop.offers import Campaign
from promoloop.profiles import Consent
from promoloop.respond import MarginAssumptions

__all__ = ["OutcomesReport", "collect_orders", "collect_outcomes"]

_TRACKED = {
    "Promotion Clicked": "clicked",
    "Email Link Clicked": "clicked",
    "Promotion Viewed": "opened",
    "Email Opened": "opened",
}
_SPAM = "Email Marked as Spam"
_LEAVING = ("Unsubscribed", _SPAM)
#: Where ``Coupon Denied`` says which code it was.
_CODES = ("coupon_name", "coupon", "coupon_id")


@dataclass(frozen=True, slots=True)
class OutcomesReport:
    """Outcomes found per kind, how many were ``new``, and what could not be matched.

    ``unmatched`` counts coupon uses and clicks that no promise explains, ``reasons`` the same per
    reason: ``unknown_code``, ``not_promised``, ``out_of_time``, ``unknown_decision``,
    ``other_shopper``, ``bad_token``, ``unknown_shopper``. ``machines`` counts followed links that
    were no person's, by reason (``feedback.machine_said``).
    """

    ordered: int
    redeemed: int
    clicked: int
    opened: int
    unsubscribed: int
    new: int
    unmatched: int
    reasons: Mapping[str, int]
    complained: int = 0
    denied: int = 0
    refunded: int = 0
    machines: Mapping[str, int] = field(default_factory=dict)


def collect_outcomes(
    house: House, campaign: Campaign, now: datetime, key: Keys = b""
) -> OutcomesReport:
    """Read the shop's events up to ``now`` into outcomes; reading them again adds nothing.

    Orders of everybody count, with or without a promise: the arms are compared on them. Events
    count until a week after the campaign; leaving counts whenever it happened, and withdraws the
    consent to e-mail.

    Parameters
    ----------
    house : House
    campaign : Campaign
    now : datetime, UTC
    key : bytes or several, optional
        What links were signed with; without it, tokens in events are not believed.
    """
    promises = Promises(house, house.campaigns.all())
    lines = house.history.scan().filter(pl.col("timestamp") < now)
    during = _during(lines, campaign)
    groups = {offer_id: house.offers.get(offer_id).group for offer_id in campaign.offer_ids}
    tracked = _Tracked(promises, campaign, groups, key)
    leaving = list(tracked.leaving(lines))
    earliest = min((one.at for one in leaving), default=campaign.starts_at)
    stored = house.outcomes.between(min(earliest, campaign.starts_at), now)
    known = {one.outcome_id: one for one in stored}
    uses = _uses(house, campaign, now, known)
    orders, unmatched = _orders(house, campaign, promises, (during, lines), known, uses)
    clicks = read_clicks(house, campaign, promises, groups, *_span(campaign, now))
    told = (
        *clicks.people,
        *tracked.reactions(during),
        *tracked.complaints(during),
        *tracked.refusals(during),
    )
    found = [*orders, *told, *leaving]
    # Consent first: stopped in between, the no stands and is only written once more.
    house.consents.record([tracked.no(one) for one in leaving if one.outcome_id not in known])
    new = house.outcomes.append([one for one in found if one.outcome_id not in known])
    return _report(found, new, unmatched + tracked.unmatched, clicks.machines)


def collect_orders(house: House, campaign: Campaign, now: datetime) -> int:
    """Read the shop's orders up to ``now`` into outcomes; return how many were not known.

    The part of ``collect_outcomes`` that needs no link to be believed.
    """
    lines = house.history.scan().filter(pl.col("timestamp") < now)
    during = _during(lines, campaign)
    known = {one.outcome_id: one for one in house.outcomes.between(campaign.starts_at, now)}
    promises = Promises(house, house.campaigns.all())
    uses = _uses(house, campaign, now, known)
    orders, _ = _orders(house, campaign, promises, (during, lines), known, uses)
    return house.outcomes.append([one for one in orders if one.outcome_id not in known])


def _during(lines: pl.LazyFrame, campaign: Campaign) -> pl.LazyFrame:
    """Events that count: until a week after the campaign."""
    start, end = _span(campaign, None)
    return lines.filter(pl.col("timestamp").is_between(start, end, closed="left"))


def _span(campaign: Campaign, now: datetime | None) -> tuple[datetime, datetime]:
    end = campaign.starts_at + (campaign.weeks + 1) * WEEK
    return campaign.starts_at, end if now is None else min(end, now)


def _orders(
    house: House,
    campaign: Campaign,
    promises: Promises,
    lines: tuple[pl.LazyFrame, pl.LazyFrame],
    known: Mapping[str, Outcome],
    uses: Uses,
) -> tuple[list[Outcome], Counter[str]]:
    """Purchases and the campaign's redemptions, and coupon uses that no promise explains.

    Orders count as the first ``lines`` hold them, refunds of them whenever they come.
    """
    during, until_now = lines
    groups = frozenset(house.offers.get(offer_id).group for offer_id in campaign.offer_ids)
    margins = MarginAssumptions.with_own(house.margins)
    reader = OrderReader(promises, groups, margins, known, uses.off_minor)
    ordered = order_lines(during, product_frame(house), groups)
    orders = list(reader.read(ordered))
    since = until_now.filter(pl.col("timestamp") >= campaign.starts_at)
    orders += refunded(refund_lines(since, house.currency), ordered, orders)
    orders += uses.standing.get(campaign.campaign_id, ())
    return list(_of_campaign(orders, promises, campaign)), reader.unmatched


def _uses(house: House, campaign: Campaign, now: datetime, known: Mapping[str, Outcome]) -> Uses:
    """What the till booked; what it rolled back is taken out, should that have failed before."""
    uses = read_uses(house, campaign.starts_at, now, known.values())
    house.outcomes.take_back([one for one in uses.gone if one in known])
    return uses


def _of_campaign(
    outcomes: Iterable[Outcome], promises: Promises, campaign: Campaign
) -> Iterator[Outcome]:
    """Without the redemptions that belong to another campaign, which records them itself."""
    for one in outcomes:
        decision = promises.decision(one.decision_id)
        if decision is None or decision.campaign_id == campaign.campaign_id:
            yield one


def _report(
    found: Iterable[Outcome], new: int, reasons: Counter[str], machines: Mapping[str, int]
) -> OutcomesReport:
    kinds = Counter(one.kind for one in {one.outcome_id: one for one in found}.values())
    return OutcomesReport(
        ordered=kinds["ordered"],
        redeemed=kinds["redeemed"],
        clicked=kinds["clicked"],
        opened=kinds["opened"],
        unsubscribed=kinds["unsubscribed"],
        new=new,
        unmatched=reasons.total(),
        reasons=dict(reasons),
        complained=kinds["complained"],
        denied=kinds["denied"],
        refunded=kinds["refunded"],
        machines=machines,
    )


@dataclass(slots=True)
class _Tracked:
    """Reads opens, clicks and leaving; ``groups`` maps the campaign's offers to their groups."""

    promises: Promises
    campaign: Campaign
    groups: Mapping[str, str]
    key: Keys
    unmatched: Counter[str] = field(default_factory=Counter)
    _channel: dict[str, str] = field(default_factory=dict)

    def reactions(self, lines: pl.LazyFrame) -> Iterator[Outcome]:
        """Opens and clicks of messages of this campaign; those of other promotions are not ours."""
        for message_id, line, event, shopper, at, properties in _rows(lines, tuple(_TRACKED)):
            decision = self._decision(shopper, said_of(properties))
            if decision is None or decision.campaign_id != self.campaign.campaign_id:
                continue
            kind = _TRACKED[event]
            key = time_ordered_id(at, message_id, str(line), kind)
            group = self.groups.get(decision.offer_id or "", "")
            who, name = decision.shopper_id, decision.decision_id
            yield Outcome(key, who, name, kind, group, at, 0, 0, 0, "real")

    def leaving(self, lines: pl.LazyFrame) -> Iterator[Outcome]:
        """Everybody who wants no more messages."""
        for message_id, line, _, shopper, at, properties in _rows(lines, _LEAVING):
            said = said_of(properties)
            who, channel = self._token(UNSUBSCRIBE, said.get("t")) or (shopper, "email")
            if who.startswith(ANONYMOUS):
                self.unmatched["unknown_shopper"] += 1
                continue
            key = time_ordered_id(at, message_id, str(line), "unsubscribed")
            self._channel[key] = channel
            decision = self.promises.decision(str(said.get("decision_id", "")))
            mine = decision.decision_id if decision and decision.shopper_id == who else ""
            yield Outcome(key, who, mine, "unsubscribed", "", at, 0, 0, 0, "real")

    def complaints(self, lines: pl.LazyFrame) -> Iterator[Outcome]:
        """Everybody who called a message spam; they leave too, see ``leaving``."""
        for message_id, line, _, shopper, at, properties in _rows(lines, (_SPAM,)):
            if shopper.startswith(ANONYMOUS):
                continue
            key = time_ordered_id(at, message_id, str(line), "complained")
            decision = self.promises.decision(str(said_of(properties).get("decision_id", "")))
            mine = decision.decision_id if decision and decision.shopper_id == shopper else ""
            yield Outcome(key, shopper, mine, "complained", "", at, 0, 0, 0, "real")

    def refusals(self, lines: pl.LazyFrame) -> Iterator[Outcome]:
        """Promises of this campaign that the shop's checkout did not keep."""
        for message_id, line, _, shopper, at, properties in _rows(lines, ("Coupon Denied",)):
            said = said_of(properties)
            code = next((str(said[name]) for name in _CODES if said.get(name)), "")
            promise = self.promises.by_code(shopper, code, at)
            if promise is None or promise.decision.campaign_id != self.campaign.campaign_id:
                continue
            key = time_ordered_id(at, message_id, str(line), "denied")
            name, group = promise.decision.decision_id, promise.offer.group
            yield Outcome(key, shopper, name, "denied", group, at, 0, 0, 0, "real")

    def no(self, left: Outcome) -> Consent:
        """The withdrawal that a shopper's leaving is."""
        channel = self._channel[left.outcome_id]
        return Consent(left.shopper_id, channel, PURPOSE, False, left.at, "unsubscribed")

    def _decision(self, shopper: str, said: Mapping[str, object]) -> Decision | None:
        """The decision an event names; ``None`` when it names none, or none it may name."""
        signed = self._token(CLICK, said.get("pl"))
        name = signed[0] if signed else said.get("decision_id")
        if not name:
            return None
        decision = self.promises.decision(str(name))
        if decision is None:
            self.unmatched["unknown_decision"] += 1
        elif not signed and shopper != decision.shopper_id and not shopper.startswith(ANONYMOUS):
            self.unmatched["other_shopper"] += 1
            return None
        return decision

    def _token(self, purpose: str, token: object) -> tuple[str, ...] | None:
        """What a signed token says; ``None`` when there is none to be believed."""
        if not isinstance(token, str):
            return None
        try:
            return read_token(self.key, purpose, token) if self.key else None
        except InvalidError:
            self.unmatched["bad_token"] += 1
            return None


def _rows(
    lines: pl.LazyFrame, events: tuple[str, ...]
) -> Iterator[tuple[str, int, str, str, datetime, str | None]]:
    """``message_id, line, event, shopper_id, timestamp, properties`` of these events, by time."""
    rows = (
        lines.filter(pl.col("event").is_in(events))
        .select("message_id", "line", "event", "shopper_id", "timestamp", "properties")
        .sort("timestamp", "message_id", "line")
        .collect()
    )
    yield from rows.iter_rows()
