"""``promoloop pictures`` from a briefs file to files, and what it says when it cannot."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from promoloop.cli import main
from promoloop.compose import svg_texts

BRIEFS = """
offers:
  - offer_id: ../../tea-20
    names: {en-US: green tea, zh-CN: 绿茶}
    group: TEA
    reward: {code: percent_off, percent: 20}
    valid_from: 2026-11-01T00:00:00Z
    valid_until: 2026-12-01T00:00:00Z
    currency: USD
briefs:
  - {offer: ../../tea-20, locales: [en-US, zh-CN], channels: [CHANNEL], moments: [active]}
"""


def typed(folder, *words: str, channel: str = "ad"):
    (folder / "briefs.yaml").write_text(BRIEFS.replace("CHANNEL", channel), "utf-8")
    asked = ("pictures", "--briefs", str(folder / "briefs.yaml"), "--out", str(folder / "out"))
    return CliRunner().invoke(main, [*asked, *words, "--json"])


def test_files_and_their_page_land_in_the_folder_whatever_the_offer_is_called(tmp_path):
    result = typed(tmp_path, "--size", "300x250")
    assert result.exit_code == 0, result.output
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*g")}
    cells = ("tea-20-en-US-active-300x250", "tea-20-zh-CN-active-300x250")
    assert names == {f"out/{cell}.{kind}" for cell in cells for kind in ("png", "svg")}
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert all(f'src="{cell}.png"' in page for cell in cells)
    svg = (tmp_path / "out" / f"{cells[1]}.svg").read_text("utf-8")
    assert svg_texts(svg)["reward"] == "绿茶8折"
    assert json.loads(result.stdout)["pictures"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--size", "1x1"), "1x1"),
        (("--format", "gif"), "gif"),
        (("--format", ""), "none is named"),
        (("--background", "beige"), "beige"),
        (("--style", "diagonal"), "diagonal"),
        (("--image", "no-such.png"), "no such file"),
        (("--config", "no-such.toml"), "no such file"),
        (("--brand", "<b>x</b>"), "brand name"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(tmp_path, words, said):
    result = typed(tmp_path, *words)
    assert result.exit_code == 2, result.output
    assert said in result.stdout
    assert not (tmp_path / "out").exists()


def test_briefs_for_other_channels_are_refused(tmp_path):
    result = typed(tmp_path, channel="email")
    assert result.exit_code == 3
    assert "ad or popup" in result.stdout


def test_colours_that_cannot_be_read_leave_no_page(tmp_path):
    result = typed(tmp_path, "--size", "300x250", "--background", "#777777", "--ink", "#808080")
    assert result.exit_code == 3
    assert "contrast" in result.stdout
    assert not list((tmp_path / "out").iterdir())
