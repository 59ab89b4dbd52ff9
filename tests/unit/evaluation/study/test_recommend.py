"""The recommended method: what holds for both labels by every operator, and what no other one beats anywhere."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_1samp

from yiju.base import tables
from yiju.evaluation.study.recommend import CRITERIA, LABELS, WORDS, holm, ranking, recommend

SETTINGS = {"bootstrap": 300, "seed": 1}
ITEMS = 60
NOISE = 0.05 * np.random.default_rng(1).normal(size=(4, 8, ITEMS))
BOTH = np.arange(ITEMS) % 2
ASKED = [(metric, operator) for metric, own in CRITERIA.items() for operator in own]
CELLS = [(*one, label) for one in ASKED for label in LABELS]
CHANCE = 0.2


def told(cell):
    metric, removal, label = cell
    return f"{WORDS[metric]} {WORDS[removal]}, pairs judged {LABELS[label]}"


def studied(figures, labels, randomised):
    """figures: by method the mean of all cells, or by cell; randomised: by method, where the correlation is known."""
    parts, items = [], [str(item) for item in range(ITEMS)]
    for noise, (method, means) in zip(NOISE, figures.items(), strict=False):
        own = means if isinstance(means, dict) else dict.fromkeys(CELLS, means)
        values = {
            f"{metric}.{removal}": noise[place] + [own[metric, removal, int(label)] for label in labels]
            for place, (metric, removal) in enumerate(ASKED)
        }
        if method in randomised:
            values["randomisation"] = np.full(ITEMS, randomised[method])
            values["randomisation.chance"] = np.full(ITEMS, CHANCE)
        parts += [
            pl.DataFrame(
                {"method": method, "item": items, "metric": metric, "value": value}, schema=pl.Schema(tables.STUDIED)
            )
            for metric, value in values.items()
        ]
    return pl.concat(parts)


def recommended(figures, labels=BOTH, groups=range(ITEMS), **randomised):
    return recommend(studied(figures, labels, randomised), labels, list(figures), groups, SETTINGS)


def test_the_method_that_holds_everywhere_and_ranks_best():
    found = recommended({"fair": 0.3, "good": 0.4, "poor": -0.05}, fair=0.1, good=0.0, poor=-0.9)
    assert found["method"] == "good"
    assert found["ranks"] == {"fair": 2.0, "good": 1.0}
    assert found["reason"].startswith("good: best mean rank (1 of 2)")
    assert found["fails"] == {"fair": [], "good": [], "poor": [told(cell) for cell in CELLS]}
    assert found["randomised"] == {}


@pytest.mark.parametrize("cell", CELLS, ids=told)
def test_what_fails_for_one_label_or_operator_is_not_recommended_however_good_elsewhere(cell):
    figures = {"uneven": dict.fromkeys(CELLS, 0.6) | {cell: 0.0}, "even": 0.2}
    found = recommended(figures)
    assert found["method"] == "even"
    assert found["fails"] == {"uneven": [told(cell)], "even": []}
    assert found["ranks"] == {"even": 1.0}
    alone = recommended({"uneven": figures["uneven"]})
    assert alone["method"] is None
    assert "rely on none here" in alone["reason"]


def test_what_random_weights_do_not_change_is_out():
    """By half a correlation above chance: nothing else speaks against `edges`."""
    found = recommended({"edges": 0.9, "fair": 0.3}, edges=0.95, fair=0.6)
    assert found["method"] == "fair"
    assert found["ranks"] == {"fair": 1.0}
    assert found["randomised"] == {"edges": 0.95}
    assert recommended({"edges": 0.9}, edges=0.95)["method"] is None


def test_few_pairs_do_not_show_that_random_weights_change_nothing():
    values, few = studied({"edges": 0.9}, BOTH, {"edges": 0.95}), 4
    unknown = pl.col("metric").str.starts_with("randomisation") & (pl.col("item").cast(pl.Int64) >= few)
    values = values.with_columns(value=pl.when(unknown).then(None).otherwise("value"))
    found = recommend(values, BOTH, ["edges"], range(ITEMS), SETTINGS)
    assert (found["method"], found["randomised"]) == ("edges", {})


def test_none_is_recommended_where_another_one_is_better_in_any_figure():
    cell = CELLS[5]
    found = recommended({"leader": 0.4, "other": dict.fromkeys(CELLS, 0.3) | {cell: 0.5}})
    assert found["method"] is None
    assert found["ranks"] == {"leader": 11 / 10, "other": 19 / 10}
    expected = f"leader has the best mean rank, but other is better for {told(cell)}: no one method is best"
    assert found["reason"] == expected


def test_a_better_figure_that_chance_explains_among_so_many_comparisons_withholds_nothing():
    cell = CELLS[0]
    difference = NOISE[1][0] - NOISE[0][0]
    own = difference[cell[2] == BOTH]
    # The mean at which t is 2.2: a single comparison would be significant (p = .018), and ten together are not.
    shift = 2.2 * own.std(ddof=1) / len(own) ** 0.5 - own.mean()
    assert 0.05 / 10 < ttest_1samp(own + shift, 0.0, alternative="greater").pvalue < 0.05
    found = recommended({"leader": 0.4, "other": dict.fromkeys(CELLS, 0.3) | {cell: 0.4 + shift}})
    assert found["method"] == "leader"
    assert found["ranks"]["leader"] > 1


def test_pairs_that_are_there_again_are_no_further_evidence():
    """Twenty distinct pairs, each three times: the same difference is significant of sixty distinct ones only."""
    cell = ("alone.beyond_random", "delete", 1)
    groups = np.arange(ITEMS) // 6 * 2 + BOTH
    # In two of ten pairs judged similar the other method is worse, in eight it is better.
    apart = np.where(np.isin(groups, [1, 3]), -0.07, 0.08)
    values = studied({"leader": 0.4, "other": 0.3}, BOTH, {})
    ours = (pl.col("method") == "other") & (pl.col("metric") == "alone.beyond_random.delete")
    own, leading = (
        values.filter(method=name, metric="alone.beyond_random.delete")["value"].to_numpy()
        for name in ("other", "leader")
    )
    changed = np.where(BOTH == 1, leading + apart + NOISE[2][0] / 10, own)
    values = pl.concat([values.filter(~ours), values.filter(ours).with_columns(value=changed)])
    single = recommend(values, BOTH, ["leader", "other"], range(ITEMS), SETTINGS)
    grouped = recommend(values, BOTH, ["leader", "other"], groups.tolist(), SETTINGS)
    assert single["method"] is None and told(cell) in single["reason"]
    assert grouped["method"] == "leader"


@pytest.mark.parametrize("label", LABELS)
def test_a_label_that_no_pair_has_is_asked_of_none_and_said(label):
    found = recommended({"good": 0.4, "fair": 0.3}, labels=np.full(ITEMS, label))
    assert found["method"] == "good"
    assert f"no pair is judged {LABELS[1 - label]}" in found["reason"]
    assert "both labels" not in found["reason"]
    none = recommended({"poor": 0.0}, labels=np.full(ITEMS, label))
    assert none["method"] is None
    assert none["fails"]["poor"] == [told(cell) for cell in CELLS if cell[2] == label]


def test_the_ranking_of_all_methods_asks_by_deletion_and_mask_only():
    """What a run chooses by default is measured by these two alone."""
    figures = {"first": 0.4, "second": 0.3}
    values = studied(figures, BOTH, {}).filter(~pl.col("metric").str.ends_with(".replace"))
    assert ranking(values, BOTH, list(figures), range(ITEMS), SETTINGS) == ["first", "second"]


def test_holm_rejects_step_by_step():
    # .005 <= .05 / 4 and .01 <= .05 / 3, but .03 > .05 / 2: nothing further, .04 <= .05 / 1 neither.
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([0.05]) == [True]
    assert holm([0.026, 0.026]) == [False, False]
    assert holm([float("nan"), 0.02]) == [False, True]
    assert holm([]) == []


def test_of_a_model_that_decides_nothing_all_pairs_are_asked_by_the_operators_that_were_measured():
    ones = np.ones(ITEMS, dtype=np.int64)
    values = studied({"good": 30.0, "poor": -30.0}, ones, {}).filter(~pl.col("metric").str.contains("mask"))
    found = recommend(values, ones, ["good", "poor"], range(ITEMS), SETTINGS, {1: ""})
    assert found["method"] == "good" and "for all pairs by every operator" in found["reason"]
    assert [place.partition(", ")[2] for place in found["fails"]["poor"]] == ["all pairs"] * 3
    assert not any("[MASK]" in place for place in found["fails"]["poor"])
