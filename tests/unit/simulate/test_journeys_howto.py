"""The how-to page on journeys runs as it stands."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "journeys.md"


def test_every_block_of_the_page_runs_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    names: dict[str, object] = {"__name__": "howto"}
    for block in blocks:
        exec(block, names)
    assert "what six weeks bring" in capsys.readouterr().out
    assert names["verdict"].promote is False
    suite = names["TestMyPolicy"]()
    suite.test_one_seed_gives_one_choice()


def test_an_agent_takes_twenty_lines() -> None:
    first = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    assert first is not None
    assert sum(bool(line.strip()) for line in first.group(1).splitlines()) <= 22
