"""`Explainer.explain(…, evidence=…)`: which pairs are named, over checkpoints, orders, and families."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from families import Row
from indexed import indexed
from safetensors.torch import load_file, save_file
from toys import PAIRS

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.calibration.stored import weights_of

PAIR = PAIRS[3][:2]
MEASURES = ("similarity", "representer", "tracin")


@pytest.fixture
def model(plain_model, tmp_path):
    return shutil.copytree(plain_model, tmp_path / "model")


def values(found):
    """Scores of all named pairs by line."""
    return {one.line: one.score for one in (*found.evidence.proponents, *found.evidence.opponents)}


@pytest.mark.parametrize("measure", MEASURES)
def test_pairs_come_with_source_and_in_order(model, measure):
    explainer = Explainer.from_pretrained(indexed(model, PAIRS), device="cpu")
    found = explainer.explain(PAIR, evidence=4, measure=measure)
    told = found.evidence
    assert (told.measure, told.pairs) == (measure, len(PAIRS))
    for group, sign in ((told.proponents, 1), (told.opponents, -1)):
        assert len(group) == 4
        scores = [sign * one.score for one in group]
        assert scores == sorted(scores, reverse=True) and min(scores) > 0
        for one in group:
            assert (one.q, one.t, one.label) == PAIRS[one.line - 1]
            assert one.source == f"train.tsv line {one.line} of LCQMC"
            assert -1.001 <= one.similarity <= 1.001
    if measure == "similarity":
        assert {one.label for one in told.proponents} == {found.label}
        assert {one.label for one in told.opponents} == {1 - found.label}
    else:
        assert {one.label for one in told.proponents} != {one.label for one in told.opponents}


def test_the_judgement_and_its_scores_are_the_same_with_and_without(model):
    before = weights_of(model)
    explainer = Explainer.from_pretrained(indexed(model, PAIRS), device="cpu")
    without, found = explainer.explain(PAIR), explainer.explain(PAIR, evidence=2)
    assert without.evidence is None
    assert without.to_dict() == found.to_dict() | {"evidence": None}
    json.dumps(found.to_dict(), allow_nan=False)
    assert weights_of(model) == before


def test_of_the_other_class_the_sides_change_places(model):
    explainer = Explainer.from_pretrained(indexed(model, PAIRS), device="cpu")
    one, other = (
        values(explainer.explain(PAIR, evidence=64, measure="tracin", target=label, contrast=1 - label))
        for label in (0, 1)
    )
    assert one.keys() == other.keys()
    assert [other[line] for line in one] == pytest.approx([-one[line] for line in one], rel=1e-4)


def test_over_checkpoints_tracin_is_the_sum(model, tmp_path):
    earlier = shutil.copytree(model, tmp_path / "earlier")
    weights = load_file(earlier / "model.safetensors")
    torch.manual_seed(5)
    changed = {name: value + 0.05 * torch.randn_like(value) for name, value in weights.items()}
    save_file(changed, earlier / "model.safetensors", {"format": "pt"})

    def found(folder):
        explainer = Explainer.from_pretrained(folder, device="cpu")
        # What is explained is the same for all: a class, not what one of them decides.
        return values(explainer.explain(PAIR, evidence=64, measure="tracin", target=1))

    last, first = found(indexed(model, PAIRS)), found(indexed(earlier, PAIRS))
    both = found(indexed(model, PAIRS, [earlier]))
    assert both.keys() == last.keys() == first.keys()
    assert list(both.values()) == pytest.approx([last[line] + first[line] for line in both], rel=1e-3, abs=1e-4)


def test_earlier_checkpoints_are_opened_for_tracin_alone(model, tmp_path):
    earlier = shutil.copytree(model, tmp_path / "earlier")
    indexed(model, PAIRS, [earlier])
    shutil.rmtree(earlier)
    explainer = Explainer.from_pretrained(model, device="cpu")
    assert explainer.explain(PAIR, evidence=2, measure="similarity").evidence.proponents
    with pytest.raises(YijuError, match="earlier"):
        explainer.explain(PAIR, evidence=2, measure="tracin")


def test_a_checkpoint_of_another_shape_is_refused(model, family_folder):
    with pytest.raises(YijuError, match="a model of another shape"):
        indexed(model, PAIRS, [family_folder(Row("three labels", "bert"))])


def test_many_threads_and_a_table_find_the_same(model):
    explainer = Explainer.from_pretrained(indexed(model, PAIRS), device="cpu")
    rows = [one[:2] for one in PAIRS[:12]]
    alone = [values(explainer.explain(row, evidence=3)) for row in rows]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda row: values(explainer.explain(row, evidence=3)), rows))
    assert [list(one) for one in together] == [list(one) for one in alone]
    each = [values(one) for one in explainer.explain(rows, evidence=3)]
    for one, other in zip(each, alone, strict=True):
        np.testing.assert_allclose(sorted(one.values()), sorted(other.values()), rtol=1e-3, atol=1e-4)


def test_of_a_reranker_that_decides_nothing_pairs_speak_for_a_higher_score(family_folder, tmp_path):
    folder = indexed(shutil.copytree(family_folder(Row("cross-encoder", "bert")), tmp_path / "model"), PAIRS)
    explainer = Explainer.from_pretrained(folder, device="cpu")
    found = explainer.explain(PAIR, evidence=3, measure="similarity")
    assert found.label is None
    assert {one.label for one in found.evidence.proponents} == {1}
    below = Explainer.from_pretrained(folder, device="cpu", margin=found.score + 1)
    turned = below.explain(PAIR, evidence=3, measure="similarity")
    assert turned.label == 0
    assert {one.label for one in turned.evidence.proponents} == {0}


def test_a_calibrated_model_finds_the_same(model):
    indexed(model, PAIRS)
    plain = Explainer.from_pretrained(model, device="cpu")
    warm = Explainer.from_pretrained(model, device="cpu")
    with torch.no_grad():
        # As a temperature does, which no index knows of.
        warm.model.classifier.weight.mul_(3)
        warm.model.classifier.bias.mul_(3)
    one, other = (
        values(explainer.explain(PAIR, evidence=3, measure="tracin", target=1)) for explainer in (plain, warm)
    )
    assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"evidence": 0}, "evidence"),
        ({"evidence": 2.5}, "evidence"),
        ({"evidence": 2, "measure": "hope"}, "measure"),
        ({"measure": "tracin"}, "give evidence, how many, too"),
    ],
)
def test_wrong_arguments_are_refused_by_name(model, asked, said):
    explainer = Explainer.from_pretrained(indexed(model, PAIRS), device="cpu")
    with pytest.raises(YijuError, match=said):
        explainer.explain(PAIR, **asked)


def test_a_function_and_a_model_without_a_folder_have_no_evidence():
    with pytest.raises(YijuError, match="open the model with from_pretrained"):
        Explainer.of(lambda pairs: [0.5] * len(pairs)).explain(PAIR, evidence=2)
