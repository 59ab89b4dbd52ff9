"""Faithfulness of rationales of pairs, by a model whose every answer is known, and by single pairs and plain loops."""

import numpy as np
import pytest
from test_faithfulness import REMOVALS, WEIGHTS, additive, drawn, pairs_of
from toys import classifier

from yiju.attribution import segments as segments_module
from yiju.attribution.removal import keep_tokens
from yiju.attribution.subject import Subject
from yiju.metrics.pairwise import DRAWS, _random_choices, pairwise

TEXTS = [("怎么开通花呗", "花呗怎样开通"), ("多少钱", "多少钱一斤"), ("上", "北京今天天气"), ("花呗", "花呗" * 20)]


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_model_that_adds_up_its_tokens_gives_sums_of_weights(removal):
    subject, found, _ = additive()
    rationale = np.array([True, False, True, False, True, False])
    values = pairwise(subject, found, np.array([1]), rationale, 1, removal)
    assert values["one_sided"] == pytest.approx([(0.3 + 0.2 + 0.1) / 2])
    assert values["alone"] == pytest.approx([0.1 + 0.3 + 0.2 + 0.1])
    assert values["emptied"] == pytest.approx([0.1])
    assert values["kept"] == pytest.approx([1.0])
    # Two of q and one of t at random take and leave what their weights are.
    by_chance = [np.array(WEIGHTS[3:])[one].sum() for one in _random_choices(found, rationale, 1)]
    assert values["one_sided.beyond_random"] == pytest.approx([(0.6 - np.mean(by_chance)) / 2])
    assert values["alone.beyond_random"] == pytest.approx([0.6 - np.mean(by_chance)])


@pytest.mark.parametrize("removal", REMOVALS)
def test_figures_are_those_of_single_pairs(tmp_path, removal, monkeypatch):
    subject = Subject.of(*(judge := classifier(tmp_path, marker=True)), 500)
    found = pairs_of(judge[1], TEXTS)
    labels, rationale = np.array([0, 1, 1, 0]), drawn(found)[1]
    monkeypatch.setattr(segments_module, "TOKENS", 300)
    values = pairwise(subject, found, labels, rationale, 5, removal)
    choices = [rationale, *_random_choices(found, rationale, 5)]
    for row in range(len(TEXTS)):
        own = slice(*found.layout.starts[[row, row + 1]])
        part, q = found.part(row, row + 1), found.layout.sides[own] % 2 == 0

        def judged(kept, part=part, row=row):
            variant = keep_tokens(part.pairs, np.array([0]), kept, removal, subject.mask_id)
            return float(np.exp(subject.log_probabilities(variant, labels[[row]]))[0])

        whole = judged(np.ones(len(part.pairs.ids), dtype=bool))
        sides = [[~part.touching(one[own] & side) for side in (q, ~q)] for one in choices]
        falls = [whole - (judged(first) + judged(second)) / 2 for first, second in sides]
        alone = [judged(part.touching(one[own])) for one in choices]
        assert values["one_sided"][row] == pytest.approx(falls[0], abs=1e-5)
        assert values["one_sided.beyond_random"][row] == pytest.approx(falls[0] - np.mean(falls[1:]), abs=1e-5)
        assert values["alone"][row] == pytest.approx(alone[0], abs=1e-5)
        assert values["alone.beyond_random"][row] == pytest.approx(alone[0] - np.mean(alone[1:]), abs=1e-5)


def test_random_choices_are_as_many_of_each_sentence_and_never_what_was_not_read(tmp_path):
    _, tokenizer = classifier(tmp_path, marker=False)
    found = pairs_of(tokenizer, TEXTS)
    read, sides = found.end > found.begin, found.layout.sides
    assert not read.all()
    rationale = drawn(found)[1]
    wanted = np.bincount(sides, weights=rationale & read)
    choices = list(_random_choices(found, rationale, 3))
    assert len(choices) == DRAWS
    for one in choices:
        assert not one[~read].any()
        assert np.array_equal(np.bincount(sides, weights=one), wanted)
    assert len({one.tobytes() for one in choices}) > 1
    assert all(map(np.array_equal, choices, _random_choices(found, rationale, 3)))
