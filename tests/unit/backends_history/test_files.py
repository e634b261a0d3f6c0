"""Files of a shop become rows, or quarantine entries with the line they stood on."""

import csv
import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.backends.files import FileSource, QuarantineFile
from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES, Quarantined

HEADER = "messageId,event,userId,timestamp,order_id,product_id,quantity,price,currency"
GOOD = "m1,Order Completed,7,2026-11-01T09:00:00Z,o1,p1,2,1.25,USD"


def read(path: Path) -> tuple[pl.DataFrame, list[Quarantined]]:
    batches = list(FileSource(path).events())
    lines = pl.concat([pl.DataFrame(schema=EVENT_LINES), *(batch.lines for batch in batches)])
    return lines, [entry for batch in batches for entry in batch.quarantined]


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (GOOD.replace("m1,", ","), "message_id"),
        (GOOD.replace(",7,", ",,"), "user_id"),
        (GOOD.replace("Z,", ","), "timestamp"),
        (GOOD.replace("1.25", "-1"), "price"),
        (GOOD.replace("1.25", "1.255"), "price"),
        (GOOD.replace("1.25", "nan"), "price"),
        (GOOD.replace("1.25", "inf"), "price"),
        (GOOD.replace("1.25", "cheap"), "price"),
        (GOOD.replace(",2,", ",2.5,"), "quantity"),
        (GOOD.replace(",2,", ",-2,"), "quantity"),
        (GOOD.replace("USD", "XXY"), "currency"),
        (GOOD + ",one more", "line"),
    ],
)
def test_a_malformed_csv_row_is_set_aside_with_its_line_and_field(
    tmp_path: Path, row: str, field: str
) -> None:
    other = GOOD.replace("m1", "m2")
    lines, bad = read(write(tmp_path / "events.csv", HEADER, other, row))
    assert lines["message_id"].to_list() == ["m2"]
    assert [(entry.line, entry.field) for entry in bad] == [(3, field)]


def test_an_order_of_two_rows_has_two_lines(tmp_path: Path) -> None:
    lines, bad = read(write(tmp_path / "events.csv", HEADER, GOOD, GOOD.replace("p1", "p2")))
    assert lines["line"].to_list() == [0, 1]
    assert lines["revenue_minor"].to_list() == [250, 250]
    assert not bad


def test_extra_columns_become_properties(tmp_path: Path) -> None:
    lines, _ = read(write(tmp_path / "events.csv", HEADER + ",shelf", GOOD + ",top"))
    assert json.loads(lines["properties"][0]) == {"shelf": "top"}


def test_missing_columns_are_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="message_id, timestamp"):
        read(write(tmp_path / "events.csv", "event,userId", "x,y"))


def test_broken_utf8_in_csv_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode() + b"m2,\xff,7,,,,,,\n")
    lines, bad = read(path)
    assert (lines.height, bad[0].line, bad[0].reason) == (1, 3, "it is not UTF-8")


def test_parquet_and_compressed_text_hold_the_same_lines(tmp_path: Path) -> None:
    plain = write(tmp_path / "events.csv", HEADER, GOOD)
    packed = tmp_path / "events.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = tmp_path / "events.parquet"
    pl.read_csv(plain, try_parse_dates=False).write_parquet(table)
    first = read(plain)[0]
    assert first.equals(read(packed)[0])
    assert first.equals(read(table)[0])


def test_a_cut_off_compressed_file_is_an_error(tmp_path: Path) -> None:
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-10])
    with pytest.raises(InvalidError, match="broken"):
        read(packed)


@given(data=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_in_a_jsonl_file_raise_anything(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "events.jsonl"
    path.write_bytes(data)
    lines, bad = read(path)
    told = sum(bool(line.strip()) for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    assert lines.height + len(bad) == told


@given(data=st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_in_a_csv_file_raise_anything(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "events.csv"
    path.write_bytes(HEADER.encode() + b"\n" + data)
    lines, bad = read(path)
    text = data.decode(errors="surrogateescape")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    assert lines.height + len(bad) == len(rows)


@pytest.mark.parametrize("name", ["events.parquet"])
def test_a_parquet_file_of_noise_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PAR1 noise PAR1")
    with pytest.raises(InvalidError, match=name):
        read(tmp_path / name)


def test_quarantine_of_a_file_is_replaced_and_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.jsonl"
    quarantine = QuarantineFile(path)
    one = Quarantined("a.csv", 3, "price", "it is negative", "Mend it.", "{}")
    two = Quarantined("b.csv", 9, "price", "it is negative", "Mend it.", "{}")
    quarantine.replace(["a.csv", "b.csv"], [one, two])
    assert quarantine.replace(["a.csv"], [one]) == 1
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted((row["file"], row["line"]) for row in kept) == [("a.csv", 3), ("b.csv", 9)]
