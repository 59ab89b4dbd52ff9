"""`yiju calibrate`: a file beside the model or for a table of scores, and errors that name place and remedy."""

import json
from dataclasses import fields
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import run
from families import cross_encoders
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.models.calibration.fit import number_pairs
from yiju.models.calibration.fit_scores import fit_scores
from yiju.models.calibration.measure import log_odds
from yiju.models.calibration.stored import read_stored
from yiju.models.folder import save_folder
from yiju.models.folder_files import CALIBRATION, FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """The folder of a toy model, and pairs with labels that are mostly what it says."""
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    pairs = list(product([*SENTENCES, *(text[::-1] for text in SENTENCES)], repeat=2))
    scores = np.array([one.probability for one in Explainer.from_pretrained(folder).predict(pairs)])
    noise = np.random.default_rng(1).normal(0, 0.5 * scores.std(), len(pairs))
    table = pl.DataFrame(pairs, schema=["q", "t"], orient="row")
    return folder, table.with_columns(label=pl.Series((scores + noise > np.median(scores)).astype(int)))


@pytest.fixture
def model(judged, tmp_path):
    """A copy of the folder, which may be written to."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in FOLDER_FILES:
        (folder / name).write_bytes((judged[0] / name).read_bytes())
    return folder


@pytest.fixture
def scored(tmp_path):
    """A table of scores and labels."""
    random = np.random.default_rng(0)
    scores = random.normal(0, 2, 500)
    labels = (random.random(500) < 1 / (1 + np.exp(-2 * scores))).astype(int)
    path = tmp_path / "scores.tsv"
    pl.DataFrame({"id": range(500), "Score": scores, "label": labels}).write_csv(path, separator="\t")
    return path


def test_the_file_lies_beside_the_model_which_stays_as_it_is(judged, model, tmp_path, capsys):
    _, table = judged
    table.write_csv(tmp_path / "pairs.csv")
    before = {name: (model / name).read_bytes() for name in FOLDER_FILES}
    run("calibrate", model, tmp_path / "pairs.csv")
    assert {name: (model / name).read_bytes() for name in FOLDER_FILES} == before
    assert sorted(file.name for file in model.iterdir()) == sorted([*FOLDER_FILES, CALIBRATION])
    stored = read_stored(model / CALIBRATION)
    chances = [one.probability for one in Explainer.from_pretrained(judged[0]).predict(table.select("q", "t").rows())]
    scores, labels = log_odds(np.array(chances)), table["label"].to_numpy()
    wanted = fit_scores(scores, labels, number_pairs(table), "temperature", "accuracy", 0.05)
    assert [getattr(stored.fit, one.name) for one in fields(wanted)[:5]] == pytest.approx(
        [getattr(wanted, one.name) for one in fields(wanted)[:5]], abs=1e-6
    )
    assert (stored.pairs, stored.similar, stored.aim) == (len(table), int(labels.sum()), "accuracy")
    said = capsys.readouterr()
    assert f"{len(table)} pairs" in said.out and f"above a score of {stored.threshold:.6g}" in said.out
    assert f"{model / CALIBRATION}: written" in said.err
    assert f"{len(table)} rows have the q of another row" in said.err
    # Again, with another aim: a file of its own is replaced.
    run("calibrate", model, tmp_path / "pairs.csv", "--threshold", "f1")
    assert read_stored(model / CALIBRATION).aim == "f1"


def test_a_reranker_of_one_logit_decides_afterwards(judged, tmp_path, capsys):
    folder = cross_encoders.plain("roberta", tmp_path / "reranker")
    pairs = judged[1].select("q", "t").rows()
    scores = np.array([one.score for one in Explainer.from_pretrained(folder).predict(pairs)])
    noise = np.random.default_rng(2).normal(0, 0.3 * scores.std(), len(pairs))
    labels = pl.Series((scores + noise > np.median(scores)).astype(int))
    judged[1].with_columns(label=labels).write_csv(tmp_path / "pairs.csv")
    run("calibrate", folder, tmp_path / "pairs.csv")
    assert "(score: what the model gives)" in capsys.readouterr().out
    stored = read_stored(folder / CALIBRATION)
    wanted = fit_scores(scores, labels.to_numpy(), number_pairs(judged[1]), "platt", "accuracy", 0.05)
    assert stored.fit.threshold == pytest.approx(wanted.threshold, abs=1e-6)
    found = Explainer.from_pretrained(folder).predict(pairs)
    assert np.mean([one.label for one in found] == labels.to_numpy()) > 0.8
    run("predict", tmp_path / "pairs.csv", "-o", tmp_path / "judged.parquet", "--model", folder)
    told = pl.read_parquet(tmp_path / "judged.parquet")
    assert told["yiju_label"].to_list() == [one.label for one in found]
    assert told["yiju_undecided"].to_list() == [one.undecided for one in found]


@pytest.mark.parametrize("kind", ["bare.tsv", "named.tsv", "jsonl", "parquet"])
def test_labels_are_found_in_every_format(judged, model, tmp_path, kind):
    _, table = judged
    path, options = tmp_path / f"pairs.{kind}", ["-o", tmp_path / "out.json"]
    if kind == "bare.tsv":
        table.write_csv(path, separator="\t", include_header=False)
    elif kind == "named.tsv":
        table.rename({"label": "mine"}).write_csv(path, separator="\t")
        options += ["--label", "mine"]
    else:
        table = table.with_columns(gold="label", label=1 - pl.col("label"))
        table.write_ndjson(path) if kind == "jsonl" else table.write_parquet(path)
    run("calibrate", model, path, *options)
    stored = read_stored(tmp_path / "out.json")
    assert stored.similar == int(judged[1]["label"].sum())
    assert list(stored.weights) == ["model.safetensors"]
    assert not (model / CALIBRATION).exists()


@pytest.mark.parametrize("kind", ["tsv", "csv", "jsonl", "parquet"])
def test_scores_of_any_system_are_calibrated_and_written_only_where_told(scored, tmp_path, capsys, kind):
    path = tmp_path / f"given.{kind}"
    table = pl.read_csv(scored, separator="\t")
    write = {"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}
    write.get(kind, lambda file: table.write_csv(file, separator="\t"))(path)
    before = sorted(tmp_path.iterdir())
    run("calibrate", path)
    assert sorted(tmp_path.iterdir()) == before
    assert "500 pairs" in capsys.readouterr().out
    run("calibrate", path, "--json", "-o", tmp_path / "out.json")
    said = json.loads(capsys.readouterr().out)
    stored = read_stored(tmp_path / "out.json")
    assert said == stored.model_dump(mode="json")
    assert (stored.scaling, stored.weights) == ("platt", {})
    assert stored.slope == pytest.approx(2, rel=0.3)


def test_a_precision_is_chosen_and_columns_are_named(scored, tmp_path, capsys):
    path = tmp_path / "named.tsv"
    pl.read_csv(scored, separator="\t").rename({"Score": "probability", "label": "right"}).write_csv(
        path, separator="\t"
    )
    columns = ("--score", "probability", "--label", "right")
    run("calibrate", path, *columns, "--threshold", "precision:0.9", "--risk", "0.1")
    said = capsys.readouterr().out
    assert "chosen by a precision of at least 0.9, with 95 % confidence" in said
    assert "at most 10 % of either decision are wrong" in said


def test_the_same_file_gives_the_same_bytes(scored, tmp_path):
    for name in ("a.json", "b.json"):
        run("calibrate", scored, "-o", tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_rows_that_are_of_no_use_are_named(tmp_path, caplog, capsys):
    path = tmp_path / "scores.tsv"
    path.write_text("score\tlabel\n0.5\t1\nnan\t0\n0.1\t2\n1e300\t0\n", encoding="utf-8")
    run("calibrate", path, status=1)
    said = capsys.readouterr().err
    reasons = {3: "score is 'nan'; expected a finite", 4: "label is '2'; expected 0 or 1", 5: "score is 1e+300; "}
    for line, reason in reasons.items():
        assert f"{path} line {line}: {reason}" in said
    assert f"{path}: 3 rows cannot be used; correct what is named" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["owner/name", "scores.tsv"], "owner/name: this is no folder here that could take yiju_calibration.json"),
        (["scores.tsv", "--revision", "a" * 40], "--revision says nothing without MODEL"),
        (["scores.tsv", "--q", "a", "--t", "b"], "--q says nothing without MODEL"),
        (["model", "scores.tsv", "--score", "a"], "--score says nothing with MODEL"),
        (["none.tsv"], "none.tsv: no such file"),
        (["scores.tsv", "-o", "scores.tsv"], "which would be replaced"),
        (["scores.tsv", "-o", "other.json"], "other.json: a file of another kind is there; name another one with -o"),
        (["scores.tsv", "--score", "none"], "the first line has to name the columns none and label"),
        (["scores.tsv", "--threshold", "precision:0.999"], "scores.tsv: no threshold is shown"),
    ],
)
@pytest.mark.usefixtures("model")
def test_what_cannot_be_done_is_said_before_anything_is_written(scored, monkeypatch, caplog, arguments, said):
    monkeypatch.chdir(scored.parent)
    Path("other.json").write_text('{"mine": 1}', encoding="utf-8")
    before = sorted(Path().rglob("*"))
    run("calibrate", *arguments, status=1)
    assert said in caplog.text
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["a", "b", "c"],
        ["s.tsv", "--threshold", "recall"],
        ["s.tsv", "--threshold", "precision:nan"],
        ["s.tsv", "--risk", "nan"],
    ],
)
def test_wrong_usage_has_status_2(arguments):
    run("calibrate", *arguments, status=2)


def test_pairs_without_labels_are_refused(judged, model, tmp_path, caplog):
    _, table = judged
    table.select("q", "t").write_csv(tmp_path / "bare.csv")
    run("calibrate", model, tmp_path / "bare.csv", status=1)
    assert "no column holds the labels by its name; the file has q, t; give --label" in caplog.text
    table.with_columns(label=pl.when(pl.col("label") == 1).then(pl.lit("maybe")).otherwise(pl.lit("0"))).write_csv(
        tmp_path / "words.csv"
    )
    run("calibrate", model, tmp_path / "words.csv", status=1)
    assert "more than --max-bad" in caplog.text


def test_another_file_of_that_name_is_not_replaced(judged, model, tmp_path, caplog):
    judged[1].write_csv(tmp_path / "pairs.csv")
    (model / CALIBRATION).write_text("{}", encoding="utf-8")
    run("calibrate", model, tmp_path / "pairs.csv", status=1)
    assert f"{model / CALIBRATION}: a file of another kind is there" in caplog.text
    assert (model / CALIBRATION).read_text(encoding="utf-8") == "{}"
