"""Values of training pairs against gradients that torch computes by itself, of the model as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from families import Row
from indexed import BUDGET, indexed, learnt
from torch.nn import functional
from toys import PAIRS

from yiju.explain.evidence.build_index import build_index
from yiju.explain.evidence.measures import ScoreTarget, representer, similarity, tracin
from yiju.explain.evidence.training_evidence import first_rows, representations_of
from yiju.explain.evidence.training_index import open_index
from yiju.models.linear_head import linear_head
from yiju.models.opening import open_scorer
from yiju.models.tokens import TokenizedPairs

TRAIN, JUDGED = PAIRS[:12], PAIRS[20:23]
# float32 on two ways.
CLOSE = {"rtol": 2e-3, "atol": 2e-5}


def tokens(scorer, rows) -> TokenizedPairs:
    q, t = ([row[side] for row in rows] for side in (0, 1))
    return scorer.pair_up(scorer.encode(q, 0), scorer.encode(t, 1))


def outputs(scorer, pairs, row) -> torch.Tensor:
    """What the whole model gives for one pair, with gradients."""
    return scorer.model(**pairs.batch(np.array([row])).inputs()).logits[0]


def loss(given, label) -> torch.Tensor:
    if len(given) == 1:
        return functional.binary_cross_entropy_with_logits(given[0], torch.tensor(float(label)))
    return functional.cross_entropy(given[None], torch.tensor([label]))


def score(given, score_target) -> torch.Tensor:
    if score_target.single:
        return score_target.sign * given[0]
    if score_target.against is not None:
        return given[score_target.target] - given[score_target.against]
    return given.log_softmax(-1)[score_target.target]


def gradient(value, weights) -> torch.Tensor:
    return torch.cat([one.flatten() for one in torch.autograd.grad(value, weights)])


CASES = [
    (Row("two labels", "bert"), ScoreTarget(1, None, 1.0, False), "tanh"),
    (Row("two labels", "bert"), ScoreTarget(0, 1, 1.0, False), "tanh"),
    (Row("three labels", "xlm-roberta"), ScoreTarget(2, None, 1.0, False), "tanh"),
    (Row("three labels", "distilbert"), ScoreTarget(1, 0, 1.0, False), "relu"),
    (Row("cross-encoder", "bert"), ScoreTarget(0, None, -1.0, True), "tanh"),
    (Row("cross-encoder", "qwen3"), ScoreTarget(1, None, 1.0, True), None),
    (Row("two labels", "electra"), ScoreTarget(1, None, 1.0, False), None),
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}, {case[1].target}")
def case(request, family_folder, tmp_path):
    """A scorer, its index, the score_target, and the head."""
    row, score_target, activation = request.param
    folder = copied(family_folder(row), tmp_path / "model")
    scorer = open_scorer(folder)
    build_index(folder, open_scorer, learnt(TRAIN), BUDGET)
    return scorer, open_index(folder), score_target, activation


def copied(folder: Path, out: Path) -> Path:
    out.mkdir()
    for file in folder.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
    return out


def test_values_are_those_of_gradients_of_the_whole_model(case):
    scorer, index, score_target, activation = case
    head = linear_head(scorer, tokens(scorer, JUDGED))
    assert head.activation == activation
    state = index.checkpoints[-1]
    judged, train = tokens(scorer, JUDGED), tokens(scorer, TRAIN)
    layers = [head.layer] if head.before is None else [head.layer, head.before]
    weights = [weight for layer in layers for weight in layer.parameters()]
    for number, representation in enumerate(representations_of(head, [judged], BUDGET)):
        given = outputs(scorer, judged, number)
        ours, points = tracin(state, representation, score_target), representer(state, representation, score_target)
        rising = gradient(score(given, score_target), weights)
        for row, (_, _, label) in enumerate(TRAIN):
            falling = gradient(loss(outputs(scorer, train, row), label), weights)
            expected = -float(rising @ falling)
            assert ours[row] == pytest.approx(expected, rel=CLOSE["rtol"], abs=CLOSE["atol"])
            # A step of the head on pair i moves the outputs of the judged pair by its representer values.
            (own,) = torch.autograd.grad(loss(outputs(scorer, train, row), label), [head.layer.weight])
            moved = -own.numpy() @ representation.vector
            value = float(moved @ score_target.output(len(moved)))
            assert points[row] == pytest.approx(value, rel=CLOSE["rtol"], abs=CLOSE["atol"])


def test_the_vectors_give_the_models_outputs(case):
    scorer, index, *_ = case
    state = index.checkpoints[-1]
    train = tokens(scorer, TRAIN)
    given = np.stack([outputs(scorer, train, row).detach().numpy() for row in range(len(TRAIN))])
    np.testing.assert_allclose(state.vectors @ state.weight.T + state.bias, given, **CLOSE)


def test_both_orders_together_are_the_mean_of_their_outputs(family_folder, tmp_path):
    folder = indexed(copied(family_folder(Row("two labels", "bert")), tmp_path / "model"), TRAIN)
    scorer, index, score_target = open_scorer(folder), open_index(folder), ScoreTarget(1, None, 1.0, False)
    orders = [tokens(scorer, JUDGED[:1]), tokens(scorer, [(t, q, label) for q, t, label in JUDGED[:1]])]
    head = linear_head(scorer, orders[0])
    (representation,) = representations_of(head, orders, BUDGET)
    weights = [*head.layer.parameters(), *head.before.parameters()]
    given = (outputs(scorer, orders[0], 0) + outputs(scorer, orders[1], 0)) / 2
    rising, train = gradient(score(given, score_target), weights), tokens(scorer, TRAIN)
    found = tracin(index.checkpoints[-1], representation, score_target)
    for row, (_, _, label) in enumerate(TRAIN):
        falling = gradient(loss(outputs(scorer, train, row), label), weights)
        assert found[row] == pytest.approx(-float(rising @ falling), rel=CLOSE["rtol"], abs=CLOSE["atol"])


def test_similarity_is_the_cosine():
    vectors = np.array([[3, 4], [0, 0], [-8, 6]], dtype=np.float32)
    np.testing.assert_allclose(similarity(vectors, np.array([6, 8], dtype=np.float32)), [1, 0, 0], atol=1e-6)


def test_of_equal_values_the_first_rows_come_first():
    values = np.array([0, 2, 1, 2, -1, 1, 1], dtype=np.float32)
    assert first_rows(values, 4).tolist() == [1, 3, 2, 5]
    assert first_rows(values, 9).tolist() == [1, 3, 2, 5, 6]
    assert first_rows(-values, 9).tolist() == [4]
