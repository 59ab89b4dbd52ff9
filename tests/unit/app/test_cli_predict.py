"""`yiju predict`: files of pairs are judged in order, and rows that are no pairs are named."""

import json
import subprocess
import sys

import polars as pl
import pytest
from command_line import lines, run
from python_calamine import CalamineWorkbook
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.job.code_version import SCRIPTS
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]
WRITTEN = {
    "tsv": "".join(f"{q}\t{t}\tmore\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "csv": "t,q\n" + "".join(f'"{t}",{q}\n' for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
    "jsonl": "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in zip(SENTENCES, SENTENCES[::-1], strict=True)),
}


def test_predict_has_no_seed(capsys):
    run("predict", "--help")
    assert "--seed" not in capsys.readouterr().out
    run("explain", "--help")
    assert "--seed" in capsys.readouterr().out


def test_one_row_and_one_pair_are_told_in_the_singular(marked_model, tmp_path, capsys):
    path = tmp_path / "p.tsv"
    path.write_text(f"{Q * 20}龘\t{T}\n", encoding="utf-8")
    run("predict", path, "-o", tmp_path / "j.jsonl", "--model", marked_model)
    said = capsys.readouterr().err
    assert "1 of 1 row judged\n" in said
    assert "1 of the pairs holds characters" in said
    assert "1 of the pairs is longer than the model reads" in said


ADDED = ("label", "label_name", "probability", "score", "undecided", "truncated", "unknown", "reason")


def table(path):
    """A written table, whatever its format."""
    match path.suffix:
        case ".jsonl":
            return pl.read_ndjson(path, infer_schema_length=None)
        case ".parquet":
            return pl.read_parquet(path)
        case ".xlsx":
            names, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
            return pl.DataFrame(rows, schema=names, orient="row", strict=False)
    return pl.read_csv(path, separator="\t" if path.suffix == ".tsv" else ",")


@pytest.mark.parametrize("kind", [*WRITTEN, "parquet", "xlsx"])
@pytest.mark.parametrize("out", ["jsonl", "csv", "tsv", "parquet", "xlsx"])
def test_a_file_is_judged_in_order(marked_model, tmp_path, kind, out):
    path, written = tmp_path / f"pairs.{kind}", tmp_path / f"judged.{out}"
    own = pl.DataFrame({"q": SENTENCES, "t": SENTENCES[::-1]})
    if kind == "parquet":
        own.write_parquet(path)
    elif kind == "xlsx":
        own.write_excel(path)
    else:
        path.write_text(WRITTEN[kind], encoding="utf-8")
    run("predict", path, "-o", written, "--model", marked_model)
    wanted = Explainer.from_pretrained(marked_model).predict(zip(SENTENCES, SENTENCES[::-1], strict=True))
    found = table(written)
    names = {"tsv": ["q", "t", "column_3"], "csv": ["t", "q"]}.get(kind, ["q", "t"])
    assert found.columns == [*names, *(f"yiju_{name}" for name in ADDED)]
    assert found["q"].to_list() == SENTENCES
    assert found["yiju_label"].to_list() == [one.label for one in wanted]
    assert found["yiju_probability"].to_list() == pytest.approx([one.probability for one in wanted], rel=1e-6)


def test_a_bad_row_is_named_and_the_others_are_judged(marked_model, tmp_path, capsys):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\n\nno TAB here\n{T}\t{Q}\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", marked_model, "--max-bad", "0.5")
    first, second, third = lines(out)
    assert [row["yiju_label"] is None for row in (first, second, third)] == [False, True, False]
    # The row comes back as it was, and says why it was not judged.
    assert second["q"] == "no TAB here"
    assert second["yiju_reason"] == "expected 2 TAB-separated fields, got 1"
    assert third["q"] == T
    said = capsys.readouterr().err
    assert "pairs.tsv line 3: " in said
    assert "2 of 3 rows judged" in said


def test_too_many_bad_rows_leave_nothing(marked_model, tmp_path, caplog):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\nno TAB here\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", marked_model, status=1)
    assert "1 of 2 rows is no pair, more than --max-bad (1.00%)" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["pairs.tsv"]


@pytest.mark.slow
def test_pairs_come_in_by_a_pipe_and_go_out_by_one(marked_model):
    command = [sys.executable, "-m", "yiju", "predict", "-", "--model", str(marked_model)]
    env = {"PYTHONPATH": str(SCRIPTS), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=env, input=f"{Q}\t{T}\n", capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["q"] == Q


def test_rows_with_nothing_to_judge_are_named_like_others_that_are_no_pairs(marked_model, tmp_path, capsys):
    path, out = tmp_path / "pairs.tsv", tmp_path / "judged.jsonl"
    path.write_text(f"{Q}\t{T}\n\ue000\t{T}\n{Q}\t\u0301\n{T}\t龘{Q}\n", encoding="utf-8")
    run("predict", path, "-o", out, "--model", marked_model, "--max-bad", "0.5")
    assert [row["yiju_unknown"] for row in lines(out)] == [0, None, None, 1]
    said = capsys.readouterr().err
    assert "pairs.tsv line 2: q has no character that the model's tokeniser knows" in said
    assert "pairs.tsv line 3: " in said


def test_logits_that_are_no_numbers_leave_nothing(tmp_path, caplog):
    damaged, tokenizer = classifier(tmp_path / "model")
    damaged.bert.pooler.dense.bias.data.fill_(1e4)
    damaged.classifier.weight.data[1] = 3e38
    save_folder(damaged, tokenizer, [tmp_path / "model" / name for name in FOLDER_FILES])
    (tmp_path / "pairs.tsv").write_text(f"{Q}\t{T}\n", encoding="utf-8")
    for arguments in (("predict", tmp_path / "pairs.tsv", "-o", tmp_path / "out.csv"), ("explain", Q, T)):
        run(*arguments, "--model", tmp_path / "model", status=1)
        assert "the model's logits are not finite numbers" in caplog.text
        assert "defect" not in caplog.text
        caplog.clear()
    assert not (tmp_path / "out.csv").exists()
