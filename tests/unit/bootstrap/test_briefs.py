"""A file of briefs, from the file that asks to the file that is written."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promoloop.bootstrap import write_briefs
from promoloop.core import InvalidError
from promoloop.settings import Settings

NOW = datetime(2026, 11, 10, tzinfo=UTC)
FILE = """
offers:
  - offer_id: tea-20
    names: {{en-US: green tea, fr-FR: thé vert}}
    group: TEA
    reward: {{code: percent_off, percent: 20, ceiling_minor: 400}}
    valid_from: 2026-11-01T00:00:00Z
    valid_until: 2026-12-01T00:00:00Z
    currency: EUR
briefs:
  - {{offer: tea-20, locales: [{locale}], channels: [sms, email], moments: [cart]}}
"""


def _written(folder: Path, locale: str) -> list[dict[str, str]]:
    briefs, out = folder / "briefs.yaml", folder / "copy.jsonl"
    briefs.write_text(FILE.format(locale=locale), encoding="utf-8")
    write_briefs(Settings(folder), briefs, out, 0, NOW)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_a_text_message_is_written_out_in_the_signs_that_an_sms_carries(tmp_path: Path):
    rows = _written(tmp_path, "fr-FR")
    sms = [row["text"]["text"] for row in rows if row["channel"] == "sms"]
    assert sms
    assert not any(sign in text for text in sms for sign in "\u00a0\u202f’—…")
    mails = [row["text"]["body"] for row in rows if row["channel"] == "email"]
    assert any("\u00a0%" in text for text in mails)


@pytest.mark.parametrize(
    ("locale", "case"),
    [
        ("it-IT", "clauses in it-IT: we know only de"),
        ("ja-JP", "there is none for ja-JP"),
        ("english", "it is not a known BCP 47 tag"),
    ],
)
def test_a_locale_nothing_can_be_said_in_is_an_error_that_names_file_and_brief(
    tmp_path: Path, locale: str, case: str
):
    with pytest.raises(InvalidError) as caught:
        _written(tmp_path, locale)
    asked = str(tmp_path / "briefs.yaml")
    assert caught.value.asked == f"{asked}, brief 1, field locales, {locale!r}"
    assert case in caught.value.case
    assert caught.value.remedy
    assert not (tmp_path / "copy.jsonl").exists()
