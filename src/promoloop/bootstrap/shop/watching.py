"""A shop watched from outside: figures, traces, and whether it can work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from promoloop.backends.logs import configure_logs
from promoloop.backends.metrics import Gauges, Metrics
from promoloop.backends.traces import Traces, configured_traces
from promoloop.bootstrap.shop.moments import present
from promoloop.bootstrap.shop.opened import OpenedShop
from promoloop.core import InvalidError
from promoloop.flows.schedule import account_of

__all__ = ["Ready", "Watched", "Watching"]

#: A message that waits longer than this past its time says that no worker sends.
LAG_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether a shop can work; ``troubles`` says what is wrong, by a bounded code."""

    ok: bool
    troubles: tuple[str, ...]
    outbox_lag_seconds: float


class Watched:
    """Told of answers; counts them and, where that is configured, traces them."""

    def __init__(self, metrics: Metrics, traces: Traces | None) -> None:
        self._metrics, self._traces = metrics, traces

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._metrics.answered(route, method, status, seconds)
        if self._traces is not None:
            said = {"http.route": route, "http.request.method": method}
            self._traces.ended(route, seconds, {**said, "http.response.status_code": status})

    def figures(self) -> tuple[bytes, str]:
        """All figures, and their content type."""
        return self._metrics.figures()


class Watching(OpenedShop):
    """Lets itself be watched."""

    def watched(self) -> Watched:
        """Figures of this process and of the shop; hand it to ``create_app``."""
        return Watched(Metrics(self.gauges), configured_traces())

    def configure_logs(self, level: str = "INFO") -> None:
        """Write this process's logs as JSON lines without personal data."""
        configure_logs(level, key=self.settings.address_key.encode())

    def readiness(self, now: datetime | None = None, window_at: datetime | None = None) -> Ready:
        """Whether stores answer, the window of real time is fresh, and messages leave in time.

        ``window_at`` is when real time last looked at the shop; leave it out where nothing is
        decided live.
        """
        moment, troubles = now or present(), []
        house = self.house
        house.campaigns.all()
        since = house.parked.waiting_since(moment) if house.parked else None
        lag = max(0.0, (moment - since).total_seconds()) if since else 0.0
        if lag > LAG_SECONDS:
            troubles.append("outbox_lag")
        if window_at is not None and (moment - window_at).total_seconds() > 60:
            troubles.append("window_stale")
        return Ready(not troubles, tuple(troubles), lag)

    def gauges(self) -> Gauges:
        """The shop's state in figures without ids, as they are scraped."""
        house, now = self.house, present()
        money, campaigns = Counter[str](), Counter[str]()
        paused = house.pauses.paused()
        for campaign in house.campaigns.all():
            campaigns["paused" if campaign.campaign_id in paused else "running"] += 1
            try:
                state = house.ledger.state(account_of(campaign))
            except InvalidError:
                continue  # nothing was promised yet
            money["budget"] += state.budget_minor
            money["reserved"] += state.reserved_minor
            money["spent"] += state.spent_minor
            money["late"] += state.late_minor
        trips = Counter(one.metric or "other" for one in paused.values())
        ready = self.readiness(now)
        return {
            "promoloop_outbox_messages": (
                "Messages in the outbox by state.",
                "state",
                {name: float(count) for name, count in house.outbox.counts().items()},
            ),
            "promoloop_outbox_lag_seconds": (
                "How long the oldest due message has waited for a worker.",
                "queue",
                {"outbox": ready.outbox_lag_seconds},
            ),
            "promoloop_budget_minor": (
                "Money of all campaigns together, minor units.",
                "kind",
                {kind: float(money[kind]) for kind in ("budget", "reserved", "spent", "late")},
            ),
            "promoloop_campaigns": (
                "Campaigns by whether they run.",
                "state",
                {state: float(campaigns[state]) for state in ("running", "paused")},
            ),
            "promoloop_guardrail_pauses": (
                "Campaigns paused now, by guardrail or step of their life.",
                "metric",
                {metric: float(count) for metric, count in trips.items()},
            ),
        }
