"""The overlap baseline: known values, learning, and a model that survives its own JSON."""

import json

import numpy as np
import pytest

from yiju.data import overlap


def feature(q: str, t: str, name: str, idf: dict[str, float] | None = None) -> float:
    return overlap.features([q], [t], idf or {})[0, overlap.FEATURES.index(name)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("character_dice", 2 * 3 / 8),  # 微 信 码 of 微信密码 and 微信扫码
        ("character_jaccard", 3 / 5),
        ("bigram_dice", 2 * 1 / 6),  # 微信
        ("subsequence_ratio", 3 / 4),
        ("levenshtein_ratio", 3 / 4),
        ("tfidf_cosine", 3 / 4),  # no idf known: every character weighs the same
        ("prefix_ratio", 2 / 4),
        ("suffix_ratio", 1 / 4),
        ("length_difference", 0.0),
        ("length_ratio", 1.0),
        ("shorter_covered", 3 / 4),
        ("length_sum", 8.0),
    ],
)
def test_features_by_hand(name: str, expected: float) -> None:
    assert feature("微信密码", "微信扫码", name) == pytest.approx(expected)


def test_characters_count_as_often_as_they_occur() -> None:
    assert feature("好好好", "好", "character_dice") == pytest.approx(2 * 1 / 4)


def test_rare_characters_weigh_more_in_the_cosine() -> None:
    idf = overlap.inverse_document_frequency(["的一", "的二", "的三", "的密"])
    assert idf["密"] > idf["的"]
    assert feature("密一", "密二", "tfidf_cosine", idf) > feature("的一", "的二", "tfidf_cosine", idf)


def test_features_do_not_depend_on_the_order_of_the_pair() -> None:
    q, t = ["怎么改密码", "北京天气", "a"], ["如何修改密码呢", "上海天气怎么样", ""]
    assert np.allclose(overlap.features(q, t, {}), overlap.features(t, q, {}))


def test_empty_input_is_no_division_by_zero() -> None:
    assert np.isfinite(overlap.features(["", "好"], ["", ""], {})).all()
    assert overlap.features([], [], {}).shape == (0, len(overlap.FEATURES))


@pytest.fixture(scope="module")
def model() -> overlap.OverlapModel:
    same = [("怎么改密码", "怎么改密码呢"), ("北京天气如何", "北京天气"), ("西瓜怎么吃", "西瓜怎么吃啊")]
    other = [("怎么改密码", "北京天气"), ("北京天气如何", "西瓜怎么吃"), ("西瓜怎么吃", "几点开门")]
    q, t = zip(*(same + other) * 5, strict=True)
    return overlap.fit(q, t, ([1] * 3 + [0] * 3) * 5)


def test_model_learns_that_overlap_means_similar(model: overlap.OverlapModel) -> None:
    likely, unlikely = model.predict(["怎么开门", "怎么开门"], ["怎么开门呀", "宝宝发烧"])
    assert likely > 0.8
    assert unlikely < 0.2


def test_json_keeps_every_bit(model: overlap.OverlapModel) -> None:
    again = overlap.OverlapModel.from_json(model.to_json())
    q, t = ["怎么开门", "天气"], ["怎么关门呀", "发烧"]
    assert np.array_equal(model.predict(q, t), again.predict(q, t))


def test_json_of_other_features_is_refused(model: overlap.OverlapModel) -> None:
    fields = json.loads(model.to_json()) | {"features": ["character_dice"]}
    with pytest.raises(ValueError, match="other features"):
        overlap.OverlapModel.from_json(json.dumps(fields))
