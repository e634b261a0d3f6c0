"""Who pays beside the campaign: the accounts of partners, and what each promise takes of them.

A partner has one account over all campaigns; an offer with a total of its own has a second one, so
that neither can be exceeded whoever promises it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promoloop.core import RefusedError
from promoloop.flows.books.purses import Purse
from promoloop.flows.house import House
from promoloop.offers import Funding, Offer
from promoloop.respond import OfferTerms

__all__ = ["open_partners", "partner_account", "purses_of", "shared_minor"]


def partner_account(funding: Funding) -> str:
    """The partner's account in the budget ledger."""
    return f"partner/{funding.partner_id}"


def shared_minor(offer_id: str, funding: Funding | None, minor: int) -> Mapping[str, int]:
    """What ``minor`` units that a partner pays for an offer take of which account."""
    if funding is None or minor == 0:
        return {}
    return dict.fromkeys(_accounts(offer_id, funding), minor)


def open_partners(house: House, offers: Sequence[Offer]) -> None:
    """Open the accounts of everybody who pays for one of ``offers``.

    Raises
    ------
    RefusedError
        When a partner's budget or an offer's total is not what the account was opened with.
    """
    for offer in offers:
        if offer.funding is None:
            continue
        for account, most in _accounts(offer.offer_id, offer.funding).items():
            try:
                house.ledger.open(account, most, {})
            except RefusedError as error:
                raise RefusedError(
                    f"offer {offer.offer_id} with {most} minor units of partner"
                    f" {offer.funding.partner_id!r}",
                    error.case,
                    "State the amount it is open with, in every offer of the partner; more money"
                    " comes as another partner_id.",
                ) from error


def purses_of(
    house: House,
    offers: Sequence[Offer],
    terms: Sequence[OfferTerms],
    offer_of: NDArray[np.int64],
) -> tuple[Purse, ...]:
    """Every partner's account that actions draw on, with what is free in it.

    ``terms`` are those of ``offers``; ``offer_of`` (k,) is each action's position among them.
    """
    taken: dict[str, NDArray[np.float64]] = {}
    for spot, (offer, term) in enumerate(zip(offers, terms, strict=True)):
        most = shared_minor(offer.offer_id, offer.funding, term.partner_liability_minor)
        for account, minor in most.items():
            before = taken.get(account, np.zeros(len(offer_of)))
            taken[account] = np.where(offer_of == spot, float(minor), before)
    return tuple(
        Purse(account, house.ledger.state(account).free_minor, promise)
        for account, promise in sorted(taken.items())
    )


def _accounts(offer_id: str, funding: Funding) -> dict[str, int]:
    """The accounts that pay for this offer, with the most each may spend."""
    account = partner_account(funding)
    total = funding.total_minor
    own = {} if total is None else {f"{account}/{offer_id}": total}
    return {account: funding.budget_minor, **own}
