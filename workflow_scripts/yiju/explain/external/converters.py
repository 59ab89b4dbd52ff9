"""Explanations that Captum, SHAP, shapiq and inseq hold, as rows of a table of attributions.

None of these packages is needed here: their objects are asked for what their documentation promises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from yiju.base.errors import YijuError
from yiju.explain.external.aligned import aligned
from yiju.explain.external.attribution_rows import Row, array, given, rows_of
from yiju.explain.external.attributions import Span
from yiju.explain.external.inseq import read_inseq
from yiju.models.given_pairs import Pair, checked

FAST = "tokenise the pairs by a fast tokenizer with return_offsets_mapping=True and give what it returns"


def from_captum(
    attributions: Any,
    encoding: Any,
    pairs: Iterable[Pair],
    labels: Sequence[int] | None = None,
    method: str = "captum",
) -> list[Row]:
    """Rows of Captum's attributions of tokens.

    attributions: tensor [pairs, tokens], or [pairs, tokens, hidden], of which the sum is taken; encoding: what a fast
    tokenizer of transformers returned for the pairs, with `offset_mapping`; labels: that were explained, by pair.
    Special tokens and padding are left out. Raises YijuError where the shapes do not fit.
    """
    values = array(attributions, "attributions")
    values = values.sum(axis=-1) if values.ndim == 3 else values
    if "offset_mapping" not in encoding or not getattr(encoding, "is_fast", False):
        raise YijuError(f"encoding has no offsets; {FAST}")
    offsets = array(encoding["offset_mapping"], "offset_mapping").astype(np.int64)
    if values.shape != offsets.shape[:2]:
        raise YijuError(
            f"attributions are of shape {list(values.shape)}, but the pairs have {list(offsets.shape[:2])} tokens; "
            "give a tensor [pairs, tokens] or [pairs, tokens, hidden]"
        )
    rows: list[Row] = []
    for row, (pair, label) in enumerate(given(pairs, labels, len(values), "attributions")):
        own = zip(encoding.sequence_ids(row), offsets[row].tolist(), values[row].tolist(), strict=True)
        spans: Iterator[Span] = (
            ("qt"[side], start, end, score) for side, (start, end), score in own if side is not None and end > start
        )
        rows += rows_of(pair, spans, method, label)
    return rows


def from_shap(
    explanation: Any, pairs: Iterable[Pair], labels: Sequence[int] | None = None, method: str = "shap"
) -> list[Row]:
    """Rows of a shap.Explanation of texts in which both sentences stand, q first, such as q + "[SEP]" + t.

    explanation: of all pairs, with `values` [tokens] or [tokens, outputs] of each and `data`, its token strings;
    labels: that were explained, by pair, and, of two outputs, the one that is taken. Raises YijuError.
    """
    try:
        values, data = list(explanation.values), list(explanation.data)
    except (AttributeError, TypeError):
        raise YijuError("explanation has no values and data; give a shap.Explanation of a list of texts") from None
    rows: list[Row] = []
    for number, (pair, label) in enumerate(given(pairs, labels, len(values), "explanation")):
        place = f"pair {number}"
        own = _output(array(values[number], f"{place}: values"), label, place)
        tokens = data[number]
        if isinstance(tokens, str) or len(own) != len(tokens) or not all(isinstance(one, str) for one in tokens):
            raise YijuError(f"{place}: data holds no token string for each of the {len(own)} values; explain texts")
        rows += rows_of(pair, aligned(list(tokens), own.tolist(), pair, place), method, label)
    return rows


def from_shapiq(
    values: Any, players: Sequence[tuple[str, int, int]], pair: Pair, label: int | None = None, method: str = "shapiq"
) -> list[Row]:
    """Rows of the values of order 1 of shapiq.InteractionValues; those of pairs of players and more are not taken.

    values: of one pair of sentences, with `dict_values` and `n_players`; players: side (q or t), start and end, in
    characters, of each player in order; label: that was explained. Raises YijuError where they do not fit.
    """
    known, count = getattr(values, "dict_values", None), getattr(values, "n_players", None)
    if not isinstance(known, Mapping) or count is None:
        raise YijuError("values has no dict_values and n_players; give shapiq.InteractionValues")
    if count != len(players):
        raise YijuError(f"values has {count} players, but {len(players)} are given; give side, start and end of each")
    (pair,) = checked([pair])
    for number, (side, start, end) in enumerate(players):
        if side not in ("q", "t") or not 0 <= start < end <= len(pair["qt".index(side)]):
            raise YijuError(f"player {number}: {(side, start, end)} is no span of characters of q or t")
    spans = ((*span, float(known.get((number,), 0.0))) for number, span in enumerate(players))
    return rows_of(pair, spans, method, label)


def from_inseq(
    path: str | Path,
    pairs: Iterable[Pair],
    labels: Sequence[int] | None = None,
    step: int = 0,
    method: str | None = None,
) -> list[Row]:
    """Rows of a file that inseq's FeatureAttributionOutput.save wrote, of prompts that hold both sentences, q first.

    pairs: by attributed sequence; labels: that were explained, by pair; step: which generated token is explained, the
    answer of the model; method: the file's own name for it unless given. The attributions must be aggregated to one
    score a token (`out.aggregate().save(path)`). Raises YijuError.
    """
    found = read_inseq(Path(path), step)
    rows: list[Row] = []
    for number, (pair, label) in enumerate(given(pairs, labels, len(found.sequences), str(path))):
        tokens, scores = found.sequences[number]
        place = f"{path}, sequence {number}"
        rows += rows_of(pair, aligned(tokens, scores, pair, place), method or found.method, label)
    return rows


def _output(values: np.ndarray, label: int | None, place: str) -> np.ndarray:
    """The values of one output, [tokens]."""
    if values.ndim == 1:
        return values
    if values.ndim != 2:
        raise YijuError(f"{place}: values are of shape {list(values.shape)}, not [tokens] or [tokens, outputs]")
    if label is None:
        raise YijuError(f"{place}: there are {values.shape[1]} outputs; give labels, which say which one is explained")
    if values.shape[1] != 2:
        raise YijuError(f"{place}: there are {values.shape[1]} outputs, not one for each of the two labels; take one")
    return values[:, label]
