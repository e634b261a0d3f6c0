"""What every store of derived tables must do.

Derive from ``TablesSuite`` and say how to open an empty store::

    class TestMyTables(TablesSuite):
        @pytest.fixture
        def tables(self, tmp_path: Path) -> Tables:
            return MyTables(tmp_path)
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from promoloop.core import InvalidError
from promoloop.flows.ports import Tables
from promoloop.testing.samples import expecting

__all__ = ["TablesSuite"]


class TablesSuite:
    """The suite; give it a fixture ``tables`` that opens an empty store."""

    def test_a_fresh_store_has_no_tables(self, tables: Tables) -> None:
        """Nothing in, nothing listed."""
        assert tables.names() == ()

    def test_what_goes_in_comes_out(self, tables: Tables) -> None:
        """Types and values survive, arrays, texts in any script and times with them."""
        frame = pl.DataFrame(
            {
                "shopper_id": ["s1", "顾客"],
                "features": np.array([[0.1, 1 / 3], [-0.0, 1e300]]),
                "at": [datetime(2026, 11, 2, 12, 0, 0, 250001, tzinfo=UTC), None],
                "margin_minor": [-1, (1 << 62) + 1],
            }
        )
        tables.put("profiles", frame)
        assert tables.get("profiles").equals(frame)
        assert tables.get("profiles").schema == frame.schema

    def test_a_table_is_replaced_whole(self, tables: Tables) -> None:
        """Other columns, fewer rows: nothing of the old one is left."""
        tables.put("baseline", pl.DataFrame({"a": [1, 2], "b": [3, 4]}))
        tables.put("baseline", pl.DataFrame({"c": ["x"]}))
        assert tables.get("baseline").to_dict(as_series=False) == {"c": ["x"]}

    def test_rows_are_found_by_one_column(self, tables: Tables) -> None:
        """Those that are equal, in their order; none is no error, no table is one."""
        ids = pl.DataFrame({"shopper_id": ["s1", "顾客", "s1"], "n": [1, 2, 3]})
        tables.put("contacts", ids)
        assert tables.find("contacts", "shopper_id", "s1")["n"].to_list() == [1, 3]
        assert tables.find("contacts", "shopper_id", "顾客")["n"].to_list() == [2]
        assert tables.find("contacts", "shopper_id", "s").schema == ids.schema
        with expecting(InvalidError):
            tables.find("profiles", "shopper_id", "s1")

    def test_an_empty_table_keeps_its_columns(self, tables: Tables) -> None:
        """No rows is not no table."""
        tables.put("contacts", pl.DataFrame(schema={"shopper_id": pl.String()}))
        assert tables.get("contacts").schema == {"shopper_id": pl.String()}

    def test_names_are_sorted_and_each_is_there_once(self, tables: Tables) -> None:
        """Put in any order, put twice."""
        for name in ("margins-c1-02", "affinity", "margins-c1-01", "affinity"):
            tables.put(name, pl.DataFrame({"a": [1]}))
        assert tables.names() == ("affinity", "margins-c1-01", "margins-c1-02")

    def test_a_table_that_was_never_made_is_an_error(self, tables: Tables) -> None:
        """Not an empty table."""
        with expecting(InvalidError):
            tables.get("profiles")
