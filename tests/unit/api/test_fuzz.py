"""The whole document under schemathesis, as the bench does it for longer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench" / "api_fuzz.py"


@pytest.mark.slow
def test_nothing_that_the_document_allows_or_forbids_breaks_the_server() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH), "--minutes", "0.7", "--json", "--seed", "3"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["cases"] > 300
    assert (found["server_errors_5xx"], found["contract_breaks"]) == (0, 0), found["kinds"]
    assert found["server_log_errors"] == 0
