"""Whether the figures of a matrix tell one that is right from one whose cells are shuffled: planted interactions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ensembles import of_tokens
from scorers import scorer_of, template
from test_faithfulness import REMOVALS, additive

from yiju.evaluation.metrics.matrix_faithfulness import CELLS, LINKS, NAMES, RANDOM, SPANS, _asked, matrix_figures
from yiju.explain.interaction import joint_occlusion
from yiju.explain.subject import Subject
from yiju.models.tokens import TokenizedPairs

LABELS = np.array([1])
PAD, CLS, SEP, MASK, FIRST = range(5)
Q, T = 7, 8


class Planted(torch.nn.Module):
    """log p(1) = -40 + what each token adds + what each two tokens across the sides add where both are there."""

    def __init__(self, matrix):
        super().__init__()
        self.matrix, self.device = matrix, torch.device("cpu")

    def forward(self, input_ids, **_):
        worth = torch.tensor([self.worth(row) for row in input_ids.tolist()], dtype=torch.float64)
        return SimpleNamespace(logits=torch.stack([torch.log(-torch.expm1(worth)), worth], dim=-1))

    def worth(self, ids):
        there = np.isin(np.arange(FIRST, FIRST + Q + T), ids).astype(float)
        q, t = there[:Q], there[Q:]
        return -40 + 0.3 * there.sum() + q @ self.matrix @ t


def planted(matrix):
    """A pair of seven tokens and eight before that model."""
    ids = np.arange(FIRST, FIRST + Q + T)
    row = np.array([CLS, *ids[:Q], SEP, *ids[Q:], SEP], dtype=np.int32)
    shape = template(PAD, CLS, SEP, MASK, (PAD, CLS, SEP, MASK))
    pairs = TokenizedPairs(row, np.array([0, len(row)]), np.array([Q]), np.array([T]), np.array([False]), shape)
    return of_tokens(Subject(scorer_of(Planted(matrix).eval(), shape), 4096, 1), pairs)


def known_matrix():
    """A block of tokens that act together, one of tokens that stand for each other, and little else."""
    matrix = np.random.default_rng(5).normal(scale=0.05, size=(Q, T))
    matrix[0:2, 1:4], matrix[4:6, 5:7] = 1.5, -1.2
    return matrix


def shuffled(matrix, seed):
    return np.random.default_rng(seed).permutation(matrix.ravel()).reshape(matrix.shape)


@pytest.mark.parametrize("removal", REMOVALS)
def test_a_right_matrix_has_the_figures_that_were_planted(removal):
    matrix = known_matrix()
    ensemble = planted(matrix)
    np.testing.assert_allclose(joint_occlusion(ensemble, LABELS, removal)[0], matrix, atol=1e-9)
    found = matrix_figures(ensemble, LABELS, [matrix], removal, 1)
    random = [matrix[q[0], t[0]] for q, t in _asked(ensemble, 0, matrix, 1).random]
    lowest = np.sort(matrix, axis=None)[:CELLS]
    assert found["together"] == pytest.approx([1.5 - np.mean(random)])
    assert found["instead"] == pytest.approx([lowest.mean() - np.mean(random)])
    assert set(found) == set(NAMES)


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_figures_tell_a_right_matrix_from_one_whose_cells_are_shuffled(removal):
    right = known_matrix()
    ensemble = planted(right)
    figures = matrix_figures(ensemble, LABELS, [right], removal, 1)
    wrong = [matrix_figures(ensemble, LABELS, [shuffled(right, seed)], removal, 1) for seed in range(40)]
    for name, sign in (("together", 1), ("instead", -1), ("change", 1), ("links", 1)):
        others = np.concatenate([one[name] for one in wrong])
        assert sign * figures[name][0] > 0.5
        assert sign * figures[name][0] > max(sign * others)
    # What tells signs apart is not fooled by the sign of the matrix either.
    turned = matrix_figures(ensemble, LABELS, [-right], removal, 1)
    assert turned["together"][0] < 0 < turned["instead"][0] and turned["links"][0] < 0
    assert turned["change"] == pytest.approx(figures["change"], abs=0.3)


def test_random_cells_are_the_same_for_every_matrix_of_a_pair():
    ensemble, matrix = planted(known_matrix()), known_matrix()
    asked, other = (_asked(ensemble, 0, one, 3) for one in (matrix, shuffled(matrix, 1)))
    ends = [[(int(q[0]), int(t[0])) for q, t in one.random] for one in (asked, other)]
    assert ends[0] == ends[1] and len(set(ends[0])) == RANDOM
    assert len(asked.highest) == len(asked.lowest) == CELLS
    assert len(asked.links) == len(asked.signs) <= LINKS
    for own, *beside in asked.links:
        assert len(beside) == SPANS
        assert {(len(q), len(t)) for q, t in beside} == {(len(own[0]), len(own[1]))}


@pytest.mark.parametrize("removal", REMOVALS)
def test_unknown_cells_are_never_taken_and_a_matrix_of_none_has_no_figure(removal):
    ensemble, *_ = additive()
    matrix = np.full((3, 3), np.nan)
    assert all(np.isnan(one).all() for one in matrix_figures(ensemble, LABELS, [matrix], removal, 1).values())
    matrix[1, 2] = 0.5
    asked = _asked(ensemble, 0, matrix, 1)
    assert [(q.tolist(), t.tolist()) for q, t in asked.highest] == [([1], [2])] and not asked.lowest
    assert len(asked.random) == 9
    figures = matrix_figures(ensemble, LABELS, [matrix], removal, 1)
    assert [name for name, one in figures.items() if np.isnan(one).any()] == ["instead"]
