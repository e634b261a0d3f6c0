"""A YAML file says each thing once."""

import pytest

from promoloop.backends.files import read_data
from promoloop.core import InvalidError


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("offers: []\nbriefs: []\noffers: []\n", 3, "offers"),
        ("offers:\n  - names: {en-US: tea, en-US: coffee}\n", 2, "en-US"),
        ("replies:\n  - question: a\n    today: 2026-11-20\n    question: b\n", 4, "question"),
    ],
)
def test_a_key_given_twice_is_refused_with_file_line_and_key(tmp_path, text, line, key):
    path = tmp_path / "briefs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidError, match=rf"briefs\.yaml, line {line}, field {key}: .*twice"):
        read_data(path)


def test_the_same_key_in_two_items_and_a_merged_key_are_no_repetition(tmp_path):
    path = tmp_path / "briefs.yaml"
    path.write_text("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: [{x: 1}, {x: 2}]\n", encoding="utf-8")
    assert read_data(path) == {"a": {"x": 1}, "b": {"x": 2}, "c": [{"x": 1}, {"x": 2}]}
