"""Random scores are uniform, and a pair's own."""

from dataclasses import replace

import numpy as np
import pytest
from closed import explained, pair_of
from ensembles import of_tokens
from scipy.stats import kstest

from yiju.explain.attribution import load_method

attribute = load_method("random").attribute


def drawn(subject, pairs):
    return attribute(of_tokens(subject, pairs), np.ones(len(pairs)), {}).values[0]


def test_draws_are_uniform():
    rng = np.random.default_rng(1)
    values = drawn(explained(None), pair_of(rng.integers(4, 10, 2000), rng.integers(4, 10, 2000)))
    assert kstest(values, "uniform").pvalue > 0.01


def test_draws_depend_on_the_pair_and_the_seed_only():
    subject, first, second = explained(None), pair_of([5, 6], [7]), pair_of([5, 6], [8])
    both = replace(
        first,
        ids=np.concatenate([second.ids, first.ids]),
        starts=np.array([0, 6, 12]),
        first=np.array([2, 2]),
        second=np.array([1, 1]),
    )
    assert drawn(subject, both)[3:].tolist() == drawn(subject, first).tolist()
    assert drawn(subject, both)[:3].tolist() != drawn(subject, first).tolist()
    assert drawn(replace(subject, seed=2), first).tolist() != drawn(subject, first).tolist()


@pytest.mark.parametrize("label", [0, 1])
def test_the_label_is_not_asked(label):
    subject, pairs = explained(None), pair_of([5, 6], [7])
    assert (
        attribute(of_tokens(subject, pairs), np.array([label]), {}).values[0].tolist() == drawn(subject, pairs).tolist()
    )
