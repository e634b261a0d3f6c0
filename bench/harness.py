"""What every bench shares: seeds from the command line, CPU seconds, the machine, the last line."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

__all__ = ["cpu_seconds", "finish", "machine", "parser_for", "seeds_in"]

Result = TypeVar("Result")

# One BLAS thread for us and for every peer: in what is loaded already, and in what comes later.
threadpool_limits(1)
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"


def seeds_in(text: str) -> list[int]:
    """``0..9`` with both ends, ``4`` alone, or ``0,3,5``.

    >>> seeds_in("0..2"), seeds_in("4"), seeds_in("0,3")
    ([0, 1, 2], [4], [0, 3])
    """
    if ".." in text:
        first, _, last = text.partition("..")
        return list(range(int(first), int(last) + 1))
    return [int(part) for part in text.split(",")]


def parser_for(description: str | None, seeds: str) -> argparse.ArgumentParser:
    """A parser with ``--seeds`` (``seeds`` unless told) and ``--json``."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=seeds_in, default=seeds_in(seeds), help="0..9, 4 or 0,3")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    return parser


def cpu_seconds(work: Callable[[], Result]) -> tuple[Result, float]:
    """What ``work`` gives, and the CPU seconds of this process, all threads, that it took."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def machine(*packages: str) -> dict[str, object]:
    """The machine and the versions of ``packages``, so that a figure can be read later."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "blas_threads": 1,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{name: version(name) for name in packages},
    }


def finish(figures: Mapping[str, object]) -> None:
    """Print ``figures`` as one JSON object, the last line."""
    print(json.dumps(figures), flush=True)


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
