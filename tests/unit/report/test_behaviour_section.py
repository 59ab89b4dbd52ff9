"""The report on behaviour: failures by category beside the overlap baseline, and each of them with its grounds."""

import json

import pytest
from unit.report.rendered import words
from unit.report.small_run import BEHAVIOUR, FAILURE, REAL, small_run

from yiju.base.language import speaking
from yiju.report.page import gather, render
from yiju.report.sections.behaviour_section import read_behaviour


@pytest.fixture
def inputs(tmp_path):
    return small_run(tmp_path)


def test_failures_are_told_in_words_and_coloured_where_they_were_explained(inputs):
    found = read_behaviour(inputs["behaviour"][0])
    first, second = found.categories[0].failures
    assert (first.said, first.before) == ("judged similar, but it must be judged not similar", None)
    assert "".join(piece.text for piece in first.q) == "我喜欢 茶"
    assert "".join(piece.text for piece in first.t) == "我不喜欢 茶"
    weights = [piece.strength for piece in first.q]
    assert weights == [pytest.approx(0.1), pytest.approx(0.2), pytest.approx(-0.4), None, 0.0]
    assert [piece.strength for piece in second.t] == [None]
    assert second.said == "judged similar; before the change not similar, and it must stay so"
    assert second.before == "乙丙"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"similar": False}, "judged not similar, but it must be judged similar"),
        (
            {"similar": False, "before": ["甲", "乙"], "similar_before": True},
            "judged not similar; before the change similar, and it must stay so",
        ),
    ],
)
def test_of_each_failure_it_is_said_what_this_pair_must_be(tmp_path, facts, said):
    one = FAILURE | {"effect": "stays", "q": "甲", "t": "乙"} | facts
    path = tmp_path / "behaviour.json"
    path.write_text(json.dumps(BEHAVIOUR | {"failures": [one]}), encoding="utf-8")
    assert read_behaviour(path).categories[0].failures[0].said == said


def test_in_chinese_too_it_is_said_what_this_pair_must_be(inputs):
    with speaking("zh"):
        second = read_behaviour(inputs["behaviour"][0]).categories[0].failures[1]
    assert second.said == "判断为相似；改动前判断为不相似，应当保持不变"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Failures by category, beside the overlap baseline"), ("zh", "各类别的失败比例，与重叠基线对照")],
)
def test_the_page_shows_categories_and_failures_escaped(inputs, tmp_path, language, said):
    with speaking(language):
        html = render(gather(inputs, tmp_path, REAL))
    text = words(html)
    assert said in text
    assert "87.5" in text
    assert "<b>甲" not in html
    assert "&lt;b&gt;甲" in html
    assert html.count('id="behaviour"') == 1
    assert 'href="#behaviour"' in html


def test_without_the_test_there_is_no_section(tmp_path):
    html = render(gather(small_run(tmp_path, behaviour=False), tmp_path, REAL))
    assert "#behaviour" not in html
