"""`yiju index`, and training pairs in what `yiju explain` prints and writes."""

from __future__ import annotations

import json
import shutil

import polars as pl
import pytest
from command_line import run
from families import Row
from families.transformers_models import classifier as n_labels
from toys import PAIRS

from yiju.base.files import sha256
from yiju.models.folder_files import EVIDENCE, FOLDER_FILES, INDEX_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T, _ = PAIRS[3]
MARKUP = "<script>alert(1)</script>怎么开通"


class Said:
    """What a command printed, and how it ended."""

    def __init__(self, capsys, caplog, *arguments, status=0):
        capsys.readouterr()
        run(*arguments, status=status)
        self.out, self.err = capsys.readouterr().out, caplog.text


@pytest.fixture
def said(capsys, caplog):
    return lambda *arguments, status=0: Said(capsys, caplog, *arguments, status=status)


@pytest.fixture
def model(plain_model, tmp_path):
    return shutil.copytree(plain_model, tmp_path / "model")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("q\tt\tlabel\n" + "".join(f"{q}\t{t}\t{label}\n" for q, t, label in PAIRS), encoding="utf-8")
    return path


def indexed(model, table):
    run("index", model, table)
    return model


def test_the_index_stands_beside_the_model_which_stays_as_it_is(model, table):
    before = {name: sha256(model / name) for name in FOLDER_FILES}
    indexed(model, table)
    assert sorted(file.name for file in (model / EVIDENCE).iterdir()) == sorted(INDEX_FILES)
    assert {name: sha256(model / name) for name in FOLDER_FILES} == before
    again = {name: sha256(model / EVIDENCE / name) for name in INDEX_FILES}
    indexed(model, table)
    assert {name: sha256(model / EVIDENCE / name) for name in INDEX_FILES} == again


def test_training_pairs_are_printed_with_file_and_line(model, table, said):
    indexed(model, table)
    printed = said("explain", Q, T, "--model", model, "--evidence", 2).out
    _, for_it, against = printed.partition("Training pairs that speak for it, by similarity, of 64:")
    assert for_it
    assert against.count("pairs.tsv line ") == 4
    assert "Training pairs that speak against it, by similarity, of 64:" in against
    told = json.loads(said("explain", Q, T, "--model", model, "--evidence", 2, "--json").out)
    first = told["evidence"]["proponents"][0]
    assert first["score"] > 0 > told["evidence"]["opponents"][0]["score"]
    q, t, label = PAIRS[first["line"] - 2]
    assert (first["q"], first["t"], first["label"], first["file"]) == (q, t, label, "pairs.tsv")
    assert f"{q} | {t} ({first['label_name']}; score {first['score']:+.3g}" in printed


def test_pages_escape_them_and_tables_have_columns(model, tmp_path, said):
    rows = tmp_path / "odd.tsv"
    rows.write_text(f"q\tt\tlabel\n{MARKUP}\t怎么开通花呗\t1\n怎么开通花呗\t花呗怎样开通\t0\n", encoding="utf-8")
    indexed(model, rows)
    page = said("explain", Q, T, "--model", model, "--evidence", 2, "--html").out
    assert "odd.tsv line 2" in page
    assert MARKUP not in page
    out = tmp_path / "out.jsonl"
    run("explain", "--file", rows, "-o", out, "--model", model, "--evidence", 1)
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {len(line["yiju_training_for"]) for line in lines} == {1}
    assert all("odd.tsv line " in line["yiju_training_for"][0] for line in lines)


def test_without_an_index_or_with_one_of_other_weights_there_is_a_remedy(model, table, marked_model, said):
    asked = ("explain", Q, T, "--evidence", "2", "--model")
    missing = said(*asked, model, status=1)
    assert f"no index of training pairs; `yiju index {model} TABLE` makes it" in missing.err
    indexed(model, table)
    shutil.copyfile(marked_model / "model.safetensors", model / "model.safetensors")
    shutil.copyfile(marked_model / "config.json", model / "config.json")
    other = said(*asked, model, status=1)
    assert "the index is of other weights than the model has; run yiju index again" in other.err


def test_measure_needs_evidence(model, said):
    refused = said("explain", Q, T, "--model", model, "--measure", "tracin", status=1)
    assert "--measure says how training pairs are looked for; give --evidence" in refused.err


@pytest.mark.parametrize(
    ("row", "family"),
    [
        (Row("bi-encoder", "bert"), "bi-encoder"),
        (Row("late interaction", "bert"), "late-interaction model"),
        (Row("decoder", "qwen3"), "decoder reranker"),
    ],
    ids=str,
)
def test_families_without_a_linear_head_are_refused_by_name(family_folder, table, row, family, said):
    refused = said("index", family_folder(row), table, status=1)
    assert f"{family_folder(row)}: training pairs are looked for with a head that is a linear layer" in refused.err
    assert f"a {family} has none" in refused.err
    assert not (family_folder(row) / EVIDENCE).exists()


def test_classes_are_read_by_name_and_by_number(family_folder, tmp_path, said):
    model = shutil.copytree(family_folder(Row("three labels", "bert")), tmp_path / "model")
    table = tmp_path / "three.csv"
    lines = [f"{q},{t},{('entailment', 'neutral', '2')[row % 3]}" for row, (q, t, _) in enumerate(PAIRS[:12])]
    table.write_text("\n".join(["q,t,label", *lines]), encoding="utf-8")
    run("index", model, table)
    told = json.loads(said("explain", Q, T, "--model", model, "--evidence", 12, "--json").out)["evidence"]
    pairs = [*told["proponents"], *told["opponents"]]
    assert {one["label"] for one in pairs} == {0, 1, 2}


def test_a_damaged_index_is_named(model, table, said):
    indexed(model, table)
    (model / EVIDENCE / "vectors.npy").write_bytes(b"nothing")
    refused = said("explain", Q, T, "--evidence", 2, "--model", model, status=1)
    assert "vectors.npy: not a readable array" in refused.err
    assert "run yiju index again" in refused.err


@pytest.mark.parametrize(
    ("classes", "written"),
    [
        (("1", "2", "3"), ("1", "2", "3")),
        (("neutral", "asks", "contradiction"), ("NEUTRAL", "1", "Contradiction")),
    ],
    ids=["numbers are names", "spellings and numbers"],
)
def test_labels_of_several_classes_are_their_names_else_their_numbers(tmp_path, classes, written, caplog):
    folder, rows = n_labels("bert", tmp_path / "model", classes), tmp_path / "rows.tsv"
    texts = [(q, t, number) for (q, t, _), number in zip(PAIRS, (0, 1, 2) * 4, strict=False)]
    rows.write_text("".join(f"{q}\t{t}\t{written[number]}\n" for q, t, number in texts), encoding="utf-8")
    run("index", folder, rows)
    found = pl.read_parquet(folder / EVIDENCE / "pairs.parquet")
    assert found["label"].to_list() == [number for *_, number in texts]
    rows.write_text(f"{Q}\t{T}\t0.5\n", encoding="utf-8")
    run("index", folder, rows, status=1)
    assert "rows.tsv" in caplog.text
