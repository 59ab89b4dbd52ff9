"""Models of three classes and of one logit as ONNX graphs; other families are refused by name."""

import json

import numpy as np
import pytest
import torch
from families import Row
from families.transformers_models import NLI

from yiju import Explainer
from yiju.app.onnx_export import export_onnx
from yiju.base.errors import YijuError

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
PAIRS = [("怎么开通花呗", "花呗如何开通"), ("今天天气", "明天下雨吗，我想知道")]
# What a graph is written of: its labels, and how many logits it gives.
ROWS = {
    Row("three labels", "roberta"): dict(enumerate(NLI)),
    Row("cross-encoder", "bert"): {},
}


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_graph_gives_a_logit_for_each_output(row, family_folder, tmp_path):
    explainer = Explainer.from_pretrained(family_folder(row), device="cpu")
    assert export_onnx(explainer, tmp_path / "model.onnx") <= 1e-4
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    read = explainer.scorer
    batch = read.pair_up(
        *(read.encode(list(texts), side) for side, texts in enumerate(zip(*PAIRS, strict=True)))
    ).batch(np.arange(len(PAIRS)))
    inputs = batch.inputs()
    (found,) = session.run(["logits"], {one.name: inputs[one.name].numpy() for one in session.get_inputs()})
    with explainer.computing() as subject, torch.no_grad():
        wanted = subject.model(**inputs).logits.numpy()
    assert found.shape == (2, len(ROWS[row]) or 1)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["labels"]) == {str(number): name for number, name in ROWS[row].items()}
    assert facts["decision_margin"] == ("0.0" if ROWS[row] else "null")


def test_a_function_is_no_graph(tmp_path):
    explainer = Explainer.of(lambda pairs: [0.0] * len(pairs))
    with pytest.raises(YijuError, match="this model is a function, and only classifiers and cross-encoders"):
        export_onnx(explainer, tmp_path / "model.onnx")
    assert [*tmp_path.iterdir()] == []
