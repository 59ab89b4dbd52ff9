"""`yiju calibrate` of three classes: a model, and tables with a column of scores for each class."""

import json
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from command_line import run
from families import transformers_models
from scipy.special import softmax
from toys import SENTENCES

from yiju import Explainer
from yiju.models.calibration.fit import number_pairs
from yiju.models.calibration.fit_classes import fit_classes
from yiju.models.calibration.stored import read_stored
from yiju.models.folder_files import CALIBRATION

pytestmark = pytest.mark.usefixtures("yiju_log")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame, np.ndarray]:
    """A classifier of three classes, pairs with labels drawn by its logits / 0.5, and these logits."""
    folder = transformers_models.classifier("bert", tmp_path_factory.mktemp("nli") / "model", transformers_models.NLI)
    pairs = list(product([*SENTENCES, *(text[::-1] for text in SENTENCES)], repeat=2))
    outputs, _ = Explainer.from_pretrained(folder).outputs(pairs)
    # Columns of like size, so that every class is the label of some pairs.
    outputs -= outputs.mean(axis=0)
    bias = -outputs.mean(axis=0)
    random = np.random.default_rng(1)
    chances = softmax((outputs + bias) / 0.5 / outputs.std(), axis=1)
    labels = (chances.cumsum(axis=1) < random.random((len(pairs), 1))).sum(axis=1).clip(max=2)
    table = pl.DataFrame(pairs, schema=["q", "t"], orient="row")
    return folder, table.with_columns(label=pl.Series(labels)), outputs


@pytest.mark.parametrize("written", ["names", "numbers", "upper"])
def test_a_model_of_three_classes_is_calibrated_by_names_or_numbers(three, tmp_path, capsys, written):
    _, table, _ = three
    names = dict(enumerate(transformers_models.NLI))
    forms = {"names": names, "upper": {number: name.upper() for number, name in names.items()}}
    if written in forms:
        table = table.with_columns(label=pl.col("label").replace_strict(forms[written], return_dtype=pl.String))
    folder = tmp_path / "model"
    shutil.copytree(three[0], folder)
    table.write_csv(tmp_path / "pairs.csv")
    explainer = Explainer.from_pretrained(folder)
    outputs, _ = explainer.outputs(table.select("q", "t").rows())
    labels = three[1]["label"].to_numpy()
    run("calibrate", folder, tmp_path / "pairs.csv", "--risk", "0.2")
    said = capsys.readouterr()
    stored = read_stored(folder / CALIBRATION)
    wanted = fit_classes(outputs, labels, number_pairs(table), list(names.values()), 0.2)
    assert (stored.temperature, stored.gap) == (pytest.approx(wanted.temperature, abs=1e-5), pytest.approx(wanted.gap))
    assert stored.counts == np.bincount(labels).tolist() and list(stored.weights) == ["model.safetensors"]
    counts = ", ".join(f"{name} {count:,}" for name, count in zip(names.values(), stored.counts, strict=True))
    assert f"{len(table)} pairs: {counts}" in said.out
    assert f"softmax of the logits / {stored.temperature:.6g}, the temperature" in said.out
    assert f"those whose score is at most {stored.gap:.6g} below the highest one" in said.out
    found = Explainer.from_pretrained(folder).predict(table.select("q", "t").rows())
    run("predict", tmp_path / "pairs.csv", "-o", tmp_path / "judged.parquet", "--model", folder)
    judged = pl.read_parquet(tmp_path / "judged.parquet")
    possible = [list(one.possible) for one in found]
    assert {1, 2} <= set(map(len, possible))
    assert judged["yiju_possible"].to_list() == possible
    assert judged["yiju_undecided"].to_list() == [len(one) > 1 for one in possible]
    run("predict", tmp_path / "pairs.csv", "-o", tmp_path / "judged.csv", "--model", folder)
    cells = pl.read_csv(tmp_path / "judged.csv")["yiju_possible"]
    assert [json.loads(cell) for cell in cells] == possible
    assert judged["yiju_probability"].to_list() == pytest.approx([one.probability for one in found], abs=1e-6)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv"])
def test_files_that_are_explained_have_the_possible_classes(three, tmp_path, kind):
    folder, table = shutil.copytree(three[0], tmp_path / "model"), three[1].head(3)
    three[1].write_csv(tmp_path / "known.csv")
    run("calibrate", folder, tmp_path / "known.csv")
    table.select("q", "t").write_csv(tmp_path / "pairs.csv")
    out = tmp_path / f"out.{kind}"
    run("explain", "--file", tmp_path / "pairs.csv", "-o", out, "--model", folder, "--method", "occlusion")
    found = Explainer.from_pretrained(folder).predict(table.select("q", "t").rows())
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[kind]
    cells = read(out)["yiju_possible"].to_list()
    wanted = [list(one.possible) for one in found]
    assert [cell if kind != "csv" else json.loads(cell) for cell in cells] == wanted


@pytest.fixture
def class_scored(three, tmp_path):
    """A table of a column of scores for each class, and labels by name."""
    _, table, outputs = three
    names = transformers_models.NLI
    path = tmp_path / "nli.tsv"
    scores = {f"score_{name}": outputs[:, number] for number, name in enumerate(names)}
    labels = [names[one] for one in table["label"]]
    pl.DataFrame({**scores, "label": labels}).write_csv(path, separator="\t")
    return path


@pytest.mark.parametrize("kind", ["tsv", "csv", "jsonl", "parquet"])
def test_scores_of_every_class_are_calibrated(three, class_scored, tmp_path, capsys, kind):
    path, table = tmp_path / f"given.{kind}", pl.read_csv(class_scored, separator="\t")
    write = {"csv": table.write_csv, "jsonl": table.write_ndjson, "parquet": table.write_parquet}
    write.get(kind, lambda file: table.write_csv(file, separator="\t"))(path)
    run("calibrate", path, "-o", tmp_path / "out.json", "--json")
    stored = read_stored(tmp_path / "out.json")
    assert json.loads(capsys.readouterr().out) == stored.model_dump(mode="json")
    assert (stored.classes, stored.scores, stored.weights) == (list(transformers_models.NLI), "logits", {})
    labels = three[1]["label"].to_numpy()
    wanted = fit_classes(three[2], labels, np.arange(len(labels)), transformers_models.NLI, 0.05)
    assert stored.temperature == pytest.approx(wanted.temperature, abs=1e-5)


def test_probabilities_and_columns_of_other_names_are_taken(three, tmp_path, capsys):
    _, table, outputs = three
    chances = softmax(outputs, axis=1).round(6)
    columns = {name.title(): chances[:, number] for number, name in enumerate(transformers_models.NLI)}
    pl.DataFrame({**columns, "mine": table["label"]}).write_csv(tmp_path / "chances.csv")
    given = [one for name in columns for one in ("--score", name)]
    run("calibrate", tmp_path / "chances.csv", *given, "--label", "mine", "-o", tmp_path / "out.json")
    assert "softmax of the logarithms of the probabilities / " in capsys.readouterr().out
    stored, labels = read_stored(tmp_path / "out.json"), table["label"].to_numpy()
    wanted = fit_classes(outputs, labels, np.arange(len(labels)), transformers_models.NLI, 0.05)
    assert stored.temperature == pytest.approx(wanted.temperature, abs=1e-3)


def test_what_goes_with_two_labels_or_one_class_less_is_refused(three, class_scored, tmp_path, caplog):
    run("calibrate", class_scored, "--threshold", "f1", status=1)
    assert "--threshold goes with two labels, and there are 3 classes" in caplog.text
    run("calibrate", class_scored, "--score", "score_neutral", "--score", "score_entailment", status=1)
    assert "--score names two columns; for two labels name the one of the similar pairs" in caplog.text
    run("calibrate", class_scored, *(("--score", "score_neutral") * 3), status=1)
    assert "one is named twice; name each class once" in caplog.text
    three[1].with_columns(label=2 - pl.col("label")).write_csv(tmp_path / "turned.csv")
    run("calibrate", three[0], tmp_path / "turned.csv", "-o", tmp_path / "out.json", "--threshold", "f1", status=1)
    assert "turned.csv: --threshold goes with two labels" in caplog.text
    three[1].with_columns(label=3 - pl.col("label")).write_csv(tmp_path / "odd.csv")
    run("calibrate", three[0], tmp_path / "odd.csv", "-o", tmp_path / "out.json", status=1)
    assert "more than --max-bad" in caplog.text
    assert not (tmp_path / "out.json").exists()


def test_a_row_of_no_class_is_named(class_scored, caplog, capsys):
    text = class_scored.read_text(encoding="utf-8")
    class_scored.write_text(f"{text}1\t2\tnan\tneutral\n1\t2\t3\tmaybe\n", encoding="utf-8")
    run("calibrate", class_scored, status=1)
    said = capsys.readouterr().err
    assert "score_contradiction is 'nan'; expected a finite number" in said
    assert "label is 'maybe'; expected one of entailment (0), neutral (1), contradiction (2)" in said
    assert "2 rows cannot be used" in caplog.text
