"""The command line answers before the engine is loaded."""

from __future__ import annotations

import subprocess
import sys

ASK = (
    "import sys, promoloop.cli; print('promoloop.flows' in sys.modules, 'lightgbm' in sys.modules)"
)


def test_help_loads_no_engine() -> None:
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]
