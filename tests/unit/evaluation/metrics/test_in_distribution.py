"""The test for unlikely inputs: by made activations whose distribution is known, and by a toy model's own."""

import numpy as np
import pytest
import torch
from scipy.stats import ks_1samp, uniform
from test_faithfulness import pairs_of
from toys import PAIRS, classifier

from yiju.evaluation.metrics.in_distribution import LEVEL, InDistribution, activations, learnt, simes, unlikely

LAYERS, UNITS = 3, 40


def made(inputs, seed, shift=0.0):
    """Activations of layers whose units are correlated."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(LAYERS, inputs, 1))
    found = common + generator.normal(size=(LAYERS, inputs, UNITS)) + shift
    return list(found.astype(np.float32))


def test_of_unchanged_inputs_about_one_in_twenty_is_unlikely():
    """Whatever the units have to do with each other: calibration is by inputs."""
    known = InDistribution.of(made(2000, 1), 1)
    chances = known.chances(made(2000, 2))
    # A thousand calibrate, two thousand are tried: five standard deviations of both.
    reach = 5 * (LEVEL * (1 - LEVEL) * (1 / 1000 + 1 / 2000)) ** 0.5
    assert abs((chances < LEVEL).mean() - LEVEL) < reach
    assert ks_1samp(chances, uniform.cdf).statistic < 0.1


@pytest.mark.parametrize("shift", [-8.0, 8.0])
def test_shifted_inputs_are_unlikely_to_either_side(shift):
    known = InDistribution.of(made(400, 1), 1)
    assert (known.chances(made(300, 2, shift)) < LEVEL).mean() > 0.95


def test_one_shifted_layer_is_enough():
    known = InDistribution.of(made(400, 1), 1)
    changed = made(300, 2)
    changed[1] = changed[1] + 8
    assert (known.chances(changed) < LEVEL).mean() > 0.9


def test_too_few_inputs_tell_nothing():
    known = InDistribution.of(made(38, 1), 1)
    assert len(known.statistics) == 19
    assert np.isnan(known.chances(made(5, 2))).all()
    assert not np.isnan(InDistribution.of(made(40, 1), 1).chances(made(5, 2))).any()


def test_the_halves_are_drawn_by_the_seed():
    first, again, other = (InDistribution.of(made(60, 1), seed) for seed in (1, 1, 2))
    assert all(map(np.array_equal, first.units, again.units))
    assert not np.array_equal(first.units[0], other.units[0])


def test_simes_by_hand():
    # 3 * .02 / 1 = .06, 3 * .03 / 2 = .045, 3 * .9 / 3 = .9.
    assert simes(np.array([[0.9, 0.02, 0.03], [1.0, 1.0, 1.0]])) == pytest.approx([0.045, 1.0])


def test_a_unit_in_the_middle_is_likely_and_beyond_all_known_ones_is_not():
    values = np.arange(9, dtype=np.float32).reshape(-1, 1)
    known = InDistribution([values], np.zeros(0))
    found = np.exp(known.statistic([np.array([[4.0], [-1.0], [9.0], [0.5]], dtype=np.float32)]) / -2)
    # Of nine known values and the new one: in the middle; first or last; one below and eight above.
    assert found == pytest.approx([1.0, 0.2, 0.2, 0.4])


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    return pairs_of([classifier(tmp_path_factory.mktemp("model"), marker=True)], [(q, t) for q, t, _ in PAIRS])


def test_activations_are_the_largest_over_an_inputs_own_tokens(judged):
    """Of single inputs without padding, with every layer written out."""
    ensemble, _ = judged
    first = ensemble.first
    with ensemble.evaluating():
        for rows, layers in activations(first.subject, first.pairs):
            for place, row in enumerate(rows.tolist()):
                batch = first.pairs.batch(np.array([row]))
                with torch.no_grad():
                    states = first.subject.model(**batch.inputs(), output_hidden_states=True).hidden_states
                assert len(states) == len(layers) == 3
                for state, layer in zip(states[:-1], layers, strict=False):
                    assert layer[place] == pytest.approx(state[0].amax(0).numpy(), abs=1e-5)
                assert layers[-1][place] == pytest.approx(states[-1][0, 0].numpy(), abs=1e-5)


def test_what_is_taken_away_is_asked_of_each_figure(judged):
    ensemble, layout = judged
    first = ensemble.first
    rationale = np.random.default_rng(1).random(layout.starts[-1]) < 0.3
    # Nothing of the first pair, all of the second one, of the third one a part of q only.
    for row, own in enumerate([[False], [True]]):
        rationale[ensemble.own(row)] = own
    rationale[ensemble.own(2)] = np.arange(layout.counts[2].sum()) < 1
    with ensemble.evaluating():
        known = learnt(first, 1)
        found = unlikely(known, first, layout, rationale, "delete")
        again = unlikely(known, first, layout, rationale, "delete")
    assert all(np.array_equal(found[name], again[name], equal_nan=True) for name in found)
    # Nothing is taken away from the first pair; nothing is left out of the second one where it is all rationale.
    assert np.isnan(found["one_sided.unlikely"][0]) and np.isnan(found["alone.unlikely"][1])
    assert np.isnan(found["one_sided.unlikely"]).sum() == np.isnan(found["alone.unlikely"]).sum() == 1
    # One side of the third pair is changed: it is likely or not.
    assert found["one_sided.unlikely"][2] in (0.0, 1.0)
    assert set(found["alone.unlikely"][2:].tolist()) <= {0.0, 1.0}
    assert set(found["one_sided.unlikely"][1:].tolist()) <= {0.0, 0.5, 1.0}
