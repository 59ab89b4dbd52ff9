"""The model card: what it says of a model, and whom it tells how to load it."""

import json
import re

import numpy as np
import polars as pl
import pytest
import yaml
from huggingface_hub import ModelCard
from merged import write_merged
from toys import classifier, model_folder

from yiju.base import tables
from yiju.base.files import sha256
from yiju.config.load import load
from yiju.job.code_version import SCRIPTS
from yiju.models.folder import load_model, load_tokenizer, name_labels, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.lexical_baseline import fit_overlap_baseline
from yiju.models.model_facts import Reordered, read_about
from yiju.report.card import address, cell, changed, write_card

CONFIG = SCRIPTS.parent / "config.yaml"
Q, T = ["花呗怎么开", "花呗怎么开", "天气好吗", "天气"], ["怎么开花呗", "怎么还花呗", "今天天气好吗", "手机"]
REAL = {"corpora": [], "test_sets": []}
SYNTHETIC = {"corpora": ["LCQMC"], "test_sets": ["sample"]}
ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6}
HOLDING = {"pairs": 9} | dict.fromkeys(("one_sided", "alone", "kept", "selected"), ESTIMATE)


def settings(**sections):
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for name, changes in sections.items():
        config[name] |= changes
    return load(config, [CONFIG]).model_dump()


@pytest.fixture
def run(tmp_path):
    """The card's inputs: three sets, the last without labels; dev was judged in both orders."""
    names = settings()["corpora"]["use"]
    counts = {"read": 12, "kept": 9, "dropped": {"duplicate": 2}, "rejected": {"empty sentence": 1}}
    entry = counts | {"splits": {"train": 1234, "dev": 1}, "labels": {"0": 4, "1": 5}}
    leaks = {"LCQMC": {"LCQMC test": {"exact": 1, "normalised": 3}}}
    versions = {"yiju": "0.1.0", "commit": None, "python": "3.11.1"}
    versions["libraries"] = dict.fromkeys(("torch", "transformers", "tokenizers", "polars", "numpy"), "9.8.7")
    told = {
        "model": {"num_hidden_layers": 2, "match_marker": True},
        "calibration": {
            "temperature": 1.5,
            "margin": 0.25,
            "pairs": 4,
            "fitted": True,
            "note": "",
            "before.ece": 0.2,
            "after.ece": 0.1,
        },
        "ledger": {"corpora": dict.fromkeys(names, entry), "leaks": leaks},
        "near_leaks": {"counts": {}, "rows": 1, "similarity": 0.8},
        "versions": versions,
        "explanation": {"name": "sides", "method": {"method": "kernel_shap"}, "labels": {"similar": HOLDING}},
    }
    for name, content in told.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    inputs = {name: str(tmp_path / f"{name}.json") for name in told}
    inputs["weights"] = str(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    orders = {"dev": [0.2, 9.0, 9.0, -9.0], "test": None, "sample": None}
    inputs["examples"] = [_items(tmp_path / f"{name}.items.parquet", name != "sample") for name in orders]
    inputs["scores"] = [_scores(tmp_path / f"{name}.scores.parquet", swapped) for name, swapped in orders.items()]
    write_merged(tmp_path / "pairs.parquet", [("L", "train", Q[row], T[row], row % 2) for row in (0, 1, 2, 3)] * 5)
    folds = {"pair": range(20), "group": range(20), "fold": [-1] * 20}
    tables.write(pl.DataFrame(folds, schema=pl.Schema(tables.FOLDS)), tmp_path / "folds.parquet", tables.FOLDS)
    inputs["overlap"] = str(tmp_path / "overlap.json")
    fit_overlap_baseline(str(tmp_path / "pairs.parquet"), str(tmp_path / "folds.parquet"), inputs["overlap"])
    return inputs


def _items(path, known):
    rows = len(Q)
    columns = {"item": list(map(str, range(rows))), "q": Q, "t": T, "label": [1, 0, 1, 0] if known else [None] * rows}
    table = pl.DataFrame(
        {key: columns.get(key, [None] * rows) for key in tables.ITEMS.names}, schema=pl.Schema(tables.ITEMS)
    )
    tables.write(table, path, tables.ITEMS)
    return str(path)


def _scores(path, swapped):
    """Three of four right by the margin of 0.25; the table's own labels, of the mean of both orders, are all 1."""
    rows = len(Q)
    columns = {"item": list(map(str, range(rows))), "logit_0": [0.0] * rows, "logit_1": [0.3, 0.2, 0.2, -2.0]}
    columns |= {"swapped_0": [0.0] * rows if swapped else [None] * rows, "swapped_1": swapped or [None] * rows}
    columns |= {"probability": [0.9] * rows, "label": [1] * rows, "truncated": [True, False, False, False]}
    columns |= {"unknown": [0, 2, 1, 0]}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.SCORES)), path, tables.SCORES)
    return str(path)


def written(run, tmp_path, synthetic=REAL, **sections):
    defaults = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    write_card(run, "0", settings(**sections), defaults, synthetic, str(tmp_path / "README.md"))
    return (tmp_path / "README.md").read_text(encoding="utf-8")


def test_figures_are_the_members_own_in_the_order_as_given_beside_the_baselines(run, tmp_path):
    text = written(run, tmp_path)
    (line,) = re.findall(r"^\| LCQMC dev \| 4 \| (.*) \|$", text, re.M)
    model, overlap, majority, *measures = line.split(" | ")
    assert model.startswith("75.0 % [")
    assert majority.startswith("50.0 % [")
    assert re.fullmatch(r"[\d.]+ % \[[\d.]+, [\d.]+\]", overlap)
    chances = 1 / (1 + np.exp(-np.array([0.3, 0.2, 0.2, -2.0])))
    right = np.array([1, 0, 1, 0])
    assert float(measures[0]) == pytest.approx(-np.log(np.where(right, chances, 1 - chances)).mean(), abs=5e-4)
    assert "| sample | none of 4 |" in text
    # Of all but the last the label hangs on the order: 0.2 is below the margin, 0.3 and 9 above.
    assert "On LCQMC dev, 75.0 % of the pairs are judged otherwise" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "On LCQMC test, 1 pair of 4 was cut to 64 tokens" in text
    assert "On LCQMC test, 2 pairs of 4 have characters that the vocabulary does not hold" in text.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_hub_reads_the_figures_from_the_front_matter(run, tmp_path):
    card = ModelCard(written(run, tmp_path))
    assert (card.data.language, card.data.pipeline_tag) == (["zh"], "text-classification")
    accuracy = [one for one in card.data.eval_results if one.metric_type == "accuracy"]
    assert [(one.dataset_name, one.metric_value) for one in accuracy] == [("LCQMC dev", 0.75), ("LCQMC test", 0.75)]


def test_synthetic_rows_are_told_and_no_hub_takes_their_figures_for_those_of_the_corpus(run, tmp_path):
    text = written(run, tmp_path, SYNTHETIC)
    assert "**It learnt from synthetic pairs, and nothing follows from its figures for real ones.**" in text
    assert "| LCQMC dev (synthetic rows) | 4 |" in text
    assert "| LCQMC (synthetic rows) | post-training and fine-tuning |" in text
    assert "| AFQMC | post-training |" in text
    front = yaml.safe_load(text.split("---")[1])
    assert "model-index" not in front
    assert "lcqmc" not in json.dumps(front).lower()
    assert "synthetic-data" in front["tags"]


def test_a_model_of_real_rows_measured_on_synthetic_ones_too_tells_which_are_which(run, tmp_path):
    text = written(run, tmp_path, {"corpora": ["AFQMC"], "test_sets": ["sample"]})
    assert "**Some rows are synthetic, and nothing follows from their figures for real ones.**" in text
    assert "| LCQMC dev | 4 |" in text
    names = [one.dataset_name for one in ModelCard(text).data.eval_results]
    assert set(names) == {"LCQMC dev", "LCQMC test"}


def test_the_folder_says_of_itself_what_the_card_says(run, tmp_path):
    written(run, tmp_path)
    about = read_about(tmp_path)
    assert (about.name, about.corpora, about.synthetic) == ("sample-0", ("LCQMC",), False)
    assert about.weights == sha256(tmp_path / "model.safetensors")
    assert about.threshold == pytest.approx(1 / (1 + np.exp(-0.25)))
    # What did not choose the model comes first; a set without labels has no accuracy.
    assert [(one.set, one.pairs, one.value, one.chose) for one in about.accuracy] == [
        ("test", 4, 0.75, False),
        ("dev", 4, 0.75, True),
    ]
    # 花呗怎么开 and 怎么开花呗, in either split.
    assert about.reordered == Reordered(pairs=2, right=2)
    written(run, tmp_path, SYNTHETIC)
    about = read_about(tmp_path)
    assert about.synthetic and all(one.synthetic for one in about.accuracy)


def test_a_student_says_who_taught_it_and_from_which_pairs_and_that_its_explanations_were_not_measured(run, tmp_path):
    del run["explanation"]
    own = settings(distill={"teacher": "run", "corpora": ["AFQMC"]}, posttrain={"enabled": False})
    defaults = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    out = tmp_path / "README.md"
    write_card(run, "student", own, defaults, {"corpora": ["AFQMC"], "test_sets": []}, str(out))
    text = out.read_text(encoding="utf-8")
    assert "It is the student of a teacher" in text and "(all members of the run together)" in text
    assert "| AFQMC (synthetic rows) | the teacher's scores |" in text
    about = read_about(tmp_path)
    assert (about.name, about.corpora, about.synthetic) == ("sample-student", ("LCQMC", "AFQMC"), True)
    assert about.explanation is None

    write_card(run, "control", own, defaults, REAL, str(out))
    text = out.read_text(encoding="utf-8")
    assert "teacher" not in text.split("## Recipe")[0] and "| AFQMC |" not in text


def test_data_terms_leaks_and_calibration_are_told(run, tmp_path):
    text = written(run, tmp_path)
    row = "| LCQMC | post-training and fine-tuning | 1,234 | 1 | 0 | 3 | research only, for applicants who signed"
    assert row in text
    assert "synthetic" not in text
    assert "- LCQMC test: 3 training rows dropped" in text
    assert "1 training row that is nearly such a pair" in text
    assert "temperature 1.500, fitted on 4 dev pairs" in text
    assert "exceeds logit 0 by more than 0.250" in text
    assert "All settings that matter to it are those" in text


def test_what_was_configured_otherwise_is_told(run, tmp_path):
    filters = settings()["corpora"]["filters"] | {"leaks": False}
    folder = {"folder": str(tmp_path), "filters": filters}
    text = written(run, tmp_path, corpora=folder, posttrain={"enabled": False}, finetune={"seeds": 2})
    assert "were kept: figures on those sets flatter the model.**" in text
    assert "| `corpora.filters.leaks` | `true` | `false` |" in text
    assert "| `finetune.seeds` | `1` | `2` |" in text
    assert str(tmp_path) not in text
    assert "member 0 of the 2" in text
    # Without post-training only the corpora of fine-tuning were read.
    assert "| AFQMC |" not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ("## 怎样加载", "## 用途与局限", "LCQMC test（程序生成）")),
        ("zh-Hant", ("## 怎樣載入", "## 用途與侷限", "LCQMC test（程式生成）")),
    ],
)
def test_a_card_is_chinese_where_the_configuration_says_so(run, tmp_path, language, said):
    told = settings() | {"language": language}
    write_card(run, "0", told, settings(), SYNTHETIC, str(tmp_path / "README.md"))
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert [one for one in said if one not in text] == []
    about = read_about(tmp_path)
    assert {one.set for one in about.accuracy} <= {"dev", "test", "sample"}


def test_only_a_model_without_the_marker_is_said_to_load_elsewhere(run, tmp_path):
    marked = written(run, tmp_path)
    assert "**This model loads through yiju.**" in marked
    assert ModelCard(marked).data.library_name == "yiju"
    assert "from transformers" not in marked
    (tmp_path / "model.json").write_text('{"match_marker": false}', encoding="utf-8")
    plain = written(run, tmp_path)
    assert ModelCard(plain).data.library_name == "transformers"
    assert "loads through yiju" not in plain


@pytest.mark.parametrize("marker", [True, False])
def test_the_python_of_the_card_runs(run, tmp_path, monkeypatch, marker):
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    (tmp_path / "model.json").write_text(json.dumps({"match_marker": marker}), encoding="utf-8")
    model, tokenizer = classifier(tmp_path / "this folder", marker)
    save_folder(model, tokenizer, [tmp_path / "this folder" / name for name in FOLDER_FILES])
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", written(run, tmp_path), re.M | re.S)
    assert len(blocks) == (1 if marker else 3)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_the_python_of_the_card_of_one_logit_runs(run, tmp_path, monkeypatch):
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    folder = model_folder(tmp_path / "this folder")
    model, tokenizer = load_model(folder, "classifier", seed=2, outputs=1), load_tokenizer(folder)
    name_labels(model.config, 0.3)
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    monkeypatch.chdir(tmp_path)
    text = written(run, tmp_path, finetune={"loss": "bce"})
    assert "similar where its logit is above" in text and "apply_softmax" not in text
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_a_card_is_written_alike_again(run, tmp_path):
    assert written(run, tmp_path) == written(run, tmp_path)


def test_words_of_others_end_no_cell_and_are_no_markup():
    assert cell("a|b\n<b>*c*") == "a\\|b \\<b\\>\\*c\\*"
    assert address("https://a.b/c_d|<x> (login)") == "https://a.b/c_d%7C%3Cx%3E (login)"


def test_changes_are_those_of_keys_that_both_know_and_that_matter():
    ours = {"seed": 2, "device": "cpu", "jobs": {"gpus": 1}, "finetune": {"epochs": 8, "new": 1}}
    theirs = {"seed": 1, "device": "auto", "jobs": {"gpus": 4}, "finetune": {"epochs": 8}}
    assert changed(ours, theirs) == [("seed", 1, 2)]
