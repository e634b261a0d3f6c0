"""Figures for Prometheus: answers of the server, and messages by their state.

Labels are bounded: routes are templates, methods and statuses are those of HTTP, states ours.
Nothing in them says who anybody is. Needs the extra ``serve``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from promoloop.core import UnavailableError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import GaugeMetricFamily

__all__ = ["PrometheusWatch"]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)


class PrometheusWatch:
    """Counts answers as they are given, and asks for the other figures when it is scraped.

    Parameters
    ----------
    messages : callable
        Messages of the outbox by state.
    """

    def __init__(self, messages: Callable[[], Mapping[str, int]]) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram
        except ModuleNotFoundError as error:
            raise UnavailableError(
                "figures for Prometheus",
                f"{error.name} is not installed",
                "pip install 'promoloop[serve]'",
            ) from error
        self._registry: CollectorRegistry = CollectorRegistry()
        self._answers = Counter(
            "promoloop_http_answers",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "promoloop_http_seconds",
            "Time until the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_Outbox(messages))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        verb = method if method in _METHODS else "other"
        self._answers.labels(route, verb, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def figures(self) -> tuple[bytes, str]:
        """All figures in Prometheus' text format."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _Outbox:
    """Messages by state, read when they are asked for."""

    def __init__(self, messages: Callable[[], Mapping[str, int]]) -> None:
        self._messages = messages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge per state."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        family = GaugeMetricFamily(
            "promoloop_outbox_messages", "Messages by their state.", labels=["state"]
        )
        for state, count in sorted(self._messages().items()):
            family.add_metric([state], count)
        yield family

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is read before it is asked for."""
        return []
