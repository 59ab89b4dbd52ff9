"""Neighbouring cells of a matrix are joined into spans by a rule that every example can be checked against by hand."""

import numpy as np
import pytest

from yiju.app.cli.explain import lines
from yiju.explain.acting import strongest
from yiju.explain.explanation import Explanation, Segment, Side
from yiju.explain.links import MOST, Link, links_of


def places(count, width=1, gap=0):
    """Segments of `width` characters each, `gap` characters apart."""
    return [(place * (width + gap), place * (width + gap) + width) for place in range(count)]


def linked(cells):
    rows, columns = np.shape(np.array(cells, dtype=object))
    return [(one.q, one.t, one.score) for one in links_of(cells, places(rows), places(columns))]


def test_cells_beside_each_other_are_one_link():
    """手机号 and 电话号码: what each of their characters does with each of the other ones."""
    cells = np.zeros((5, 6))
    cells[1:4, 2:6] = 0.9
    cells[2, 3] = 1.0
    assert linked(cells.tolist()) == [((1, 4), (2, 6), pytest.approx(12 * 0.9 + 0.1))]


def test_a_diagonal_is_one_link_as_in_an_alignment_of_words():
    assert linked(np.diag([0.8, 1.0, 0.9]).tolist()) == [((0, 3), (0, 3), pytest.approx(2.7))]


def test_a_cell_of_less_than_half_the_first_one_is_not_joined():
    assert linked([[1.0, 0.5]]) == [((0, 1), (0, 2), 1.5)]
    assert linked([[1.0, 0.49]]) == [((0, 1), (0, 1), 1.0), ((0, 1), (1, 2), 0.49)]


def test_signs_are_never_joined():
    assert linked([[1.0, -1.5, 0.9]]) == [((0, 1), (1, 2), -1.5), ((0, 1), (0, 1), 1.0), ((0, 1), (2, 3), 0.9)]


def test_a_link_does_not_grow_where_its_sum_would_not():
    """The corner is strong, but the two cells beside it take more away than it brings."""
    assert linked([[1.0, -0.5], [-0.5, 0.9]])[:2] == [((0, 1), (0, 1), 1.0), ((1, 2), (1, 2), 0.9)]
    assert linked([[1.0, -0.4], [-0.4, 0.9]]) == [((0, 2), (0, 2), pytest.approx(1.1))]


def test_what_is_not_known_is_never_an_end_of_a_link_and_adds_nothing():
    assert linked([[1.0, None, 1.0]]) == [((0, 1), (0, 1), 1.0), ((0, 1), (2, 3), 1.0)]
    assert linked([[1.0, None], [0.9, 0.8]]) == [((0, 2), (0, 2), pytest.approx(2.7))]
    assert linked([[None, None]]) == []
    assert links_of([], [], places(2)) == ()


def test_links_start_at_a_quarter_of_the_strongest_cell_and_at_a_hundredth_at_least():
    assert linked([[4.0, 0.0, 1.0, 0.0, -0.99]]) == [((0, 1), (0, 1), 4.0), ((0, 1), (2, 3), 1.0)]
    assert linked([[0.011, 0.0, 0.009]]) == [((0, 1), (0, 1), 0.011)]
    assert linked([[0.009]]) == []


def test_links_are_few_and_the_strongest_comes_first():
    cells = np.zeros((1, 4 * MOST))
    cells[0, ::2] = 2.0
    cells[0, 8:13] = 2.0
    found = linked(cells.tolist())
    assert len(found) == MOST and found[0] == ((0, 1), (8, 13), 10.0)
    assert [abs(score) for *_, score in found] == sorted((abs(score) for *_, score in found), reverse=True)


def test_links_never_overlap_in_both_sentences():
    generator = np.random.default_rng(2)
    for _ in range(50):
        cells = generator.normal(size=(7, 9))
        found = links_of(cells.tolist(), places(7), places(9))
        taken = np.zeros(cells.shape, dtype=int)
        for one in found:
            taken[slice(*one.q), slice(*one.t)] += 1
            assert one.score == pytest.approx(cells[slice(*one.q), slice(*one.t)].sum())
        assert taken.max() == 1


def test_the_same_matrix_turned_gives_the_links_turned():
    cells = np.random.default_rng(3).normal(size=(6, 8))
    turned = links_of(cells.T.tolist(), places(8), places(6))
    assert {(one.t, one.q) for one in turned} == {
        (one.q, one.t) for one in links_of(cells.tolist(), places(6), places(8))
    }


def test_spans_are_characters_of_the_sentence_with_the_space_inside():
    found = links_of([[1.0, 0.9]], places(1, width=3), places(2, width=2, gap=1))
    assert found == (Link((0, 3), (0, 5), 1.9),)


def side_of(text, scale):
    segments = tuple(Segment(one, place, place + 1, 0.1, None, scale=scale) for place, one in enumerate(text))
    return Side(text, (0.1,) * len(text), segments)


def explained(scale=1.0, **matrix):
    sides = side_of("手机", scale), side_of("电<话", scale)
    return Explanation("手机", "电<话", 1, 0.9, False, 0, {"method": "x"}, sides, score=-0.1, **matrix)


def test_an_explanation_has_its_links_in_its_values_and_its_html():
    one = explained(matrix=((0.9, 0.8, 0.0), (0.7, 1.0, -0.3)), estimator="occlusion")
    assert one.links == (Link((0, 2), (0, 2), pytest.approx(3.4)), Link((1, 2), (2, 3), -0.3))
    assert one.to_dict()["links"] == [
        {"q": (0, 2), "t": (0, 2), "score": pytest.approx(3.4)},
        {"q": (1, 2), "t": (2, 3), "score": -0.3},
    ]
    assert set(Explanation.kinds()) == set(one.to_dict())
    html = one.to_html()
    assert '<span lang="zh">手机</span> – <span lang="zh">电&lt;</span> +3.4000</li>' in html
    without = explained()
    assert without.links == () and without.to_dict()["links"] is None and "Spans that act" not in without.to_html()


def test_cells_whose_sign_samples_leave_open_do_not_count():
    """0.8 ± 0.5 may as well be below 0, so nothing joins the cells on its sides."""
    errors = ((0.1, 0.5, 0.1), (0.1, 0.1, 0.1))
    one = explained(matrix=((0.9, 0.8, 1.0), (0.0, 0.0, 0.0)), matrix_error=errors, estimator="shapley")
    assert one.links == (Link((0, 1), (2, 3), 1.0), Link((0, 1), (0, 1), 0.9))


def test_what_is_small_is_told_by_the_scale_of_the_score():
    """A cosine similarity changes by less than a hundredth, and its cells are coloured and joined all the same."""
    matrix = ((0.006, 0.005, 0.0), (0.0, 0.0, -0.004))
    assert explained(matrix=matrix).links == ()
    small = explained(scale=0.01, matrix=matrix, estimator="occlusion")
    assert [one.q for one in small.links] == [(0, 1), (1, 2)]
    assert strongest(small) == ([(0, 0), (0, 1)], [(1, 2)])
    assert "rgba(118, 70, 150, 0.450)" in small.to_html()
    assert "links     手–电<+0.011  机–话-0.004" in lines(small)
