"""Fold the Complete Journey data's 1.47M lines into profiles; the last line is one JSON object."""

from __future__ import annotations

import json
import resource
import time
from datetime import UTC, datetime

import polars as pl

from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.profiles import fold_profiles


def main() -> None:
    """Fold three times and print the fastest."""
    source = CompleteJourneySource()
    table = pl.concat([batch.lines for batch in source.events()])
    products = pl.DataFrame(
        [(p.product_id, p.category, p.department, p.brand) for p in source.products()],
        schema=["product_id", "category", "department", "brand"],
        orient="row",
    )
    runs = []
    for _ in range(3):
        start, used = time.perf_counter(), time.process_time()
        profiles = fold_profiles(table.lazy(), products, datetime(2018, 1, 2, tzinfo=UTC))
        runs.append((time.perf_counter() - start, time.process_time() - used))
    seconds, cpu = min(runs)
    print(
        json.dumps(
            {
                "seconds": round(seconds, 2),
                "first_seconds": round(runs[0][0], 2),
                "cpu_s": round(cpu, 2),
                "rows": table.height,
                "profiles": profiles.height,
                "lifecycle": dict(profiles["lifecycle"].value_counts(sort=True).iter_rows()),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
