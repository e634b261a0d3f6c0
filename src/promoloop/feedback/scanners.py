"""Which clicks are a machine's: mail scanners, link previews, crawlers. Labelled, never dropped.

What can be seen at once (the method, the browser's name, the network) is kept with the click as
signs; what shows only beside others (too soon after the message, several links at once) is told by
``label_clicks``. The lists are dated data: ``data/scanners.toml``.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from promoloop.core import tongue_table
from promoloop.feedback.records import Click

__all__ = ["ScannerRules", "Visit", "label_clicks", "machine_said", "scanner_rules", "signs_of"]


@dataclass(frozen=True, slots=True)
class Visit:
    """How a link was followed; looked at and forgotten.

    ``agent`` is the User-Agent, ``purpose`` the header Sec-Purpose (or Purpose), ``address`` where
    it came from, ``datacentre`` whether the shop's own proxy says that this is a data centre.
    """

    method: str = "GET"
    agent: str = ""
    purpose: str = ""
    address: str = ""
    datacentre: bool = False


@dataclass(frozen=True, slots=True)
class _Agent:
    name: str
    has: str
    whole: str | None
    opens: bool

    def fits(self, agent: str, kind: str) -> bool:
        if self.opens and kind != "open":
            return False
        return agent == self.whole if self.whole is not None else self.has in agent


@dataclass(frozen=True, slots=True)
class ScannerRules:
    """The lists and limits in force on one day; see ``data/scanners.toml``."""

    soon: timedelta
    burst_links: int
    burst: timedelta
    settle: timedelta
    agents: tuple[_Agent, ...]
    networks: tuple[tuple[str, IPv4Network | IPv6Network], ...]


@cache
def scanner_rules(on: date) -> ScannerRules:
    """The rules in force on the day ``on``."""
    source = files("promoloop.feedback").joinpath("data", "scanners.toml")
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    timing = data["timing"]
    return ScannerRules(
        soon=timedelta(seconds=timing["soon_seconds"]),
        burst_links=timing["burst_links"],
        burst=timedelta(seconds=timing["burst_seconds"]),
        settle=timedelta(seconds=timing["settle_seconds"]),
        agents=tuple(
            _Agent(row["name"], row.get("has", ""), row.get("is"), row.get("opens", False))
            for row in _in_force(data["agent"], on)
        ),
        networks=tuple(
            (row["name"], ip_network(range_))
            for row in _in_force(data["network"], on)
            for range_ in row["ranges"]
        ),
    )


def signs_of(visit: Visit, kind: str, rules: ScannerRules) -> tuple[str, ...]:
    """Reason codes that speak for a machine, as far as one visit of a link shows them.

    Examples
    --------
    >>> rules = scanner_rules(date(2026, 11, 20))
    >>> signs_of(Visit("HEAD", "curl/8.9"), "click", rules)
    ('head', 'agent:program')
    >>> signs_of(Visit("GET", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"), "click", rules)
    ()
    """
    agent = visit.agent.strip().lower()
    found = ["head"] if visit.method.upper() == "HEAD" else []
    if "prefetch" in visit.purpose.lower() or "preview" in visit.purpose.lower():
        found.append("prefetch")
    found += [f"agent:{one.name}" for one in rules.agents if one.fits(agent, kind)]
    found += [f"network:{name}" for name in _networks_of(visit.address, rules)]
    if visit.datacentre:
        found.append("datacentre")
    return tuple(dict.fromkeys(found))


def label_clicks(
    clicks: Sequence[Click], sent_at: Mapping[str, datetime], rules: ScannerRules
) -> dict[str, str]:
    """The reason code why each click is a machine's, by click id; ``""`` for a person's.

    Parameters
    ----------
    clicks : sequence of Click
        All of a message must be there, or several links at once are not seen.
    sent_at : mapping of decision id to datetime, UTC
        Of messages that are missing here the time after sending is not looked at.
    rules : ScannerRules
    """
    at_once = _in_bursts(clicks, rules)
    return {
        one.click_id: _label(one, sent_at.get(one.decision_id), one.click_id in at_once, rules)
        for one in clicks
    }


def machine_said(code: str, locale: str) -> str:
    """A label of ``label_clicks`` in words; the code itself where there are none.

    >>> machine_said("agent:barracuda", "en-US")
    'it calls itself a machine (barracuda)'
    """
    name, _, rest = code.partition(":")
    words = tongue_table("promoloop.feedback", "machines", locale)
    return str(words.get(name or "person", code)).format(name=rest)


def _label(click: Click, sent: datetime | None, burst: bool, rules: ScannerRules) -> str:
    if click.signs:
        return click.signs[0]
    if sent is not None and click.at < sent:
        return "before-sending"
    if sent is not None and click.at < sent + rules.soon:
        return "too-soon"
    return "burst" if burst else ""


def _in_bursts(clicks: Sequence[Click], rules: ScannerRules) -> set[str]:
    """Clicks of a message that lie close to so many of its other links."""
    found: set[str] = set()
    messages: defaultdict[str, list[Click]] = defaultdict(list)
    for one in clicks:
        # A person's mail program shows the picture while the person follows a link.
        if one.kind != "open":
            messages[one.decision_id].append(one)
    for mine in messages.values():
        mine.sort(key=lambda one: one.at)
        first = 0
        for last, one in enumerate(mine):
            while one.at - mine[first].at > rules.burst:
                first += 1
            near = mine[first : last + 1]
            if len({(each.kind, each.target) for each in near}) >= rules.burst_links:
                found |= {each.click_id for each in near}
    return found


def _networks_of(address: str, rules: ScannerRules) -> list[str]:
    try:
        place = ip_address(address)
    except ValueError:
        return []
    return [
        name
        for name, network in rules.networks
        if network.version == place.version and place in network
    ]


def _in_force(rows: Iterable[Mapping[str, Any]], on: date) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["since"] <= on]
