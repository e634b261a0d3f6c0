"""The command line answers before the engine is loaded."""

from __future__ import annotations

import subprocess
import sys

#: What takes a tenth of a second or more to load, or brings something that does.
HEAVY = ("promoloop.bootstrap", "promoloop.flows", "numpy", "polars", "scipy", "lightgbm", "rich")

ASK = "import sys, promoloop.cli; print(*(name for name in sys.argv[1:] if name in sys.modules))"


def test_help_loads_no_engine() -> None:
    said = subprocess.run(
        [sys.executable, "-c", ASK, *HEAVY], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == []
