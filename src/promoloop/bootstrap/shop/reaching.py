"""What providers and browsers tell the shop: reports, returned mail, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from promoloop.bootstrap.ads import AdsOrder, export_ads
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import InvalidError, UnavailableError
from promoloop.deliver import (
    PUSH_HOSTS,
    REPLAY_WINDOW,
    PushSubscription,
    SeenWebhooks,
    Subscriptions,
    WebhookSecrets,
    accept_webhook,
    push_subscription,
    reports_in_json,
    reports_in_mail,
)
from promoloop.flows.deliver import ReportDesk, ReportsTaken, take_reports
from promoloop.flows.history.audience import PURPOSE
from promoloop.flows.ports import Progress, silent

__all__ = ["Reaching"]

#: Channels whose providers report.
REPORTING = ("email", "sms", "push", "webhook")


class Reaching(OpenedShop):
    """Takes what comes back."""

    def take_reports(
        self, channel: str, headers: Mapping[str, str], body: bytes, now: datetime | None = None
    ) -> ReportsTaken:
        """Delivery reports as a signed webhook: JSON, or a returned mail as ``message/rfc822``.

        Parameters
        ----------
        channel : str
            ``email``, ``sms``, ``push`` or ``webhook``, or a channel of one's own.
        headers : mapping
            Of the request; Standard Webhooks with one of ``PROMOLOOP_REPORT_SECRETS``.
        body : bytes
            As received.

        Raises
        ------
        InvalidError
            Forged, too old, or no report.
        RefusedError
            It was taken before: answer success.
        UnavailableError
            ``PROMOLOOP_REPORT_SECRETS`` is not set.
        """
        now = now or present()
        secrets = WebhookSecrets(self._report_secrets())
        if channel not in (*REPORTING, *self.settings.channels.own):
            known = ", ".join((*REPORTING, *self.settings.channels.own))
            raise InvalidError(f"reports on {channel!r}", "no such channel", f"Use {known}.")
        seen = self._webhooks()
        accept_webhook(secrets, headers, body, now, seen, f"reports-{channel}")
        seen.forget_before(now - 4 * REPLAY_WINDOW)
        kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
        mailed = kind.partition(";")[0].strip().lower() == "message/rfc822"
        found = reports_in_mail(body, now) if mailed else reports_in_json(body, channel, now)
        return take_reports(self._report_desk(), found, now, signed=True)

    def take_returned_mail(self, raw: bytes, now: datetime | None = None) -> ReportsTaken:
        """One message out of the mailbox for bounces; believed as far as its token goes."""
        now = now or present()
        return take_reports(self._report_desk(), reports_in_mail(raw, now), now, signed=False)

    def subscribe_push(
        self, shopper_id: str, subscription: Mapping[str, object], now: datetime | None = None
    ) -> PushSubscription:
        """Keep what a browser's ``PushManager.subscribe()`` gave, for a shopper the shop knows.

        Raises
        ------
        InvalidError
            The endpoint is no push service's, or the keys cannot be used.
        """
        keys = subscription.get("keys")
        given = keys if isinstance(keys, Mapping) else {}
        made = push_subscription(
            shopper_id,
            str(subscription.get("endpoint", "")),
            str(given.get("p256dh", "")),
            str(given.get("auth", "")),
            now or present(),
            self.settings.push.hosts or PUSH_HOSTS,
        )
        self._subscriptions().put([made])
        return made

    def unsubscribe_push(self, endpoint: str) -> bool:
        """Drop a browser; whether it was there."""
        return self._subscriptions().remove([endpoint]) > 0

    def push_key(self) -> str:
        """The public key the page hands to ``PushManager.subscribe()``."""
        from promoloop.backends.channel_http import VapidKeys

        if not (self.settings.vapid_key and self.settings.push.contact):
            raise UnavailableError(
                "notifications in the browser",
                "PROMOLOOP_VAPID_KEY or [push] contact is not set",
                "Set both; see docs/howto/channels.md.",
            )
        return VapidKeys(self.settings.vapid_key, self.settings.push.contact).public_key

    def export_ads(
        self, order: AdsOrder, now: datetime | None = None, progress: Progress = silent
    ) -> Mapping[str, object]:
        """An ad audience and creatives as files; see ``bootstrap.ads``."""
        return export_ads(order, self.settings, self.house, now or present(), progress)

    def _report_desk(self) -> ReportDesk:
        settings, house = self.settings, self.house
        return ReportDesk(
            consents=house.consents,
            suppressions=house.suppressions,
            key=settings.signing_keys,
            address_key=settings.address_key.encode(),
            purpose=PURPOSE,
            outcomes=house.outcomes,
            owner_of=self._owner_of,
        )

    def _owner_of(self, channel: str, address: str) -> str | None:
        """The one shopper who has this address; ``None`` where nobody or several have it."""
        column = {"email": "email", "sms": "phone"}.get(channel)
        if column is None or "contacts" not in self.house.tables.names():
            return None
        contacts = self.house.tables.get("contacts")
        if column not in contacts.columns:
            return None
        wanted = address.strip().lower()
        mine = contacts.filter(pl.col(column).str.strip_chars().str.to_lowercase() == wanted)
        return str(mine["shopper_id"][0]) if len(mine) == 1 else None

    def _report_secrets(self) -> tuple[str, ...]:
        if not self.settings.report_secrets:
            raise UnavailableError(
                "taking delivery reports",
                "PROMOLOOP_REPORT_SECRETS is not set",
                "Set it to the secret that the provider signs with.",
            )
        return self.settings.report_secrets

    def _webhooks(self) -> SeenWebhooks:
        if self.house.webhooks is None:
            raise UnavailableError(
                "taking webhooks", "this house keeps none in mind", "Open a whole shop."
            )
        return self.house.webhooks

    def _subscriptions(self) -> Subscriptions:
        if self.house.subscriptions is None:
            raise UnavailableError(
                "push subscriptions", "this house has no store of them", "Open a whole shop."
            )
        return self.house.subscriptions
