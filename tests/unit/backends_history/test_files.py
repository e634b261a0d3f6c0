"""Files of a shop become rows, or quarantine entries with the line they stood on."""

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promoloop.backends.files import FileSource, QuarantineFile, read_campaign, source
from promoloop.core import InvalidError
from promoloop.events import EVENT_LINES, Quarantined
from promoloop.offers import PercentOff

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


def test_a_repeat_in_a_later_chunk_is_a_replay_or_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_CSV_ROWS", 2)
    header = HEADER + ",line"
    rows = [f"{GOOD.replace('m1', f'm{i}')},0" for i in range(3)]
    other = rows[0].replace("1.25", "9.99")
    lines, bad = read(write(tmp_path / "events.csv", header, *rows, rows[0], other))
    assert lines["message_id"].to_list() == ["m0", "m1", "m2"]
    assert [(entry.line, entry.field) for entry in bad] == [(6, "message_id")]


def test_lines_of_an_order_are_numbered_on_over_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_CSV_ROWS", 2)
    rows = [GOOD.replace("p1", f"p{i}") for i in range(5)]
    lines, bad = read(write(tmp_path / "events.csv", HEADER, *rows))
    assert lines.select("product_id", "line").rows() == [(f"p{i}", i) for i in range(5)]
    assert not bad


def test_a_quoted_line_break_does_not_shift_the_line_numbers(tmp_path: Path) -> None:
    broken = GOOD.replace("p1", '"p\n1"')
    path = write(tmp_path / "events.csv", HEADER, broken, GOOD.replace(",7,", ",,"))
    assert [entry.line for entry in read(path)[1]] == [4]


def test_coupons_come_off_the_shelf_price_in_tables_too(tmp_path: Path) -> None:
    header, row = HEADER + ",discount,coupon_discount", GOOD + ",0.30,0.20"
    line = read(write(tmp_path / "events.csv", header, row))[0].row(0, named=True)
    # 2 × 1.25 on the shelf; 0.30 by itself and 0.20 by the shop's coupon.
    assert line["revenue_minor"] == 200
    assert (line["discount_minor"], line["coupon_minor"]) == (50, 20)


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


CATALOG = """product_id,title,category,department,brand,price,currency
p1,Filter coffee,COFFEE,GROCERY,Roast,4.99,USD
p2,Tea,TEA,GROCERY,Leaf,dear,USD
"""

OFFERS = """
- offer_id: coffee-20
  names: {en-US: coffee}
  group: COFFEE
  reward: {code: percent_off, percent: 20}
  valid_from: 2026-11-01T00:00:00Z
  valid_until: 2026-12-01T00:00:00Z
  currency: USD
"""

CAMPAIGN = """
campaign_id: autumn
name: Autumn
offer_ids: [coffee-20]
budget_minor: 100000
starts_at: 2026-11-02T00:00:00Z
weeks: 4
arms: {policy: 0.7, random: 0.1, bau: 0.1, holdout: 0.1}
channels: {email: 1}
hours: [9, 18]
floor: 0.02
salt: autumn-1
currency: USD
"""


def test_the_catalogues_good_rows_are_products_and_the_others_quarantine(tmp_path: Path) -> None:
    events, catalog = write(tmp_path / "events.csv", HEADER, GOOD), tmp_path / "products.csv"
    catalog.write_text(CATALOG, encoding="utf-8")
    source = FileSource(events, catalog)
    assert [(item.product_id, item.price_minor) for item in source.products()] == [("p1", 499)]
    first = next(iter(source.events()))
    assert [(entry.file, entry.line) for entry in first.quarantined] == [(str(catalog), 3)]
    assert set(source.files) == {str(events), str(catalog)}


def test_offers_are_read_from_yaml(tmp_path: Path) -> None:
    events, offers = write(tmp_path / "events.csv", HEADER, GOOD), tmp_path / "offers.yaml"
    offers.write_text(OFFERS, encoding="utf-8")
    (offer,) = FileSource(events, offers=offers).offers()
    assert (offer.offer_id, offer.reward) == ("coffee-20", PercentOff(20))


def test_a_campaign_is_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(CAMPAIGN, encoding="utf-8")
    campaign = read_campaign(path)
    assert (campaign.campaign_id, campaign.budget_minor) == ("autumn", 100_000)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a: 1\n b: 2\n", "line 2.*not YAML"),
        (b"starts_at: 2026-13-01T00:00:00Z\n", "month must be in 1..12"),
        (b"a: " + b"[" * 5000, "not YAML"),
        (b"a: \xff\n", "not UTF-8"),
        (b"a: !!python/object:os.system {}\n", "not YAML"),
        (CAMPAIGN.replace("100000", "-5").encode(), "budget_minor"),
    ],
)
def test_a_broken_campaign_file_is_an_error_that_names_it(
    tmp_path: Path, text: bytes, told: str
) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_bytes(text)
    with pytest.raises(InvalidError, match=f"(?s)campaign.yaml.*{told}"):
        read_campaign(path)


def test_a_missing_file_and_an_unknown_format_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="no such file"):
        read_campaign(tmp_path / "none.yaml")
    with pytest.raises(InvalidError, match="names no format"):
        FileSource(write(tmp_path / "events.txt", GOOD))


QUARANTINE_WITH_SMALL_FILES = """
import resource, signal, sys
from pathlib import Path
from promoloop.backends.files import QuarantineFile
from promoloop.core import UnavailableError
from promoloop.events import Quarantined
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
many = (Quarantined("a.csv", i, "price", "it is negative", "Mend it.", "x") for i in range(99))
try:
    QuarantineFile(Path(sys.argv[1])).replace(["a.csv"], many)
except UnavailableError as error:
    sys.exit(7 if "disk is full" in error.case else 1)
"""


def test_a_full_disk_leaves_the_old_quarantine_standing(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.jsonl"
    one = Quarantined("a.csv", 3, "price", "it is negative", "Mend it.", "{}")
    QuarantineFile(path).replace(["a.csv"], [one])
    before = path.read_bytes()
    command = [sys.executable, "-c", QUARANTINE_WITH_SMALL_FILES, str(path)]
    assert subprocess.run(command, timeout=60, check=False).returncode == 7
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_column_that_is_no_plain_value_is_an_error_that_names_it(tmp_path: Path) -> None:
    table = pl.read_csv(write(tmp_path / "events.csv", HEADER, GOOD))
    path = tmp_path / "events.parquet"
    table.with_columns(tags=pl.lit(["a", "b"])).write_parquet(path)
    with pytest.raises(InvalidError, match="column tags"):
        read(path)


EURO_ROWS = (
    GOOD.replace("m1", "m2").replace("USD", "EUR"),
    "m3,Page Viewed,7,2026-11-01T09:00:00Z,,,,,EUR",
)


@pytest.mark.parametrize("name", ["events.csv", "events.jsonl", "events.parquet", "ours.parquet"])
def test_amounts_in_another_currency_than_the_shops_are_set_aside_where_they_stand(
    tmp_path: Path, name: str
) -> None:
    """What has no amount has nothing to be wrong about; without a shop all is taken."""
    table = write(tmp_path / "table.csv", HEADER, GOOD, *EURO_ROWS)
    path = tmp_path / name
    if name == "events.csv":
        path = table
    elif name == "events.jsonl":
        calls = [as_call(row) for row in csv.DictReader(table.read_text("utf-8").splitlines())]
        write(path, *(json.dumps(call) for call in calls))
    elif name == "events.parquet":
        pl.read_csv(table).write_parquet(path)
    else:
        read(table)[0].write_parquet(path)
    batches = list(FileSource(path, shop="USD").events())
    kept = [one for batch in batches for one in batch.lines["message_id"].to_list()]
    (bad,) = (entry for batch in batches for entry in batch.quarantined)
    assert kept == ["m1", "m3"]
    assert bad.line == {"events.csv": 3}.get(name, 2)
    assert bad.field.removeprefix("properties.") == "currency"
    assert bad.reason == "it is not USD, which the shop counts in"
    assert "Send amounts in USD" in bad.remedy
    assert read(path)[0].height == 3


def as_call(row: dict[str, str]) -> dict[str, object]:
    money = {"price": float(row["price"]), "quantity": int(row["quantity"])} if row["price"] else {}
    call = {name: row[name] for name in ("messageId", "event", "userId", "timestamp")}
    return {**call, "type": "track", "properties": {"currency": row["currency"], **money}}
