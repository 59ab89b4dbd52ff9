"""Corrections of labels: what train pairs become, what is refused, and that without them nothing changes."""

import json

import polars as pl
import pytest

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.pairs.filters import REVIEW
from yiju.data.pairs.merge import Corpus, Outputs, merge_corpora

FILTERS = {"duplicates": True, "conflicts": "drop", "leaks": True, "near_leaks": False}
NAMES = ("pairs.parquet", "dropped.parquet", "held_out.parquet", "conflicts.parquet", "ledger.json")
ROWS = [
    ("train", "怎么开", "如何开", 1),
    ("train", "如何开？", "怎么开", 1),
    ("train", "花呗还款", "借呗还款", 1),
    ("train", "换头像", "改头像", 0),
    ("train", "换头像", "改密码", 0),
    ("dev", "天气", "气温", 0),
]
HEAD = "corpus,file,line,q,t,label,right_label,reviewer,note"


def corpus(folder, name="Mine", rows=ROWS):
    pairs = [(name, split, "train.csv", line, q, t, label) for line, (split, q, t, label) in enumerate(rows, 1)]
    paths = folder / f"{name}.parquet", folder / f"{name}.rejected.parquet"
    tables.write(pl.DataFrame(pairs, schema=pl.Schema(tables.PAIRS), orient="row"), paths[0], tables.PAIRS)
    tables.write(tables.empty(tables.REJECTED), paths[1], tables.REJECTED)
    return Corpus(name, *paths)


def merge(folder, lines=None, corpora=None, carving=None):
    """Merged rows, dropped rows and the ledger; lines: of the reviewed table, after its first one."""
    (folder / "out").mkdir(exist_ok=True)
    out, review = Outputs(*(folder / "out" / name for name in NAMES)), None
    if lines is not None:
        review = folder / "review.csv"
        review.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    merge_corpora(corpora or [corpus(folder)], [], out, FILTERS, 0.8, carving, review)
    merged, dropped = tables.read(out.pairs, tables.MERGED), tables.read(out.dropped, tables.DROPPED)
    return merged, dropped, json.loads(out.ledger.read_text(encoding="utf-8"))


def labels(merged):
    return dict(merged.select("line", "label").iter_rows())


def test_a_label_is_corrected_and_the_ledger_says_by_whom(tmp_path):
    plain, *_ = merge(tmp_path)
    merged, _, ledger = merge(tmp_path, ["Mine,train.csv,3,花呗还款,借呗还款,1,0,周,other product"])
    assert labels(plain) == {1: 1, 3: 1, 4: 0, 5: 0, 6: 0}
    assert labels(merged) == {1: 1, 3: 0, 4: 0, 5: 0, 6: 0}
    (one,) = ledger["corrected"]["each"]
    assert (one["before"], one["after"], one["rows"], one["reviewer"], one["note"]) == (1, 0, 1, "周", "other product")
    assert ledger["corrected"]["rows"] == 1 and ledger["corpora"]["Mine"]["labels"] == {"0": 4, "1": 1}


def test_a_pair_that_repeats_is_corrected_wherever_it_stands(tmp_path):
    merged, dropped, ledger = merge(tmp_path, ["Mine,train.csv,1,怎么开,如何开,1,0,,"])
    assert labels(merged)[1] == 0
    assert dropped["reason"].to_list() == ["duplicate"] and ledger["corrected"]["each"][0]["rows"] == 2


def test_a_pair_is_dropped_and_kept_among_the_dropped_rows_with_its_reason(tmp_path):
    merged, dropped, ledger = merge(tmp_path, ["Mine,train.csv,4,换头像,改头像,0,drop,,"])
    assert 4 not in labels(merged)
    assert dropped.filter(pl.col("reason") == REVIEW)["line"].to_list() == [4]
    entry = ledger["corpora"]["Mine"]
    assert entry["dropped"][REVIEW] == 1 and entry["read"] == entry["kept"] + sum(entry["dropped"].values())


def test_rows_that_nobody_has_filled_in_change_nothing(tmp_path):
    merge(tmp_path)
    plain = {name: (tmp_path / "out" / name).read_bytes() for name in NAMES[:-1]}
    merge(tmp_path, ["Mine,train.csv,3,花呗还款,借呗还款,1,,,not sure"])
    assert plain == {name: (tmp_path / "out" / name).read_bytes() for name in NAMES[:-1]}


def test_without_the_corrections_the_table_is_the_old_one_byte_for_byte(tmp_path):
    merge(tmp_path)
    plain = {name: (tmp_path / "out" / name).read_bytes() for name in NAMES}
    merge(tmp_path, ["Mine,train.csv,3,花呗还款,借呗还款,1,0,,"])
    assert plain["pairs.parquet"] != (tmp_path / "out/pairs.parquet").read_bytes()
    merge(tmp_path)
    assert plain == {name: (tmp_path / "out" / name).read_bytes() for name in NAMES}


def test_a_correction_ends_a_conflict(tmp_path):
    rows = [("train", "甲", "乙", 1), ("train", "甲", "乙", 0), ("dev", "丙", "丁", 0)]
    plain, *_ = merge(tmp_path, corpora=[corpus(tmp_path, rows=rows)])
    merged, *_ = merge(tmp_path, ["Mine,train.csv,2,甲,乙,0,1,,"], [corpus(tmp_path, rows=rows)])
    assert labels(plain) == {3: 0} and labels(merged) == {1: 1, 3: 0}


def test_another_corpus_keeps_its_label(tmp_path):
    corpora = [corpus(tmp_path), corpus(tmp_path, "Other", [("train", "花呗还款", "借呗还款", 1)])]
    merged, *_ = merge(tmp_path, ["Mine,train.csv,3,花呗还款,借呗还款,1,0,,"], corpora)
    assert merged.filter(pl.col("q") == "花呗还款").select("corpus", "label").rows() == [("Mine", 0), ("Other", 1)]


def test_pairs_that_are_set_aside_are_not_cleaned(tmp_path):
    rows = [("train", f"句{number}", f"词{number}", number % 2) for number in range(10)]
    carving = {"corpora": ["Mine"], "shares": {"dev": 0.3}, "seed": 1, "grouped": True}
    plain, *_ = merge(tmp_path, corpora=[corpus(tmp_path, rows=rows)], carving=carving)
    review = [f"Mine,train.csv,{line},{q},{t},{label},{1 - label},," for line, (_, q, t, label) in enumerate(rows, 1)]
    merged, _, ledger = merge(tmp_path, review, [corpus(tmp_path, rows=rows)], carving)
    assert merged["split"].to_list() == plain["split"].to_list()
    changed = pl.Series(merged["label"] != plain["label"])
    assert changed.to_list() == [split == "train" for split in plain["split"]]
    held_out = [one["line"] for one in ledger["corrected"]["each"] if one["held_out"]]
    assert held_out == plain.filter(pl.col("split") == "dev")["line"].to_list()


REFUSED = {
    "has no pair in line 99": "Mine,train.csv,99,花呗还款,借呗还款,1,0,,",
    "holds another pair or label now": "Mine,train.csv,3,花呗还款,别的,1,0,,",
    "another pair or label": "Mine,train.csv,3,花呗还款,借呗还款,0,1,,",
    "is a dev pair; only train pairs": "Mine,train.csv,6,天气,气温,0,1,,",
    "expected 0, 1 or drop": "Mine,train.csv,3,花呗还款,借呗还款,1,yes,,",
    "line 'three'": "Mine,train.csv,three,花呗还款,借呗还款,1,0,,",
    "is none of corpora.use": "Their,train.csv,3,花呗还款,借呗还款,1,0,,",
    "8 fields": "Mine,train.csv,3,花呗还款,借呗还款,1,0,",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_does_not_fit_is_refused_by_its_place(tmp_path, said):
    with pytest.raises(YijuError, match=said) as refused:
        merge(tmp_path, [REFUSED[said]])
    assert "review.csv line 2" in str(refused.value) or "corpora.corrections" in str(refused.value)


def test_two_rows_that_contradict_each_other_are_refused(tmp_path):
    rows = ["Mine,train.csv,3,花呗还款,借呗还款,1,0,,", "Mine,train.csv,3,花呗还款,借呗还款,1,drop,,"]
    with pytest.raises(YijuError, match=r"review\.csv line 3: .*line 2 says something else of the same pair"):
        merge(tmp_path, rows)


def test_a_table_without_the_columns_is_refused(tmp_path):
    (tmp_path / "review.csv").write_text("q,t,label\n", encoding="utf-8")
    with pytest.raises(YijuError, match="corpus, file, line, q, t, label, right_label"):
        merge_corpora([corpus(tmp_path)], [], Outputs(*NAMES), FILTERS, 0.8, None, tmp_path / "review.csv")
