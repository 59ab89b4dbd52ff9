"""A teacher's scores: of several models their mean, in each order, kept part by part; who cannot teach."""

import json

import numpy as np
import pytest
import torch
from toys import SENTENCES, classifier
from unit.data.test_distillation_pairs import written
from unit.training.test_finetune_fold import written as dev_items

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.models import teacher as module
from yiju.models.calibration.apply import difference
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES, GRAPH
from yiju.models.inference import predict_logits
from yiju.models.opening import open_scorer
from yiju.models.teacher import TEACHER_SCORES, open_teacher, predict_teacher, score_for_student
from yiju.models.teacher_folders import teacher_folders
from yiju.models.tokens import encode_pairs

MACHINE = {"device": "cpu", "threads": 1, "batch_tokens": 256}


def saved(folder, seed=0, outputs=2):
    """A model folder whose weights are of that seed."""
    model, tokenizer = classifier(folder)
    if outputs != 2:
        model = load_model(folder, "classifier", seed, outputs=outputs)
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape) * 0.1)
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


def said(folder, q, t):
    pairs = encode_pairs(load_tokenizer(folder), q, t, 32)
    return difference(predict_logits(load_model(folder, "classifier"), pairs, 256))


def test_members_teach_by_the_mean_of_their_differences_over_their_temperature(tmp_path):
    first, second = saved(tmp_path / "a", 1), saved(tmp_path / "b", 2)
    fitted = tmp_path / "calibration.json"
    fitted.write_text(json.dumps({"temperature": 2.0, "margin": 0.3}), encoding="utf-8")
    q, t = SENTENCES[:4], SENTENCES[4:]

    teacher = open_teacher([first, second], fitted, "cpu", 256)

    assert teacher.differences(q, t) == pytest.approx((said(first, q, t) + said(second, q, t)) / 4, abs=1e-6)
    assert teacher.margin == 0.3


def test_scores_are_written_in_both_orders_and_found_again_after_an_interruption(tmp_path, monkeypatch):
    augmented, pairs, held_out = written(tmp_path)
    member = saved(tmp_path / "member")
    monkeypatch.setattr(module, "PART", 2)
    work = tmp_path / "work"
    work.mkdir()

    def run(out):
        settings = {"corpora": ["B"], "both_orders": True}
        places = (str(tmp_path / out), str(tmp_path / "account"), str(work))
        score_for_student(
            *(str(augmented), str(pairs), str(held_out), [str(member)], None, settings, *places), **MACHINE
        )
        return tables.read(tmp_path / out, TEACHER_SCORES)

    table = run("whole")
    assert table["difference"].to_numpy() == pytest.approx(said(member, table["q"].to_list(), table["t"].to_list()))
    assert table["swapped"].to_numpy() == pytest.approx(said(member, table["t"].to_list(), table["q"].to_list()))
    assert json.loads((tmp_path / "account").read_text(encoding="utf-8"))["models"] == 1

    # What was scored before is not scored again; what was lost is.
    np.save(work / "difference-000000.npy", np.array([7.0, 8.0]))
    (work / "swapped-000001.npy").unlink()
    again = run("again")
    assert again["difference"].to_list()[:2] == [7.0, 8.0]
    assert again["swapped"].to_list() == table["swapped"].to_list()


def test_one_order_leaves_the_other_one_empty(tmp_path):
    augmented, pairs, held_out = written(tmp_path)
    (tmp_path / "work").mkdir()
    places = (str(tmp_path / "out"), str(tmp_path / "account"), str(tmp_path / "work"))
    settings = {"corpora": [], "both_orders": False}

    score_for_student(
        *(str(augmented), str(pairs), str(held_out), [str(saved(tmp_path / "member"))], None, settings, *places),
        **MACHINE,
    )

    table = tables.read(tmp_path / "out", TEACHER_SCORES)
    assert table["swapped"].null_count() == len(table) == 2
    assert table["difference"].null_count() == 0


def test_a_teacher_from_elsewhere_judges_sets_as_its_folder_does(tmp_path):
    folder = saved(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"decision_margin": 0.25}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    items = dev_items(tmp_path)["selection"]
    settings = {"teacher": str(folder), "revision": None, "swap": [True]}

    predict_teacher([items], settings, [str(tmp_path / "scores")], **MACHINE)

    table, scores = tables.read(items, tables.ITEMS), tables.read(tmp_path / "scores", tables.SCORES)
    q, t = table["q"].to_list(), table["t"].to_list()
    assert (scores["logit_1"] - scores["logit_0"]).to_numpy() == pytest.approx(said(folder, q, t), abs=1e-6)
    assert scores["swapped_1"].to_numpy() == pytest.approx(said(folder, t, q), abs=1e-6)
    assert scores["label"].to_list() == (said(folder, q, t) > 0.25).astype(int).tolist()


def test_a_teacher_that_averages_both_orders_teaches_and_judges_by_the_mean(tmp_path):
    folder = saved(tmp_path / "model")
    changes = {"decision_margin": 0.25, "average_orders": True}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | changes
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    items = dev_items(tmp_path)["selection"]
    table = tables.read(items, tables.ITEMS)
    q, t = table["q"].to_list(), table["t"].to_list()
    mean = (said(folder, q, t) + said(folder, t, q)) / 2
    assert np.abs(mean - said(folder, q, t)).max() > 1e-3

    assert open_teacher([folder], None, "cpu", 256).differences(q, t) == pytest.approx(mean, abs=1e-6)
    settings = {"teacher": str(folder), "revision": None, "swap": [True]}
    predict_teacher([items], settings, [str(tmp_path / "scores")], **MACHINE)
    scores = tables.read(tmp_path / "scores", tables.SCORES)
    assert scores["label"].to_list() == (mean > 0.25).astype(int).tolist()
    assert scores["logit_1"].to_list() == scores["swapped_1"].to_list()

    augmented, pairs, held_out = written(tmp_path)
    (tmp_path / "work").mkdir()
    places = (str(tmp_path / "out"), str(tmp_path / "account"), str(tmp_path / "work"))
    settings = {"corpora": [], "both_orders": True}
    score_for_student(*(str(augmented), str(pairs), str(held_out), [str(folder)], None, settings, *places), **MACHINE)
    learnt = tables.read(tmp_path / "out", TEACHER_SCORES)
    assert learnt["swapped"].to_list() == learnt["difference"].to_list()


def test_a_run_teaches_with_all_its_members_once_it_is_finished(tmp_path):
    run = tmp_path / "run"
    (run / "folds").mkdir(parents=True)
    with pytest.raises(YijuError, match=r"not finished: it has 0 finished models.*let the run end"):
        teacher_folders(str(run), None)
    for member in ("0", "1"):
        saved(run / "folds" / member / "model")
    with pytest.raises(YijuError, match=r"not finished: it has 2 finished models"):
        teacher_folders(str(run), None)

    (run / "calibration.json").write_text(json.dumps({"temperature": 2.0, "margin": 0.3}), encoding="utf-8")
    assert teacher_folders(str(run), None) == [run / "folds/0/model", run / "folds/1/model"]


def test_one_number_is_a_log_odds_and_three_classes_are_none(tmp_path):
    single = saved(tmp_path / "single", outputs=1)
    three = saved(tmp_path / "three", outputs=3)
    q, t = SENTENCES[:2], SENTENCES[2:4]

    scorer = open_scorer(single)
    expected = scorer.predict(scorer.pair_up(scorer.encode(q, 0), scorer.encode(t, 1)), 256)[:, 1]
    assert open_teacher([single], None, "cpu", 256).differences(q, t) == pytest.approx(expected)
    with pytest.raises(YijuError, match=r"has 3 classes.*name a model of two labels"):
        open_teacher([three], None, "cpu", 256)


def test_a_graph_teaches_nobody_and_the_message_says_what_to_name(tmp_path):
    (tmp_path / GRAPH).touch()

    with pytest.raises(YijuError, match=r"distill.teacher: .* holds an ONNX graph.*name the model folder"):
        open_teacher([tmp_path], None, "cpu", 256)
