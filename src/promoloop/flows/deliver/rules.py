"""Whether a message still goes out, asked anew just before it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from promoloop.compose import fill
from promoloop.deliver import (
    TEXT_PARTS,
    Message,
    Rendered,
    Tally,
    links_for,
    quiet_until,
    render_email,
    render_onsite,
    render_push,
    render_text,
)
from promoloop.flows.deliver.desk import Desk
from promoloop.flows.deliver.refusals import Refusals
from promoloop.flows.deliver.stops import ApprovedTexts, Stop, in_quiet_hours
from promoloop.offers import Pause

__all__ = ["SendRules"]

#: How long a message of a paused campaign rests before it is looked at again.
PAUSED = timedelta(hours=1)

#: Consent and pauses are read anew after so many groups.
CONSENT_GROUPS = 25


class SendRules:
    """Consent, pauses, approval, quiet hours and caps, as they stand while a run goes on.

    Parameters
    ----------
    desk : Desk
    now : datetime
        Contacts count towards the caps from here back.
    """

    def __init__(self, desk: Desk, now: datetime) -> None:
        self._desk = desk
        self._texts = ApprovedTexts(desk.copies, desk.reviews)
        self._agreed: dict[str, frozenset[str]] = {}
        self._paused: Mapping[str, Pause] = {}
        self._groups = 0
        self._refusals = Refusals(desk)
        self._tally = Tally(desk.caps, [desk.outbox.contacts(cap.since(now)) for cap in desk.caps])

    def begin_group(self, group: Sequence[Message], now: datetime) -> None:
        """Read consent, pauses and reviews anew when they are due, and what ``group`` refuses."""
        self._refusals.read(group, now)
        if self._groups % CONSENT_GROUPS == 0:
            self._agreed.clear()
            self._texts.look_again()
            self._paused = self._desk.pauses.paused() if self._desk.pauses else {}
        self._groups += 1

    def stopped(self, message: Message, now: datetime) -> Stop | None:
        """The rule that stops the message, if one does."""
        if message.channel not in self._desk.channels:
            return Stop("failed", f"no-channel:{message.channel}")
        if message.expires_at <= now:
            return Stop("expired", "offer-over")
        if not self._agrees(message):
            return Stop("capped", "no-consent")
        refused = self._refusals.stop(message)
        if refused is not None:
            return refused
        if message.campaign_id in self._paused:
            return Stop("held", "campaign-paused", now + PAUSED)
        return self._texts.stop(message, now + PAUSED) or self._too_much(message, now)

    def rendered(self, message: Message, now: datetime) -> Rendered:
        """The message as its channel takes it, with its text as it stands."""
        parts = fill(self._texts.get(message.copy_id).parts, message.slots)
        if set(parts) == set(TEXT_PARTS):
            return render_text(message, parts)
        if message.channel not in ("email", "push"):
            return render_onsite(message, parts)
        desk = self._desk
        links = links_for(message, desk.sender, desk.shop_url, desk.key, desk.tracking, now)
        if message.channel == "push":
            return render_push(message, parts, links.shop)
        return render_email(message, parts, desk.sender, links, now)

    def count(self, message: Message) -> None:
        """The message is on its way and fills its shopper's caps."""
        self._tally.add(message.shopper_id, message.channel)

    def uncount(self, messages: Sequence[Message]) -> None:
        """These did not leave after all."""
        for message in messages:
            self._tally.remove(message.shopper_id, message.channel)

    def _agrees(self, message: Message) -> bool:
        if message.channel not in self._agreed:
            self._agreed[message.channel] = self._desk.consents.granted(
                message.channel, self._desk.purpose
            )
        return message.shopper_id in self._agreed[message.channel]

    def _too_much(self, message: Message, now: datetime) -> Stop | None:
        """Why the shopper is not to be reached at this moment."""
        desk = self._desk
        until = quiet_until(now, message.time_zone, message.channel, desk.market, desk.quiet)
        if until is not None:
            return in_quiet_hours(message, until)
        cap = self._tally.full(message.shopper_id, message.channel)
        return Stop("capped", f"cap:{cap}") if cap else None
