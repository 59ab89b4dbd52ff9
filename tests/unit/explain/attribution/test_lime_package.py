"""The same figures as the package `lime` gives for text."""

import numpy as np
import pytest
from at_hand import package
from ensembles import of_tokens
from token_games import FIRST, Judge, make_pairs, own, subject_of

from yiju.explain.attribution import load_method
from yiju.explain.methods import lime as ours

pytestmark = pytest.mark.slow
COUNT = 8


@pytest.fixture(scope="module")
def lime_text():
    return package("lime.lime_text")


def worth(ids):
    """Tokens that help, harm, and need each other."""
    present = np.isin(np.arange(COUNT) + FIRST, ids)
    return -4 + 0.8 * present[0] - 0.5 * present[1] + 0.9 * (present[2] and present[6]) + 0.2 * present[3:].sum() ** 0.5


def theirs(lime_text, samples, seed, seen):
    """Words of numbers; the class "probability" that it fits is log p, as ours."""
    explainer = lime_text.LimeTextExplainer(
        bow=False, split_expression=str.split, feature_selection="none", mask_string="-", random_state=seed
    )

    def judge(texts):
        left = [[int(word) for word in text.split() if word != "-"] for text in texts]
        seen.append((left, np.array([worth(ids) for ids in left])))
        return np.stack([np.zeros(len(texts)), seen[-1][1]], axis=1)

    text = " ".join(str(FIRST + token) for token in range(COUNT))
    found = explainer.explain_instance(text, judge, num_features=COUNT, num_samples=samples)
    return np.array([dict(found.local_exp[1])[token] for token in range(COUNT)])


def test_the_same_draws_give_the_same_scores(lime_text):
    seen = []
    expected = theirs(lime_text, 300, 0, seen)
    left = np.array([np.isin(np.arange(COUNT) + FIRST, ids) for ids in seen[0][0]])
    found, _ = ours.ridge(left, seen[0][1], ours.proximity(left, 0.25))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_other_draws_give_the_same_scores_but_for_chance(lime_text):
    pairs = make_pairs(own(COUNT))
    options = {"samples": 5_000, "removal": "mask", "kernel_width": 0.25}
    ensemble = of_tokens(subject_of(Judge(worth)), pairs)
    (values,) = load_method("lime").attribute(ensemble, np.array([1]), options).values
    np.testing.assert_allclose(values, theirs(lime_text, 5_000, 1, []), atol=0.02)
