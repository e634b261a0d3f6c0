"""OpenTelemetry traces, when an exporter is configured: ``OTEL_EXPORTER_OTLP_ENDPOINT``.

Spans carry what metrics do (route templates, status, counts) and no personal data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from promoloop.core import UnavailableError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["Traces", "configured_traces"]


class Traces:
    """Writes one span for each thing that ended.

    Parameters
    ----------
    exporter : SpanExporter
        Where spans go.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource.create({"service.name": "promoloop"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("promoloop")

    def ended(self, name: str, seconds: float, said: Mapping[str, str | int]) -> None:
        """Something took ``seconds`` until now; ``said`` are bounded attributes."""
        end = time.time_ns()
        span = self._tracer.start_span(name, start_time=end - int(seconds * 1e9))
        span.set_attributes(dict(said))
        span.end(end_time=end)

    def close(self) -> None:
        """Send what waits, and stop."""
        self._provider.shutdown()


def configured_traces() -> Traces | None:
    """Traces to the endpoint the environment names; ``None`` where it names none.

    Raises
    ------
    UnavailableError
        An endpoint is named and the extra ``otel`` is not installed.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "OpenTelemetry traces",
            f"{error.name} is not installed",
            "Install the extra: pip install 'promoloop[otel]'.",
        ) from error
    return Traces(OTLPSpanExporter())
