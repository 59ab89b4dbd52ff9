"""`yiju label-next`: the pairs to label first, their table, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import polars as pl
import pytest
from command_line import lines, run
from families import Row
from python_calamine import CalamineWorkbook
from toys import PAIRS, SENTENCES

from yiju import Explainer
from yiju.base.files import sha256
from yiju.base.terminal_language import speak
from yiju.models.folder_files import EVIDENCE, FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
LEARNT = PAIRS[:16]
# Each pair in one order only, and none that was learnt in either.
POOL = [
    (q, t) for row, (q, t, _) in enumerate(PAIRS) if {q, t} not in [{*pair} for *pair, _ in (*LEARNT, *PAIRS[:row])]
]
ADDED = [
    f"yiju_{name}"
    for name in ("rank", "probability", "uncertainty", "distance", "nearest_file", "nearest_line", "nearest_corpus")
]


@pytest.fixture
def model(plain_model, tmp_path):
    return shutil.copytree(plain_model, tmp_path / "model")


@pytest.fixture
def indexed(model, tmp_path):
    table = tmp_path / "learnt.tsv"
    table.write_text("q\tt\tlabel\n" + "".join(f"{q}\t{t}\t{label}\n" for q, t, label in LEARNT), encoding="utf-8")
    run("index", model, table)
    return model


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pool.csv"
    rows = [f"{number},{q},{t}" for number, (q, t) in enumerate(POOL)]
    path.write_text("\n".join(["id,q,t", *rows]) + "\n", encoding="utf-8")
    return path


def by_torch(model, pairs):
    """What the head reads of pairs, by transformers itself, scaled to length 1."""
    explainer = Explainer.from_pretrained(model, device="cpu")
    inputs = explainer.tokenizer(
        [q for q, _ in pairs], [t for _, t in pairs], padding=True, return_tensors="pt", return_token_type_ids=True
    )
    read = explainer.model.bert(**inputs).pooler_output.detach().numpy()
    return read / np.linalg.norm(read, axis=1, keepdims=True)


def test_the_order_and_the_figures_are_those_of_the_rule(indexed, table, tmp_path, capsys):
    before = {name: sha256(indexed / name) for name in FOLDER_FILES}
    out = tmp_path / "next.jsonl"
    run("label-next", indexed, table, "-n", 9, "-o", out)
    found = lines(out)
    assert list(found[0]) == ["id", "q", "t", "label", *ADDED]
    assert [row["yiju_rank"] for row in found] == list(range(1, 10))
    assert {row["label"] for row in found} == {None}
    judged = Explainer.from_pretrained(indexed, device="cpu").predict(POOL)
    own, known = by_torch(indexed, POOL), by_torch(indexed, [(q, t) for q, t, _ in LEARNT])
    apart = np.linalg.norm(own[:, None] - known[None], axis=2)
    centers = known
    taken: set[int] = set()
    for row in found:
        number = int(row["id"])
        assert (row["q"], row["t"]) == POOL[number]
        assert row["yiju_probability"] == pytest.approx(judged[number].probability, abs=1e-5)
        assert row["yiju_uncertainty"] == pytest.approx(1 - abs(2 * judged[number].probability - 1), abs=1e-5)
        assert row["yiju_distance"] == pytest.approx(apart[number].min(), abs=2e-3)
        assert row["yiju_nearest_file"] == "learnt.tsv"
        assert apart[number, row["yiju_nearest_line"] - 2] == pytest.approx(apart[number].min(), abs=2e-3)
        # No other pair has a larger uncertainty times distance from all that was learnt or picked before.
        away = np.linalg.norm(own[:, None] - centers[None], axis=2).min(axis=1)
        values = away * [1 - abs(2 * one.probability - 1) for one in judged]
        assert values[number] >= max(values[one] for one in range(len(POOL)) if one not in taken) - 3e-3
        centers = np.concatenate([centers, own[number : number + 1]])
        taken.add(number)
    assert {name: sha256(indexed / name) for name in FOLDER_FILES} == before
    said = capsys.readouterr()
    assert f"{out}: 9 pairs to label" in said.err and f"picked of {len(POOL)} pairs without a label" in said.err
    assert "learnt.tsv:" in said.out and "nearest training pair" in said.out
    again = tmp_path / "again.jsonl"
    run("label-next", indexed, table, "-n", 9, "-o", again)
    assert again.read_bytes() == out.read_bytes()
    run("label-next", indexed, table, "-n", 4, "-o", again)
    assert lines(again) == found[:4]


def test_the_table_and_what_is_said_of_it_are_in_chinese(model, table, capsys):
    try:
        run("--lang", "zh", "label-next", model, table, "-n", 2)
    finally:
        speak("en")
    said = capsys.readouterr()
    assert said.out.split()[:4] == ["名次", "概率", "不确定度", "句对"]
    assert f"从没有标签的 {len(POOL)} 个句对中选出" in said.err and "没有训练句对的索引" in said.err


def test_without_an_index_it_is_said_and_the_most_uncertain_pair_is_first(model, table, capsys):
    run("label-next", model, table, "-n", 3)
    said = capsys.readouterr()
    assert f"{model}: no index of training pairs, so that pairs are picked by their uncertainty and" in said.err
    assert f"`yiju index {model} TABLE` makes one" in said.err
    header, first, *others = said.out.splitlines()
    assert header.split() == ["rank", "probability", "uncertainty", "pair"] and len(others) == 2
    judged = Explainer.from_pretrained(model, device="cpu").predict(POOL)
    surest = min(judged, key=lambda one: abs(one.probability - 0.5))
    assert first.endswith(f"{surest.q} | {surest.t}")


def test_rows_with_a_label_rows_that_repeat_and_training_pairs_are_left_out_and_counted(indexed, tmp_path, capsys):
    path, out = tmp_path / "some.tsv", tmp_path / "next.tsv"
    q, t = POOL[1]
    rows = [(q, t, ""), (*POOL[2], "1"), (t, q, ""), (*LEARNT[3][1::-1], ""), (*POOL[2], "nan"), (*POOL[0], " ")]
    assert q != t
    path.write_text("q\tt\tlabel\n" + "".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    run("label-next", indexed, path, "-o", out)
    found = pl.read_csv(out, separator="\t", infer_schema=False)
    # The table's own column is the one to fill in.
    assert found.columns == ["q", "t", "label", *ADDED]
    assert sorted(found.select("q", "t").rows()) == sorted(POOL[:3])
    assert set(found["label"]) == {None, "nan", " "}
    said = capsys.readouterr().err
    assert "picked of 3 pairs without a label" in said
    for one in ("the label is there already", "the model has learnt it", "the pair stands in another row"):
        assert f"1 row left out: {one}" in said


def test_no_column_of_the_user_is_overwritten_and_no_cell_is_a_formula(model, tmp_path):
    path, out = tmp_path / "odd.csv", tmp_path / "next.csv"
    path.write_text("q,t,LABEL,yiju_rank,note\n怎么开通,花呗,,9,=1+1\n这个多少钱,多少钱一斤,,8,@x\n", encoding="utf-8")
    run("label-next", model, path, "-o", out, "--label", "note", "--max-bad", 1, status=1)
    run("label-next", model, path, "-o", out, "--label", "LABEL")
    names, *rows = out.read_text(encoding="utf-8-sig").splitlines()
    assert names.startswith("q,t,LABEL,yiju_rank,note,yiju__rank,yiju__probability,")
    assert sorted(row.split(",")[3:5] for row in rows) == [["8", "'@x"], ["9", "'=1+1"]]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet", "xlsx"])
def test_every_format_that_results_have_can_be_read_again(indexed, table, tmp_path, kind):
    out = tmp_path / f"next.{kind}"
    run("label-next", indexed, table, "-n", 2, "-o", out)
    if kind == "xlsx":
        names = CalamineWorkbook.from_path(str(out)).get_sheet_by_index(0).to_python()[0]
        assert names == ["id", "q", "t", "label", *ADDED]
    # What was written is a table of unlabelled pairs itself.
    again = tmp_path / "again.jsonl"
    run("label-next", indexed, out, "-o", again)
    assert [row["yiju_rank"] for row in lines(again)] == ([1, 2] if kind in ("jsonl", "xlsx") else ["1", "2"]) or (
        kind == "parquet"
    )
    assert [row["yiju__rank"] for row in lines(again)] == [1, 2]


def test_standard_input_is_read_and_rows_that_are_no_pairs_are_named(model, tmp_path, capsys, monkeypatch):
    text = f"{SENTENCES[0]}\t{SENTENCES[1]}\nno TAB here\n{SENTENCES[2]}\t{SENTENCES[3]}\n"
    (tmp_path / "in.tsv").write_text(text, encoding="utf-8")
    with (tmp_path / "in.tsv").open(encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        run("label-next", model, "-", "--max-bad", 0.5, "-o", tmp_path / "next.jsonl")
    assert "- line 2: expected 2 TAB-separated fields, got 1" in capsys.readouterr().err
    assert len(lines(tmp_path / "next.jsonl")) == 2


def test_a_number_needs_a_margin_and_its_uncertainty_is_by_the_spread(family_folder, table, tmp_path, caplog, capsys):
    model = family_folder(Row("cross-encoder", "bert"))
    run("label-next", model, table, status=1)
    assert f"{model}: this model gives one number a pair and decides nothing by itself: calibrate it" in caplog.text
    scores = np.array([one.score for one in Explainer.from_pretrained(model, device="cpu").predict(POOL)])
    out, margin = tmp_path / "next.jsonl", float(np.median(scores))
    run("label-next", model, table, "--margin", margin, "-n", 5, "-o", out)
    assert "in units of the standard deviation" in capsys.readouterr().err
    for row in lines(out):
        assert row["yiju_probability"] is None and row["yiju_distance"] is None
        away = abs(scores[int(row["id"])] - margin) / scores.std()
        assert row["yiju_uncertainty"] == pytest.approx(np.exp(-away), abs=1e-3)


def test_classes_are_uncertain_between_the_two_most_probable(family_folder, table, tmp_path):
    model, out = family_folder(Row("three labels", "bert")), tmp_path / "next.jsonl"
    run("label-next", model, table, "-n", 4, "-o", out)
    outputs, _ = Explainer.from_pretrained(model, device="cpu").outputs(POOL)
    chances = np.sort(np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True), axis=1)
    for row in lines(out):
        _, second, first = chances[int(row["id"])]
        assert row["yiju_uncertainty"] == pytest.approx(1 - (first - second), abs=1e-4)
        assert row["yiju_probability"] == pytest.approx(first, abs=1e-4)


@pytest.mark.parametrize("both", [False, True], ids=["one order", "mean of both orders"])
def test_the_probability_is_that_of_predict_with_a_calibration_and_of_both_orders(model, table, tmp_path, both):
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    (model / "config.json").write_text(json.dumps(config | {"average_orders": both}), encoding="utf-8")
    labelled = tmp_path / "labelled.tsv"
    pairs = [(q, one) for q, t, _ in PAIRS for one in (t, f"{t}花呗")]
    scores = [one.probability for one in Explainer.from_pretrained(model, device="cpu").predict(pairs)]
    # More often similar the higher the score, as calibration needs it.
    labels = [int(score > np.median(scores)) ^ (number % 5 == 0) for number, score in enumerate(scores)]
    rows = [f"{q}\t{t}\t{label}\n" for (q, t), label in zip(pairs, labels, strict=True)]
    labelled.write_text("q\tt\tlabel\n" + "".join(rows), encoding="utf-8")
    run("calibrate", model, labelled)
    out, explainer = tmp_path / "next.jsonl", Explainer.from_pretrained(model, device="cpu")
    run("label-next", model, table, "-o", out)
    judged, threshold = explainer.predict(POOL), explainer.threshold
    assert explainer.calibration and explainer.average_orders == both
    for row in lines(out):
        chance = judged[int(row["id"])].probability
        assert row["yiju_probability"] == pytest.approx(chance, abs=1e-5)
        wanted = (1 - chance) / (1 - threshold) if chance > threshold else chance / threshold
        assert row["yiju_uncertainty"] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(
    ("row", "family"),
    [
        (Row("bi-encoder", "bert"), "bi-encoder"),
        (Row("late interaction", "bert"), "late-interaction model"),
        (Row("decoder", "qwen3"), "decoder reranker"),
    ],
    ids=str,
)
def test_families_without_a_linear_head_are_refused_by_name(family_folder, table, row, family, caplog):
    run("label-next", family_folder(row), table, "--margin", 0, status=1)
    assert f"a {family} has none" in caplog.text


def test_bad_inputs_leave_nothing_and_name_the_remedy(indexed, table, tmp_path, caplog):
    out = tmp_path / "next.csv"
    for name, words in (("next.doc", "must end in"), ("pool.csv", "this is a file that is read")):
        run("label-next", indexed, table, "-o", tmp_path / name, status=1)
        assert words in caplog.text
    run("label-next", indexed, tmp_path / "none.csv", "-o", out, status=1)
    assert "none.csv: no such file" in caplog.text
    run("label-next", indexed, tmp_path / "learnt.tsv", "-o", out, status=1)
    assert "nothing is left to label" in caplog.text
    (indexed / EVIDENCE / "vectors.npy").write_bytes(b"nothing")
    run("label-next", indexed, table, "-o", out, status=1)
    assert "vectors.npy: not a readable array" in caplog.text
    run("label-next", indexed, table, "-n", 0, "-o", out, status=2)
    assert not out.exists()


def test_an_index_of_other_weights_is_refused(indexed, table, marked_model, caplog):
    for name in ("model.safetensors", "config.json"):
        shutil.copyfile(marked_model / name, indexed / name)
    run("label-next", indexed, table, status=1)
    assert "the index is of other weights than the model has; run yiju index again" in caplog.text


def test_large_tables_are_read_in_parts_and_picked_alike(indexed, table, tmp_path, monkeypatch):
    outs = [tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"]
    run("label-next", indexed, table, "-o", outs[0])
    monkeypatch.setattr("yiju.app.next_labels.ROWS", 5)
    monkeypatch.setattr("yiju.explain.evidence.k_center.BLOCK", 3)
    run("label-next", indexed, table, "-o", outs[1])
    whole, parts = (lines(out) for out in outs)
    assert [row["id"] for row in whole] == [row["id"] for row in parts]
    assert json.dumps(whole[0]["yiju_nearest_line"]) == json.dumps(parts[0]["yiju_nearest_line"])
