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


OFFERS = """
offers:
  - offer_id: tea-20
    names: {en-US: green tea}
    group: TEA
    reward: {code: percent_off, percent: 20, ceiling_minor: 400}
    valid_from: 2026-11-01T00:00:00Z
    valid_until: 2026-12-01T00:00:00Z
    currency: USD
briefs:
  - {offer: tea-20, locales: [en-US], channels: [sms], moments: [cart]}
  - {offer: tea-30, locales: [en-US], channels: [sms]}
  - {offer: tea-20, locales: [en-US], channels: [pigeon]}
  - {offer: tea-20, locales: [en-US], channels: [push], moments: [cart]}
"""


def test_a_bad_brief_on_an_offer_is_told_and_the_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("briefs.yaml").write_text(OFFERS, encoding="utf-8")
    asked = [
        "--briefs",
        "briefs.yaml",
        "--out",
        "out.jsonl",
        "--json",
        "--now",
        "2026-11-10T00:00:00Z",
    ]
    done = CliRunner().invoke(compose, asked)
    assert done.exit_code == 2
    rows = [json.loads(line) for line in Path("out.jsonl").read_text("utf-8").splitlines()]
    assert {row["channel"] for row in rows} == {"sms", "push"}
    bad = json.loads(done.stdout)["bad_rows"]
    assert [one.split(":")[0] for one in bad] == [
        "briefs.yaml, brief 2, field offer",
        "briefs.yaml, brief 3, field channels",
    ]
    assert all(f"promoloop: {one}" in done.stderr for one in bad)
