"""The how-to on testing a backend works as printed, and every suite is on the front door."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import promoloop.testing

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "testing-your-backend.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(from .+?)```", TEXT, re.DOTALL)[0]


def test_the_example_is_a_test_file_that_passes(tmp_path: Path) -> None:
    file = tmp_path / "test_shelf.py"
    file.write_text(EXAMPLE, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout


def test_what_the_session_shows_is_what_comes_out() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted == 5
    assert result.failed == 0


def test_the_page_names_every_suite() -> None:
    suites = [name for name in promoloop.testing.__all__ if name.endswith(("Suite", "Contract"))]
    assert len(suites) >= 20
    assert [name for name in suites if f"`{name}`" not in TEXT] == []
