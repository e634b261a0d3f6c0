"""The bench of faults, with three kills: nothing double, nothing lost, nothing overspent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "faults.py"


@pytest.mark.slow
def test_three_kills_leave_nothing_double_lost_or_overspent() -> None:
    sizes = ["--kills", "3", "--messages", "400", "--rate", "100"]
    command = [sys.executable, str(BENCH), "--json", *sizes]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    figures = json.loads(found.stdout.splitlines()[-1])
    nothing = ("duplicates", "lost", "overspent", "codes_issued_twice")
    assert {name: figures[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert figures["unknown"] <= figures["unknown_bound"] == 60
    assert figures["contended"]["all_used_up"]
