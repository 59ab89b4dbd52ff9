"""A model with a calibration: labels and probabilities come back, and what is explained is in step with them."""

import json
import math

import numpy as np
import pandas
import pytest
from families import cross_encoders
from families.transformers_models import NLI
from families.transformers_models import classifier as n_labels
from scipy.special import softmax
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.calibration.apply import log_odds_of, log_probability
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.calibration.stored import stored_fit, weights_of, write_stored
from yiju.models.calibration.stored_classes import stored_classes
from yiju.models.folder import save_folder
from yiju.models.folder_files import CALIBRATION, FOLDER_FILES

PAIRS = list(zip(SENTENCES, SENTENCES[::-1], strict=True))
FACTS = {"risk": 0.05, "pairs": 50, "similar": 20, "figures": {}}


def calibrated(folder, fit, scaling, file=CALIBRATION, weights=None):
    """Write a calibration beside a model, or elsewhere."""
    known = weights_of(folder) if weights is None else weights
    write_stored(folder / file, stored_fit(fit, "accuracy", scaling=scaling, weights=known, **FACTS))
    return folder / file


@pytest.fixture
def two_labels(tmp_path):
    save_folder(*classifier(tmp_path), [tmp_path / name for name in FOLDER_FILES])
    return tmp_path


@pytest.fixture
def one_logit(tmp_path):
    return cross_encoders.plain("bert", tmp_path / "reranker")


def differences(folder):
    found = Explainer.from_pretrained(folder, calibration=False).predict(PAIRS)
    return log_odds_of(np.array([one.score for one in found]), np.array([one.label for one in found]))


def test_log_odds_come_back_from_the_score():
    odds = np.array([-700.0, -40.0, -1.5, 0.0, 1e-9, 3.0, 40.0, 700.0])
    labels = (odds > 0).astype(int)
    scores = -np.logaddexp(0, np.where(labels == 1, -odds, odds))
    assert log_odds_of(scores, labels) == pytest.approx(odds, rel=1e-9, abs=1e-15)


def test_two_labels_have_the_temperature_and_the_threshold_of_the_file(two_labels):
    raw = differences(two_labels)
    low, middle, high = np.quantile(raw, [0.25, 0.5, 0.75])
    before = {name: (two_labels / name).read_bytes() for name in FOLDER_FILES}
    calibrated(two_labels, ScoreFit(0.4, 0.0, middle, high, low), "temperature")
    explainer = Explainer.from_pretrained(two_labels)
    found = explainer.predict(PAIRS)
    assert [one.label for one in found] == (raw > middle).astype(int).tolist()
    assert [one.probability for one in found] == pytest.approx(1 / (1 + np.exp(-0.4 * raw)), abs=1e-6)
    assert [one.undecided for one in found] == [bool(low <= one <= high) for one in raw]
    assert explainer.threshold == pytest.approx(1 / (1 + math.exp(-0.4 * middle)))
    assert {name: (two_labels / name).read_bytes() for name in FOLDER_FILES} == before


def test_what_is_explained_is_the_calibrated_log_probability(two_labels):
    calibrated(two_labels, ScoreFit(0.4, 0.0, 0.0, 1.0, -1.0), "temperature")
    explainer = Explainer.from_pretrained(two_labels)
    one = explainer.explain(PAIRS[2], "occlusion")
    chance = one.probability if one.label else 1 - one.probability
    assert one.score == pytest.approx(math.log(chance))
    first = one.sides[0].segments[0]
    shorter = explainer.predict((PAIRS[2][0][1:], PAIRS[2][1]))
    left = shorter.probability if one.label else 1 - shorter.probability
    assert first.score == pytest.approx(math.log(chance) - math.log(left), abs=1e-5)
    gradient = explainer.explain(PAIRS[2], "integrated_gradients", steps=64)
    assert abs(gradient.gap) < 0.05


def test_a_margin_that_is_given_decides(two_labels):
    calibrated(two_labels, ScoreFit(0.4, 0.0, 0.0, math.inf, -math.inf), "temperature")
    assert {one.label for one in Explainer.from_pretrained(two_labels, margin=99.0).predict(PAIRS)} == {0}
    found = Explainer.from_pretrained(two_labels).predict(PAIRS)
    assert {one.undecided for one in found} == {True}


def test_without_a_calibration_nothing_is_undecided(two_labels):
    plain = Explainer.from_pretrained(two_labels).predict(PAIRS)
    assert {one.undecided for one in plain} == {None}
    calibrated(two_labels, ScoreFit(0.4, 0.0, 0.0, 1.0, -1.0), "temperature")
    assert Explainer.from_pretrained(two_labels, calibration=False).predict(PAIRS) == plain


def test_one_logit_gets_labels_and_probabilities(one_logit):
    plain = Explainer.from_pretrained(one_logit).predict(PAIRS)
    assert {(one.label, one.probability, one.undecided) for one in plain} == {(None, None, None)}
    scores = np.array([one.score for one in plain])
    low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
    calibrated(one_logit, ScoreFit(3.0, -1.0, middle, high, low), "platt")
    explainer = Explainer.from_pretrained(one_logit)
    found = explainer.predict(PAIRS)
    assert [one.score for one in found] == [one.score for one in plain]
    assert [one.label for one in found] == (scores > middle).astype(int).tolist()
    assert [one.probability for one in found] == pytest.approx(1 / (1 + np.exp(1 - 3 * scores)))
    assert [one.undecided for one in found] == [bool(low <= one <= high) for one in scores]
    assert explainer.threshold == pytest.approx(1 / (1 + math.exp(1 - 3 * middle)))
    explained = explainer.explain(PAIRS[0])
    assert explained.label == found[0].label
    assert explained.probability == pytest.approx(found[0].probability, abs=1e-5)
    assert "p(similar)" in explained.verdict
    assert explained.to_dict()["undecided"] is found[0].undecided


def test_a_note_tells_of_an_undecided_pair(one_logit):
    calibrated(one_logit, ScoreFit(3.0, -1.0, 0.0, math.inf, -math.inf), "platt")
    assert "left undecided" in Explainer.from_pretrained(one_logit).explain(PAIRS[0]).to_html()


def test_a_function_takes_the_file_of_its_scores(tmp_path):
    file = calibrated(tmp_path, ScoreFit(2.0, -3.0, 1.5, 2.5, 0.5), "platt", "scores.json")
    found = Explainer.of(lambda pairs: [float(len(q)) for q, _ in pairs], calibration=file).predict(
        [("一", "二"), ("一二", "三"), ("一二三", "四")]
    )
    assert [(one.label, one.undecided) for one in found] == [(0, True), (1, True), (1, False)]
    assert found[0].probability == pytest.approx(1 / (1 + math.e))


def test_a_file_elsewhere_is_taken_and_checked(one_logit, tmp_path):
    fit = ScoreFit(3.0, -1.0, 0.0, 1.0, -1.0)
    file = calibrated(one_logit, fit, "platt", "mine.json")
    assert Explainer.from_pretrained(one_logit, calibration=file).calibration.fit == fit
    with pytest.raises(YijuError, match=r"none\.json: no such file"):
        Explainer.from_pretrained(one_logit, calibration=tmp_path / "none.json")
    bare = calibrated(one_logit, fit, "platt", "bare.json", weights={})
    assert Explainer.from_pretrained(one_logit, calibration=bare).margin == 0.0
    calibrated(one_logit, fit, "platt", weights={"model.safetensors": "0" * 64})
    with pytest.raises(YijuError, match=r"yiju_calibration.json: it was fitted on scores of other weights"):
        Explainer.from_pretrained(one_logit)


def test_a_calibration_of_other_scores_is_refused(two_labels, one_logit):
    for folder, scaling, intercept in ((two_labels, "platt", 1.0), (one_logit, "temperature", 0.0)):
        calibrated(folder, ScoreFit(3.0, intercept, 0.0, 1.0, -1.0), scaling)
        with pytest.raises(YijuError, match=f"its scaling is {scaling}, not that of such models; run yiju calibrate"):
            Explainer.from_pretrained(folder)


@pytest.mark.parametrize(
    "architecture", ["bert", "roberta", "xlm-roberta", "deberta-v2", "electra", "albert", "distilbert", "modernbert"]
)
def test_every_architecture_takes_the_temperature_over(architecture, tmp_path):
    folder = n_labels(architecture, tmp_path / "model")
    raw = differences(folder)
    calibrated(folder, ScoreFit(0.5, 0.0, 0.0, 1.0, -1.0), "temperature")
    found = Explainer.from_pretrained(folder).predict(PAIRS)
    assert [one.probability for one in found] == pytest.approx(1 / (1 + np.exp(-0.5 * raw)), abs=1e-6)


@pytest.fixture
def three_classes(tmp_path):
    return n_labels("bert", tmp_path / "model", tuple(NLI))


def class_calibrated(folder, temperature, gap, classes=NLI, weights=None):
    """Write a calibration of three classes beside a model."""
    known = weights_of(folder) if weights is None else weights
    facts = {"scores": "logits", "risk": 0.05, "counts": [20] * len(classes), "figures": {}}
    stored = stored_classes(ClassFit(temperature, gap), classes=list(classes), weights=known, **facts)
    write_stored(folder / CALIBRATION, stored)
    return folder


def test_three_classes_have_the_temperature_and_the_possible_classes_of_the_file(three_classes):
    outputs, _ = Explainer.from_pretrained(three_classes).outputs(PAIRS)
    plain = Explainer.from_pretrained(three_classes).predict(PAIRS)
    assert {one.possible for one in plain} == {None}
    below = np.sort(outputs, axis=1)[:, -1:] - outputs
    gap = float(np.quantile(np.sort(below, axis=1)[:, 1], 0.5))
    before = {file.name: file.read_bytes() for file in three_classes.iterdir()}
    class_calibrated(three_classes, 2.5, gap)
    found = Explainer.from_pretrained(three_classes).predict(PAIRS)
    assert {name: (three_classes / name).read_bytes() for name in before} == before
    assert [one.label for one in found] == [one.label for one in plain]
    chances = softmax(outputs / 2.5, axis=1).max(axis=1)
    assert [one.probability for one in found] == pytest.approx(chances, abs=1e-6)
    # A temperature above 1 lowers what is said of every decided class.
    assert all(one.probability < other.probability for one, other in zip(found, plain, strict=True))
    inside = (below <= gap + 1e-6).sum(axis=1)
    assert [len(one.possible) for one in found] == inside.tolist()
    assert [one.undecided for one in found] == (inside > 1).tolist()
    assert {True, False} == {one.undecided for one in found}
    assert all(one.possible[0] == one.label_name for one in found)
    table = pandas.DataFrame(PAIRS, columns=["q", "t"])
    judged = Explainer.from_pretrained(three_classes).predict(table)
    assert judged["possible"].tolist() == [one.possible for one in found]
    assert "possible" not in Explainer.from_pretrained(three_classes, calibration=False).predict(table)


def test_the_explained_log_probability_of_a_class_is_calibrated(three_classes):
    plain = Explainer.from_pretrained(three_classes, calibration=False)
    class_calibrated(three_classes, 2.5, 0.1)
    explainer = Explainer.from_pretrained(three_classes)
    q, t = PAIRS[2]
    for target in NLI:
        number = NLI.index(target)
        whole, shorter = (log_probability(plain.outputs([pair])[0] / 2.5, number)[0] for pair in ((q, t), (q[1:], t)))
        one = explainer.explain((q, t), "occlusion", target=target)
        assert one.score == pytest.approx(whole, abs=1e-5)
        assert one.sides[0].segments[0].score == pytest.approx(whole - shorter, abs=1e-5)
    gradient = explainer.explain((q, t), "integrated_gradients", steps=64)
    assert abs(gradient.gap) < 0.05
    both = explainer.explain((q, t), "occlusion", target="neutral", contrast="contradiction")
    logits = plain.outputs([(q, t)])[0][0] / 2.5
    assert both.score == pytest.approx(logits[1] - logits[2], abs=1e-5)


def test_a_note_names_the_classes_that_are_possible(three_classes):
    class_calibrated(three_classes, 1.0, math.inf)
    one = Explainer.from_pretrained(three_classes).explain(PAIRS[0])
    assert one.undecided and set(one.possible) == set(NLI)
    assert one.to_dict()["possible"] == one.possible
    assert f"more than one class is possible: {', '.join(one.possible)}." in one.to_html()


@pytest.mark.parametrize(
    "architecture", ["roberta", "deberta-v2", "electra", "albert", "distilbert", "modernbert", "xlm-roberta", "ernie"]
)
def test_every_architecture_of_three_classes_takes_the_temperature_over(architecture, tmp_path):
    folder = n_labels(architecture, tmp_path / "model", tuple(NLI))
    outputs, _ = Explainer.from_pretrained(folder).outputs(PAIRS)
    class_calibrated(folder, 3.0, 0.0)
    divided, _ = Explainer.from_pretrained(folder).outputs(PAIRS)
    assert divided == pytest.approx(outputs / 3, abs=1e-6)


def test_a_calibration_of_other_classes_or_kinds_is_refused(three_classes, two_labels):
    class_calibrated(three_classes, 2.0, 0.5, classes=NLI[::-1])
    with pytest.raises(YijuError, match="fitted on logits of the classes contradiction, neutral, entailment, and the"):
        Explainer.from_pretrained(three_classes)
    class_calibrated(two_labels, 2.0, 0.5)
    with pytest.raises(YijuError, match="its scaling is class_temperature, not that of such models"):
        Explainer.from_pretrained(two_labels)
    calibrated(three_classes, ScoreFit(0.5, 0.0, 0.0, 1.0, -1.0), "temperature")
    with pytest.raises(YijuError, match="its scaling is temperature, not that of such models"):
        Explainer.from_pretrained(three_classes)
    assert json.loads((three_classes / CALIBRATION).read_text(encoding="utf-8"))["scaling"] == "temperature"
    class_calibrated(three_classes, 2.0, 0.5, weights={"model.safetensors": "0" * 64})
    with pytest.raises(YijuError, match="fitted on scores of other weights"):
        Explainer.from_pretrained(three_classes)
