"""What goes out: the channels of a shop, and the desk that sends through them."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import numpy as np

from promoloop.bootstrap.channels import opened_channels
from promoloop.bootstrap.shop.moments import PresentClock, present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import SteppedClock, UnavailableError
from promoloop.deliver import (
    Channel,
    FrequencyCap,
    Health,
    ParkedMessages,
    Sender,
    Tracking,
    market_caps,
)
from promoloop.flows.consent.asking import Asked, Asking, ask_consent, ask_new_address
from promoloop.flows.deliver import DeliverReport, Desk, deliver_due
from promoloop.flows.deliver.carts import recent_carts
from promoloop.flows.deliver.claims import PriceClaims
from promoloop.flows.deliver.promises import PromiseDesk
from promoloop.flows.deliver.providers import Provider, keep_health, providers
from promoloop.flows.deliver.reconciling import (
    Doubt,
    Reconciled,
    doubts,
    reconcile_by_hand,
    reconcile_with,
)
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.house import House
from promoloop.flows.ports import Progress, silent
from promoloop.flows.schedule import WEEK
from promoloop.offers import Cart, Product
from promoloop.settings import Settings

__all__ = ["Sending"]

#: One new address at a time, so that none is asked twice.
_ASKING = threading.Lock()


class Sending(OpenedShop):
    """Sends what is due."""

    def deliver(self, now: datetime | None = None, progress: Progress = silent) -> DeliverReport:
        """Send everything that is due; see ``flows.deliver``.

        Time goes on meanwhile, so that quiet hours begin and leases end; with ``now`` it stands.
        """
        clock = PresentClock() if now is None else SteppedClock(now)
        with self.channels() as channels:
            desk, group = self.desk(channels), self.settings.channels.group
            return deliver_due(desk, _worker(), clock, group, progress)

    def ask_consent(self, asking: Asking, now: datetime | None = None) -> Asked:
        """Ask for a confirmation by a message with a link; see ``flows.consent.asking``.

        Tell the one who asked the same whatever the answer is.
        """
        page = f"{self.settings.serve.public_url}/confirm"
        days = self.settings.privacy.confirm_days
        with self.channels() as channels:
            desk = self.desk(channels)
            return ask_consent(self.house, desk, asking, page, now or present(), days)

    def ask_new_address(self, asking: Asking, now: datetime | None = None) -> Asked:
        """Ask a new address, once; where the law of the market wants it asked, else never."""
        if asking.channel not in self.house.double_opt_in:
            return Asked("known")
        page = f"{self.settings.serve.public_url}/confirm"
        days = self.settings.privacy.confirm_days
        with _ASKING, self.channels() as channels:
            desk = self.desk(channels)
            return ask_new_address(self.house, desk, asking, page, now or present(), days)

    def doubts(self, now: datetime | None = None) -> tuple[Doubt, ...]:
        """Messages that may have left or not; see ``flows.deliver.reconciling``."""
        return doubts(self._parked(), self._domain, now or present())

    def reconcile(
        self,
        left: Collection[str],
        refused: Collection[str] = (),
        complete_until: datetime | None = None,
        now: datetime | None = None,
    ) -> Reconciled:
        """Settle doubts by a provider's reports or log; see ``flows.deliver.reconciling``."""
        at, book = now or present(), self.house.promises
        parked, domain = self._parked(), self._domain
        return reconcile_with(parked, domain, at, left, refused, complete_until, book)

    def resolve_doubts(
        self, dedupe_keys: Sequence[str], said: str, by: str, now: datetime | None = None
    ) -> Reconciled:
        """Settle doubts by hand: ``sent``, ``failed`` or ``resend``, as ``by`` found out."""
        at, book = now or present(), self.house.promises
        return reconcile_by_hand(self._parked(), dedupe_keys, said, at, by, book)

    def providers(self, now: datetime | None = None) -> tuple[Provider, ...]:
        """How the providers stand that ever failed; see ``flows.deliver.providers``."""
        return providers(self.house.tables, now or present())

    def _told(self, channel: str, health: Health) -> None:
        keep_health(self.house.tables, channel, health, present())

    @property
    def _domain(self) -> str:
        return self.settings.mail.sender.rpartition("@")[2]

    def _parked(self) -> ParkedMessages:
        if self.house.parked is None:
            raise UnavailableError("messages in doubt", "a store is missing", "Open a whole shop.")
        return self.house.parked

    def desk(self, channels: Mapping[str, Channel]) -> Desk:
        """What sending needs, with the shop's letterhead and rules."""
        settings, house = self.settings, self.house
        domain = settings.mail.sender.rpartition("@")[2]
        cap = max((c.contacts_per_week for c in house.campaigns.all()), default=2)
        return Desk(
            outbox=house.outbox,
            copies=house.copies,
            reviews=house.reviews,
            consents=house.consents,
            channels=channels,
            sender=Sender(
                name=settings.shop.name,
                address=settings.mail.sender,
                shop_name=settings.shop.name,
                shop_address=settings.shop.postal_address,
                unsubscribe_base=settings.mail.unsubscribe_url,
                list_id=f"offers.{domain}",
            ),
            shop_url=f"https://{domain}/",
            key=_signing_keys(self.settings),
            market=settings.shop.market,
            caps=(
                FrequencyCap("email-per-7-days", "email", cap, WEEK),
                *market_caps(settings.shop.market, present().date()),
            ),
            purpose=PURPOSE,
            pauses=house.pauses,
            suppressions=house.suppressions,
            rests=house.rests,
            address_key=settings.address_key.encode(),
            tracking=_tracking(settings),
            claims=PriceClaims(house),
            ai_label=house.ai_label,
            erasures=house.erasures,
            promises=_promises(house),
            book=house.promises,
            gate=house.gate,
            codes=house.codes,
        )

    @contextmanager
    def channels(self) -> Iterator[Mapping[str, Channel]]:
        """The configured channels, closed at the end; see ``bootstrap.channels``."""
        rng = np.random.default_rng()
        with opened_channels(self.settings, self.house.subscriptions, rng, self._told) as channels:
            yield channels


def _promises(house: House) -> PromiseDesk | None:
    """What the check of promises looks at."""
    if house.promises is None:
        return None

    def carts(products: Mapping[str, Product], now: datetime) -> Mapping[str, Cart]:
        return recent_carts(house.history, house.inbox, products, house.currency, now)

    return PromiseDesk(house.offers, house.catalogue, house.promises, carts)


def _worker() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _tracking(settings: Settings) -> Tracking | None:
    said = settings.tracking
    return Tracking(said.url, said.days, said.opens, said.redeem) if said.url else None


def _signing_keys(settings: Settings) -> tuple[bytes, ...]:
    if not settings.signing_keys:
        raise UnavailableError(
            "signing the links of a message",
            "PROMOLOOP_SIGNING_KEY is not set",
            "Set it to 32 random bytes and keep it: export PROMOLOOP_SIGNING_KEY=$(openssl rand"
            " -hex 32)",
        )
    return settings.signing_keys
