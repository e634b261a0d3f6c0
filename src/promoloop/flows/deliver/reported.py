"""What providers report later: bounces and complaints end all contact, with proof only.

A report is believed as far as it is proven. One that came signed (a webhook) may suppress the
address it names and end the consent of whoever has it. One that came by mail proves only the
token it returns, and can do no more than the link in the message it returns could: end this
shopper's consent on this channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from promoloop.core import InvalidError, time_ordered_id
from promoloop.deliver import UNSUBSCRIBE, Keys, ProviderReport, read_token
from promoloop.feedback import Outcome, OutcomeLog
from promoloop.profiles import Consent, ConsentLedger, Suppression, SuppressionList, address_digest

__all__ = ["ReportDesk", "ReportsTaken", "take_reports"]

#: The kinds that end contact, and the reason that stands in the list of suppressed addresses.
ENDING: Mapping[str, str] = {"hard_bounce": "bounced", "complaint": "complained"}


def _nobody(_channel: str, _address: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """What taking reports needs: the ledger, the list, and the keys of links and of addresses.

    Complaints are written into ``outcomes``, where they cost the message they came after.
    ``owner_of`` gives the shopper who has an address on a channel, ``None`` for nobody's.
    """

    consents: ConsentLedger
    suppressions: SuppressionList | None
    key: Keys
    address_key: bytes = b""
    purpose: str = "marketing"
    outcomes: OutcomeLog | None = None
    owner_of: Callable[[str, str], str | None] = _nobody


@dataclass(frozen=True, slots=True)
class ReportsTaken:
    """How many reports there were of each kind, and what followed.

    ``unproven`` ended nothing: they came by mail and returned no token of ours.
    """

    kinds: Mapping[str, int]
    suppressed: int
    withdrawn: int
    unproven: int


def take_reports(
    desk: ReportDesk, reports: Iterable[ProviderReport], now: datetime, *, signed: bool
) -> ReportsTaken:
    """Suppress addresses and end consents where reports ask for it.

    Taking the same reports again changes nothing more.

    Parameters
    ----------
    desk : ReportDesk
    reports : iterable of ProviderReport
    now : datetime
        UTC; a report cannot be of a later time.
    signed : bool
        Whether the reports came by a verified webhook.
    """
    kinds: Counter[str] = Counter()
    gone: list[Suppression] = []
    noes: list[Consent] = []
    told: list[Outcome] = []
    unproven = 0
    for report in reports:
        kinds[report.kind] += 1
        reason = ENDING.get(report.kind)
        if reason is None:
            continue
        shopper = _shopper(desk.key, report)
        if shopper is None and signed and report.address:
            shopper = desk.owner_of(report.channel, report.address)
        if shopper is not None:
            at = min(report.at, now)
            noes.append(Consent(shopper, report.channel, desk.purpose, False, at, reason))
            told += [_complained(shopper, report, at)] if report.kind == "complaint" else []
        if signed and report.address:
            digest = address_digest(report.address, desk.address_key)
            gone.append(Suppression(digest, reason, report.channel, now, "webhook"))
        unproven += shopper is None and not signed
    desk.consents.record(noes)
    if desk.outcomes is not None:
        desk.outcomes.append(told)
    suppressed = desk.suppressions.add(gone) if desk.suppressions is not None and gone else 0
    return ReportsTaken(dict(kinds), suppressed, len(noes), unproven)


def _complained(shopper_id: str, report: ProviderReport, at: datetime) -> Outcome:
    key = time_ordered_id(at, shopper_id, report.message_id, "complained")
    return Outcome(key, shopper_id, "", "complained", "", at, 0, 0, 0, "real")


def _shopper(key: Keys, report: ProviderReport) -> str | None:
    """Whom the report's token names, where it is ours and of this channel."""
    if not report.token:
        return None
    try:
        values = read_token(key, UNSUBSCRIBE, report.token)
    except InvalidError:
        return None
    return values[0] if len(values) == 2 and values[1] == report.channel else None
