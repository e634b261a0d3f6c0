"""Saved parameters: what is missing or of another kind is named, the rest comes back exactly."""

from __future__ import annotations

import numpy as np
import pytest

from promoloop.core import InvalidError, Saved


def saved(**fields: object) -> Saved:
    return Saved(fields, "a saved model")


def test_fields_come_back_as_they_were_written() -> None:
    one = saved(rate=1, names=["a"], on=True, text="", part={"rate": 0.1}, counts={"tea": 3})
    assert (one.number("rate"), one.whole("rate"), one.flag("on")) == (1.0, 1, True)
    assert (one.texts("names"), one.text("text"), one.counts("counts")) == (("a",), "", {"tea": 3})
    assert one.part("part").number("rate") == 0.1
    assert "rate" in one
    assert "other" not in one


def test_tables_come_back_in_their_shape_even_when_they_are_empty() -> None:
    one = saved(table=[[0.1, 0.2]], none=[], holes=[1, None])
    assert one.array("table", None, 2).tolist() == [[0.1, 0.2]]
    assert one.array("none", 0, 3).shape == (0, 3)
    assert one.array("none", None, 3).shape == (0, 3)
    assert one.array("holes", 2, null=np.inf).tolist() == [1.0, np.inf]


@pytest.mark.parametrize(
    ("value", "read", "case"),
    [
        ("1", lambda one: one.number("it"), "'1' is no number"),
        (True, lambda one: one.number("it"), "True is no number"),
        (float("nan"), lambda one: one.number("it"), "nan is not finite"),
        (1.5, lambda one: one.whole("it"), "1.5 is no whole number"),
        (1, lambda one: one.flag("it"), "1 is neither true nor false"),
        (None, lambda one: one.text("it"), "None is no text"),
        (["a", 1], lambda one: one.texts("it"), "not every item is a text"),
        ("abc", lambda one: one.texts("it"), "'abc' is no list"),
        ([1], lambda one: one.part("it"), "[1] holds no fields"),
        ({"tea": -1}, lambda one: one.counts("it"), "a count is below 0"),
        ([1.0, 2.0], lambda one: one.array("it", 3), "it is of shape (2,), not (3,)"),
        ([1.0], lambda one: one.array("it", None, 2), "it is of shape (1,), not (any, 2)"),
        ([[1.0], [1.0, 2.0]], lambda one: one.array("it", 2, 2), "it is no table of numbers"),
        (["1", "2"], lambda one: one.array("it", 2), "it does not hold numbers only"),
        ([None, 1.0], lambda one: one.array("it", 2), "it does not hold numbers only"),
        (["1", None], lambda one: one.array("it", 2, null=0.0), "it does not hold numbers only"),
        ([float("inf")], lambda one: one.array("it", 1), "it holds NaN or infinity"),
        ([["a"], ["b"]], lambda one: one.rows("it", 2, 2), "it is not 2 lists of 2 texts"),
    ],
)
def test_what_is_of_another_kind_is_named_with_its_field(value, read, case) -> None:
    with pytest.raises(InvalidError) as caught:
        read(saved(it=value))
    assert caught.value.asked == "a saved model, field it"
    assert caught.value.case.startswith(case)
    assert "learn the model anew" in caught.value.remedy


def test_what_is_missing_is_named_down_to_the_part() -> None:
    with pytest.raises(InvalidError, match="a saved model, field pool, field mean: it is missing"):
        saved(pool={}).part("pool").array("mean", 1)
    with pytest.raises(InvalidError, match="a saved model: None holds no fields"):
        Saved(None, "a saved model")
