"""Files that are written whole, and nothing else that bears their name."""

from pathlib import Path

import pytest

from promoloop.bootstrap.files import write_page
from promoloop.core import InvalidError


def test_a_file_is_replaced_and_a_folder_or_device_is_not(tmp_path: Path):
    target = tmp_path / "copy.jsonl"
    write_page(target, "old")
    write_page(target, "new")
    assert target.read_text("utf-8") == "new"
    (tmp_path / "folder").mkdir()
    for name in (tmp_path / "folder", Path("/dev/null")):
        with pytest.raises(InvalidError, match="no plain file"):
            write_page(name, "text")
    assert [one.name for one in sorted(tmp_path.iterdir())] == ["copy.jsonl", "folder"]
