"""What providers told of messages: bounces and complaints bar the address for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from promoloop.core import InvalidError, time_ordered_id
from promoloop.deliver import Keys, ProviderReport
from promoloop.feedback import Outcome
from promoloop.flows.consent.leaving import unsubscribe
from promoloop.flows.consent.person import CHANNELS, person_of
from promoloop.flows.house import House
from promoloop.profiles import Suppression, address_digest

__all__ = ["take_reports"]

_BARS = {"hard_bounce": "bounced", "complaint": "complained"}


def take_reports(
    house: House, reports: Sequence[ProviderReport], keys: Keys, address_key: bytes
) -> Mapping[str, int]:
    """Bar the addresses of hard bounces and complaints; count what was done.

    A complaint also withdraws consent on every channel and is an outcome that costs. Soft bounces
    and deliveries bar nobody. The shopper is known from our own token in the report, else from
    the address; taking the same report again changes nothing.
    """
    done = Counter[str]()
    ours = _shoppers(house, {one.address for one in reports if one.kind == "complaint"})
    for report in reports:
        reason = _BARS.get(report.kind)
        if reason is None:
            done["passed"] += 1
            continue
        done[reason] += 1
        if report.address and house.suppressions is not None:
            digest = address_digest(report.address, address_key)
            entry = Suppression(digest, reason, report.channel, report.at, report.detail[:200])
            done["barred"] += house.suppressions.add([entry])
        if report.kind == "complaint":
            shopper_id = _named(report, keys) or ours.get(_plain(report.address), "")
            done["unknown_shopper"] += not shopper_id
            if shopper_id:
                _complained(house, shopper_id, report)
    return dict(done)


def _complained(house: House, shopper_id: str, report: ProviderReport) -> None:
    house.outcomes.append(
        [
            Outcome(
                time_ordered_id(report.at, shopper_id, report.message_id, "complained"),
                shopper_id,
                "",
                "complained",
                "",
                report.at,
                0,
                0,
                0,
                "real",
            )
        ]
    )
    unsubscribe(house, shopper_id, CHANNELS, report.at, "complaint")


def _named(report: ProviderReport, keys: Keys) -> str:
    try:
        return person_of(keys, report.token).shopper_id if report.token else ""
    except InvalidError:
        return ""


def _shoppers(house: House, addresses: set[str]) -> dict[str, str]:
    """Shoppers by their address, of those asked for."""
    if not addresses or "contacts" not in house.tables.names():
        return {}
    contacts = house.tables.get("contacts").select("shopper_id", "email")
    wanted = {_plain(one) for one in addresses}
    plain = pl.col("email").str.strip_chars().str.to_lowercase()
    found = contacts.filter(plain.is_in(sorted(wanted)))
    return {_plain(email): shopper for shopper, email in found.iter_rows()}


def _plain(address: str) -> str:
    return address.strip().lower()
