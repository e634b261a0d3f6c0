"""Whether a message still goes out, asked anew just before it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from promoloop.compose import Copy, fill
from promoloop.deliver import (
    TEXT_PARTS,
    Message,
    Rendered,
    Tally,
    ai_label,
    labelled,
    links_for,
    quiet_until,
    render_email,
    render_onsite,
    render_push,
    render_text,
)
from promoloop.flows.deliver.desk import Desk
from promoloop.flows.deliver.promises import PromiseCheck
from promoloop.flows.deliver.refusals import Refusals
from promoloop.flows.deliver.stops import ApprovedTexts, Stop, in_quiet_hours
from promoloop.offers import Pause

__all__ = ["SendRules"]

#: How long a message of a paused campaign rests before it is looked at again.
PAUSED = timedelta(hours=1)

#: Offers, open carts and reviews are read anew after so many batches.
ANEW_BATCHES = 5


class SendRules:
    """Consent, pauses, approval, promises, quiet hours and caps, as they stand in a run.

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
        self._promises = PromiseCheck(desk.promises) if desk.promises else None
        self._paused: Mapping[str, Pause] = {}
        self._batches = 0
        self._refusals = Refusals(desk)
        self._tally = Tally(desk.caps, [desk.outbox.contacts(cap.since(now)) for cap in desk.caps])

    def begin_batch(self, batch: Sequence[Message], now: datetime) -> None:
        """Read what is due to be read anew, and all that bears on ``batch`` alone."""
        if self._batches % ANEW_BATCHES == 0:
            self._texts.look_again()
            if self._promises is not None:
                self._promises.look_again(now)
        self._batches += 1
        self.read(batch, now)

    def read(self, group: Sequence[Message], now: datetime) -> None:
        """Read what bears on ``group`` alone: consent, lists, pauses, where its promises stand."""
        desk = self._desk
        self._refusals.read(group, now)
        self._agreed = {
            channel: desk.consents.among(
                [one.shopper_id for one in group if one.channel == channel], channel, desk.purpose
            )
            for channel in {one.channel for one in group}
        }
        self._paused = desk.pauses.paused() if desk.pauses else {}
        if self._promises is not None:
            self._promises.read(group)

    def stopped(self, message: Message, now: datetime) -> Stop | None:
        """The rule that stops the message, if one does."""
        stop = self.barred(message, now)
        if stop is not None:
            return stop
        cap = self._tally.full(message.shopper_id, message.channel)
        return Stop("capped", f"cap:{cap}") if cap else None

    def barred(self, message: Message, now: datetime) -> Stop | None:
        """The same without the caps, which count a message once it is on its way."""
        if message.channel not in self._desk.channels:
            return Stop("failed", f"no-channel:{message.channel}")
        if message.expires_at <= now:
            return Stop("expired", "offer-over")
        if message.shopper_id not in self._agreed.get(message.channel, ()):
            return Stop("capped", "no-consent")
        refused = self._refusals.stop(message)
        if refused is not None:
            return refused
        if message.campaign_id in self._paused:
            return Stop("held", "campaign-paused", now + PAUSED)
        return (
            self._texts.stop(message, now + PAUSED)
            or self._quiet(message, now)
            or self._promise(message, now)
        )

    def rendered(self, message: Message, now: datetime) -> Rendered:
        """The message as its channel takes it, with its text as it stands."""
        desk, copy = self._desk, self._texts.get(message.copy_id)
        parts, label = fill(copy.parts, message.slots), self._label(message, copy, now)
        if set(parts) == set(TEXT_PARTS):
            return labelled(render_text(message, parts), label, message.locale)
        if message.channel not in ("email", "push"):
            return labelled(render_onsite(message, parts), label, message.locale)
        links = links_for(message, desk.sender, desk.shop_url, desk.key, desk.tracking, now)
        if message.channel == "push":
            return labelled(render_push(message, parts, links.shop), label, message.locale)
        return render_email(message, parts, desk.sender, links, now, label)

    def _label(self, message: Message, copy: Copy, now: datetime) -> str:
        """What says that a model wrote the text, where the market or the shop wants it said."""
        if copy.source != "model":
            return ""
        desk = self._desk
        return ai_label(desk.market, message.locale, message.channel, now.date(), desk.ai_label)

    def count(self, message: Message) -> None:
        """The message is on its way and fills its shopper's caps."""
        self._tally.add(message.shopper_id, message.channel)

    def uncount(self, messages: Sequence[Message]) -> None:
        """These did not leave after all."""
        for message in messages:
            self._tally.remove(message.shopper_id, message.channel)

    def _quiet(self, message: Message, now: datetime) -> Stop | None:
        """Why the shopper is not to be reached at this hour."""
        desk = self._desk
        until = quiet_until(now, message.time_zone, message.channel, desk.market, desk.quiet)
        return None if until is None else in_quiet_hours(message, until)

    def _promise(self, message: Message, now: datetime) -> Stop | None:
        """Why what is promised does not hold any more."""
        if self._promises is None:
            return None
        return self._promises.stop(message, self._texts.get(message.copy_id), now)
