"""Occlusion: what the label's log-probability loses with each token."""

from __future__ import annotations

import numpy as np

from yiju.attribution.coalitions import judge, longest_first, own_tokens, players
from yiju.attribution.subject import Scores, Subject
from yiju.scores import log_probability
from yiju.tokens import Sequences


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens by log p(label) of the pair less that of the pair without the token, signed.

    options: removal. Leave-one-out (Li 2016, erasure; Zeiler 2014, occlusion); special tokens score nothing.
    """
    counts = players(pairs)
    games = ((row, leave_one_out(int(counts[row]))) for row in longest_first(pairs))
    values = np.zeros(len(pairs.ids))
    for row, _, logits in judge(subject, pairs, games, options["removal"]):
        kept = log_probability(logits, labels[row])
        values[own_tokens(pairs, row)] = kept[0] - kept[1:]
    return Scores(values)


def leave_one_out(count: int) -> np.ndarray:
    """All players, then all but each: bool [1 + count, count]."""
    return np.concatenate([np.ones((1, count), dtype=bool), ~np.eye(count, dtype=bool)])
