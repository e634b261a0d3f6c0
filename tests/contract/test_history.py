"""Every history keeps the contract."""

from pathlib import Path

import pytest

from promoloop.backends.lake import ParquetHistory
from promoloop.events import History
from promoloop.testing.history import HistoryContract
from promoloop.testing.memory_history import MemoryHistory


class TestMemoryHistory(HistoryContract):
    @pytest.fixture
    def history(self) -> History:
        return MemoryHistory()


class TestParquetHistory(HistoryContract):
    @pytest.fixture
    def history(self, tmp_path: Path) -> History:
        return ParquetHistory(tmp_path / "history", buckets=3)
