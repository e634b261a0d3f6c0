"""What is told to the outside: figures with bounded labels, logs that name nobody, traces."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from promoloop.backends.logs import configure_logs, without_personal_data
from promoloop.backends.metrics import Metrics
from promoloop.backends.traces import Traces, configured_traces
from promoloop.bootstrap import init_shop, open_shop

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana" / "promoloop.json"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the root logger writes, put back as it was afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logs("INFO", stream, b"key")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_figures_have_bounded_labels_and_no_ids() -> None:
    metrics = Metrics(lambda: {"promoloop_outbox_messages": ("m", "state", {"sent": 3.0})})
    for number in range(1000):
        metrics.answered(f"/v1/people/{number}", "BREW", 200 + number % 400, 0.01)
    text = metrics.figures()[0].decode()
    assert len(set(re.findall(r'route="([^"]*)"', text))) <= 201
    assert set(re.findall(r'method="([^"]*)"', text)) == {"other"}
    assert 'promoloop_outbox_messages{state="sent"} 3.0' in text


def test_a_state_that_cannot_be_read_leaves_the_other_figures() -> None:
    def broken() -> dict[str, tuple[str, str, dict[str, float]]]:
        raise OSError("the disk is gone")

    metrics = Metrics(broken)
    metrics.answered("/v1/decide", "POST", 200, 0.004)
    text = metrics.figures()[0].decode()
    assert 'route="/v1/decide"' in text
    metrics.figures()
    assert "promoloop_scrape_failures_total" in text


def test_logs_are_json_and_name_nobody(written: io.StringIO) -> None:
    log = logging.getLogger("promoloop.test")
    log.warning(
        "mail to %s failed, call %s",
        "ann.lee@shop.example",
        "+1 (555) 010-9999",
        extra={
            "email": "bo@shop.example",
            "first_name": "Ann",
            "last_name": "Lee",
            "shopper_id": "718",
        },
    )
    structlog.get_logger("promoloop.test").info(
        "sent", traits={"email": "x"}, details={"to": "c@d.example", "said": "from e@f.example"}
    )
    try:
        raise ValueError("no mailbox ann.lee@shop.example")
    except ValueError:
        log.exception("broke")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    text = written.getvalue()
    for secret in ("ann.lee", "bo@shop", "555", '"Ann"', "Lee", '"718"', "c@d", "e@f"):
        assert secret not in text
    assert lines[0]["event"] == "mail to [address] failed, call [number]"
    assert lines[0]["level"] == "warning"
    assert len(lines[0]["shopper_id"]) == 16
    assert "traits" not in lines[1]
    assert "ValueError" in lines[2]["exception"]


def test_the_same_shopper_has_the_same_digest_and_nobody_elses() -> None:
    clean = without_personal_data(b"key")
    one, two, other = (clean(None, "", {"shopper_id": who}) for who in ("1", "1", "2"))
    assert one == two != other
    assert without_personal_data(b"other")(None, "", {"shopper_id": "1"}) != one


def test_figures_ids_and_times_in_logs_stay() -> None:
    entry = {
        "count": 12,
        "at": "2026-11-22T12:00:00Z",
        "reason": "cap:email-per-7-days",
        "ok": True,
    }
    assert without_personal_data()(None, "", dict(entry)) == entry


def test_spans_carry_the_template_and_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    traces = Traces(kept)
    traces.ended("/v1/decide", 0.25, {"http.route": "/v1/decide", "http.response.status_code": 200})
    traces._provider.force_flush()
    (span,) = kept.get_finished_spans()
    assert span.end_time is not None
    assert span.start_time is not None
    assert 0.24e9 < span.end_time - span.start_time < 0.26e9
    assert dict(span.attributes or {})["http.route"] == "/v1/decide"
    traces.close()
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert configured_traces() is None


def test_a_shop_says_whether_it_can_work_and_how_it_stands(tmp_path: Path) -> None:
    with open_shop(init_shop(tmp_path)) as shop:
        ready = shop.readiness()
        assert (ready.ok, ready.troubles) == (True, ())
        text = shop.watched().figures()[0].decode()
    assert 'promoloop_outbox_messages{state="unknown"} 0.0' in text
    assert 'promoloop_budget_minor{kind="spent"} 0.0' in text


def test_the_dashboard_shows_only_figures_that_exist(tmp_path: Path) -> None:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    with open_shop(init_shop(tmp_path)) as shop:
        watched = shop.watched()
        watched.answered("/v1/decide", "POST", 200, 0.01)
        text = watched.figures()[0].decode()
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"promoloop_\w+", target["expr"])
    }
    known = set(re.findall(r"^# TYPE (promoloop_\w+)", text, re.MULTILINE))
    known |= {f"{name}_{more}" for name in known for more in ("bucket", "count", "sum", "total")}
    assert asked <= known
    titles = " ".join(panel["title"] for panel in dashboard["panels"])
    for word in ("Decide", "Events", "Outbox", "Budget", "Guardrails"):
        assert word in titles
