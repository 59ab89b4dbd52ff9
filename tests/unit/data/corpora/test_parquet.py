"""Parquet tables by configuration alone: types, batches, archives; damaged ones are refused, whatever polars does."""

import json
import zipfile

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_generic import NAMED, read

from yiju.base.errors import YijuError
from yiju.data.corpora import parquet

TABLE = {"s1": ["a", None, " c\ufeff", ""], "s2": ["b", "x", "d", "y"], "gold": [1, 1, 0, 0]}
ROWS = [
    (1, "a", "b", 1, None),
    (2, None, "x", 1, "empty sentence"),
    (3, "c", "d", 0, None),
    (4, "", "y", 0, "empty sentence"),
]
PARQUET = {"format": "parquet", **NAMED}


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        ([1, 1, 0, 0], {"1": 1, "0": 0}),
        ([True, True, False, False], {"true": 1, "false": 0}),
        (["1", "1", "0", "0"], {"1": 1, "0": 0}),
        ([1.0, 1.0, 0.0, 0.0], {"1.0": 1, "0.0": 0}),
        (pl.Series(["x", "x", "y", "y"], dtype=pl.Categorical), {"x": 1, "y": 0}),
    ],
)
def test_parquet(tmp_path, column, labels):
    table = pl.DataFrame({"other": [[1], [2], [3], [4]], **TABLE, "gold": column})
    path = tmp_path / "pairs.parquet"
    table.write_parquet(path, row_group_size=2)
    assert read(path, labels=labels, **PARQUET) == ROWS
    assert read(path, labels=labels, format="parquet", q=2, t=3, label=4) == ROWS


def test_parquet_labels_may_be_missing(tmp_path):
    path = tmp_path / "pairs.parquet"
    pl.DataFrame({"s1": ["a", "c"], "s2": ["b", "d"], "gold": [None, 1]}).write_parquet(path)
    assert read(path, **PARQUET) == [(1, "a", "b", None, "no label"), (2, "c", "d", 1, None)]
    assert read(path, "test", **PARQUET) == [(1, "a", "b", None, None), (2, "c", "d", 1, None)]
    pl.DataFrame({"s1": ["a"], "s2": ["b"]}).write_parquet(path)
    assert read(path, "test", **PARQUET) == [(1, "a", "b", None, None)]
    with pytest.raises(YijuError, match="no column 'gold' for label; the file has s1, s2"):
        read(path, **PARQUET)


def test_parquet_batches_count_on(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 100)
    path = tmp_path / "pairs.parquet"
    pl.DataFrame({"s1": [str(n) for n in range(950)], "s2": "b", "gold": 1}).write_parquet(path, row_group_size=70)
    assert [row[:2] for row in read(path, **PARQUET)] == [(n + 1, str(n)) for n in range(950)]


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [("s1", [1], "Int64"), ("s2", [["b"]], "List"), ("gold", [[1]], "List"), ("s1", [b"a"], "Binary")],
)
def test_parquet_types_are_checked(tmp_path, name, column, kind):
    path = tmp_path / "pairs.parquet"
    pl.DataFrame({"s1": ["a"], "s2": ["b"], "gold": [1], name: column}).write_parquet(path)
    with pytest.raises(YijuError, match=rf"column '{name}' for \w+ is {kind}.*, expected text; convert it"):
        read(path, **PARQUET)


def test_parquet_in_an_archive(tmp_path, monkeypatch):
    path = tmp_path / "pairs.parquet"
    pl.DataFrame(TABLE).write_parquet(path)
    with zipfile.ZipFile(tmp_path / "pairs.zip", "w") as archive:
        archive.write(path, "in/pairs.parquet")
    assert read(tmp_path / "pairs.zip", member="in/pairs.parquet", **PARQUET) == ROWS
    monkeypatch.setattr(parquet, "LARGEST_MEMBER", 100)
    with pytest.raises(YijuError, match="inside an archive; unpack it"):
        read(tmp_path / "pairs.zip", member="in/pairs.parquet", **PARQUET)


def test_parquet_bombs_are_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "EXPANDED", 1 << 20)
    path = tmp_path / "bomb.parquet"
    # One long sentence, named ten thousand times.
    pl.DataFrame({"s1": ["a" * 10_000] * 10_000, "s2": "b", "gold": 1}).write_parquet(path)
    assert path.stat().st_size < 100_000
    with pytest.raises(YijuError, match="like a decompression bomb"):
        read(path, **PARQUET)


@settings(max_examples=5)
@given(data=st.data())
def test_damaged_parquet_is_whole_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("parquet")
    pl.DataFrame(TABLE).write_parquet(folder / "whole")
    damaged = bytearray((folder / "whole").read_bytes())
    for at in data.draw(st.lists(st.integers(4, len(damaged) - 1), min_size=1, max_size=3)):
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(damaged), len(damaged) // 2, len(damaged) - 9]))
    path = folder / "damaged"
    path.write_bytes(damaged[:cut])
    try:
        rows = read(path, **PARQUET)
    except YijuError:
        return
    assert [row[0] for row in rows] == [1, 2, 3, 4]


def test_parquet_that_ends_a_process_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "TRIAL", "import os; os.abort()")
    path = tmp_path / "pairs.parquet"
    pl.DataFrame(TABLE).write_parquet(path)
    with pytest.raises(YijuError, match="not a readable Parquet table \\(it is damaged\\); write it again"):
        read(path, **PARQUET)


def test_parquet_rows_that_go_missing_are_an_error(tmp_path, monkeypatch):
    path = tmp_path / "pairs.parquet"
    pl.DataFrame(TABLE).write_parquet(path)
    counted = {"rows": 5, "bytes": 9, "names": ["s1", "s2", "gold"]}
    monkeypatch.setattr(parquet, "TRIAL", f"print({json.dumps(json.dumps(counted))})")
    with pytest.raises(YijuError, match="4 of 5 rows could be read"):
        read(path, **PARQUET)
