"""Faithfulness of rationales of pairs, by a model whose every answer is known, and by single pairs and plain loops."""

import numpy as np
import pytest
import torch
from test_faithfulness import REMOVALS, WEIGHTS, additive, chance_of, drawn, pairs_of
from toys import classifier

from yiju.evaluation.metrics.pairwise import DRAWS, pairwise, random_choices
from yiju.explain import coalitions as coalitions_module
from yiju.models.calibration.apply import log_probability
from yiju.models.inference import predict_logits
from yiju.models.removal import keep_tokens, ordinary, replacements

TEXTS = [("怎么开通花呗", "花呗怎样开通"), ("多少钱", "多少钱一斤"), ("上", "北京今天天气"), ("花呗", "花呗" * 20)]
LONG = 3
RATIONALE = np.array([True, False, True, False, True, False])


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_model_that_adds_up_its_tokens_gives_sums_of_weights(removal):
    ensemble, layout, _ = additive()
    values = pairwise(ensemble, layout, np.array([1]), RATIONALE, 1, removal, 0.0)
    assert values["one_sided"] == pytest.approx([(0.3 + 0.2 + 0.1) / 2])
    assert values["alone"] == pytest.approx([0.1 + 0.3 + 0.2 + 0.1])
    assert values["emptied"] == pytest.approx([0.1])
    assert values["kept"] == pytest.approx([1.0])
    # Two of q and one of t at random take and leave what their weights are.
    by_chance = [np.array(WEIGHTS[3:])[one].sum() for one in random_choices(ensemble, layout, RATIONALE, 1)]
    assert values["one_sided.beyond_random"] == pytest.approx([(0.6 - np.mean(by_chance)) / 2])
    assert values["alone.beyond_random"] == pytest.approx([0.6 - np.mean(by_chance)])


def test_replacement_gives_the_mean_over_its_draws():
    """The words that are drawn have weights of their own; F is the mean of p(1), not of logits."""
    # Small enough that any six words have a probability.
    small = np.array(WEIGHTS) / 4
    ensemble, layout, _ = additive(small.tolist())
    draws = replacements(ensemble.first.pairs, (0, 1, 2), 2, 3, 1)
    values = pairwise(ensemble, layout, np.array([1]), RATIONALE, 1, draws, 0.0)
    own, q = small[3:], np.arange(6) < 3
    drawn = [small[change.tokens(ensemble.first.pairs)[[1, 2, 3, 5, 6, 7]]] for change in draws]

    def chance(kept):
        return np.mean([0.1 + np.where(kept, own, other).sum() for other in drawn])

    whole = 0.1 + own.sum()
    assert len({tuple(one) for one in drawn}) > 1
    assert values["one_sided"] == pytest.approx([whole - (chance(~(RATIONALE & q)) + chance(~(RATIONALE & ~q))) / 2])
    assert values["alone"] == pytest.approx([chance(RATIONALE)])
    assert values["emptied"] == pytest.approx([chance(np.zeros(6, dtype=bool))])


@pytest.mark.parametrize("removal", REMOVALS)
def test_two_members_are_asked_for_the_mean_of_their_logits(removal):
    other = [0.0, 0.0, 0.0, 0.05, 0.3, 0.05, 0.2, 0.01, 0.04]
    ensemble, layout, _ = additive(WEIGHTS, other)
    values = pairwise(ensemble, layout, np.array([1]), RATIONALE, 1, removal, 0.0)

    def left(kept):
        """p(1) of both together with nothing but these segments."""
        return chance_of(*(0.1 + np.array(weights[3:])[kept].sum() for weights in (WEIGHTS, other)))

    def sided(chosen):
        q = np.arange(6) < 3
        return left(np.ones(6, dtype=bool)) - (left(~(chosen & q)) + left(~(chosen & ~q))) / 2

    by_chance = list(random_choices(ensemble, layout, RATIONALE, 1))
    assert values["one_sided"] == pytest.approx([sided(RATIONALE)])
    assert values["alone"] == pytest.approx([left(RATIONALE)])
    assert values["emptied"] == pytest.approx([left(np.zeros(6, dtype=bool))])
    assert values["one_sided.beyond_random"] == pytest.approx([sided(RATIONALE) - np.mean(list(map(sided, by_chance)))])
    assert values["alone.beyond_random"] == pytest.approx([left(RATIONALE) - np.mean(list(map(left, by_chance)))])


@pytest.mark.parametrize(
    ("label", "margin", "kept"),
    # The whole pair has the odds log(.8 / .2) = 1.386, the rationale alone log(.7 / .3) = .847.
    [(1, 0.0, 1.0), (0, 0.0, 1.0), (1, 1.0, 0.0), (0, 1.0, 0.0), (1, 2.0, 1.0), (0, 2.0, 1.0)],
)
def test_whether_a_judgement_is_kept_is_asked_of_the_decision_with_its_margin(label, margin, kept):
    ensemble, layout, _ = additive()
    values = pairwise(ensemble, layout, np.array([label]), RATIONALE, 1, "delete", margin)
    assert values["kept"].tolist() == [kept]


@pytest.mark.parametrize("removal", REMOVALS)
def test_figures_are_those_of_single_pairs(tmp_path, removal, monkeypatch):
    judges = [classifier(tmp_path / member, marker=True) for member in "01"]
    with torch.no_grad():
        judges[1][0].classifier.weight.mul_(-2)
    ensemble, layout = pairs_of(judges, TEXTS, both=True)
    labels, rationale = np.array([0, 1, 1, 0]), drawn(layout)[1]
    monkeypatch.setattr(coalitions_module, "BLOCK", 300)
    values = pairwise(ensemble, layout, labels, rationale, 5, removal, 0.0)
    choices = [rationale, *random_choices(ensemble, layout, rationale, 5)]
    for row in range(len(TEXTS)):
        own = ensemble.own(row)
        q = layout.sides[own] % 2 == 0

        def judged(tokens, row=row):
            """p(label) by the mean over members and orders; tokens: of a reading, the flags of those that are left."""
            logits = []
            for one in ensemble.readings:
                pair = one.pairs.select(np.array([row]))
                kept = np.ones(len(pair.ids), dtype=bool)
                kept[ordinary(pair)] = tokens(one.shares[row] > 0)
                variant = keep_tokens(pair, np.array([0]), kept, removal, one.subject.mask_id)
                logits.append(predict_logits(one.subject.model, variant, 100))
            return float(np.exp(log_probability(np.mean(logits, axis=0), int(labels[row])))[0])

        def without(segments, judged=judged):
            return judged(lambda touches: ~touches[:, segments].any(axis=1))

        def alone(segments, judged=judged):
            return judged(lambda touches: touches[:, segments].any(axis=1))

        whole = without(np.zeros(len(q), dtype=bool))
        falls = [whole - (without(one[own] & q) + without(one[own] & ~q)) / 2 for one in choices]
        left = [alone(one[own]) for one in choices]
        assert values["one_sided"][row] == pytest.approx(falls[0], abs=1e-5)
        assert values["one_sided.beyond_random"][row] == pytest.approx(falls[0] - np.mean(falls[1:]), abs=1e-5)
        assert values["alone"][row] == pytest.approx(left[0], abs=1e-5)
        assert values["alone.beyond_random"][row] == pytest.approx(left[0] - np.mean(left[1:]), abs=1e-5)
        assert values["emptied"][row] == pytest.approx(alone(np.zeros(len(q), dtype=bool)), abs=1e-5)
        assert values["kept"][row] == ((left[0] > 0.5) == (whole > 0.5))
    assert abs(values["one_sided"]).max() > 0.01


def testrandom_choices_are_as_many_of_each_sentence_and_never_what_was_not_read(tmp_path):
    ensemble, layout = pairs_of([classifier(tmp_path, marker=False)], TEXTS)
    read, sides = np.concatenate([ensemble.read(row) for row in range(len(TEXTS))]), layout.sides
    assert not read[ensemble.own(LONG)].all() and read[: ensemble.bounds[LONG]].all()
    rationale = drawn(layout)[1]
    wanted = np.bincount(sides, weights=rationale & read)
    choices = list(random_choices(ensemble, layout, rationale, 3))
    assert len(choices) == DRAWS
    for one in choices:
        assert not one[~read].any()
        assert np.array_equal(np.bincount(sides, weights=one), wanted)
    assert len({one.tobytes() for one in choices}) > 1
    assert all(map(np.array_equal, choices, random_choices(ensemble, layout, rationale, 3)))
