"""From scores to rationales and the competition's file."""

import math
import zipfile

import polars as pl
import pytest
from merged import write_merged
from published_bleu import bleu4

from yiju.base import tables
from yiju.explain.rationales.faithful import select_rationales
from yiju.explain.rationales.harmonised import fuse_rationales
from yiju.explain.rationales.rationale_lines import read_rationales
from yiju.explain.rationales.write_submission import write_submission

ITEMS = [
    {"item": "1", "q": "花呗怎开", "t": "怎开花呗", "kind": "ori"},
    {"item": "9", "q": "花呗怎么开", "t": "开花呗", "kind": "disturb"},
]


def segments(text):
    return list(text)


@pytest.fixture
def files(tmp_path):
    rows = [row | {"q_segments": segments(row["q"]), "t_segments": segments(row["t"])} for row in ITEMS]
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS.names}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), tmp_path / "items.parquet", tables.ITEMS)
    scores = {"item": ["1", "9"], "logit_0": [0.0, 1.0], "logit_1": [1.0, 0.0], "probability": [0.73, 0.27]}
    scores |= {
        "swapped_0": [None] * 2,
        "swapped_1": [None] * 2,
        "label": [1, 0],
        "truncated": [False, False],
        "unknown": [0, 0],
    }
    tables.write(pl.DataFrame(scores, schema=pl.Schema(tables.SCORES)), tmp_path / "scores.parquet", tables.SCORES)
    write_merged(tmp_path / "pairs.parquet", [("L", "test", "花呗怎开", "怎开花呗", None)])
    return tmp_path


def attributions(path, values):
    """values: scores by (item, side)."""
    rows = [
        {"item": item, "side": side, "index": place, "start": place, "end": place + 1, "text": "x"}
        | {"score": score, "error": 0.0, "rank": None}
        for (item, side), scores in values.items()
        for place, score in enumerate(scores)
    ]
    tables.write(pl.DataFrame(rows, schema=pl.Schema(tables.ATTRIBUTIONS)), path, tables.ATTRIBUTIONS)
    return str(path)


PUBLISHED = {"order": "importance", "relations": "published", "originals": "L", "share": "original"}
FIRST = {("1", "q"): [4, 3, 2, 1], ("1", "t"): [1, 1, 1, 1], ("9", "q"): [0, 0, 0, 0, 0], ("9", "t"): [1, 2, 3]}
UNREAD = FIRST | {("1", "q"): [4, None, 2, None]}


def select(files, path, settings, out, **others):
    """What is selected, and what goes into the competition's file."""
    paths = [str(files / name) for name in (out, f"submitted.{out}")]
    select_rationales(str(files / "scores.parquet"), path, settings, *paths, **others)
    return [read_rationales(one) for one in paths]


def test_what_was_not_read_has_no_score_and_is_not_selected(files):
    path = attributions(files / "a.parquet", UNREAD)
    (first, second), submitted = select(files, path, {"by": "ratio", "value": 0.75}, "out.jsonl")
    assert first["q_scores"] == [4.0, None, 2.0, None]
    assert first["q"] == [0, 2]
    assert second["q"] == [0, 1, 2, 3]
    assert (first["label"], first["probability"]) == (1, 0.73)
    assert submitted == [first, second]


def test_fusion_copies_from_the_original_and_the_file_is_well_formed(files):
    path = attributions(files / "a.parquet", FIRST)
    select(files, path, {"by": "ratio", "value": 0.5}, "faithful.jsonl")
    arguments = [str(files / name) for name in ("items.parquet", "faithful.jsonl", "pairs.parquet")]
    fuse_rationales(*arguments[:2], PUBLISHED, str(files / "fused.jsonl"), arguments[2])
    first, second = read_rationales(str(files / "fused.jsonl"))
    assert (first["original"], second["original"]) == (None, "1")
    assert first["bleu"] is None
    assert second["bleu"] == pytest.approx(
        bleu4(ITEMS[0]["q"] + ITEMS[0]["t"], ITEMS[1]["q"] + ITEMS[1]["t"]), abs=1e-6
    )
    assert list(second) == ["item", "label", "q", "t", "original", "bleu"]
    assert second["label"] == first["label"] == 1
    assert [ITEMS[1]["q"][index] for index in second["q"]] == [ITEMS[0]["q"][index] for index in first["q"]]
    text, archive = files / "sim_rationale_f1_f2_f3.txt", files / "s.zip"
    inputs = (arguments[0], arguments[1], str(files / "fused.jsonl"))
    write_submission(*inputs, str(files / "f1.txt"), str(text), str(archive))
    assert (files / "f1.txt").read_text(encoding="utf-8") == "1\t1\t0,1\t0,1\n9\t0\t0,1,2\t1,2\n"
    assert text.read_text(encoding="utf-8").split("\n")[0] == "1\t1\t0,1\t0,1"
    with zipfile.ZipFile(archive) as inside:
        assert inside.read("sim_rationale_f1_f2_f3.txt") == text.read_bytes()


def fused(files, **settings):
    """Faithful and harmonised lines of the two items, which are related by what `settings` says."""
    path = attributions(files / "a.parquet", FIRST)
    faithful, out = str(files / "faithful.jsonl"), str(files / "fused.jsonl")
    select(files, path, {"by": "ratio", "value": 0.5}, "faithful.jsonl")
    # In logits, as everywhere: the probability turns at 0.6.
    (files / "calibration.json").write_text(f'{{"temperature": 1.0, "margin": {math.log(0.6 / 0.4)}}}')
    settings = {"order": "importance", **settings}
    fuse_rationales(str(files / "items.parquet"), faithful, settings, out, calibration=str(files / "calibration.json"))
    return read_rationales(faithful), read_rationales(out)


def test_without_relations_labels_and_selections_stay(files):
    _, lines = fused(files, relations="none")
    assert [(line["label"], line["original"]) for line in lines] == [(1, None), (0, None)]


def test_relations_that_the_set_gives_need_no_corpus(files):
    table = tables.read(files / "items.parquet", tables.ITEMS)
    given = table.with_columns(pl.Series("related", [["9"], None], dtype=pl.List(pl.String)))
    tables.write(given, files / "items.parquet", tables.ITEMS)
    _, lines = fused(files, relations="given", share="original")
    assert [(line["label"], line["original"]) for line in lines] == [(1, None), (1, "1")]
    assert all("bleu" not in line for line in lines)


def test_relations_that_are_found_say_how_alike_the_items_are(files):
    # 花呗 of 花呗怎开 and 花呗怎么开: 2 of 5 bigrams; 开花, 花呗 of 怎开花呗 and 开花呗: 2 of 3.
    _, lines = fused(files, relations="found", similarity=0.4, share="original")
    assert [(line["original"], line["similarity"]) for line in lines] == [(None, None), ("1", 0.4)]
    _, lines = fused(files, relations="found", similarity=0.41, share="original")
    assert [line["original"] for line in lines] == [None, None]


def test_a_consensus_weighs_labels_by_their_distance_from_the_turn(files):
    # 0.73 is 0.13 above the turn, 0.27 is 0.33 below: label 0, though the two are as far from one half.
    faithful, lines = fused(files, relations="found", similarity=0.4, share="consensus")
    assert [line["label"] for line in faithful] == [1, 0]
    assert [line["label"] for line in lines] == [0, 0]
    assert [len(line[side]) for line in lines for side in "qt"] == [
        len(line[side]) for line in faithful for side in "qt"
    ]


def test_a_ratio_found_on_dev_is_read_from_its_file(files):
    path = attributions(files / "a.parquet", FIRST)
    (files / "ratio.json").write_text('{"ratio": 0.25}')
    lines, submitted = select(files, path, {"by": "dev"}, "out.jsonl", ratio=str(files / "ratio.json"))
    assert [(line["q"], line["t"]) for line in lines] == [([0], [0]), ([], [2])]
    assert submitted == lines
