"""Tables between rules: whole or absent, refused where they are not what they should be."""

import polars as pl
import pytest

from yiju.base import tables
from yiju.base.errors import YijuError

SCHEMA = {"n": pl.Int64, "text": pl.String}


def table(*numbers):
    return pl.DataFrame({"n": list(numbers), "text": [str(number) for number in numbers]}, schema=SCHEMA)


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


def test_a_file_that_is_no_table_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "table.parquet"
    for content in (b"", b"no table", b"PAR1" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(YijuError, match=r"table\.parquet: not a readable table .*delete it and run again"):
            tables.read(path, SCHEMA)
