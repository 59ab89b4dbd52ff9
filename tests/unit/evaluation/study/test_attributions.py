"""Attributions that other libraries computed: the table, bad rows by place, and the mapping to segments."""

import gzip
import json

import numpy as np
import polars as pl
import pytest

from yiju.app.merging import explained_by_all, together
from yiju.base.errors import YijuError
from yiju.explain.external.attributions import Spans, read_attributions
from yiju.explain.external.over_segments import over_segments

PAIRS = [("怎么开通花呗", "花呗怎样开通"), None, ("如何更改 VIP 手机号", "手机号"), ("怎么开通花呗", "花呗怎样开通")]
ROWS = [
    {"pair": 1, "side": "q", "start": 0, "end": 2, "score": 0.5, "method": "theirs", "label": 1},
    {"pair": 1, "side": "t", "start": 0, "end": 1, "score": -2.0, "method": "theirs", "label": 1},
    {"pair": 3, "side": "q", "start": 5, "end": 8, "score": 1.0, "method": "theirs", "label": 0},
]


def written(folder, rows, kind, name="scores"):
    path = folder / f"{name}.{kind}"
    table = pl.DataFrame(rows)
    if kind == "parquet":
        table.write_parquet(path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif kind == "json":
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    else:
        table.write_csv(path, separator="," if kind == "csv" else "\t")
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet"])
@pytest.mark.parametrize("by", ["number", "texts"])
def test_every_format_gives_the_same(tmp_path, kind, by, packed):
    rows = ROWS
    if by == "texts":
        rows = [dict(zip("qt", PAIRS[row["pair"] - 1], strict=True)) | row for row in ROWS]
        for row in rows:
            del row["pair"]
    path = written(tmp_path, rows, kind)
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name(f"{path.name}.gz")
    found = read_attributions(path, PAIRS)
    assert not found.bad and not found.strangers and not found.repeated
    (own,) = found.methods.values()
    assert list(found.methods) == ["theirs"]
    assert own[PAIRS[0]].spans == [("q", 0, 2, 0.5), ("t", 0, 1, -2.0)]
    assert own[PAIRS[2]].spans == [("q", 5, 8, 1.0)]
    assert [one.label for one in own.values()] == [1, 0]


def test_without_a_method_the_file_s_name_is_one(tmp_path):
    rows = [{key: row[key] for key in ("pair", "side", "start", "end", "score")} for row in ROWS]
    plain = written(tmp_path, rows, "csv", "shap values")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read_attributions(plain, PAIRS).methods) == ["shap values"]
    assert list(read_attributions(packed, PAIRS).methods) == ["packed"]
    assert {one.label for one in read_attributions(plain, PAIRS).methods["shap values"].values()} == {None}


BAD = [
    ({"end": 7}, "characters 0 to 7 are none of q, which has 6"),
    ({"start": 2}, "characters 2 to 2 are none of q"),
    ({"start": -1}, "start is '-1'; expected a number of characters"),
    ({"side": "query2"}, "side is 'query2'; expected q or t"),
    ({"side": ""}, "side is missing"),
    ({"score": "nan"}, "score is 'nan'; expected a finite number"),
    ({"score": "inf"}, "expected a finite number"),
    ({"score": ""}, "score is missing; expected a finite number"),
    ({"pair": 0}, "pair is 0; the table of pairs has the pairs 1 to 4"),
    ({"pair": 9}, "pair is 9"),
    ({"pair": 1.5}, "pair is '1.5'; expected the number of a pair, 1 or more"),
    ({"pair": True}, "pair is 'True'; expected the number of a pair, 1 or more"),
    ({"pair": 2}, "pair 2 of the table of pairs is no pair"),
    ({"pair": ""}, "names no pair"),
    ({"label": "maybe"}, "label is 'maybe'; expected 0 or 1"),
    ({"q": "别的", "t": "话"}, "q and t are not the sentences of pair 1"),
    ({"pair": "", "q": " 怎么开通花呗", "t": "花呗怎样开通"}, "q begins with white space"),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=[said for _, said in BAD])
def test_a_bad_row_is_named_by_file_and_row(tmp_path, change, said):
    rows = [{"q": "", "t": ""} | row for row in (ROWS[2], ROWS[0] | change)]
    path = tmp_path / "scores.csv"
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (bad,) = read_attributions(path, PAIRS).bad
    assert bad.startswith(f"{path} line 3: ")
    assert said in bad


def test_a_span_twice_and_two_labels_of_a_pair_are_bad_rows(tmp_path):
    path = written(tmp_path, [ROWS[0], ROWS[0] | {"score": 0.1}, ROWS[1] | {"label": 0}], "jsonl")
    bad = read_attributions(path, PAIRS).bad
    assert bad[0] == f"{path} line 2: characters 0 to 2 of q have a score already, at {path} line 1; add the two up"
    assert bad[1] == f"{path} line 3: the label is another one than in the row of the same pair at {path} line 1"
    both = written(tmp_path, [ROWS[0], ROWS[0] | {"method": "other"}], "jsonl", "both")
    assert not read_attributions(both, PAIRS).bad


def test_strangers_and_pairs_that_are_there_again_are_counted(tmp_path):
    rows = [{"q": "不在", "t": "表里", "side": "q", "start": 0, "end": 1, "score": 1.0}]
    found = read_attributions(written(tmp_path, rows, "jsonl"), PAIRS)
    assert [place.split()[-2:] for place in found.strangers.values()] == [["line", "1"]]
    assert list(found.strangers) == [("不在", "表里")]
    assert found.methods == {"scores": {}}
    again = read_attributions(written(tmp_path, [ROWS[0], ROWS[0] | {"pair": 4, "score": 9.0}], "jsonl"), PAIRS)
    assert again.repeated == {4} and not again.bad
    assert again.methods["theirs"][PAIRS[0]].spans == [("q", 0, 2, 0.5)]


def test_a_file_without_the_columns_or_rows_is_refused(tmp_path):
    for kind in ("csv", "parquet"):
        path = written(tmp_path, [{"pair": 1, "side": "q", "score": 1.0}], kind)
        with pytest.raises(YijuError, match=r"(needs|name) the columns"):
            read_attributions(path, PAIRS)
    empty = tmp_path / "empty.csv"
    empty.write_text("pair,side,start,end,score\n", encoding="utf-8")
    with pytest.raises(YijuError, match="holds no rows"):
        read_attributions(empty, PAIRS)
    empty.write_text("", encoding="utf-8")
    with pytest.raises(YijuError, match="the file is empty; its first line has to name the columns pair"):
        read_attributions(empty, PAIRS)


def test_scores_of_spans_are_laid_over_segments():
    pair = ("如何更改 VIP 手机号", "手机号")
    # 如 何 更 改 VIP 手 机 号, then 手 机 号
    nothing = np.zeros(11)
    np.testing.assert_array_equal(over_segments(pair, []), nothing)
    # One character, a word in parts, two characters with the white space between: by characters.
    found = over_segments(pair, [("q", 0, 1, 2.0), ("q", 5, 6, 0.25), ("q", 6, 8, 0.5), ("q", 7, 10, 1.0)])
    np.testing.assert_allclose(found[:5], [2.0, 0, 0, 0, 0.75 + 0.5])
    np.testing.assert_allclose(found[5:], [0.5, 0, 0, 0, 0, 0])
    # Overlapping spans add up; nothing is left of white space; the sum is kept otherwise.
    np.testing.assert_allclose(over_segments(pair, [("t", 0, 2, 1.0), ("t", 1, 3, -3.0)])[8:], [0.5, -1.0, -1.5])
    np.testing.assert_array_equal(over_segments(pair, [("q", 4, 5, 7.0)]), nothing)
    assert over_segments(pair, [("q", 0, 12, 8.0), ("t", 0, 3, -3.0)]).sum() == pytest.approx(5.0)


def test_methods_of_the_same_name_are_told_apart_by_their_files(tmp_path):
    files = {tmp_path / name: read_attributions(written(tmp_path, ROWS, "jsonl"), PAIRS) for name in ("a.csv", "b.csv")}
    assert list(together(files, ["theirs"])) == ["theirs (a.csv)", "theirs (b.csv)"]
    assert list(together(files, [])) == ["theirs", "theirs (b.csv)"]
    twice = {tmp_path / folder / "a.csv": own for folder, own in zip("xy", files.values(), strict=True)}
    with pytest.raises(YijuError, match="there twice"):
        together(twice, ["theirs"])


def test_all_methods_are_measured_on_the_pairs_that_all_explain():
    first, second, third = ("a", "b"), ("c", "d"), ("e", "f")
    own = {pair: Spans("", None) for pair in (first, second, third)}
    assert explained_by_all([third, first, third, second], {"one": own, "other": own}, []) == [third, first, second]
    less = {first: own[first], second: own[second]}
    assert explained_by_all([third, first, second], {"one": own, "other": less}, []) == [first, second]
    assert explained_by_all([third, first], {}, []) == [third, first]
