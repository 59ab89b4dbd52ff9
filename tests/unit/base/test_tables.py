"""Tables between rules: whole or absent, refused where they are not what they should be."""

import errno
import resource
import signal
from contextlib import contextmanager

import pandas
import polars as pl
import pyarrow as pa
import pytest

from yiju.base import tables
from yiju.base.errors import YijuError

SCHEMA = pa.schema({"n": pa.int64(), "text": tables.TEXT})


def table(*numbers):
    return pl.DataFrame({"n": list(numbers), "text": [str(number) for number in numbers]}, schema=pl.Schema(SCHEMA))


@contextmanager
def room_for(size):
    """Files of this process hold no more bytes than this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_parts_become_one_table(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write_stream([table(1, 2), table(), table(3)], path, SCHEMA)
    assert tables.read(path, SCHEMA).equals(table(1, 2, 3))
    assert pl.concat(tables.parts(path, SCHEMA)).equals(table(1, 2, 3))
    assert [part.columns for part in tables.parts(path, SCHEMA, ["text"])] == [["text"]]


def test_no_parts_make_an_empty_table(tmp_path):
    tables.write_stream([], tmp_path / "table.parquet", SCHEMA)
    assert tables.read(tmp_path / "table.parquet", SCHEMA).equals(table())


def test_a_large_table_comes_in_order(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write_stream((table(*range(start, start + 9_000)) for start in range(0, 900_000, 9_000)), path, SCHEMA)
    parts = list(tables.parts(path, SCHEMA, ["n"]))
    assert len(parts) > 1
    assert pl.concat(parts)["n"].equals(pl.Series("n", range(900_000)))
    chosen = pl.concat(tables.parts(path, SCHEMA, ["text"], pl.col("n") % 7 == 3))["text"]
    assert chosen.cast(pl.Int64).equals(pl.Series("text", range(3, 900_000, 7)))


def test_the_bytes_do_not_tell_how_the_rows_arrived(tmp_path, monkeypatch):
    monkeypatch.setattr("yiju.base.tables.PART", 1_000)
    whole = table(*range(2_500))
    arrivals = ([whole], [whole[:7], whole[7:2_499], whole[2_499:]], [whole[:1_000], whole[1_000:2_000], whole[2_000:]])
    for name, parts in zip("abc", arrivals, strict=True):
        tables.write_stream(parts, tmp_path / name, SCHEMA)
    assert len({(tmp_path / name).read_bytes() for name in "abc"}) == 1
    assert [part.height for part in tables.parts(tmp_path / "a", SCHEMA)] == [1_000, 1_000, 500]


def test_columns_and_rows_are_chosen(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write(table(1, 2, 3), path, SCHEMA)
    # What rows are chosen by is read, and not given.
    assert tables.read(path, SCHEMA, ["text"], pl.col("n") > 1).rows() == [("2",), ("3",)]
    assert tables.read(path, SCHEMA, ["text", "n"]).columns == ["text", "n"]
    assert tables.read(path, SCHEMA, ["text"], pl.col("n") > 9).schema == {"text": pl.String}
    assert tables.height(path, SCHEMA) == 3


def test_other_programs_read_our_tables(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write(table(1, 2), path, SCHEMA)
    assert pl.read_parquet(path).equals(table(1, 2))
    assert pandas.read_parquet(path).to_dict("list") == {"n": [1, 2], "text": ["1", "2"]}


@pytest.mark.parametrize("failure", [YijuError("line 7: so and so"), ValueError("what"), KeyboardInterrupt()])
def test_what_fails_on_the_way_comes_out_as_it_is_and_leaves_nothing(tmp_path, failure):
    def parts():
        yield table(1)
        raise failure

    for _ in range(20):
        with pytest.raises(type(failure)) as caught:
            tables.write_stream(parts(), tmp_path / "table.parquet", SCHEMA)
        assert caught.value is failure
        assert not list(tmp_path.iterdir())


def test_another_schema_is_refused(tmp_path):
    path = tmp_path / "table.parquet"
    other = table(1).rename({"n": "m"})
    for write in (lambda: tables.write(other, path, SCHEMA), lambda: tables.write_stream([other], path, SCHEMA)):
        with pytest.raises(YijuError, match=r"table\.parquet: table has columns"):
            write()
    other.write_parquet(path)
    for read in (tables.read, lambda *of: list(tables.parts(*of))):
        with pytest.raises(YijuError, match=r"table\.parquet: table has columns"):
            read(path, SCHEMA)


def test_damage_within_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write(table(*range(50_000)), path, SCHEMA)
    whole = path.read_bytes()
    quarter = len(whole) // 4
    path.write_bytes(whole[:quarter] + bytes(2 * quarter) + whole[3 * quarter :])
    for read in (tables.read, lambda *of: list(tables.parts(*of))):
        with pytest.raises(YijuError, match=r"table\.parquet: .*; delete it and run again"):
            read(path, SCHEMA)


def test_one_changed_byte_is_found(tmp_path):
    path = tmp_path / "table.parquet"
    tables.write(table(*range(50_000)), path, SCHEMA)
    whole = path.read_bytes()
    for place in range(100, len(whole) // 2, len(whole) // 20):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(YijuError, match=r"table\.parquet: not a readable table .*; delete it and run again"):
            tables.read(path, SCHEMA)


def test_a_full_disk_is_named_with_the_file(tmp_path):
    path = tmp_path / "table.parquet"
    with room_for(10_000), pytest.raises(OSError) as caught:
        tables.write(table(*range(50_000)), path, SCHEMA)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_table_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "table.parquet"
    for content in (b"", b"no table", b"PAR1" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(YijuError, match=r"table\.parquet: not a readable table .*delete it and run again"):
            tables.read(path, SCHEMA)
