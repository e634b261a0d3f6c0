"""The tutorial does what it says: every block is run in order, and prints what stands below it.

A ``text`` block below a ``python`` block is all that the block prints. In a ``console`` block,
``$`` marks commands, and the lines below one are found among those that it prints.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-campaign.md"


class Block(NamedTuple):
    kind: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [Block(m[1], m[2], page.count("\n", 0, m.start()) + 2) for m in found]


def printed_by(block: Block, names: dict[str, object]) -> str:
    """Run the block; its lines keep the numbers they have on the page."""
    code = compile("\n" * (block.line - 1) + block.text, str(PAGE), "exec")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, names)  # the page is ours
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def in_python(folder: Path) -> list[tuple[Block, str]]:
    """Every ``python`` block with what it printed, run in an empty folder."""
    names: dict[str, object] = {"__name__": "tutorial"}
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder):
        patch.setenv("PROMOLOOP_SIGNING_KEY", "for this test only")
        found = [block for block in blocks(PAGE.read_text("utf-8")) if block.kind == "python"]
        return [(block, printed_by(block, names)) for block in found]


def test_every_python_block_prints_what_the_page_says(in_python):
    page = blocks(PAGE.read_text("utf-8"))
    below = dict(itertools.pairwise(page))
    said = [(b, p, below.get(b)) for b, p in in_python]
    checked = [(p, text.text) for _, p, text in said if text is not None and text.kind == "text"]
    assert len(checked) > 8
    for printed, text in checked:
        assert printed == text


def test_the_reasons_are_told_in_both_languages(in_python):
    reasons = next(printed for block, printed in in_python if "shop.explain" in block.text)
    english, chinese = reasons.split("已决定发送：")
    assert english.startswith("Sent: ")
    assert "For it:" in english
    assert "支持的理由：" in chinese


def test_messages_hold_facts_and_no_slots(in_python, folder):
    del in_python
    shown = (folder / "corner-shop" / "onsite.jsonl").read_text("utf-8")
    assert "ends Nov 8" in shown
    assert "{{" not in shown


def test_the_report_is_written_in_both_languages(in_python, folder):
    del in_python
    for name, language in (("report.html", "en"), ("report.zh-CN.html", "zh")):
        page = (folder / "corner-shop" / name).read_text("utf-8")
        assert f'lang="{language}' in page


@pytest.mark.slow
def test_every_command_works_and_prints_what_the_page_says(in_python, folder):
    del in_python
    found = [block.text for block in blocks(PAGE.read_text("utf-8")) if block.kind == "console"]
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(found), re.MULTILINE)
    script = "\n".join(f"echo '#{n}'\n{command}" for n, (command, _) in enumerate(steps))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = re.split(r"^#\d+\n", done.stdout, flags=re.MULTILINE)[1:]
    assert len(printed) == len(steps) > 12
    for (command, expected), lines in zip(steps, printed, strict=True):
        for line in expected.splitlines():
            assert line in lines, f"{command}\nprinted\n{lines}"
