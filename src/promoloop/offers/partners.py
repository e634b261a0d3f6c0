"""One partner, one account: what every offer of a partner must state alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from promoloop.core import InvalidError
from promoloop.offers.records import Offer

__all__ = ["check_partner", "require_known_funding"]


def check_partner(offer: Offer, others: Iterable[Offer], where: str) -> None:
    """A partner has one name and one budget, in one currency, whatever it shares.

    ``where`` says where ``offer`` stands; the first of the ``others`` that says otherwise is named.
    """
    for other in others:
        _check_same(offer, other, ("name", "budget_minor"), where)


def require_known_funding(offers: Sequence[Offer], stored: Iterable[Offer]) -> None:
    """Refuse offers whose funding contradicts what is stored, before any of them is.

    A stored offer may be changed, also who pays for it and which share; but the accounts of a
    partner, and of one offer with the partner, are opened once with what they hold.

    Raises
    ------
    InvalidError
        Naming the offer, the field and the stored offer that says otherwise.
    """
    known = {offer.offer_id: offer for offer in stored}
    coming = {offer.offer_id for offer in offers}
    for offer in offers:
        where = f"offer {offer.offer_id!r}"
        before = known.get(offer.offer_id)
        if before is not None:
            if replace(offer, revision=before.revision) == before:
                continue
            _check_same(offer, before, ("budget_minor", "total_minor"), where)
        check_partner(offer, (known[key] for key in sorted(known.keys() - coming)), where)


def _check_same(offer: Offer, other: Offer, names: Sequence[str], where: str) -> None:
    """Both state the same of their partner, if they have the same one."""
    ours, theirs = offer.funding, other.funding
    if ours is None or theirs is None or ours.partner_id != theirs.partner_id:
        return
    kept = " as it is stored" if other.offer_id == offer.offer_id else ""
    for name in names:
        said, known = getattr(ours, name), getattr(theirs, name)
        if said != known:
            raise InvalidError(
                f"{where}, field funding, field {name}",
                f"{said!r} is not the {known!r} that offer {other.offer_id!r}{kept} states for"
                f" partner {theirs.partner_id!r}",
                "State the same in every offer of the partner; total_minor bounds one offer, and"
                " more money comes as another partner_id.",
            )
    if offer.currency != other.currency:
        raise InvalidError(
            f"{where}, field currency",
            f"offer {other.offer_id!r}{kept} of the same partner is in {other.currency}",
            "Give the partner another partner_id, and so another budget, per currency.",
        )
