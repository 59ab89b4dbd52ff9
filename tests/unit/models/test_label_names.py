"""What a classifier's labels are called decides which of its outputs means similar."""

import json
import logging

import numpy as np
import pytest
import torch
import transformers
from toys import classifier
from unit.app.test_compatibility import KINDS, PAIRS, stranger

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.folder import load_model, save_folder
from yiju.models.folder_files import FOLDER_FILES, LABELS
from yiju.models.label_order import means_similar, zero_is_similar
from yiju.models.start_encoder import start_encoder

pytestmark = pytest.mark.usefixtures("propagated_log")

YES = ["similar", "Similar", "equivalent", "paraphrase", "is_duplicate", "duplicate", "match", "MATCHED", "yes", "True"]
YES += [
    "positive",
    "entailment",
    "1",
    "LABEL_1",
    "相似",
    "语义相同",
    "同义句对",
    "匹配",
    "是",
    "正例",
    "ＹＥＳ",
    "not different",
]
NO = [
    "not similar",
    "not_similar",
    "dissimilar",
    "Not-Similar",
    "not_equivalent",
    "non-paraphrase",
    "not_duplicate",
    "no",
]
NO += ["unmatched", "no match", "mismatch", "negative", "not_entailment", "contradiction", "0", "LABEL_0", "false"]
NO += ["不相似", "不同", "语义不同", "不匹配", "否", "负例", "非同义", "无关", "unrelated", "different"]
UNKNOWN = ["LABEL_2", "sports", "体育", "", "foo", "class_a", "7", "？"]


@pytest.mark.parametrize(
    ("names", "meaning"), [(YES, True), (NO, False), (UNKNOWN, None)], ids=["yes", "no", "unknown"]
)
def test_names_say_similar_or_not_or_nothing(names, meaning):
    assert {name: means_similar(name) for name in names} == dict.fromkeys(names, meaning)


@pytest.mark.parametrize(
    ("id2label", "label2id", "expected"),
    [
        ({0: "not similar", 1: "similar"}, None, False),
        ({0: "similar", 1: "not similar"}, None, True),
        ({"0": "similar", "1": "not similar"}, {"similar": 0, "not similar": 1}, True),
        ({0: "entailment", 1: "not_entailment"}, None, True),
        ({0: "相似", 1: "不相似"}, None, True),
        ({0: "LABEL_0", 1: "LABEL_1"}, {"LABEL_0": 0, "LABEL_1": 1}, False),
        ({0: "LABEL_1", 1: "LABEL_0"}, None, True),
        ({0: "1", 1: "0"}, None, True),
        # transformers' own names in one of the two maps say nothing beside names that mean something.
        ({0: "similar", 1: "not similar"}, {"LABEL_0": 0, "LABEL_1": 1}, True),
        ({0: "LABEL_0", 1: "LABEL_1"}, {"similar": 0, "not similar": 1}, True),
        (None, {"similar": 0, "not similar": 1}, True),
        ({0: "yes", 1: "no"}, {"是": 0, "否": 1}, True),
        ({0: "similar", 1: "foo"}, None, True),
        ({0: "foo", 1: "bar"}, None, False),
        ({0: "foo", 1: "bar"}, {"foo": 0, "bar": 1}, False),
        ({0: "1", 1: "2"}, None, False),
        (None, None, False),
        ({0: "a", 1: "b", 2: "c"}, None, False),
    ],
)
def test_zero_is_similar_where_the_names_say_so_and_nowhere_else(id2label, label2id, expected):
    assert zero_is_similar(id2label, label2id) is expected


@pytest.mark.parametrize(
    ("id2label", "label2id", "said"),
    [
        ({0: "similar", 1: "paraphrase"}, None, "both labels mean similar"),
        ({0: "不同", 1: "no"}, None, "both labels mean not similar"),
        ({0: "similar", 1: "not similar"}, {"similar": 1, "not similar": 0}, "id2label says .* but label2id says"),
        ({0: "foo", 1: "bar"}, {"foo": 1, "bar": 0}, "id2label says .* but label2id says"),
        ({0: "similar", 1: "not similar"}, {"similar": 0, "not similar": 0}, "gives two names the same number"),
    ],
)
def test_names_that_contradict_themselves_are_an_error(id2label, label2id, said):
    with pytest.raises(YijuError, match=said):
        zero_is_similar(id2label, label2id)


def inverted(folder, **config):
    """A folder whose config says that label 0 means similar."""
    told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    told |= {"id2label": {"0": "similar", "1": "not similar"}, "label2id": {"similar": 0, "not similar": 1}} | config
    (folder / "config.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    model, tokenizer = classifier(tmp_path)
    save_folder(model, tokenizer, [tmp_path / name for name in FOLDER_FILES])
    return inverted(tmp_path)


def by_pipeline(folder):
    """p(similar) of all pairs, as transformers' pipeline names it."""
    judge = transformers.pipeline("text-classification", model=str(folder), top_k=None)
    found = judge([{"text": q, "text_pair": t} for q, t in PAIRS], truncation=True)
    return [next(one["score"] for one in labels if one["label"] == "similar") for labels in found]


@pytest.mark.parametrize("kind", ["Bert", *KINDS])
def test_labels_mean_what_the_pipeline_of_transformers_says(tmp_path, kind, caplog):
    sizes = {} if kind in KINDS else {"hidden_size": 16, "max_position_embeddings": 32}
    folder = inverted(stranger(kind, tmp_path, **sizes)[2])
    if kind == "Roberta":
        told = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        told |= {"model_input_names": ["input_ids", "attention_mask"]}
        (folder / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")
    wanted = by_pipeline(folder)
    explainer = Explainer.from_pretrained(folder)
    np.testing.assert_allclose([one.probability for one in explainer.predict(PAIRS)], wanted, rtol=0, atol=1e-6)
    assert [one.label for one in explainer.predict(PAIRS)] == [int(chance > 0.5) for chance in wanted]
    assert "names label 0 similar and label 1 not similar: the two outputs are exchanged" in caplog.text


def test_explanations_and_saved_folders_have_the_order_of_yiju(folder, tmp_path):
    wanted = by_pipeline(folder)
    explainer = Explainer.from_pretrained(folder)
    for one, chance in zip(explainer.explain(PAIRS[:3], "integrated_gradients", steps=64), wanted, strict=False):
        assert one.label == int(chance > 0.5)
        assert abs(one.gap) < 0.05
    out = tmp_path / "out"
    settings = {"source": "folder", "name": str(folder), "marks_matches": False, "max_length": 32, "seed": 1}
    start_encoder(settings | {"head": "classifier"}, None, [out / name for name in FOLDER_FILES])
    told = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert told["id2label"] == {"0": "not similar", "1": "similar"}
    assert told["label2id"] == {"not similar": 0, "similar": 1}
    np.testing.assert_allclose(by_pipeline(out), wanted, rtol=0, atol=1e-6)
    # Opened again, nothing is exchanged a second time.
    found = [one.probability for one in Explainer.from_pretrained(out).predict(PAIRS)]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_graph_has_the_order_of_yiju(folder, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    from yiju.app.onnx_export import export_onnx

    explainer = Explainer.from_pretrained(folder)
    export_onnx(explainer, tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (q, t), wanted = PAIRS[0], by_pipeline(folder)[0]
    inputs = explainer.tokenizer(q, t, return_tensors="np")
    (found,) = session.run(["logits"], {one.name: inputs[one.name] for one in session.get_inputs()})
    assert torch.from_numpy(found).softmax(-1)[0, 1].item() == pytest.approx(wanted, abs=1e-4)


def test_a_margin_changes_its_sign_with_the_outputs(folder):
    inverted(folder, decision_margin=0.25)
    assert Explainer.from_pretrained(folder).margin == -0.25


def test_a_model_in_memory_is_read_by_its_names_and_stays_as_it_is(folder):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explainer = Explainer(model, tokenizer)
    found = [one.probability for one in explainer.predict(PAIRS)]
    np.testing.assert_allclose(found, by_pipeline(folder), rtol=0, atol=1e-6)
    assert model.config.id2label == {0: "similar", 1: "not similar"}
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert explainer.model.get_input_embeddings() is model.get_input_embeddings()
    assert not model._forward_pre_hooks


def test_names_that_mean_nothing_change_nothing_and_contradictions_are_refused_by_the_folder(folder, caplog):
    inverted(folder, id2label={"0": "foo", "1": "bar"}, label2id={"foo": 0, "bar": 1})
    strange = load_model(folder, "classifier").classifier.weight
    inverted(folder, id2label={str(label): name for label, name in LABELS.items()}, label2id=None)
    assert torch.equal(load_model(folder, "classifier").classifier.weight, strange)
    assert "exchanged" not in caplog.text
    inverted(folder, id2label={"0": "similar", "1": "duplicate"}, label2id=None)
    with pytest.raises(YijuError, match=rf"^{folder}: config\.json: id2label says .* both labels mean similar"):
        Explainer.from_pretrained(folder)


def test_a_head_that_is_drawn_bears_no_names_and_is_never_exchanged(folder, tmp_path, caplog):
    settings = {"source": "folder", "name": str(folder), "marks_matches": False, "max_length": 32, "seed": 1}
    start_encoder(settings | {"head": "masked_lm"}, None, [tmp_path / "lm" / name for name in FOLDER_FILES])
    with caplog.at_level(logging.INFO, "yiju"):
        model = load_model(tmp_path / "lm", "classifier")
    assert model.config.id2label == {0: "LABEL_0", 1: "LABEL_1"}
    assert "exchanged" not in caplog.text
