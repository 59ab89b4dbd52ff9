"""Within which bounds a figure lies is told by its name."""

import pytest

from yiju.evaluation.metrics.names import is_difference


@pytest.mark.parametrize(
    "metric",
    [
        *("one_sided.delete", "one_sided.beyond_random.replace", "one_sided.mask.similar"),
        *("alone.beyond_random.delete", "alone.beyond_emptied.mask"),
    ],
)
def test_differences(metric):
    assert is_difference(metric)


@pytest.mark.parametrize(
    "metric",
    [
        *("alone.delete", "kept.mask", "emptied.replace", "smallest", "infidelity.delete"),
        *("one_sided.normalised.delete", "one_sided.unlikely.mask", "alone.normalised.mask", "alone.unlikely.replace"),
    ],
)
def test_shares(metric):
    assert not is_difference(metric)
