"""Measures by margin against scikit-learn's, one margin at a time; what is not defined is no number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from yiju.evaluation.metrics.thresholds import measure_decisions, measure_margins

SCORERS = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
# Few values, so that many are equal.
VALUES = st.sampled_from([-2.0, -0.5, 0.0, 0.5, 1.0])


# Each is measured by scikit-learn at every margin.
@settings(max_examples=25)
@given(st.lists(st.tuples(VALUES, st.integers(0, 1)), min_size=1, max_size=12))
def test_every_margin_is_measured_as_its_decisions_are(pairs):
    difference, labels = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
    margins = np.array([-3.0, -0.5, 0.0, 0.2, 1.0])
    found = measure_margins(difference, labels, margins)
    for place, margin in enumerate(margins):
        said = (difference > margin).astype(int)
        expected = {"accuracy": accuracy_score(labels, said)}
        expected |= {name: scorer(labels, said, zero_division=np.nan) for name, scorer in SCORERS.items()}
        measured = {name: getattr(found, name)[place] for name in expected}
        assert measured == pytest.approx(expected, nan_ok=True)
        known = {name: None if np.isnan(value) else pytest.approx(value) for name, value in expected.items()}
        if len(set(labels.tolist())) == 1:
            known |= {"precision": None, "f1": None}
        assert measure_decisions(said, labels) == known
