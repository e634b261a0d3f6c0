"""The till: a promise is used in an order, or a use is taken back.

The cart is priced again by the stacking engine at that moment: only an offer that applies is
redeemed. Money, units, caps and codes are booked in one step with the use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from promoloop.core import InvalidError, RefusedError, UnavailableError, require_utc, stable_hash
from promoloop.decide import Decision, OfferUse, Redemptions, UseTerms
from promoloop.flows.books.carts import priced_with
from promoloop.flows.books.partners import shared_minor
from promoloop.flows.books.stock import code_pool, open_budget
from promoloop.flows.books.uses import WALK_IN, record_use, take_use_back
from promoloop.flows.house import House
from promoloop.flows.measuring.guardrails import require_running
from promoloop.flows.privacy.records import shopper_digest
from promoloop.flows.realtime.answering import cart_of, live_price
from promoloop.flows.realtime.records import LiveCart, LivePrice, RedeemRequest, Redemption
from promoloop.flows.realtime.requests import require_redeemable
from promoloop.flows.realtime.window import Window
from promoloop.flows.schedule import GRACE, WEEK, account_of, cycle_of, cycle_start, issued
from promoloop.offers import Campaign, CouponCode, Gift, Offer, PricedCart, liability_minor

__all__ = ["Till"]

_NEW_KEY = "Use a new key for a new order."
#: What to do where the engine does not apply an offer, by its reason.
_REMEDIES: Mapping[str, str] = {
    "expired": "The offer has ended; nothing can be taken off.",
    "not_started": "The offer has not begun yet.",
    "below_minimum_spend": "Put more of what the offer is about into the cart.",
    "no_such_category": "Put what the offer is about into the cart.",
    "no_such_product": "Put what the offer is about into the cart.",
    "outside_flash_window": "The offer holds in its window of time only.",
    "code_missing": "Enter the code that came with the offer.",
}


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is to be used: the offer as it was promised, and by which decision."""

    campaign: Campaign
    offer: Offer
    decision_id: str
    decision: Decision | None
    until: datetime


class Till:
    """Redeems and rolls back. Reads the stores, not the window: what counts is what stands.

    Parameters
    ----------
    window : Window
        For the catalogue, as far as it has been read.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._house: House = window.house

    def redeem(self, request: RedeemRequest, now: datetime) -> Redemption:
        """Use a promise, or a code that is for everybody, in one order.

        The same key again, with the same cart, is answered as it was.

        Raises
        ------
        InvalidError
            An empty cart, an unknown code, decision or product.
        RefusedError
            The promise is over, somebody else's or used; the offer does not apply to the cart; a
            cap is reached; there is no money left; the key stands for another use or cart, or for
            a use that was rolled back.
        """
        require_redeemable(request, now)
        before = self._before(request)
        if before is not None:
            return before
        claim = self._claim(request, now)
        priced = self._priced(request, claim, now)
        use, terms = self._booking(request, claim, priced, now)
        kept = self._house_redemptions().redeem(use, terms)
        if kept != use:  # the same key came in at the same time
            return _as_it_was(kept, request)
        record_use(self._house, kept)
        return _told(kept, live_price(priced, claim.offer.offer_id), repeated=False)

    def roll_back(self, key: str, now: datetime) -> Redemption:
        """Take a use back, as when its order is cancelled; once, however often it is asked.

        A promise that runs is good again. What was set aside for a code that was entered without
        one is free at once: nobody waits for it, the next use sets its own aside.

        Raises
        ------
        InvalidError
            When there is no use of this key.
        """
        require_utc(now, "the moment of rolling back")
        before = self._house_redemptions().get(key)
        kept = self._house_redemptions().roll_back(key, now)
        take_use_back(self._house, kept)
        if kept.decision_id.startswith(WALK_IN) and self._house.promises is not None:
            self._house.promises.release([kept.decision_id])
        return _told(kept, None, repeated=before.state == kept.state)

    def _before(self, request: RedeemRequest) -> Redemption | None:
        try:
            use = self._house_redemptions().get(request.key)
        except InvalidError:
            return None
        told = _as_it_was(use, request)
        record_use(self._house, use)
        return told

    def _claim(self, request: RedeemRequest, now: datetime) -> _Claim:
        if request.decision_id:
            return self._of_decision(self._house.decisions.get(request.decision_id), request, now)
        codes = self._house.codes
        for issued_code in codes.find(request.code) if codes is not None else ():
            if issued_code.shopper_id == request.shopper_id:
                made = self._house.decisions.get(issued_code.decision_id)
                return self._of_decision(made, request, now)
            raise RefusedError(
                f"redeeming the code {request.code!r}",
                "it was given to somebody else, or to nobody yet",
                "Enter the code that came with this shopper's own offer.",
            )
        return self._of_shared(request, now)

    def _of_decision(self, made: Decision, request: RedeemRequest, now: datetime) -> _Claim:
        """The promise that a decision made."""
        asked = f"redeeming the promise {made.decision_id!r}"
        if made.shopper_id != request.shopper_id or made.offer_id is None:
            case = "it promised nothing" if made.offer_id is None else "it is another shopper's"
            raise RefusedError(asked, case, "Name the decision of this shopper's own offer.")
        campaign = self._house.campaigns.get(made.campaign_id)
        week = (made.decided_at - campaign.starts_at) // WEEK + 1
        start = cycle_start(campaign, week)
        if not made.decided_at <= now < start + WEEK:
            raise RefusedError(
                asked, f"it was good until {(start + WEEK).isoformat()}", _REMEDIES["expired"]
            )
        offer = issued(self._house.offers.get(made.offer_id), start)
        return _Claim(campaign, offer, made.decision_id, made, start + WEEK + GRACE)

    def _of_shared(self, request: RedeemRequest, now: datetime) -> _Claim:
        """The shopper's own promise of the offer that a code for everybody opens, or a new one."""
        campaign, offer = self._opened_by(request.code, now)
        start = cycle_start(campaign, cycle_of(campaign, now))
        promised = self._promised(campaign, offer, request.shopper_id, start)
        if promised is not None:
            return self._of_decision(promised, request, now)
        require_running(self._house, campaign.campaign_id)
        open_budget(self._house, campaign)
        walk_in = f"{WALK_IN}{stable_hash(request.shopper_id, request.key):016x}"
        return _Claim(campaign, issued(offer, start), walk_in, None, start + WEEK + GRACE)

    def _opened_by(self, code: str, now: datetime) -> tuple[Campaign, Offer]:
        known = False
        for campaign in self._house.campaigns.all():
            for offer_id in campaign.offer_ids:
                offer = self._house.offers.get(offer_id)
                if code not in _codes(offer):
                    continue
                known = True
                if 0 <= (now - campaign.starts_at) // WEEK < campaign.weeks:
                    return campaign, offer
        if known:
            raise RefusedError(
                f"redeeming the code {code!r}", "its campaign does not run", _REMEDIES["expired"]
            )
        raise InvalidError(f"the code {code!r}", "no offer has it", "Check it, letter by letter.")

    def _promised(
        self, campaign: Campaign, offer: Offer, shopper_id: str, start: datetime
    ) -> Decision | None:
        """The newest promise of the offer to the shopper this week that was not used yet."""
        used = {
            one.decision_id
            for one in self._house_redemptions().of_shopper(shopper_id)
            if one.state == "redeemed"
        }
        mine = [
            one
            for one in self._house.decisions.of_shopper(shopper_id)
            if one.campaign_id == campaign.campaign_id and one.offer_id == offer.offer_id
            if start <= one.decided_at < start + WEEK and one.decision_id not in used
        ]
        return max(mine, key=lambda one: one.decided_at, default=None)

    def _priced(self, request: RedeemRequest, claim: _Claim, now: datetime) -> PricedCart:
        """The cart with the offer; refused where the engine does not apply it."""
        products = self._window.products or {
            one.product_id: one for one in self._house.catalogue.all()
        }
        cart = cart_of(request.cart, products, self._house.currency)
        codes = tuple(dict.fromkeys((*cart.codes, *([request.code] if request.code else []))))
        offer, decision = claim.offer, claim.decision
        code = self._code_of(claim) if decision is not None else request.code
        others = self._window.offers_by_code(codes)
        priced = priced_with(replace(cart, codes=codes), offer, code, others, now)
        if not any(one.offer_id == offer.offer_id for one in priced.applied):
            reason = priced.skipped.get(offer.offer_id, "nothing_off")
            raise RefusedError(
                f"redeeming the offer {offer.offer_id!r}",
                f"it does not apply to this cart: {reason}",
                _REMEDIES.get(reason, "Change the cart, or leave the offer for another order."),
            )
        return priced

    def _code_of(self, claim: _Claim) -> str:
        """The code of a promise: the one given to it, from a pool."""
        codes, decision = self._house.codes, claim.decision
        if decision is None or codes is None or not code_pool(claim.offer):
            return ""
        return codes.issue(
            claim.offer.offer_id, decision.decision_id, decision.shopper_id, decision.decided_at
        )

    def _booking(
        self, request: RedeemRequest, claim: _Claim, priced: PricedCart, now: datetime
    ) -> tuple[OfferUse, UseTerms]:
        """What is written of the use, and what it takes from whom."""
        offer = claim.offer
        taken = next(one for one in priced.applied if one.offer_id == offer.offer_id)
        off = taken.discount_minor + taken.shipping_minor
        if taken.gift_id is not None and isinstance(offer.reward, Gift):
            off += offer.reward.value_minor
        most, theirs_most, contact = self._most(claim)
        off = min(off, most + theirs_most)
        theirs = min(offer.funding.split(off)[1], theirs_most) if offer.funding else 0
        single = bool(code_pool(offer))
        use = OfferUse(
            use_id=f"use-{stable_hash(request.key):016x}",
            key=request.key,
            shopper_id=request.shopper_id,
            campaign_id=claim.campaign.campaign_id,
            offer_id=offer.offer_id,
            decision_id=claim.decision_id,
            code=request.code or (self._code_of(claim) if single else ""),
            order_id=request.order_id,
            at=now,
            currency=priced.currency,
            discount_minor=off,
            partner_minor=theirs,
            totals={**_totals(priced, off), "cart": _cart_mark(request.cart)},
        )
        terms = UseTerms(
            account=account_of(claim.campaign),
            spent_minor=min(off - theirs + contact, most + contact),
            most_minor=most + contact,
            until=claim.until,
            shared=shared_minor(offer.offer_id, offer.funding, theirs),
            most_shared=shared_minor(offer.offer_id, offer.funding, theirs_most),
            per_shopper=offer.caps.per_shopper,
            total=offer.caps.total,
            single=single,
            known_as=shopper_digest(request.shopper_id, self._house.address_key),
        )
        return use, terms

    def _most(self, claim: _Claim) -> tuple[int, int, int]:
        """The most the promise may cost shop and partner, and what its message cost."""
        decision, offer = claim.decision, claim.offer
        if decision is not None:
            contact = claim.campaign.channels.get(decision.channel or "", 0)
            most = max(0, decision.liability_minor - contact)
            sent = bool(self._house.deliveries.copy_of(decision.decision_id))
            return most, decision.partner_liability_minor, contact if sent else 0
        whole = liability_minor(offer)
        theirs = offer.funding.split(whole)[1] if offer.funding is not None else 0
        return whole - theirs, theirs, 0

    def _house_redemptions(self) -> Redemptions:
        kept = self._house.redemptions
        if kept is None:
            raise UnavailableError(
                "redeeming", "this shop has no store for it", "Open it with open_shop."
            )
        return kept


def _as_it_was(use: OfferUse, request: RedeemRequest) -> Redemption:
    """The answer to a key that came before; refused where it asks for something else now."""
    asked = f"redeeming with the key {request.key!r}"
    named = use.code == request.code or use.decision_id == request.decision_id
    if use.shopper_id != request.shopper_id or not named:
        raise RefusedError(asked, "the key stands for another use", _NEW_KEY)
    if use.state == "rolled_back":
        raise RefusedError(asked, "this use was rolled back; use a new key", _NEW_KEY)
    mark = _cart_mark(request.cart)
    if use.totals.get("cart", mark) != mark:  # uses of older releases have none
        raise RefusedError(asked, "the key stands for another cart", _NEW_KEY)
    return _told(use, _price_in(use), repeated=True)


def _cart_mark(cart: LiveCart) -> int:
    """Tells carts apart; as long as every reader of JSON can hold, the order does not count."""
    items = sorted(
        repr((one.product_id, one.quantity, one.unit_minor, one.category)) for one in cart.items
    )
    rest = repr((cart.currency, cart.shipping_minor, sorted(cart.codes)))
    return stable_hash(*items, rest) >> 11


def _codes(offer: Offer) -> tuple[str, ...]:
    return tuple(
        code for part in offer.conditions if isinstance(part, CouponCode) for code in part.codes
    )


def _totals(priced: PricedCart, off: int) -> dict[str, int]:
    return {
        "subtotal": priced.subtotal_minor,
        "discount": priced.discount_minor,
        "shipping": priced.shipping_minor,
        "shipping_discount": priced.shipping_discount_minor,
        "total": priced.total_minor,
        "saves": off,
    }


def _price_in(use: OfferUse) -> LivePrice:
    """The price as it was told when the use was booked."""
    said = use.totals
    return LivePrice(
        currency=use.currency,
        subtotal_minor=said["subtotal"],
        discount_minor=said["discount"],
        shipping_minor=said["shipping"],
        shipping_discount_minor=said["shipping_discount"],
        total_minor=said["total"],
        saves_minor=said["saves"],
        applied=(use.offer_id,),
        skipped={},
    )


def _told(use: OfferUse, price: LivePrice | None, *, repeated: bool) -> Redemption:
    return Redemption(
        redemption_id=use.use_id,
        key=use.key,
        shopper_id=use.shopper_id,
        campaign_id=use.campaign_id,
        offer_id=use.offer_id,
        decision_id=use.decision_id,
        code=use.code,
        order_id=use.order_id,
        at=use.at,
        discount_minor=use.discount_minor,
        price=price,
        state=use.state,
        repeated=repeated,
    )
