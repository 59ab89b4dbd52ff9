"""A model as an ONNX graph: it judges as the model does, whatever the length, or it is not written."""

import json

import numpy as np
import pytest
import torch
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app import onnx_export
from yiju.app.onnx_export import export_onnx
from yiju.base.errors import YijuError
from yiju.models.inference import predict_logits
from yiju.models.match_marker import mark_matches
from yiju.models.tokens import encode_pairs

PACKAGES = [pytest.importorskip(name, reason=f"{name} is not installed") for name in ("onnx", "onnxruntime")]
# None of these lengths was exported with; the last is cut.
Q, T = [*SENTENCES, "花呗" * 30], [*SENTENCES[::-1], "开通" * 30]


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def exported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    explainer = Explainer(*classifier(folder, marker=request.param), margin=0.25)
    return explainer, folder / "model.onnx", export_onnx(explainer, folder / "model.onnx")


@pytest.mark.slow
def test_the_graph_gives_the_models_logits_in_batches_of_any_size(exported):
    explainer, graph, apart = exported
    assert apart <= 1e-4
    session = PACKAGES[1].InferenceSession(graph, providers=["CPUExecutionProvider"])
    pairs = encode_pairs(explainer.tokenizer, Q, T, explainer.max_length)
    wanted = predict_logits(explainer.model, pairs, 2048)
    for rows in (np.arange(len(Q)), np.array([3]), np.array([8, 0, 1])):
        inputs = {name: tensor.numpy() for name, tensor in pairs.batch(rows).inputs().items()}
        (found,) = session.run(["logits"], inputs)
        np.testing.assert_allclose(found, wanted[rows], rtol=0, atol=1e-4)
    assert np.ptp(wanted[:, 1]) > 0.1


@pytest.mark.slow
def test_its_metadata_name_the_decision_and_the_model_stays_as_it_was(exported):
    explainer, graph, _ = exported
    facts = PACKAGES[1].InferenceSession(graph, providers=["CPUExecutionProvider"]).get_modelmeta().custom_metadata_map
    assert float(facts["decision_margin"]) == 0.25
    assert json.loads(facts["labels"]) == {"0": "not similar", "1": "similar"}
    assert facts["max_length"] == "32"
    assert facts["average_orders"] == "false"
    pairs = encode_pairs(explainer.tokenizer, Q, T, 32)
    batch = pairs.batch(np.arange(len(Q)))
    with torch.no_grad():
        plain = explainer.model(**batch.inputs()).logits
    np.testing.assert_allclose(plain, predict_logits(explainer.model, pairs, 2048), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("added", "said"), [(0.001, r"0\.001"), (np.nan, "nan")], ids=["apart", "no numbers"])
def test_a_graph_that_judges_otherwise_is_not_written(exported, tmp_path, monkeypatch, added, said):
    explainer, graph, _ = exported

    def another(out):
        found = PACKAGES[0].load(graph)
        bias = next(one for one in found.graph.initializer if one.name.endswith("classifier.bias"))
        values = PACKAGES[0].numpy_helper.to_array(bias) + np.float32(added)
        bias.CopyFrom(PACKAGES[0].numpy_helper.from_array(values, bias.name))
        PACKAGES[0].save(found, out)

    monkeypatch.setattr(onnx_export, "_write", lambda *arguments: another(arguments[-1]))
    with pytest.raises(YijuError, match=f"not written, for its logits are up to {said} from the model's"):
        export_onnx(explainer, tmp_path / "model.onnx")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.slow
def test_what_is_not_installed_is_named(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_export, "NEEDED", ("onnx", "no_such_runtime"))
    with pytest.raises(YijuError, match=r"no_such_runtime missing: pip install -r requirements/onnx\.txt"):
        export_onnx(exported[0], tmp_path / "model.onnx")


def test_markers_without_a_word_that_onnx_lacks_are_the_same():
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 12, (50, 9), generator=generator)
    sides = (torch.arange(9) > 4).long().expand(50, 9)
    special = torch.tensor([0, 1, 2])
    other = (ids[:, :, None] == ids[:, None, :]) & (sides[:, :, None] != sides[:, None, :])
    assert torch.equal(mark_matches(ids, sides, special), sides + 2 * (other.any(-1) & ~torch.isin(ids, special)))
