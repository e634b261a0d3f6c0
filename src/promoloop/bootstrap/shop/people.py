"""What a shop answers people who ask what is held on them, or want it erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import UnavailableError
from promoloop.flows.books.outcomes import collect_orders
from promoloop.flows.privacy import erasing
from promoloop.flows.privacy.records import Person, Receipt

__all__ = ["People"]


class People(OpenedShop):
    """Exports and erases people."""

    def export_person(self, shopper_id: str, now: datetime | None = None) -> Mapping[str, object]:
        """Everything held on one person, as JSON can say it; see ``flows.privacy``."""
        return erasing.export_person(self._privacy(), shopper_id, now or present())

    def erase_person(self, shopper_id: str, now: datetime | None = None) -> Receipt:
        """Erase one person and sign for it; see ``flows.privacy``.

        Whatever decides in real time on this shop forgets them at once; that of other processes
        when it next looks at the shop.
        """
        moment, salt = now or present(), secrets.token_hex(32)
        receipt = erasing.erase(self._privacy(), shopper_id, moment, salt)
        for live in tuple(self._deciding):
            live.forget(shopper_id)
        return receipt

    def resume_erasures(self, now: datetime | None = None) -> tuple[Receipt, ...]:
        """Take up erasures that were cut off, by a crash for example."""
        return erasing.resume(self._privacy(), now or present())

    def is_our_receipt(self, data: object) -> bool:
        """Whether ``data`` is a receipt that this shop signed, unchanged."""
        return erasing.check_receipt(self.settings.signing_keys, data)

    def _privacy(self) -> erasing.PrivacyDesk:
        house = self.house
        erasures, barred, retraining = house.erasures, house.suppressions, house.retraining
        if erasures is None or barred is None or retraining is None:
            raise UnavailableError("answering a person", "a store is missing", "Open a whole shop.")
        return erasing.PrivacyDesk(
            stores=house.personal,
            erasures=erasures,
            suppressions=barred,
            retraining=retraining,
            keys=self.settings.signing_keys,
            address_key=self.settings.address_key.encode(),
            before=self._book_orders,
        )

    def _book_orders(self, person: Person, now: datetime) -> None:
        """Orders that no outcome tells of yet become outcomes: money that the books need."""
        del person
        for campaign in self.house.campaigns.all():
            if campaign.starts_at < now:
                collect_orders(self.house, campaign, now)
