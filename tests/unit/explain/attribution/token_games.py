"""Judges whose log-probability of label 1 is a known function of the tokens that are left."""

from types import SimpleNamespace

import numpy as np
import torch
from scorers import scorer_of, template

from yiju.explain.subject import Subject
from yiju.models.tokens import TokenizedPairs

CLS, SEP, MASK, PAD = 1, 2, 3, 0
TEMPLATE = template(PAD, CLS, SEP, MASK, (PAD, CLS, SEP, MASK))
FIRST = 4


class Judge(torch.nn.Module):
    """log p(1) = worth(ids of the own tokens that are left); worth has to be below 0."""

    def __init__(self, worth):
        super().__init__()
        self.worth, self.judged = worth, []
        self.device = torch.device("cpu")

    def forward(self, input_ids, **_):
        own = [[token for token in row if token >= FIRST] for row in input_ids.tolist()]
        self.judged += [tuple(row) for row in input_ids.tolist()]
        return SimpleNamespace(logits=to_logits(torch.tensor([self.worth(ids) for ids in own], dtype=torch.float64)))


def to_logits(worth):
    """Logits whose log-softmax is (log(1 - e^worth), worth)."""
    return torch.stack([torch.log(-torch.expm1(worth)), worth], dim=-1)


def subject_of(model, budget=4096, seed=5):
    return Subject(scorer_of(model, TEMPLATE), budget, seed)


def make_pairs(*sides):
    """Pairs of given token ids: (q, t), (q, t), ..."""
    rows = [[CLS, *q, SEP, *t, SEP] for q, t in sides]
    first, second = (np.array([len(pair[side]) for pair in sides]) for side in (0, 1))
    starts = np.cumsum([0, *map(len, rows)])
    return TokenizedPairs(np.concatenate(rows).astype(np.int32), starts, first, second, first < 0, TEMPLATE)


def own(count):
    """A pair of `count` different tokens."""
    ids = list(range(FIRST, FIRST + count))
    return ids[: count // 2], ids[count // 2 :]


def additive(weights, base=-9.0):
    """Every token adds its weight."""
    return lambda ids: base + sum(weights[token - FIRST] for token in ids)


def table_game(count, seed):
    """Any game: a random worth for every set of tokens, [2 ** count]."""
    worths = -np.random.default_rng(seed).uniform(0.5, 3, 2**count)
    return worths, lambda ids: worths[sum(1 << (token - FIRST) for token in ids)]
