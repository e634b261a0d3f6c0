"""Every store of derived tables keeps the contract."""

from pathlib import Path

import pytest

from promoloop.backends.tables import ParquetTables
from promoloop.flows.ports import Tables
from promoloop.testing.memory_tables import MemoryTables
from promoloop.testing.tables import TablesSuite


class TestMemoryTables(TablesSuite):
    @pytest.fixture
    def tables(self) -> Tables:
        return MemoryTables()


class TestParquetTables(TablesSuite):
    @pytest.fixture
    def tables(self, tmp_path: Path) -> Tables:
        return ParquetTables(tmp_path / "tables")
