"""Random scores: what any method has to beat."""

from __future__ import annotations

import numpy as np

from yiju.attribution.subject import Scores, Subject
from yiju.tokens import Sequences


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens uniformly from [0, 1), drawn for every pair from its tokens and the seed."""
    drawn = [subject.generator(pairs, row).random(length) for row, length in enumerate(pairs.lengths)]
    return Scores(np.concatenate(drawn))
