"""Occlusion against weights that are known, and against a loop over texts with a real model."""

import numpy as np
import pytest
import torch
from ensembles import of_tokens
from token_games import Judge, additive, make_pairs, own, subject_of
from toys import classifier

from yiju.explain.attribution import load_method
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs

WEIGHTS = np.random.default_rng(0).normal(size=9) / 3


@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_of_a_sum_the_scores_are_its_terms(removal):
    pairs = make_pairs(own(9), own(2), own(0))
    ensemble = of_tokens(subject_of(Judge(additive(WEIGHTS))), pairs)
    values = load_method("occlusion").attribute(ensemble, np.array([1, 1, 1]), {"removal": removal}).values
    assert values.shape == (1, 11)
    np.testing.assert_allclose(values[0], [*WEIGHTS, *WEIGHTS[:2]])


def test_the_other_label_is_explained_by_its_own_probability():
    ensemble = of_tokens(subject_of(Judge(additive(WEIGHTS, base=-1.5))), make_pairs(own(3)))
    values = load_method("occlusion").attribute(ensemble, np.array([0]), {"removal": "mask"}).values
    whole = -1.5 + WEIGHTS[:3].sum()
    expected = np.log(1 - np.exp(whole)) - np.log(1 - np.exp(whole - WEIGHTS[:3]))
    np.testing.assert_allclose(values[0], expected)


@pytest.mark.parametrize("marker", [False, True], ids=["stock", "marker"])
@pytest.mark.parametrize("removal", ["mask", "delete"])
def test_equals_a_loop_over_texts(marker, removal, tmp_path):
    model, tokenizer = classifier(tmp_path, marker)
    q, t = "怎么开通花呗", "花呗怎样开通"
    pairs = encode_pairs(tokenizer, [q], [t], 32)
    ensemble = of_tokens(Subject.of(model, tokenizer, 100), pairs)
    (found,) = load_method("occlusion").attribute(ensemble, np.array([1]), {"removal": removal}).values

    def judged(first, second):
        inputs = tokenizer(first, second, return_tensors="pt")
        with torch.inference_mode():
            return model(**inputs).logits.double().log_softmax(-1)[0, 1].item()

    put = tokenizer.mask_token if removal == "mask" else ""
    without = [judged(q[:i] + put + q[i + 1 :], t) for i in range(len(q))]
    without += [judged(q, t[:i] + put + t[i + 1 :]) for i in range(len(t))]
    np.testing.assert_allclose(found, judged(q, t) - np.array(without), atol=1e-5)
    assert np.abs(found).max() > 1e-3
