"""Folders in the forms of the hub: transformers reads the same model from them, or says what is wrong."""

from importlib import import_module

import numpy as np
import oracles
import pytest
from families import Row
from families.forms import BROKEN, RAN, SAME, half_precision, remote_code, rewritten, sentencepiece_alone, with_prefix
from families.texts import PAIRS
from transformers import (
    AlbertTokenizer,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DebertaV2Tokenizer,
    XLMRobertaTokenizer,
)

CLOSE = {"rtol": 0, "atol": 1e-6}
# These change what is in a file, not which files there are.
IN_PLACE = ("old names", "without prefix", "more heads")
CASES = [pytest.param(name, one, id=f"{name}-{one}") for name, (_, kinds) in SAME.items() for one in kinds]


def told(kind, folder):
    """The model, and what was missing or left over when transformers opened it."""
    return kind.from_pretrained(folder, output_loading_info=True)


@pytest.mark.parametrize(("form", "architecture"), CASES)
def test_the_same_model_in_another_form(form, architecture, family_folder, tmp_path):
    folder = family_folder(Row("cross-encoder", architecture))
    other = rewritten(folder, tmp_path / "other", SAME[form][0])
    assert {path.name for path in other.iterdir()} != {path.name for path in folder.iterdir()} or form in IN_PLACE
    assert not told(AutoModelForSequenceClassification, other)[1]["missing_keys"]
    np.testing.assert_allclose(
        oracles.transformers_logits(other, PAIRS), oracles.transformers_logits(folder, PAIRS), **CLOSE
    )


def test_a_bare_encoder_with_a_prefix(family_folder, tmp_path):
    folder = family_folder(Row("bi-encoder", "bert"))
    other = rewritten(folder, tmp_path / "other", with_prefix)
    model, info = told(AutoModel, other)
    assert not info["missing_keys"]
    before = told(AutoModel, folder)[0].state_dict()
    assert all(value.equal(before[name]) for name, value in model.state_dict().items())


def test_half_precision_is_another_model(family_folder, tmp_path):
    folder = family_folder(Row("cross-encoder", "bert"))
    other = rewritten(folder, tmp_path / "other", half_precision)
    gap = oracles.transformers_logits(other, PAIRS) - oracles.transformers_logits(folder, PAIRS)
    assert 1e-5 < np.abs(gap).max() < 0.05


@pytest.mark.parametrize(
    ("architecture", "kind"),
    [("xlm-roberta", XLMRobertaTokenizer), ("deberta-v2", DebertaV2Tokenizer), ("albert", AlbertTokenizer)],
)
def test_a_file_of_sentencepiece_is_the_same_tokeniser(architecture, kind, family_folder, tmp_path, monkeypatch):
    folder = family_folder(Row("cross-encoder", architecture))
    other = rewritten(folder, tmp_path / "other", sentencepiece_alone)
    # transformers reads the file by protobuf alone, and asks for sentencepiece all the same.
    module = import_module("transformers.convert_slow_tokenizer")
    monkeypatch.setattr(module, "requires_backends", lambda *_: None)
    before, after = AutoTokenizer.from_pretrained(folder), kind.from_pretrained(other)
    assert all(before(q, t)["input_ids"] == after(q, t)["input_ids"] for q, t in PAIRS)


def test_a_missing_head_is_missing(family_folder, tmp_path):
    other = rewritten(family_folder(Row("cross-encoder", "bert")), tmp_path / "other", BROKEN["without head"])
    info = told(AutoModelForSequenceClassification, other)[1]
    assert set(info["missing_keys"]) == {"classifier.weight", "classifier.bias"}


def test_code_in_the_folder_is_not_run_unasked(family_folder, tmp_path, monkeypatch):
    other = rewritten(family_folder(Row("cross-encoder", "bert")), tmp_path / "other", remote_code)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    with pytest.raises(ValueError, match=r"trust_remote_code|custom code"):
        AutoModelForSequenceClassification.from_pretrained(other, trust_remote_code=False)
    assert not (other / RAN).exists()
