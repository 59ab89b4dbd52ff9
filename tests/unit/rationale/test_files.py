"""From scores to rationales and the competition's file."""

import json
import zipfile

import polars as pl
import pytest
from merged import write_merged

from yiju import tables
from yiju.rationale.faithful import select_rationales
from yiju.rationale.hand_in import write_submission
from yiju.rationale.harmonised import fuse_rationales
from yiju.rationale.lines import read_rationales

ITEMS = [
    {"item": "1", "q": "花呗怎开", "t": "怎开花呗", "kind": "ori"},
    {"item": "9", "q": "花呗怎么开", "t": "开花呗", "kind": "disturb"},
]


def segments(text):
    return list(text)


@pytest.fixture
def files(tmp_path):
    rows = [row | {"q_segments": segments(row["q"]), "t_segments": segments(row["t"])} for row in ITEMS]
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS}
    tables.write(pl.DataFrame(columns, schema=tables.ITEMS), tmp_path / "items.parquet", tables.ITEMS)
    scores = {"item": ["1", "9"], "logit_0": [0.0, 1.0], "logit_1": [1.0, 0.0], "probability": [0.73, 0.27]}
    scores |= {"swapped_0": [None] * 2, "swapped_1": [None] * 2, "label": [1, 0], "truncated": [False, False]}
    tables.write(pl.DataFrame(scores, schema=tables.SCORES), tmp_path / "scores.parquet", tables.SCORES)
    write_merged(tmp_path / "pairs.parquet", [("L", "test", "花呗怎开", "怎开花呗", None)])
    return tmp_path


def attributions(path, values):
    """values: scores by (item, side)."""
    rows = [
        {"item": item, "side": side, "unit": unit, "index": place, "start": place, "end": place + 1, "text": "x"}
        | {"score": score}
        for (item, side), scores in values.items()
        for unit in ("token", "segment")
        for place, score in enumerate([9.0, *scores] if unit == "token" else scores)
    ]
    tables.write(pl.DataFrame(rows, schema=tables.ATTRIBUTIONS), path, tables.ATTRIBUTIONS)
    return str(path)


FIRST = {("1", "q"): [4, 3, 2, 1], ("1", "t"): [1, 1, 1, 1], ("9", "q"): [0, 0, 0, 0, 0], ("9", "t"): [1, 2, 3]}
SECOND = {("1", "q"): [0, 0, 0, 80], ("1", "t"): [0, 4, 0, 0], ("9", "q"): [0, 1, 0, 0, 0], ("9", "t"): [3, 2, 1]}


def test_folds_are_averaged_after_each_side_is_normalised(files):
    paths = [attributions(files / f"{name}.parquet", values) for name, values in (("a", FIRST), ("b", SECOND))]
    select_rationales(str(files / "scores.parquet"), paths, {"by": "ratio", "value": 0.5}, str(files / "out.jsonl"))
    first, second = read_rationales(str(files / "out.jsonl"))
    assert first["q_scores"] == pytest.approx([0.2, 0.15, 0.1, 0.55])
    assert first["q"] == [3, 0]
    assert first["t"] == [1, 0]
    assert second["q_scores"] == pytest.approx([0, 0.5, 0, 0, 0])
    assert second["q"] == [1, 0, 2]
    assert (first["label"], first["probability"]) == (1, 0.73)


def test_fusion_copies_from_the_original_and_the_file_is_well_formed(files):
    path = attributions(files / "a.parquet", FIRST)
    select_rationales(
        str(files / "scores.parquet"), [path], {"by": "ratio", "value": 0.5}, str(files / "faithful.jsonl")
    )
    arguments = [str(files / name) for name in ("items.parquet", "faithful.jsonl", "pairs.parquet")]
    fuse_rationales(*arguments, "L", "importance", str(files / "fused.jsonl"))
    first, second = read_rationales(str(files / "fused.jsonl"))
    assert (first["original"], second["original"]) == (None, "1")
    assert second["label"] == first["label"] == 1
    assert [ITEMS[1]["q"][index] for index in second["q"]] == [ITEMS[0]["q"][index] for index in first["q"]]
    text, archive = files / "sim_rationale_f1_f2_f3.txt", files / "s.zip"
    inputs = (arguments[0], arguments[1], str(files / "fused.jsonl"))
    write_submission(*inputs, str(files / "f1.txt"), str(text), str(archive))
    assert (files / "f1.txt").read_text(encoding="utf-8") == "1\t1\t0,1\t0,1\n9\t0\t0,1,2\t1,2\n"
    assert text.read_text(encoding="utf-8").split("\n")[0] == "1\t1\t0,1\t0,1"
    with zipfile.ZipFile(archive) as inside:
        assert inside.read("sim_rationale_f1_f2_f3.txt") == text.read_bytes()


def test_without_a_corpus_of_originals_labels_and_selections_stay(files):
    path = attributions(files / "a.parquet", FIRST)
    select_rationales(
        str(files / "scores.parquet"), [path], {"by": "ratio", "value": 0.5}, str(files / "faithful.jsonl")
    )
    arguments = [str(files / name) for name in ("items.parquet", "faithful.jsonl", "pairs.parquet")]
    fuse_rationales(*arguments, None, "importance", str(files / "fused.jsonl"))
    lines = [json.loads(line) for line in (files / "fused.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert [(line["label"], line["original"]) for line in lines] == [(1, None), (0, None)]
