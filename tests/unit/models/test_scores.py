"""What logits mean, and the judgement of several members, in both orders and in one."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base import tables
from yiju.models.calibration.apply import decide, margin_of, probability
from yiju.models.scores import both_orders, combine_folds, combine_sets, score_table

LOGITS = st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=1, max_size=20)


def test_the_margin_is_the_published_one():
    logits = np.array([[0.0, 0.93], [0.0, 0.95], [1.0, 0.0], [2.0, 3.5]])
    moved = logits + np.array([0.47, -0.47])
    assert decide(logits, margin_of(0.97)).tolist() == moved.argmax(axis=1).tolist() == [0, 1, 0, 1]
    assert decide(logits, margin_of(0.5)).tolist() == logits.argmax(axis=1).tolist()


@given(LOGITS)
def test_the_margin_of_any_logits_is_the_argmax_after_the_published_move(pairs):
    logits = np.array(pairs)
    # Where rounding is no matter.
    logits = logits[abs(logits[:, 1] - logits[:, 0] - 0.94) > 1e-9]
    moved = logits + np.array([0.47, -0.47])
    assert decide(logits, margin_of(0.97)).tolist() == moved.argmax(axis=1).tolist()


def test_probability_is_the_softmax_and_does_not_overflow():
    logits = np.array([[0.3, -1.2], [5.0, 5.0]])
    expected = np.exp(logits[:, 1]) / np.exp(logits).sum(axis=1)
    assert probability(logits[:, 1] - logits[:, 0]) == pytest.approx(expected)
    assert probability(np.array([-5000.0, 5000.0])).tolist() == [0.0, 1.0]


def test_both_orders_decide_together_where_that_is_asked_for():
    logits, swapped = np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([[0.0, -2.0], [0.0, 2.0]])
    cut = np.zeros(2, bool)
    one = score_table(["a", "b"], logits, 0.0, cut, swapped)
    both = score_table(["a", "b"], logits, 0.0, cut, swapped, average_orders=True)
    assert one["label"].to_list() == [1, 1] and both["label"].to_list() == [0, 1]
    assert both["probability"].to_numpy() == pytest.approx(probability(np.array([-0.5, 1.5])))
    for table in (one, both):
        assert [order.tolist() for order in both_orders(table)] == [logits.tolist(), swapped.tolist()]
    assert both_orders(score_table(["a"], logits[:1], 0.0, cut[:1]))[1] is None


def written(folder, swap=True, members=3, pairs=40):
    """SCORES of members, and their logits [members, orders, pairs, 2]."""
    logits = np.random.default_rng(4).normal(0, 3, (members, 2, pairs, 2))
    items = [str(number) for number in range(pairs)]
    paths = []
    for number, (stated, swapped) in enumerate(logits):
        table = score_table(items, stated, 0.3, np.zeros(pairs, bool), swapped if swap else None)
        tables.write(table, folder / f"{number}.parquet", tables.SCORES)
        paths.append(str(folder / f"{number}.parquet"))
    return paths, logits


def combined(folder, paths, temperature, margin, average_orders):
    path = folder / "calibration.json"
    path.write_text(json.dumps({"temperature": temperature, "margin": margin, "pairs": 5}))
    combine_folds(paths, str(path), average_orders, str(folder / "out.parquet"))
    return tables.read(folder / "out.parquet", tables.SCORES)


def test_the_published_ensemble_to_the_bit(tmp_path):
    paths, logits = written(tmp_path, swap=False)
    table = combined(tmp_path, paths, 1.0, 2 * 0.97 - 1, False)
    mean = np.mean([member[0] for member in logits], axis=0)
    assert (table.select("logit_0", "logit_1").to_numpy() == mean).all()
    moved = mean + np.array([0.47, -0.47])
    assert table["label"].to_list() == moved.argmax(axis=1).tolist()
    assert table["swapped_0"].null_count() == table.height


def test_the_mean_is_divided_by_the_temperature_and_decided_by_the_margin(tmp_path):
    paths, logits = written(tmp_path)
    for average in (False, True):
        table = combined(tmp_path, paths, 2.5, -0.4, average)
        given, swapped = logits.mean(axis=0) / 2.5
        assert table.select("logit_0", "logit_1").to_numpy() == pytest.approx(given)
        assert table.select("swapped_0", "swapped_1").to_numpy() == pytest.approx(swapped)
        deciding = (given + swapped) / 2 if average else given
        difference = deciding[:, 1] - deciding[:, 0]
        assert table["probability"].to_numpy() == pytest.approx(1 / (1 + np.exp(-difference)))
        assert table["label"].to_list() == (difference > -0.4).astype(int).tolist()


def test_every_set_is_combined_from_its_own_members(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (first, _), (second, _) = written(tmp_path / "a", members=2, pairs=40), written(tmp_path / "b", members=2, pairs=7)
    alone = [combined(folder, paths, 1.5, 0.1, False) for folder, paths in ((tmp_path, first), (tmp_path, second))]
    out = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    combine_sets([*first, *second], str(tmp_path / "calibration.json"), False, out)
    assert all(tables.read(path, tables.SCORES).equals(one) for path, one in zip(out, alone, strict=True))
