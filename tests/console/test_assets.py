"""Page assets: fetched by the first way that works, and a clear word when none does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "assets.py"
VENDOR = ROOT / "src" / "promoloop" / "console" / "static" / "vendor"


def fetch(folder: Path, *ways: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tool with nothing of the network within reach."""
    asked = [part for way in ways for part in ("--by", way)]
    return subprocess.run(
        [sys.executable, str(TOOL), "--to", str(folder), *asked],
        env={**os.environ, "PIP_NO_INDEX": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_there_and_fits_is_left_alone() -> None:
    done = fetch(VENDOR, PATH="")
    assert (done.returncode, done.stdout) == (0, "")


def test_when_neither_way_works_it_says_why_and_what_to_do(tmp_path: Path) -> None:
    done = fetch(tmp_path, PATH="")
    assert done.returncode == 1
    assert "by npm: npm is not installed" in done.stderr
    assert "by wheels: " in done.stderr
    assert "make assets" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_changed_is_not_taken_for_the_locked_one(tmp_path: Path) -> None:
    for path in VENDOR.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes() + b" ")
    assert fetch(tmp_path, PATH="").returncode == 1


def test_every_way_is_locked_by_hashes() -> None:
    folder = TOOL.parent / "assets"
    wheels = (folder / "requirements.lock").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[\w-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", one) for one in wheels)
    lock = (folder / "package-lock.json").read_text("utf-8")
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
    assets = tomllib.loads((folder / "assets.toml").read_text("utf-8"))["asset"]
    assert [len(asset["sha512"]) for asset in assets] == [128, 128, 128]
