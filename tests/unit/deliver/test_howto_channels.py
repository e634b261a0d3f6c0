"""The page on a channel of one's own works as printed, and the channel is as short as it says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from promoloop.settings import load_settings, starter_config

HOWTO = Path(__file__).parents[3] / "docs" / "howto"
PAGE = (HOWTO / "own-channel.md").read_text("utf-8")
CHANNEL, TEST, WRAPPED = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gateway.py").write_text(CHANNEL, encoding="utf-8")
    (tmp_path / "test_gateway.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "wrapped.py").write_text(
        f"{WRAPPED}\nassert channel.name == 'messenger'\nassert channel.send([]) == []\n", "utf-8"
    )
    return tmp_path


def test_the_channel_has_at_most_thirty_lines() -> None:
    lines = [line for line in CHANNEL.splitlines() if line.strip()]
    assert len(lines) <= 30


def test_it_passes_the_suite_as_printed(folder: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_gateway.py"]
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert re.search(r"1[0-9] passed", run.stdout)


def test_the_wrappers_fit_it_as_printed(folder: Path) -> None:
    words = [sys.executable, "wrapped.py"]
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("page", ["own-channel.md", "channels.md"])
def test_every_setting_on_the_pages_is_known(page: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.+?)```", (HOWTO / page).read_text("utf-8"), re.DOTALL)
    shown = [block for block in blocks if "[project" not in block]
    assert shown
    for number, block in enumerate(shown):
        names = set(tomllib.loads(block))
        config = tmp_path / str(number) / "promoloop.toml"
        config.parent.mkdir()
        kept = [
            section
            for section in re.split(r"(?m)^(?=\[)", starter_config())
            if section.split("]")[0].strip("[") not in names
        ]
        config.write_text("".join(kept) + "\n" + block, "utf-8")
        load_settings(config)
