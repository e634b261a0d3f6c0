"""Invitations to an event: what, where, when, from whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promoloop.compose.kinds.checks import (
    day_text,
    local,
    require_name,
    require_no_offer,
    require_written,
    time_text,
)
from promoloop.compose.kinds.drafting import Drafting, better
from promoloop.compose.kinds.wording import drawn, limits_of
from promoloop.compose.kinds.written import Known, Written, proven
from promoloop.compose.proof import Fact, FactSheet
from promoloop.core import InvalidError, require_locale

__all__ = ["Invitation", "write_invitation"]

_KIND = "invitation"
_LONGEST_PLACE = 80


@dataclass(frozen=True, slots=True)
class Invitation:
    """An event to invite to.

    ``starts`` and ``ends`` carry their zone and are told in ``time_zone``. ``title`` and ``host``
    are names of at most 40 characters; ``place`` has at most 80. The link to answer with is no
    part of the brief: it belongs to each reader and is put into the part ``link`` at sending.
    """

    title: str
    place: str
    starts: datetime
    ends: datetime
    host: str
    locale: str
    time_zone: str = "UTC"
    channel: str = "email"

    def __post_init__(self) -> None:
        require_locale(self.locale)
        for field, name in (("title", self.title), ("host", self.host)):
            require_no_offer(require_name(name, field), field)
        require_written(self.place, "place", _LONGEST_PLACE)
        require_no_offer(self.place, "place", paid=False)
        begins = local(self.starts, self.time_zone, "starts")
        if local(self.ends, self.time_zone, "ends") <= begins:
            raise InvalidError("field ends", "it is not after starts", "Swap the two times.")


def write_invitation(
    invitation: Invitation, drafting: Drafting | None = None, turn: int = 0
) -> Written:
    """The invitation for its channel (``email``, ``push``, ``sms`` or ``onsite``).

    Examples
    --------
    >>> from datetime import UTC
    >>> tasting = Invitation("Tea Evening", "Harbor Street Shop",
    ...                      datetime(2026, 12, 5, 18, tzinfo=UTC),
    ...                      datetime(2026, 12, 5, 20, tzinfo=UTC), "Corner Shop", "en-US")
    >>> written = write_invitation(tasting)
    >>> written.parts["subject"], written.verdict.passed
    ('Invitation: Tea Evening', True)
    """
    known, sheet = _known(invitation), _sheet(invitation)
    channel, locale = invitation.channel, invitation.locale
    text = drawn(_KIND, locale, channel, known, turn)
    limits = limits_of(locale, _KIND, channel)
    written = Written(
        _KIND, locale, channel, text.parts, proven(text.parts, sheet, limits), text.sources
    )
    needed = ("title", "place", "day", "start")
    return better(written, known, needed, sheet, limits, drafting)


def _known(asked: Invitation) -> dict[str, Known]:
    begins = local(asked.starts, asked.time_zone, "starts")
    ends = local(asked.ends, asked.time_zone, "ends")
    known = {
        "title": Known(asked.title, ("event.title",)),
        "place": Known(asked.place, ("event.place",)),
        "host": Known(asked.host, ("event.host",)),
        "day": Known(day_text(begins.date(), asked.locale), ("event.starts",)),
        "start": Known(time_text(begins.time(), asked.locale), ("event.starts",)),
        "link": Known("{{link}}", ("reader.link",)),
    }
    end = time_text(ends.time(), asked.locale)
    if ends.date() == begins.date():
        return known | {"end": Known(end, ("event.ends",))}
    return known | {
        "end_day": Known(day_text(ends.date(), asked.locale), ("event.ends",)),
        "end_time": Known(end, ("event.ends",)),
    }


def _sheet(asked: Invitation) -> FactSheet:
    begins = local(asked.starts, asked.time_zone, "starts")
    ends = local(asked.ends, asked.time_zone, "ends")
    days = [("event.starts", begins), ("event.ends", ends)]
    facts = [
        Fact("name", asked.title, "event.title"),
        Fact("name", asked.host, "event.host"),
        Fact("phrase", asked.place, "event.place"),
    ]
    for source, moment in days:
        role = source.rpartition(".")[2]
        facts += [Fact("date", moment.date(), source), Fact("date", moment.date(), source, role)]
        facts += [Fact("time", moment.time(), source), Fact("time", moment.time(), source, role)]
    return FactSheet(asked.locale, tuple(facts))
