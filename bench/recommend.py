"""Rank the next four weeks' products on the Complete Journey data.

Run as ``python bench/recommend.py [cutoff, default 2017-12-04]``; the last line is one JSON
object. Settings of the hybrid were chosen at cutoff 2017-11-06, the figure is read at 2017-12-04.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
import time
from datetime import UTC, datetime

import polars as pl

from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.recommend import evaluate_ranking, group_scores


def main(cutoff: str = "2017-12-04") -> None:
    """Evaluate at one cutoff and print the figures."""
    source = CompleteJourneySource()
    table = pl.concat([batch.lines for batch in source.events()])
    at = datetime.fromisoformat(cutoff).replace(tzinfo=UTC)
    start, used = time.perf_counter(), time.process_time()
    report = evaluate_ranking(table, at)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    products = pl.DataFrame(
        [(p.product_id, p.category) for p in source.products()],
        schema=["product_id", "category"],
        orient="row",
    )
    top = products["category"].drop_nulls().unique().sort()[:50].to_list()
    start = time.perf_counter()
    shoppers, _ = group_scores(table, products, top, at)
    print(
        json.dumps(
            dataclasses.asdict(report)
            | {
                "cutoff": cutoff,
                "seconds": round(seconds, 2),
                "cpu_s": round(cpu, 2),
                "group_scores_s": round(time.perf_counter() - start, 2),
                "group_shoppers": int(shoppers.size),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
