"""Which pairs have bounds, and that those of the others are not made up."""

import numpy as np
from ensembles import of_texts
from toys import PAIRS, classifier

from yiju.evaluation.study import review as review_module
from yiju.evaluation.study.review import BOUNDED, _drawn, review
from yiju.evaluation.study.trial import Trial, operators_of
from yiju.explain.rationales.layout import Layout


def test_so_many_pairs_of_each_label_are_drawn_and_the_same_ones_again():
    labels = np.random.default_rng(1).permutation([0] * 50 + [1] * 10)
    rows = _drawn(labels, 1)
    assert np.bincount(labels[rows]).tolist() == [BOUNDED, 10]
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, _drawn(labels, 1)) and not np.array_equal(rows, _drawn(labels, 2))


def test_what_was_not_drawn_has_no_place_between_bounds_but_all_other_figures(tmp_path, monkeypatch):
    texts = [(q, t) for q, t, _ in PAIRS[:48]]
    ensemble = of_texts([classifier(tmp_path, marker=True)], texts)
    firsts = ensemble.first.firsts
    layout = Layout(np.stack([firsts, np.diff(ensemble.bounds) - firsts], axis=1))
    labels = ensemble.logits().argmax(axis=1)
    rationale = np.concatenate([np.arange(count) < 1 for count in layout.counts.ravel()])
    trial, operators = Trial(None, ensemble, layout, labels, 0.0, {}), operators_of(ensemble, 1)
    monkeypatch.setattr(review_module, "BOUNDED", 2)
    found = review(trial, rationale, operators, 1)
    rows = _drawn(labels, 1)
    outside = np.setdiff1d(np.arange(len(texts)), rows)
    for operator in operators:
        assert not np.isnan(found[f"alone.unlikely.{operator}"]).any()
        assert np.isnan(found[f"one_sided.normalised.{operator}"][outside]).all()
        assert not np.isnan(found[f"one_sided.normalised.{operator}"][rows]).all()
    assert "alone.normalised.delete" in found and "alone.normalised.replace" not in found
