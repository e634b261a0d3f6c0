"""How fast events come in: Complete Journey and generated JSON Lines.

python bench/ingest.py --json
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from promoloop.backends.files import FileSource
from promoloop.backends.lake import ParquetHistory
from promoloop.backends.source_completejourney import CompleteJourneySource
from promoloop.events import Source


def measured(make: Callable[[], Source], root: Path) -> dict[str, float]:
    """Read, check, compare and store every event durably; then once more."""
    history = ParquetHistory(root)
    start, cpu = time.perf_counter(), time.process_time()
    rows = sum(history.append(batch.lines) for batch in make().events())
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    again = time.perf_counter()
    added = sum(history.append(batch.lines) for batch in make().events())
    return {
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(rows / seconds),
        "cpu_s": round(cpu, 3),
        "replay_rows_added": added,
        "replay_s": round(time.perf_counter() - again, 3),
    }


def generated(path: Path, rows: int = 200_000) -> Path:
    """Product views and one-product orders of 5,000 shoppers over 90 days."""
    rng = random.Random(7)
    with path.open("w", encoding="utf-8") as out:
        for i in range(rows):
            day, second = divmod(rng.randrange(90 * 86_400), 86_400)
            month, day = divmod(day, 30)
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            item = {"product_id": f"p{rng.randrange(900)}", "price": rng.randrange(9999) / 100}
            order = {"order_id": f"o{i}", "currency": "EUR", "products": [item]}
            call = {
                "type": "track",
                "event": "Order Completed" if i % 3 == 0 else "Product Viewed",
                "messageId": f"m{i}",
                "userId": f"u{rng.randrange(5000)}",
                "timestamp": f"2026-{month + 4:02}-{day + 1:02}T{clock}Z",
                "properties": order if i % 3 == 0 else {**item, "currency": "EUR"},
            }
            out.write(json.dumps(call) + "\n")
    return path


def main() -> None:
    """Measure both and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the figures only, as JSON")
    quiet = parser.parse_args().json
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures: dict[str, object] = {**measured(CompleteJourneySource, root / "journey")}
        events = generated(root / "events.jsonl")
        figures["jsonl"] = measured(lambda: FileSource(events), root / "jsonl")
    if not quiet:
        print("Complete Journey; under jsonl 200,000 generated calls")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
