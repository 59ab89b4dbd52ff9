"""The file of a calibration: written whole, read strictly, and only beside the weights that it was fitted for."""

import json
import math

import numpy as np
import pytest

from yiju.base.errors import YijuError
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.calibration.stored import check_weights, read_stored, stored_fit, weights_of, write_stored
from yiju.models.folder_files import CALIBRATION

FACTS = {"scaling": "platt", "risk": 0.05, "pairs": 50, "similar": 20, "figures": {"roc_auc": 0.9, "after.f1": None}}
FIT = ScoreFit(2.0, -1.0, 0.6, 1.5, -math.inf, "said")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    write_stored(tmp_path / CALIBRATION, stored_fit(FIT, 0.95, weights=weights_of(tmp_path), **FACTS))
    return tmp_path


def test_what_is_read_is_what_was_written(folder):
    stored = read_stored(folder / CALIBRATION)
    assert stored.fit == FIT
    assert (stored.aim, stored.other_below, stored.confidence) == ("precision:0.95", None, 0.95)
    scores = np.array([0.6, 0.61, 1.6])
    assert stored.fit.decide(scores).tolist() == [0, 1, 1]
    assert stored.fit.undecided(scores, stored.fit.decide(scores)).tolist() == [True, True, False]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(YijuError, match=r"yiju_calibration.json: no such file; yiju calibrate writes one"):
        read_stored(tmp_path / CALIBRATION)


@pytest.mark.parametrize("name", ["model.safetensors", "model-00002-of-00002.safetensors", "pytorch_model.bin"])
def test_other_weights_are_refused(folder, name):
    (folder / name).write_bytes(b"others")
    with pytest.raises(YijuError, match=f"fitted on scores of other weights than {folder} holds; run yiju calibrate"):
        check_weights(folder / CALIBRATION, read_stored(folder / CALIBRATION), folder)


def test_other_files_may_change(folder):
    (folder / "README.md").write_text("more", encoding="utf-8")
    check_weights(folder / CALIBRATION, read_stored(folder / CALIBRATION), folder)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("slope", 0.0, "slope: Input should be greater than 0"),
        ("slope", "2", "slope: Input should be a valid number"),
        ("threshold", None, "threshold: Input should be a valid number"),
        ("threshold", math.nan, "threshold: Input should be a finite number"),
        ("similar_above", math.inf, "similar_above: Input should be a finite number"),
        ("format", 2, "format: Input should be 1"),
        ("scaling", "beta", "scaling: "),
        ("scaling", "temperature", "a temperature has no intercept"),
        ("aim", "recall", "aim: "),
        ("similar", 50, "similar must be fewer than pairs"),
        ("weights", {"model.safetensors": "abc"}, "weights.model.safetensors: "),
    ],
)
def test_a_wrong_value_is_one_error_that_names_file_key_and_remedy(folder, key, value, said):
    known = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    (folder / CALIBRATION).write_text(json.dumps(known | {key: value}), encoding="utf-8")
    with pytest.raises(YijuError) as error:
        read_stored(folder / CALIBRATION)
    assert str(folder / CALIBRATION) in str(error.value) and said in str(error.value)
    assert str(error.value).endswith("; run it again, or delete the file")


def test_a_missing_key_is_named(folder):
    known = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    del known["threshold"]
    (folder / CALIBRATION).write_text(json.dumps(known), encoding="utf-8")
    with pytest.raises(YijuError, match="threshold: Field required"):
        read_stored(folder / CALIBRATION)


def test_weights_are_named_by_their_place_in_the_folder(tmp_path):
    (tmp_path / "1_Dense").mkdir()
    for name in ("model.safetensors", "1_Dense/model.safetensors"):
        (tmp_path / name).write_bytes(name.encode())
    assert list(weights_of(tmp_path)) == ["1_Dense/model.safetensors", "model.safetensors"]
