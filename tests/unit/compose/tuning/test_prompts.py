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
    Shelf,
    example_lines,
    nearest_groups,
    product_groups,
    row_prompt,
    training_documents,
    validation_groups,
)
from promoloop.core import InvalidError
from promoloop.testing import NgramEncoder

GROUPS = product_groups()
LINES = example_lines()
LIBRARY = Library(GROUPS, LINES)
SHELF = Shelf(LIBRARY, NgramEncoder())
WAFFLES = ProductGroup("waffles", "", {"en": "waffles", "zh": "华夫饼"})
HELD_OUT = {one.group_id for one in GROUPS if one.held_out}
NEAR = [one for one in GROUPS if not one.held_out][:3]


def pattern(frame: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in frame.split("_")))


def asked(cell: Cell, name: str = "", turn: int = 0, n: int = 8) -> list[str]:
    names = dict.fromkeys(("en", "zh"), name) if name else WAFFLES.names
    group = ProductGroup("waffles", "", names)
    return [one.prompt for one in SHELF.prompts(cell, group, n, turn)]


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
    likeness = np.ones(len(GROUPS))
    near = nearest_groups(GROUPS[0], GROUPS, likeness, len(GROUPS))
    assert not HELD_OUT & {one.group_id for one in near}
    assert GROUPS[0] not in near


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
    for prompt in asked(Cell("waffles", "en")) + asked(Cell("waffles", "zh", "cart")):
        assert row.fullmatch(prompt), prompt


def test_frames_of_the_moment_are_taken_and_turns_differ() -> None:
    cell = Cell("waffles", "en", "flash_sale")
    assert all("short sale" in one and "sale is on" in one for one in asked(cell))
    assert asked(cell) == asked(cell)
    assert asked(Cell("waffles", "en"), turn=1) != asked(Cell("waffles", "en"))


def test_light_frames_keep_all_but_names_and_bound_words() -> None:
    cookies = ExampleLine("cookies", "en", "any", "line", "Dunk a cookie in milk.")
    assert LIBRARY.frames.light(cookies, frozenset()) == "Dunk a _ in milk."
    assert LIBRARY.frames.light(cookies, frozenset({"milk", "dunk"})) == "_ a _ in _."
    assert LIBRARY.frames.renamed(cookies, "waffle") == "Dunk a waffle in milk."
    chinese = ExampleLine("cookies", "zh", "any", "line", "饼干蘸牛奶，泡软再吃。")
    assert LIBRARY.frames.light(chinese, frozenset({"泡软"})) == "_蘸牛奶，_再吃。"
    assert LIBRARY.frames.light(chinese, frozenset({"泡软"}), "玛芬") == "玛芬蘸牛奶，_再吃。"
    assert LIBRARY.frames.light(chinese, frozenset(), "玛芬") == "_蘸牛奶，泡软再吃。"
    beside = LIBRARY.frames.light(chinese, frozenset(), "玛芬", beside=True)
    assert beside == "玛芬_奶，泡软再吃。"
    last = ExampleLine("cookies", "zh", "any", "line", "茶配饼干。")
    assert LIBRARY.frames.light(last, frozenset(), "玛芬", beside=True) == "_玛芬。"
    counted = ExampleLine("cookies", "zh", "any", "line", "碟子里放几片饼干。")
    assert LIBRARY.frames.light(counted, frozenset(), "玛芬") == "碟子里放几_玛芬。"


def test_no_prompt_asks_for_a_line_that_stands_already() -> None:
    known = {one.text for one in LINES}
    for cell in (Cell("waffles", "en"), Cell("waffles", "zh"), Cell("waffles", "zh", "gift")):
        for prompt in asked(cell, n=24):
            frame = prompt.split("\n")[1].replace("；", "; ").split("; ", 2)[2]
            assert "_" in frame
            assert frame not in known


def test_moments_nobody_wrote_for_are_asked_as_any() -> None:
    assert asked(Cell("waffles", "en", "active"))[0].split(";")[2] in {
        one.split(";")[2] for one in asked(Cell("waffles", "en", "any"), n=60)
    }


def test_a_product_with_a_name_in_one_language_is_placed_by_that_one() -> None:
    group = ProductGroup("x", "", {"en": "apple juice"})
    assert SHELF.near(group)[0].group_id in {"juice", "apples"}


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
    shape = SHELF.prompts(Cell("x", language, "any", length), WAFFLES, 1)[0].shape
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


def test_without_a_likeness_the_family_is_near() -> None:
    group = next(one for one in GROUPS if one.group_id == "muffins")
    near = nearest_groups(group, GROUPS, np.zeros(len(GROUPS)))
    assert {one.family for one in near} == {"bakery"}
