"""Pairs before models, as methods and measures take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scorers import reader
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base import tables
from yiju.explain.coalitions import players
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.orders import Order, orders_of
from yiju.explain.segments import segments_in
from yiju.explain.subject import Subject
from yiju.models.calibration.apply import log_probability
from yiju.models.tokens import TokenizedPairs


def token_shares(pairs: TokenizedPairs) -> list[np.ndarray]:
    """Every own token as a segment of its own: float64 [own tokens, own tokens] of each pair."""
    return [np.eye(count) for count in players(pairs)]


def log_probabilities(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray) -> np.ndarray:
    """log p(label) of every pair, float64 [pairs]."""
    return log_probability(subject.outputs(pairs), labels)


def of_tokens(subject: Subject, pairs: TokenizedPairs) -> Ensemble:
    """Pairs before one model in one order; every own token is a segment, q's before t's."""
    return Ensemble([[Reading(subject, pairs, token_shares(pairs), pairs.first)]])


def items(*rows: dict) -> pl.DataFrame:
    """An ITEMS table of rows that name what is not null."""
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS.names}
    return pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS))


def before(subjects: Sequence[Subject], orders: Sequence[Order]) -> Ensemble:
    """Pairs before all members, in each order."""
    return Ensemble([[Reading.of(subject, order) for order in orders] for subject in subjects])


def of_texts(
    judges: Sequence[tuple[PreTrainedModel, PreTrainedTokenizerBase]],
    pairs: Sequence[tuple[str, str]],
    max_length: int = 32,
    both: bool = False,
    budget: int = 2048,
) -> Ensemble:
    """Pairs of texts before all members, cut into characters. judges: models with their tokeniser, all of one kind."""
    table = items(*({"item": str(row), "q": q, "t": t} for row, (q, t) in enumerate(pairs)))
    orders = orders_of(reader(judges[0][1], max_length), *zip(*pairs, strict=True), both, segments_in(table))
    return before([Subject.of(*judge, budget) for judge in judges], orders)
