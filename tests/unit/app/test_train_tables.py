"""What `yiju train` finds in a table: columns, labels, what is left out, and what it refuses."""

from __future__ import annotations

import json

import polars as pl
import pytest
from unit.app.training_tables import read, rows, write

from yiju.app.train.facts import facts_of
from yiju.app.train.user_tables import Words, said
from yiju.base.errors import YijuError
from yiju.config.readers import complete_options, load_reader
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import ReadOptions

NAMED = ("question", "candidate", "label")


def test_columns_and_labels_are_said_with_their_numbers(tmp_path):
    path = write(tmp_path / "pairs.csv", [*rows(30), ("甲乙丙丁", "甲乙丙丁戊", ""), ("子丑寅卯", "子丑寅卯辰", "")])
    table = read(path)
    assert said(table) == [
        f"{path}: 32 rows; column question is the first sentence, column candidate the second, column same the label",
        "  label yes means similar: 15 rows; no not: 15 rows; 2 rows without a label are left out",
    ]
    assert (table.pairs, table.meanings) == (30, {"yes": 1, "no": 0, "": None})


def test_other_words_than_the_known_ones_are_left_out_where_they_are_few(tmp_path):
    lines = [*rows(40), ("甲乙丙丁", "甲乙丙丁戊", "unsure")]
    table = read(write(tmp_path / "pairs.csv", lines, NAMED))
    assert table.meanings["unsure"] is None
    assert "1 row with the label unsure is left out" in said(table)[-1]


def test_grades_become_labels_and_their_middle_is_left_out(tmp_path):
    table = read(write(tmp_path / "pairs.csv", rows(60, ["0", "1", "2", "3", "4", "5"]), NAMED))
    assert (table.labelled(1), table.labelled(0), table.labelled(None)) == (20, 30, 10)
    line, advice = said(table)[1:]
    assert "--threshold says from which grade on they are, and yiju finetune learns the grades themselves" in advice
    assert line.startswith("  grades from 0 to 5: 4 and more is similar, 2 and less is not similar")
    assert line.endswith("so 20 rows similar, 30 rows not similar; 10 rows between are left out")


def test_a_threshold_divides_grades_without_a_middle(tmp_path):
    path = write(tmp_path / "pairs.csv", rows(60, ["0", "1", "2", "3", "4", "5"]), NAMED)
    table = read(path, Words(threshold=2.5))
    assert (table.labelled(1), table.labelled(0), table.labelled(None)) == (30, 30, 0)
    assert said(table)[-1].startswith("  grades: 2.5 and more is similar, less is not similar; so 30 rows similar, 30")
    mixed = write(tmp_path / "mixed.csv", [*rows(30, ["0", "7"]), ("甲乙丙丁", "甲乙丙", "")], NAMED)
    assert read(mixed, Words(threshold=7)).meanings == {"0": 0, "7": 1, "": None}
    with pytest.raises(YijuError, match="no row is not similar"):
        read(path, Words(threshold=0))
    with pytest.raises(YijuError, match="--threshold is of grades, and --similar and --not-similar of words"):
        read(path, Words(("5",), ("0",), 2.5))
    words = write(tmp_path / "words.csv", rows(30), NAMED)
    with pytest.raises(YijuError, match="--threshold is of grades, and the label 'no' is no number"):
        read(words, Words(threshold=1))


def test_what_can_be_done_with_several_classes_is_said(tmp_path):
    nli = write(tmp_path / "nli.csv", rows(30, ["entailment", "neutral", "contradiction"]), NAMED)
    assert "yiju finetune learns the classes themselves" in said(read(nli))[-1]
    assert not [line for line in said(read(write(tmp_path / "two.csv", rows(30), NAMED))) if "finetune" in line]
    unclear = write(tmp_path / "abc.csv", rows(30, ["A", "B", "C"]), NAMED)
    with pytest.raises(YijuError, match=r"of classes --similar and --not-similar .*yiju finetune learns classes"):
        read(unclear)


def test_what_labels_mean_can_be_said(tmp_path):
    path = write(tmp_path / "pairs.csv", rows(30, ["A", "B", "C"]))
    with pytest.raises(YijuError, match="no column holds the labels"):
        read(path)
    with_label = write(tmp_path / "named.csv", rows(30, ["A", "B", "C"]), NAMED)
    table = read(with_label, Words(("A",), ("B",)))
    assert (table.labelled(1), table.labelled(0), table.labelled(None)) == (10, 10, 10)
    assert table.meanings["C"] is None
    for words, told in (
        (Words(("A",), ()), "--similar and --not-similar go together"),
        (Words(("A",), ("Z",)), "no row has the label 'Z'; the labels are 'A', 'B', 'C'"),
        (Words(("A",), ("A",)), "a label cannot mean both"),
    ):
        with pytest.raises(YijuError, match=told):
            read(with_label, words)


def test_one_label_is_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(YijuError, match=r"pairs\.csv: no row is not similar, and nothing can be learnt"):
        read(write(tmp_path / "pairs.csv", rows(30, ["1"]), ("q", "t", "label")))


def test_bad_rows_are_named_and_allowed_on_demand(tmp_path):
    path = write(tmp_path / "pairs.csv", [*rows(30), ("甲乙丙丁", "", "yes")])
    with pytest.raises(YijuError, match=r"1 of 31 rows is no pair, more than --max-bad \(1\.00%\)(.|\n)*line 32: e"):
        read(path)
    table = read(path, max_bad=0.05)
    assert table.pairs == 30
    assert "1 row is no pair" in said(table)[-1]


def test_a_table_that_is_not_there_or_a_folder_is_named(tmp_path):
    with pytest.raises(YijuError, match="no such file"):
        read(tmp_path / "pairs.csv")
    with pytest.raises(YijuError, match="this is a folder"):
        read(tmp_path)


def test_json_lines_are_read_too(tmp_path):
    lines = [{"sentence1": q, "sentence2": t, "label": int(label)} for q, t, label in rows(30, ["1", "0"])]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    table = read(path)
    assert table.pairs == 30
    assert table.options["format"] == "jsonl"


def test_a_label_that_is_missing_in_json_is_no_error_as_a_blank_one_is_none(tmp_path):
    lines = [{"q": q, "t": t, "label": label} for q, t, label in rows(40, ["1", "0"])]
    del lines[0]["label"]
    lines[1]["label"] = None
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    table = read(path)
    assert said(table)[-1].endswith("2 rows without a label are left out")
    own = complete_options("generic", {**table.options, "labels": dict(table.meanings)})
    found = pl.concat(load_reader("generic")(RawFile(path), ReadOptions(own=own)))
    unlabelled = found.filter(pl.col("label").is_null())
    assert unlabelled["line"].to_list() == [1, 2]
    assert not unlabelled["bad"].any()


def test_facts_tell_pairs_length_and_groups(tmp_path):
    star = [("甲乙丙丁", f"第{n}个不同的答案", "yes") for n in range(10)]
    facts = facts_of(read(write(tmp_path / "pairs.csv", [*rows(30), *star])))
    assert (facts.pairs, facts.groups.tolist()) == (40, [10] + [1] * 30)
    assert facts.length == len("怎么开通第10项服务") + len("第10项服务怎样开通呢")
    assert facts.can_set_aside(12, 0.15)
    assert not facts.can_set_aside(31, 0.2)
