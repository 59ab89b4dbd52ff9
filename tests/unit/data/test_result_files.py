"""Results beside a user's columns: every row and every column comes back, in order and unchanged, in every format."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from yiju.base.errors import YijuError
from yiju.data import result_sheets
from yiju.data.corpora.label_kinds import BINARY_WORDS
from yiju.data.result_files import Form, Results, check_target, form_of, prefix_for, write_results
from yiju.data.table_description import NOTHING_SAID, Wanted
from yiju.data.table_look import look, read_parts

SPECIAL = list("\t,\"\n\r'=+-@＝ a字😀\u2028\x85\ufeff;|_x0041_")
CELLS = st.text(st.sampled_from(SPECIAL) | st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5)


def results(found):
    """The rows of a table with one column of results."""
    name = prefix_for(found.names, ["label"]) + "label"
    for part in read_parts(found):
        yield Results(part.own, pl.DataFrame({name: [1] * len(part.own)}))


def again(path, out, wanted=NOTHING_SAID):
    """A table written with results to another one: the own cells of this one, as texts."""
    found = look(path, wanted)
    write_results(results(found), form_of(found), out, [found.choice.q, found.choice.t])
    written = look(
        out, Wanted(columns=wanted.columns, header=True if out.suffix in (".csv", ".tsv", ".xlsx") else None)
    )
    parts = pl.concat([part.own for part in read_parts(written)])
    cells = parts.rows()
    if form_of(written).json:
        cells = [tuple(None if cell is None else json.loads(cell) for cell in row) for row in cells]
    assert all(str(row[-1]) == "1" for row in cells)
    return [tuple(cell or "" for cell in row[:-1]) for row in cells]


@settings(deadline=None, derandomize=True, max_examples=40)
@given(rows=ROWS, out=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_any_texts_come_back_from_text(tmp_path_factory, rows, out):
    folder = tmp_path_factory.mktemp("texts")
    path = folder / "pairs.jsonl"
    pl.DataFrame(rows, schema=["q", "t", "note"], orient="row").write_ndjson(path)
    assert again(path, folder / f"out.{out}") == rows


@pytest.mark.parametrize("out", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_hard_texts_come_back_from_every_format_to_every_other(tmp_path, kind, out):
    rows = [
        ("=1+1", '"怎么"\r\n还', "００７"),
        (" 怎么", "'@x", "007"),
        ("😀字\u2028", "_x0041_", "+86"),
        ("\x01a", "b,\t", "1e5"),
    ]
    first, path = tmp_path / "first.jsonl", tmp_path / f"pairs.{kind}"
    pl.DataFrame(rows, schema=["q", "t", "note"], orient="row").write_ndjson(first)
    found = look(first)
    write_results(results(found), form_of(found), path, [0, 1])
    wanted = Wanted(columns=("q", "t"))
    cells = [tuple(row[:3]) for row in again(path, tmp_path / f"out.{out}", wanted)]
    assert cells == rows


def test_numbers_and_truths_of_a_workbook_are_such_again(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text(
        '{"q": "怎么", "t": "如何", "id": 17, "share": 0.25, "sure": true, "none": null}\n', encoding="utf-8"
    )
    found = look(path)
    write_results(results(found), form_of(found), tmp_path / "out.xlsx", [0, 1])
    (_, row) = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx")).get_sheet_by_index(0).to_python()
    assert row == ["怎么", "如何", 17.0, 0.25, True, "", 1.0]
    write_results(results(found), form_of(found), tmp_path / "out.jsonl", [0, 1])
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8")) == {
        **json.loads(path.read_text(encoding="utf-8")),
        "yiju_label": 1,
    }


def test_rows_of_another_width_lose_nothing(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("怎么\t如何\n一\n二\t三\t四\t五\n", encoding="utf-8")
    own = pl.concat([part.own for part in read_parts(look(path))])
    assert own.rows() == [("怎么", "如何"), ("一", None), ("二", "三\t四\t五")]


def test_columns_of_parquet_keep_their_types(tmp_path):
    table = pl.DataFrame({"q": ["怎么"], "t": ["如何"], "ids": [[1, 2]], "day": [pl.date(2024, 5, 1)], "n": [1.5]})
    table = table.with_columns(pl.lit("甲").cast(pl.Categorical).alias("kind"), pl.date(2024, 5, 1).alias("day"))
    table.write_parquet(tmp_path / "pairs.parquet")
    found = look(tmp_path / "pairs.parquet")
    write_results(results(found), form_of(found), tmp_path / "out.parquet", [0, 1])
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert written.drop("yiju_label").equals(table.with_columns(pl.col("kind").cast(pl.String)))
    write_results(results(found), form_of(found), tmp_path / "out.csv", [0, 1])
    assert '怎么,如何,"[1, 2]",2024-05-01,1.5,甲,1' in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_no_column_of_the_user_is_overwritten():
    assert prefix_for(["q", "t"], ["label"]) == "yiju_"
    assert prefix_for(["q", "YIJU_label"], ["label", "score"]) == "yiju__"
    assert prefix_for(["yiju_label", "yiju__score"], ["label", "score"]) == "yiju___"


def test_columns_without_names_or_with_the_same_get_names(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("怎么\t如何\t1\n", encoding="utf-8")
    assert form_of(look(path, Wanted(label=3))) == Form(("q", "t", "label"), False)
    path.write_text("q\tt\tx\tx\n怎么\t如何\t1\t2\n", encoding="utf-8")
    write_results(results(look(path)), form_of(look(path)), tmp_path / "out.jsonl", [0, 1])
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert row == {"q": "怎么", "t": "如何", "x": "1", "x_2": "2", "yiju_label": 1}


def test_what_no_sheet_holds_is_refused_and_nothing_is_left(tmp_path, monkeypatch):
    path, out = tmp_path / "pairs.tsv", tmp_path / "out.xlsx"
    path.write_text(f"怎么\t{'何' * 32_768}\n", encoding="utf-8")
    found = look(path)
    with pytest.raises(YijuError, match="row 1 has a text of more than 32,767 characters"):
        write_results(results(found), form_of(found), out, [0, 1])
    monkeypatch.setattr(result_sheets, "MOST_ROWS", 2)
    path.write_text("怎么\t如何\n" * 3, encoding="utf-8")
    with pytest.raises(YijuError, match="a sheet holds 2 rows"):
        write_results(results(look(path)), form_of(look(path)), out, [0, 1])
    assert [file.name for file in tmp_path.iterdir()] == ["pairs.tsv"]
    with pytest.raises(YijuError, match=r"must end in \.jsonl, \.csv, \.tsv, \.parquet, \.xlsx"):
        check_target(tmp_path / "out.xls", path)


def test_words_for_labels_are_spelt_in_one_way():
    assert all(word == word.strip().lower() for word in BINARY_WORDS)


@pytest.mark.parametrize("out", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_an_interrupted_command_leaves_the_old_file_and_no_other(tmp_path, out):
    path, written = tmp_path / "pairs.tsv", tmp_path / f"out.{out}"
    path.write_text("怎么\t如何\n", encoding="utf-8")
    written.write_bytes(b"old")
    found = look(path)

    def interrupted():
        yield from results(found)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(interrupted(), form_of(found), written, [0, 1])
    assert written.read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["pairs.tsv", f"out.{out}"])
