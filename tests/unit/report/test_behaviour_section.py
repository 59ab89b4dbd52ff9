"""The report on behaviour: failures by category beside the overlap baseline, and each of them with its grounds."""

import pytest
from unit.report.small_run import REAL, small_run
from unit.report.test_report_page import words

from yiju.base.language import speaking
from yiju.report.page import gather, render
from yiju.report.sections.behaviour_section import read_behaviour


@pytest.fixture
def inputs(tmp_path):
    return small_run(tmp_path)


def test_failures_are_told_in_words_and_coloured_where_they_were_explained(inputs):
    found = read_behaviour(inputs["behaviour"][0])
    first, second = found.categories[0].failures
    assert (first.said, first.wanted, first.before) == ("similar", "it must be judged not similar", None)
    assert "".join(piece.text for piece in first.q) == "我喜欢 茶"
    assert "".join(piece.text for piece in first.t) == "我不喜欢 茶"
    weights = [piece.strength for piece in first.q]
    assert weights == [pytest.approx(0.1), pytest.approx(0.2), pytest.approx(-0.4), None, None]
    assert [piece.strength for piece in second.t] == [None]
    assert second.before == "乙丙"


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
