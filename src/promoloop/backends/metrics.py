"""Figures for Prometheus. Every label is bounded: templates, channels, states, codes, never ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from promoloop.core import PromoloopError, UnavailableError

if TYPE_CHECKING:
    from prometheus_client.core import Metric

__all__ = ["Gauges", "Metrics"]

#: What is read when the figures are asked for: name → (help, label, value by label value).
Gauges = Mapping[str, tuple[str, str, Mapping[str, float]]]

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: Routes at most; what comes after is counted as ``other``.
_MOST = 200


class Metrics:
    """Counts answers, and reads the shop's state when it is scraped.

    Implements the ``Watch`` of the API.

    Parameters
    ----------
    read : callable
        Gauges as they stand; it is asked at every scrape, and what it raises is counted.
    """

    def __init__(self, read: Callable[[], Gauges]) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram
        except ModuleNotFoundError as error:
            raise UnavailableError(
                "figures for Prometheus",
                f"{error.name} is not installed",
                "Install the extra: pip install 'promoloop[serve]'.",
            ) from error
        self._read = read
        self._routes: set[str] = set()
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "promoloop_http_answers",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "promoloop_http_seconds",
            "Seconds until the answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._failures = Counter(
            "promoloop_scrape_failures",
            "Scrapes that could not read the state.",
            registry=self._registry,
        )
        self._registry.register(_Reading(self))

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        known = method if method in _METHODS else "other"
        template = self._bounded(route)
        self._answers.labels(template, known, str(status)).inc()
        self._seconds.labels(template).observe(seconds)

    def figures(self) -> tuple[bytes, str]:
        """Everything, as Prometheus reads it, and the content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def gauges(self) -> Gauges:
        """The state as it is read now; nothing when that fails."""
        try:
            return self._read()
        except (PromoloopError, OSError):  # the figures of the process are worth having still
            self._failures.inc()
            return {}

    def _bounded(self, route: str) -> str:
        if route in self._routes or len(self._routes) < _MOST:
            self._routes.add(route)
            return route
        return "other"


class _Reading:
    """Turns gauges into what the registry collects."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """One family for each gauge."""
        from prometheus_client.core import GaugeMetricFamily

        for name, (said, label, values) in self._metrics.gauges().items():
            family = GaugeMetricFamily(name, said, labels=[label])
            for value, figure in values.items():
                family.add_metric([value], figure)
            yield family

    def describe(self) -> Iterable[Metric]:
        """Nothing is read at registration."""
        return ()
