"""A briefs file with a bad row: the others are written, and the exit status says so."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from promoloop.cli.compose import compose

FILE = """
descriptions:
  - {product_id: p1, title: Oak Bench, locale: en-US, attributes: {material: solid oak}}
  - {product_id: p2, title: Oak Table, locale: en-US, wished: [weight]}
  - {product_id: p3, title: Oak Shelf, locale: en-US, attributes: {material: solid oak}}
"""


@pytest.mark.parametrize(
    ("text", "status", "kept"), [(FILE, 2, 2), (FILE.replace("wished", "wanted"), 0, 3)]
)
def test_a_bad_row_is_told_and_the_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, status: int, kept: int
):
    monkeypatch.chdir(tmp_path)
    Path("briefs.yaml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(compose, ["--briefs", "briefs.yaml", "--out", "out.jsonl", "--json"])
    assert done.exit_code == status
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == kept
    report = json.loads(done.stdout)
    assert report["other_kinds"] == kept
    bad = report["bad_rows"]
    assert len(bad) == 3 - kept
    assert all("briefs.yaml, descriptions, item 2, field wished" in one for one in bad)
    assert all(f"promoloop: {one}" in done.stderr for one in bad)
