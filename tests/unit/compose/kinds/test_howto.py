"""The example files of the how-to are read and written as they stand."""

import re
from pathlib import Path

import yaml

from promoloop.compose import KIND_FIELDS, requests_from_data, written_from_data

PAGE = Path(__file__).parents[4] / "docs" / "howto" / "copy.md"


def test_every_example_of_the_howto_can_be_written_and_is_proven():
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    kinds = set()
    for example in examples:
        data = yaml.safe_load(example)
        written = written_from_data(data, "copy.md")
        assert all(one.verdict.passed for one in written), [one.verdict for one in written]
        kinds |= {one.kind for one in written}
        if "briefs" in data:
            assert requests_from_data(data, "copy.md", [])
    assert len(kinds) == len(KIND_FIELDS)
