"""A folder that ONNX Runtime computes: it judges and explains as its model does, and loads no torch for it."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from families import transformers_models
from toys import SENTENCES, classifier
from unit.models.test_about import about_of

from yiju import Explainer
from yiju.app.cli.calibrate import command as calibrate
from yiju.app.cli.export import command
from yiju.app.onnx_folder import export_folder
from yiju.app.web.served import Served
from yiju.base.errors import YijuError
from yiju.explain.notes import introduction
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.fit_scores import CONFIDENCE
from yiju.models.calibration.stored import StoredCalibration, read_stored, weights_of, write_stored
from yiju.models.calibration.stored_classes import stored_classes
from yiju.models.folder import load_model, name_labels, save_folder
from yiju.models.folder_files import CALIBRATION, CONFIG, FOLDER_FILES, GRAPH
from yiju.models.model_facts import write_about

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
# None of these lengths was exported with; the last is cut.
PAIRS = [(q, t) for q in [*SENTENCES[:4], "花呗" * 30] for t in SENTENCES]
CALIBRATED = {
    "format": 1,
    "scaling": "temperature",
    "slope": 0.5,
    "intercept": 0.0,
    "threshold": 0.3,
    "aim": "accuracy",
    "risk": 0.1,
    "confidence": CONFIDENCE,
    "similar_above": 0.8,
    "other_below": None,
    "note": "",
    "pairs": 40,
    "similar": 20,
    "weights": {},
    "figures": {},
}


def saved(folder, marker=False, outputs=2, average=False):
    """A model folder with opinions, which names its margin."""
    model, tokenizer = classifier(folder, marker=marker)
    if outputs != 2:
        model = load_model(folder, "classifier", 2, outputs=outputs)
    name_labels(model.config, 0.25, average)
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a calibration and with what is known of it."""
    folder = saved(tmp_path_factory.mktemp("model"), average=True)
    write_about(folder, about_of(folder))
    write_stored(folder / CALIBRATION, StoredCalibration(**CALIBRATED))
    return folder


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    explainer = Explainer.from_pretrained(model, device="cpu")
    return out, {name: export_folder(explainer, out / name, name == "int8") for name in ("whole", "int8")}


def test_the_folder_judges_explains_and_decides_as_the_model_does(model, exported):
    out, found = exported
    ours, graph = Explainer.from_pretrained(model, device="cpu"), Explainer.from_pretrained(out / "whole")

    np.testing.assert_allclose(graph.outputs(PAIRS)[0], ours.outputs(PAIRS)[0], rtol=0, atol=1e-4)
    assert np.ptp(graph.outputs(PAIRS)[0][:, 1]) > 0.1
    assert [one.label for one in graph.predict(PAIRS)] == [one.label for one in ours.predict(PAIRS)]
    assert [one.undecided for one in graph.predict(PAIRS)] == [one.undecided for one in ours.predict(PAIRS)]
    assert graph.threshold == pytest.approx(ours.threshold)
    assert (graph.average_orders, graph.max_length) == (True, 32)
    assert graph.about.accuracy == ours.about.accuracy
    for method in ("occlusion", "kernel_shap"):
        for one, other in zip(graph.explain(PAIRS[:3], method), ours.explain(PAIRS[:3], method), strict=True):
            for side, own in zip(one.sides, other.sides, strict=True):
                assert [part.score for part in side.segments] == pytest.approx(
                    [part.score for part in own.segments], abs=1e-4
                )
    assert found["whole"].apart <= 1e-4 and found["whole"].alike == found["whole"].pairs


def test_a_calibration_of_three_classes_goes_with_the_graph(tmp_path):
    folder = transformers_models.classifier("bert", tmp_path / "model", transformers_models.NLI)
    facts = {"scores": "logits", "risk": 0.05, "counts": [20] * 3, "weights": weights_of(folder), "figures": {}}
    outputs, _ = Explainer.from_pretrained(folder, device="cpu").outputs(PAIRS)
    gap = float(np.median(np.diff(np.sort(outputs, axis=1), axis=1)[:, 1]))
    stored = stored_classes(ClassFit(2.0, gap), classes=list(transformers_models.NLI), **facts)
    write_stored(folder / CALIBRATION, stored)
    ours = Explainer.from_pretrained(folder, device="cpu")
    export_folder(ours, tmp_path / "graph")
    graph = Explainer.from_pretrained(tmp_path / "graph")
    np.testing.assert_allclose(graph.outputs(PAIRS)[0], outputs / 2, rtol=0, atol=1e-4)
    assert [one.possible for one in graph.predict(PAIRS)] == [one.possible for one in ours.predict(PAIRS)]
    assert {len(one.possible) for one in graph.predict(PAIRS)} > {1}
    # Another calibration of the graph's own logits would be applied to them.
    own = weights_of(tmp_path / "graph")
    again = stored_classes(ClassFit(2.0, gap), classes=list(transformers_models.NLI), **{**facts, "weights": own})
    write_stored(tmp_path / "graph" / CALIBRATION, again)
    np.testing.assert_allclose(
        Explainer.from_pretrained(tmp_path / "graph").outputs(PAIRS)[0], outputs / 4, rtol=0, atol=1e-4
    )


def test_eight_bits_are_smaller_judge_nearly_alike_and_say_that_figures_are_of_the_whole_model(model, exported):
    out, found = exported
    ours, graph = Explainer.from_pretrained(model, device="cpu"), Explainer.from_pretrained(out / "int8")

    assert found["int8"].bytes < found["int8"].before
    kinds = {node.op_type for node in onnx.load(out / "int8" / GRAPH).graph.node}
    assert "MatMulInteger" in kinds
    # 7 of the 8 bits: with all, sums overflow on processors without VNNI.
    tables = [onnx.numpy_helper.to_array(one) for one in onnx.load(out / "int8" / GRAPH).graph.initializer]
    whole = [one for one in tables if one.dtype == np.int8 and one.ndim == 2]
    assert whole and all(np.abs(one.astype(int)).max() <= 64 for one in whole)
    apart = np.abs(graph.outputs(PAIRS)[0] - ours.outputs(PAIRS)[0])
    assert 0 < apart.max() < 0.1 * np.ptp(ours.outputs(PAIRS)[0])
    assert graph.about.quantised and not ours.about.quantised
    assert (graph.about.accuracy, graph.about.explanation) == (ours.about.accuracy, ours.about.explanation)
    assert graph.default_method == ours.default_method
    assert any("before the weights were quantised" in one for one in introduction(graph.about, graph.decision))
    assert not any("quantised" in one for one in introduction(ours.about, ours.decision))


def test_nothing_of_it_loads_torch(exported):
    out, _ = exported
    code = f"""
import sys
from yiju import Explainer
for name in ("whole", "int8"):
    explainer = Explainer.from_pretrained({str(out)!r} + "/" + name)
    pair = ("怎么开通花呗", "花呗怎样开通")
    assert explainer.predict(pair).probability
    for method in ("occlusion", "lime", "kernel_shap", "sobol", "random"):
        explainer.explain(pair, method)
    explainer.explain(pair, matrix="occlusion")
    explainer.explain(pair, matrix="shapley")
    explainer.counterfactuals([pair])
    explainer.curves([explainer.explain(pair)])
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_page_loads_no_torch(exported):
    code = f"""
import sys
from starlette.testclient import TestClient
from yiju import Explainer
import yiju.app.web.server
from yiju.app.web.app import create_app
from yiju.app.web.limits import Limits
from yiju.app.web.worker import Worker
explainer = Explainer.from_pretrained({str(exported[0] / "whole")!r})
app = create_app(explainer, Limits(rate=1000.0, burst=1000), Worker(8, 8, 600.0), against=explainer)
pair = {{"q": "怎么开通花呗", "t": "花呗怎样开通"}}
with TestClient(app, "http://127.0.0.1") as client:
    for path in ("/", "/api/methods"):
        assert client.get(path).status_code == 200
    asked = pair | {{"method": "occlusion", "matrix": True, "curve": True}}
    for path, body in (("predict", pair), ("explain", asked), ("counterfactual", pair)):
        answer = client.post(f"/api/{{path}}", json=body)
        assert answer.status_code == 200, answer.text
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_needs_gradients_is_refused_by_name(exported):
    graph = Explainer.from_pretrained(exported[0] / "whole")

    for method in ("integrated_gradients", "attention_rollout"):
        with pytest.raises(YijuError, match=rf"{method} looks into the model, and this is a graph \(ONNX\)"):
            graph.explain(PAIRS[0], method)
    for matrix in ("gradients", "jacobians", "maxsim"):
        with pytest.raises(YijuError, match=f"the matrix {matrix} .*take the matrix occlusion"):
            graph.explain(PAIRS[0], matrix=matrix)


def test_a_server_knows_what_its_answers_cost(model, exported):
    graph = Served.of(Explainer.from_pretrained(exported[0] / "whole"))
    ours = Served.of(Explainer.from_pretrained(model, device="cpu"))

    assert graph.effort.token > 0
    assert graph.effort.token == pytest.approx(ours.effort.token, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("marker", "outputs"), [(True, 2), (False, 1)], ids=["marker", "one number"])
def test_models_of_other_kinds(tmp_path, marker, outputs):
    ours = Explainer.from_pretrained(saved(tmp_path / "model", marker, outputs), device="cpu")

    export_folder(ours, tmp_path / "out")

    graph = Explainer.from_pretrained(tmp_path / "out")
    np.testing.assert_allclose(graph.outputs(PAIRS)[0], ours.outputs(PAIRS)[0], rtol=0, atol=1e-4)
    assert (graph.scorer.single, graph.margin) == (ours.scorer.single, ours.margin)


def test_a_folder_that_is_there_is_not_touched(model, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(YijuError, match="is there already"):
        export_folder(Explainer.from_pretrained(model, device="cpu"), tmp_path / "out")
    assert [*tmp_path.iterdir()] == [tmp_path / "out"]


def test_eight_bits_of_a_graph_alone_are_no_folder(model, tmp_path):
    done = CliRunner().invoke(command, [str(model), "-o", str(tmp_path / "model.onnx"), "--int8"])
    assert done.exit_code == 2 and "name a folder" in done.output


def damaged(file, content):
    def change(folder):
        (folder / file).write_bytes(content)

    return change


def without_length(folder):
    graph = onnx.load(folder / GRAPH)
    del graph.metadata_props[:]
    onnx.save(graph, folder / GRAPH)


def wrong_margin(folder):
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8")) | {"decision_margin": "0"}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (damaged(GRAPH, b"no graph"), "ONNX Runtime cannot open this graph"),
        (without_length, "not a graph of yiju export-onnx"),
        (lambda folder: (folder / CONFIG).unlink(), "is missing; export the model again"),
        (wrong_margin, "decision_margin or average_orders is no such value"),
    ],
    ids=["damaged", "metadata", "config", "margin"],
)
def test_a_folder_that_is_not_whole_is_named(exported, tmp_path, change, said):
    folder = tmp_path / "graph"
    shutil.copytree(exported[0] / "whole", folder)
    change(folder)
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(folder)


def test_a_graph_is_computed_on_the_processor_and_reads_no_prompt(exported):
    with pytest.raises(YijuError, match="computed on the CPU, not on cuda"):
        Explainer.from_pretrained(exported[0] / "whole", device="cuda")
    with pytest.raises(YijuError, match="reads pairs without a prompt"):
        Explainer.from_pretrained(exported[0] / "whole", template="{q} {t}")


def test_a_graph_is_calibrated_as_a_model_is(exported, tmp_path):
    folder = tmp_path / "graph"
    shutil.copytree(exported[0] / "int8", folder)
    (folder / CALIBRATION).unlink()
    plain = Explainer.from_pretrained(folder)
    judged = plain.predict([(q, f"{t}吗") for q in SENTENCES for t in SENTENCES])
    middle = float(np.median([one.probability for one in judged]))
    rows = [f"{one.q}\t{one.t}\t{int(one.probability > middle)}\n" for one in judged]
    (tmp_path / "labelled.tsv").write_text("".join(rows), encoding="utf-8")

    done = CliRunner().invoke(calibrate, [str(folder), str(tmp_path / "labelled.tsv")])

    assert done.exit_code == 0, done.output
    stored = read_stored(folder / CALIBRATION)
    assert list(stored.weights) == [GRAPH]
    found = Explainer.from_pretrained(folder).outputs(PAIRS)[0]
    np.testing.assert_allclose(found, plain.outputs(PAIRS)[0] * stored.slope, rtol=1e-9)
