"""The recommended method: by both figures, passing the check, the cheaper of equals."""

import numpy as np
import polars as pl
import pytest

from yiju import tables
from yiju.study.recommend import CHANCE, recommend

SETTINGS = {"bootstrap": 300, "seed": 1}
ITEMS = 60
NOISE = np.random.default_rng(1).normal(size=(6, 2, ITEMS))


def studied(figures):
    """figures: by method comprehensiveness, sufficiency and the correlation under randomisation (None: unknown)."""
    parts = []
    for noise, (method, (comprehensive, sufficient, randomised)) in zip(NOISE, figures.items(), strict=False):
        values = {
            "aopc_comprehensiveness.mask": comprehensive + 0.05 * noise[0],
            "aopc_sufficiency.mask": sufficient + 0.05 * noise[1],
        }
        values |= {} if randomised is None else {"randomisation": np.full(ITEMS, randomised)}
        items = [str(item) for item in range(ITEMS)]
        parts += [
            pl.DataFrame({"method": method, "item": items, "metric": metric, "value": value}, schema=tables.STUDIED)
            for metric, value in values.items()
        ]
    return pl.concat(parts)


def recommended(figures, **seconds):
    values = studied(figures | {CHANCE: (0.1, 0.4, None)})
    return recommend(values, {name: seconds.get(name, 1.0) for name in figures}, range(ITEMS), SETTINGS)


def test_the_most_faithful_method_by_both_figures():
    found = recommended({"good": (0.4, 0.1, 0.0), "fair": (0.3, 0.2, 0.1), "poor": (0.2, 0.3, -0.9)}, good=100.0)
    assert found["method"] == "good"
    assert found["ranks"] == {"good": 1.0, "fair": 2.0, "poor": 3.0}
    assert found["reason"].startswith("good: best mean rank (1 of 3)")
    assert "trust no" not in found["reason"]
    assert found["randomised"] == {}


def test_what_random_weights_do_not_change_is_out():
    found = recommended({"edges": (0.9, 0.0, 0.5), "fair": (0.3, 0.2, 0.49)})
    assert found["method"] == "fair"
    assert found["ranks"] == {"fair": 1.0}
    assert found["randomised"] == {"edges": 0.5}


def test_nothing_is_recommended_where_all_are_out():
    found = recommended({"edges": (0.9, 0.0, 0.8), "input": (0.3, 0.2, 1.0)})
    assert found["method"] is None
    assert "no method passes" in found["reason"]


@pytest.mark.parametrize(("figures", "method"), [((0.4, 0.1), "cheap"), ((0.3, 0.1), "dear"), ((0.4, 0.2), "dear")])
def test_the_cheaper_one_where_neither_figure_tells_them_apart(figures, method):
    found = recommended({"dear": (0.41, 0.09, 0.0), "cheap": (*figures, 0.0)}, dear=2.0, cheap=0.1)
    assert found["method"] == method
    assert ("0.1 instead of 2 seconds a pair" in found["reason"]) == (method == "cheap")


def test_each_best_in_one_figure_the_cheaper_one():
    figures = {"dear": (0.9, 0.4, 0.0), "cheap": (0.1, 0.05, 0.0)}
    found = recommended(figures, dear=2.0, cheap=0.1)
    assert found["ranks"] == {"dear": 1.5, "cheap": 1.5}
    assert found["method"] == "cheap"


def test_what_is_no_better_than_chance_is_said_to_be():
    assert "trust no explanation" in recommended({"poor": (0.1, 0.1, 0.0)})["reason"]
    assert "trust no explanation" in recommended({"poor": (0.3, 0.4, 0.0)})["reason"]
    assert "trust no explanation" not in recommended({"fair": (0.3, 0.1, 0.0)})["reason"]
