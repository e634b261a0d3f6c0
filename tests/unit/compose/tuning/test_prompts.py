"""What the tuned model is shown, in training and afterwards."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoloop.compose import (
    Cell,
    ExampleLine,
    Library,
    ProductGroup,
    example_lines,
    product_groups,
    row_prompt,
    shape_of,
    training_documents,
    validation_groups,
)
from promoloop.core import InvalidError

GROUPS = product_groups()
LINES = example_lines()
LIBRARY = Library(GROUPS, LINES)
HELD_OUT = {one.group_id for one in GROUPS if one.held_out}
NEAR = [one for one in GROUPS if not one.held_out][:3]


def pattern(frame: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in frame.split("_")))


def test_a_frame_is_the_line_with_words_left_out() -> None:
    rng = np.random.default_rng(0)
    for line in LINES[::7]:
        frame = LIBRARY.frames.frame(line, rng)
        assert pattern(frame).fullmatch(line.text), (line, frame)


def test_a_frame_never_names_its_product() -> None:
    rng = np.random.default_rng(0)
    names = {one.group_id: one.names for one in LIBRARY.groups}
    for line in LIBRARY.lines:
        frame = LIBRARY.frames.frame(line, rng).lower()
        name = names[line.group_id][line.language].lower()
        assert name not in frame, (line, frame)


def test_common_words_stay_and_rare_ones_go() -> None:
    line = ExampleLine("none", "en", "any", "line", "A zyzzyva on the table.")
    frame = LIBRARY.frames.frame(line, np.random.default_rng(0))
    assert frame.startswith("A _ on the")
    assert LIBRARY.frames.words(line) == ["zyzzyva"]


def test_held_out_groups_lend_neither_frames_nor_words() -> None:
    assert not HELD_OUT & {one.group_id for one in LIBRARY.groups}
    assert not HELD_OUT & {one.group_id for one in LIBRARY.lines}


def test_training_shows_every_line_of_its_groups_once_and_no_other() -> None:
    groups = [one for one in GROUPS if not one.held_out]
    documents = training_documents(groups, LINES, LIBRARY, np.random.default_rng(3))
    targets = [piece.text.strip() for one in documents for piece in one.pieces if piece.target]
    assert sorted(targets) == sorted(x.text for x in LINES if x.group_id not in HELD_OUT)


def test_epochs_differ_and_the_same_seed_gives_the_same_epoch() -> None:
    groups = NEAR
    one, two, other = (
        training_documents(groups, LINES, LIBRARY, np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_a_prompt_has_the_shape_of_a_training_row() -> None:
    documents = training_documents(NEAR, LINES, LIBRARY, np.random.default_rng(0))
    row = re.compile(r"# [^\n]+\n[^\n;；]+[;；][^\n]+[;；][^\n]+\n>")
    for piece in (piece for one in documents for piece in one.pieces if not piece.target):
        assert row.fullmatch(piece.text), piece.text
    for language, moment in (("en", "any"), ("zh", "cart")):
        prompt = row_prompt(language, "waffles", moment, "line", (), "_")
        assert row.fullmatch(prompt), prompt


@given(st.text(max_size=300))
def test_a_hostile_name_stays_one_plain_line(name: str) -> None:
    prompt = row_prompt("en", name, "any", "line", [], "_ for two.")
    assert len(prompt.split("\n")) == 3
    assert prompt.endswith("\n>")
    assert prompt.count("#") == 1
    assert prompt.count(">") == 1


@pytest.mark.parametrize("length", ["line", "short"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shape_takes_the_lines_people_wrote(language: str, length: str) -> None:
    shape = shape_of(Cell("x", language, "any", length))
    lines = [one.text for one in LINES if (one.language, one.length) == (language, length)]
    missed = [one for one in lines if not shape.fullmatch(one)]
    assert len(missed) / len(lines) < 0.02, missed


@pytest.mark.parametrize("wrong", [{"language": "fr"}, {"moment": "tuesday"}, {"length": "novel"}])
def test_a_cell_that_is_not_known_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidError, match=next(iter(wrong.values()))):
        Cell(**{"group_id": "tea", "language": "en", **wrong})


def test_validation_groups_are_never_held_out_and_do_not_move() -> None:
    chosen = validation_groups(GROUPS)
    assert not chosen & HELD_OUT
    assert 0.05 * len(GROUPS) < len(chosen) < 0.2 * len(GROUPS)
    more = [*GROUPS, ProductGroup("new-one", "general", {"en": "a", "zh": "b"})]
    assert chosen <= validation_groups(more)
