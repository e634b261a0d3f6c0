import tracemalloc

import numpy as np
import polars as pl
import pytest

from promoloop.backends.shards import ParquetShards, ShardColumns, write_choices
from promoloop.core import InvalidError
from promoloop.decide import Budget, Terms, allocate, allocate_shards

COLUMNS = ShardColumns(
    key="shopper",
    value=("v0", "v1"),
    cost=("c0", "c1"),
    budgets={"partner": ("p0", "p1")},
    eligible=("e0", "e1"),
)
TERMS = Terms(40_000.0, (Budget("partner", 9_000.0),), caps=[1_500, 1_500])


def audience(seed, n):
    rng = np.random.default_rng(seed)
    frame = {"shopper": [f"s{row:05d}" for row in range(n)]}
    for column in range(2):
        frame[f"v{column}"] = (rng.gamma(2, 50, n) - 40).astype(np.float32)
        frame[f"c{column}"] = rng.gamma(2, 30, n).astype(np.float32)
        frame[f"p{column}"] = (rng.gamma(2, 10, n) * column).astype(np.float32)
        frame[f"e{column}"] = rng.random(n) < 0.8
    return pl.DataFrame(frame)


def files(folder, frame, rows=12_000):
    paths = []
    for start in range(0, len(frame), rows):
        paths.append(folder / f"part-{start:06d}.parquet")
        frame.slice(start, rows).write_parquet(paths[-1], row_group_size=2_000)
    return paths


def matrix(frame, letter):
    return frame.select(f"{letter}0", f"{letter}1").to_numpy()


def read(folder):
    paths = sorted(folder.glob("*.parquet"))
    return pl.concat([pl.read_parquet(path) for path in paths])


def test_files_give_the_plan_that_memory_gives(tmp_path):
    frame = audience(0, 30_000)
    source = ParquetShards(files(tmp_path, frame), COLUMNS, rows=5_000)
    plan = allocate_shards(source, TERMS)
    assert write_choices(plan, source, tmp_path / "out") == 8  # files of 3, 3 and 2 shards
    written = read(tmp_path / "out")
    partner = Budget("partner", 9_000.0, matrix(frame, "p"))
    terms = Terms(40_000.0, (partner,), caps=[1_500, 1_500])
    same = allocate(matrix(frame, "v"), matrix(frame, "c"), terms, eligible=matrix(frame, "e"))
    assert written["shopper"].to_list() == frame["shopper"].to_list()
    assert (written["choice"].to_numpy() == same.choice).mean() > 0.999
    assert plan.summary.value == pytest.approx(same.value, rel=1e-5)
    taken = np.flatnonzero(written["choice"].to_numpy() >= 0)
    columns = written["choice"].to_numpy()[taken]
    assert matrix(frame, "c")[taken, columns].sum(dtype=float) <= 40_000
    assert matrix(frame, "p")[taken, columns].sum(dtype=float) <= 9_000


def test_a_killed_run_is_finished_by_running_it_again(tmp_path):
    source = ParquetShards(files(tmp_path, audience(1, 24_000)), COLUMNS, rows=6_000)
    out = tmp_path / "out"
    plan = allocate_shards(source, TERMS)
    assert write_choices(plan, source, out) == 4
    whole = read(out)
    # As a kill would leave it: two shards not yet there, one half written, no plan.json.
    there = sorted(out.glob("*.parquet"))
    there[1].rename(there[1].with_suffix(".half"))
    there[3].unlink()
    (out / "plan.json").unlink()
    again = allocate_shards(source, TERMS)
    assert write_choices(again, source, out) == 2
    assert read(out).equals(whole)
    assert (out / "plan.json").is_file()
    assert not list(out.glob("*.half"))


def test_a_folder_with_another_plan_is_left_alone(tmp_path):
    source = ParquetShards(files(tmp_path, audience(2, 12_000)), COLUMNS)
    out = tmp_path / "out"
    write_choices(allocate_shards(source, TERMS), source, out)
    before = read(out)
    dearer = Terms(20_000.0, (Budget("partner", 9_000.0),), caps=[1_500, 1_500])
    with pytest.raises(InvalidError, match="another plan"):
        write_choices(allocate_shards(source, dearer), source, out)
    assert read(out).equals(before)


def test_memory_grows_with_the_undecided_rows_and_not_with_the_audience(tmp_path):
    # numpy's share of memory, by tracemalloc: the sample and the undecided rows.
    def peak(n):
        source = ParquetShards(files(tmp_path, audience(3, n), rows=60_000), COLUMNS, rows=20_000)
        tracemalloc.start()
        allocate_shards(source, TERMS)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        for path in tmp_path.glob("*.parquet"):
            path.unlink()
        return top

    # Both are sampled alike: four times the rows take not twice the memory.
    assert peak(240_000) < 2.0 * peak(60_000)


def test_a_missing_value_is_named_with_its_row(tmp_path):
    frame = audience(4, 3_000).with_columns(
        v1=pl.when(pl.int_range(pl.len()) == 1_234).then(None).otherwise(pl.col("v1"))
    )
    source = ParquetShards(files(tmp_path, frame, rows=1_000), COLUMNS)
    with pytest.raises(InvalidError, match="value, row 1234, column 1"):
        allocate_shards(source, TERMS)


def test_unsound_files_are_named(tmp_path):
    there = files(tmp_path, audience(5, 100))
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 not really PAR1")
    lacking = ShardColumns("shopper", ("v0", "v9"), ("c0", "c1"))
    with pytest.raises(InvalidError, match="v9"):
        ParquetShards(there, lacking)
    with pytest.raises(InvalidError, match="not there"):
        ParquetShards([tmp_path / "none.parquet"], COLUMNS)
    with pytest.raises(InvalidError, match="Parquet"):
        ParquetShards([broken], COLUMNS)
    with pytest.raises(InvalidError, match="1 columns of cost"):
        ParquetShards(there, ShardColumns("shopper", ("v0", "v1"), ("c0",)))
