"""Measure the response models on Complete Journey: ``python bench/respond.py``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from promoloop.respond import evaluate_redemption

sys.path.insert(0, str(Path(__file__).parent))
from respond_data import load_history, load_lines

TRAIN = [*(str(number) for number in range(1, 14)), "27"]


def main() -> None:
    """Print the redemption figures of STACK's protocol, for three seeds."""
    lines, history = load_lines().lazy(), load_history()
    for seed in range(3):
        begun = time.perf_counter()
        report = evaluate_redemption(lines, history, TRAIN, "18", seed=seed)
        print(seed, report, f"{time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
