"""Scores of every family, form and architecture are those of the library that owns the model."""

import numpy as np
import oracles
import pytest
import torch
from families import FAMILIES, ROWS, Row, rows
from families.forms import BROKEN, RAN, SAME, half_precision, rewritten, sentencepiece_alone
from families.table import UNSAID
from families.texts import LONG_PAIRS, PAIRS
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import is_sentencepiece_available

from yiju import Explainer
from yiju.base.errors import YijuError

# Reads more tokens than the long pairs have.
UNBOUNDED = ("qwen3",)
CLOSE = {"rtol": 1e-6, "atol": 1e-5}
SWAPPED = tuple((t, q) for q, t in PAIRS)


def expected(row, folder, pairs):
    """The number itself, or log p of the decided class."""
    found = oracles.outputs(row, folder, pairs)
    if FAMILIES[row.family].outputs == 1:
        return found[:, 0]
    return found.max(1) - np.log(np.exp(found).sum(1))


def scores(judgements):
    return [judgement.score for judgement in judgements]


@pytest.fixture(scope="module")
def opened(family_folder):
    """The explainer of a row, opened once."""
    explainers = {}

    def explainer(row):
        if row not in explainers:
            explainers[row] = Explainer.from_pretrained(family_folder(row), device="cpu", **UNSAID.get(row, {}))
        return explainers[row]

    return explainer


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_batch_of_mixed_lengths(row, family_folder, opened):
    found = scores(opened(row).predict(PAIRS))
    np.testing.assert_allclose(found, expected(row, family_folder(row), PAIRS), **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_single_pairs(row, family_folder, opened):
    found = scores(opened(row).predict(pair) for pair in PAIRS)
    np.testing.assert_allclose(found, expected(row, family_folder(row), PAIRS), **CLOSE)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_swapped_pair_is_swapped_as_the_library_does(row, family_folder, opened):
    found = scores(opened(row).predict(SWAPPED))
    np.testing.assert_allclose(found, expected(row, family_folder(row), SWAPPED), **CLOSE)


@pytest.mark.parametrize(
    "row",
    [row for row in rows("two labels", "three labels", "cross-encoder") if row.architecture not in UNBOUNDED],
    ids=str,
)
def test_pairs_that_are_longer_than_the_model_reads(row, family_folder, opened):
    judgements = opened(row).predict(LONG_PAIRS)
    np.testing.assert_allclose(scores(judgements), expected(row, family_folder(row), LONG_PAIRS), **CLOSE)
    assert all(judgement.truncated for judgement in judgements)


@pytest.mark.parametrize("row", [row for row in ROWS if FAMILIES[row.family].outputs == 1], ids=str)
def test_one_number_is_no_label_and_no_probability(row, opened):
    judgement = opened(row).predict(PAIRS[0])
    assert (judgement.label, judgement.probability) == (None, None)


FORMS = [pytest.param(name, one, id=f"{name}-{one}") for name, (_, kinds) in SAME.items() for one in kinds]


@pytest.mark.parametrize(("form", "architecture"), FORMS)
def test_the_same_model_in_another_form_of_folder(form, architecture, family_folder, tmp_path):
    row = Row("cross-encoder", architecture)
    other = rewritten(family_folder(row), tmp_path / "other", SAME[form][0])
    found = scores(Explainer.from_pretrained(other, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, expected(row, family_folder(row), PAIRS), **CLOSE)


@pytest.mark.parametrize("form", ["pickle alone", "without prefix", "shards", "pickled shards"])
def test_the_same_decoder_in_another_form_of_folder(form, family_folder, tmp_path):
    row = Row("decoder", "qwen3")
    other = rewritten(family_folder(row), tmp_path / "other", SAME[form][0])
    found = scores(Explainer.from_pretrained(other, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, expected(row, family_folder(row), PAIRS), **CLOSE)


@pytest.mark.parametrize("architecture", ["xlm-roberta", "deberta-v2", "albert"])
def test_a_tokeniser_in_a_file_of_sentencepiece(architecture, family_folder, tmp_path):
    """Read, or refused in a message that names the file and what would do."""
    row = Row("cross-encoder", architecture)
    other = rewritten(family_folder(row), tmp_path / "other", sentencepiece_alone)
    if not is_sentencepiece_available():
        with pytest.raises(YijuError, match=r"\.model.*sentencepiece"):
            Explainer.from_pretrained(other, device="cpu")
        return
    found = scores(Explainer.from_pretrained(other, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, expected(row, family_folder(row), PAIRS), **CLOSE)


def test_half_precision_is_computed_in_float32(family_folder, tmp_path):
    row = Row("cross-encoder", "bert")
    other = rewritten(family_folder(row), tmp_path / "other", half_precision)
    whole = AutoModelForSequenceClassification.from_pretrained(other, dtype=torch.float32)
    whole.save_pretrained(tmp_path / "whole")
    AutoTokenizer.from_pretrained(other).save_pretrained(tmp_path / "whole")
    found = scores(Explainer.from_pretrained(other, device="cpu").predict(PAIRS))
    np.testing.assert_allclose(found, expected(row, tmp_path / "whole", PAIRS), **CLOSE)


@pytest.mark.parametrize("form", BROKEN)
def test_what_is_no_whole_model_is_refused(form, family_folder, tmp_path):
    other = rewritten(family_folder(Row("cross-encoder", "bert")), tmp_path / "other", BROKEN[form])
    said = {"without head": "classifier", "remote code": "modeling_special|auto_map"}[form]
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(other, device="cpu")
    assert not (other / RAN).exists()
