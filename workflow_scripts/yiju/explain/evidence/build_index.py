"""Building the index of the pairs that a model learnt."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import atomic, write_json
from yiju.explain.evidence.measures import softmax
from yiju.explain.evidence.training_index import (
    DESCRIPTION,
    GRADIENTS,
    HEADS,
    INPUTS,
    PAIRS,
    VECTORS,
    Description,
)
from yiju.models.calibration.stored import weights_of
from yiju.models.folder_files import EVIDENCE
from yiju.models.linear_head import LinearHead, linear_head
from yiju.models.scorer import Scorer
from yiju.models.tokens import TokenizedPairs

log = logging.getLogger(__name__)
# Pairs whose gradients are computed at a time.
BLOCK = 65_536


@dataclass(frozen=True)
class Written:
    """The arrays of an index, [checkpoints, pairs or outputs, ...], memory-mapped and open for writing."""

    vectors: np.ndarray
    inputs: np.ndarray
    gradients: np.ndarray
    heads: np.ndarray


def build_index(
    model: Path,
    opened: Callable[[Path], Scorer],
    pairs: pl.DataFrame,
    batch_tokens: int,
    checkpoints: Sequence[Path] = (),
    rates: Sequence[float] | None = None,
) -> None:
    """Write the index of a model folder, into its folder `evidence`; no other file of it is touched.

    opened: opens a folder; pairs: LEARNT, what the model learnt; checkpoints: folders of earlier states of the model,
    first to last; rates: the learning rates at which these and the model itself were reached, None where nobody knows
    them and each counts alike. Raises YijuError for a model without a linear head, for labels that it does not know,
    and for checkpoints of another shape.
    """
    if not len(pairs):
        raise YijuError("there are no labelled pairs to make an index of")
    folder = model / EVIDENCE
    states = [*checkpoints, model]
    first, tokens = _read(states[0], opened, pairs)
    _check_labels(pairs, len(first.weight))
    sizes, shape = first.sizes, (len(states), len(pairs))
    folder.mkdir(exist_ok=True)
    # As long as the index is not whole there is none.
    (folder / DESCRIPTION).unlink(missing_ok=True)
    tables.write(pairs, folder / PAIRS, tables.LEARNT)
    outputs = len(first.weight)
    kinds = {VECTORS: (*shape, sizes[0]), INPUTS: (*shape, sizes[1]), GRADIENTS: (*shape, outputs)}
    with ExitStack() as stack:
        arrays = [
            _created(stack.enter_context(atomic(folder / name)), size)
            for name, size in (kinds | {HEADS: (len(states), outputs, sizes[0] + 1)}).items()
        ]
        written = Written(*arrays)
        for number, place in enumerate(states):
            head, tokens = (first, tokens) if not number else _read(place, opened, pairs)
            if head.sizes != sizes or len(head.weight) != outputs or head.activation != first.activation:
                raise YijuError(f"{place}: a model of another shape than {states[0]}; name checkpoints of one training")
            _fill(written, number, head, tokens, pairs["label"].to_numpy(), batch_tokens)
        for array in arrays:
            if isinstance(array, np.memmap):
                array.flush()
    found = Description(
        format=1,
        pairs=len(pairs),
        width=sizes[0],
        inputs=sizes[1],
        outputs=outputs,
        activation=first.activation,  # type: ignore[arg-type]
        biases=first.biases,
        checkpoints=tuple(Path(os.path.relpath(one, model)).as_posix() for one in checkpoints),
        rates=None if rates is None else tuple(rates),
        weights=weights_of(model),
    )
    write_json(folder / DESCRIPTION, found.model_dump(mode="json"))
    log.info("%s: the index holds %d training pairs", folder, len(pairs))


def gradients(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The gradient of the cross-entropy with respect to the outputs, [pairs, outputs].

    logits: [pairs, outputs]; of one output it is that of label 1 less 0. labels: int [pairs].
    """
    if logits.shape[1] == 1:
        both = np.concatenate([np.zeros_like(logits), logits], axis=1)
        return softmax(both)[:, 1:] - labels[:, None]
    found = softmax(logits)
    found[np.arange(len(labels)), labels] -= 1
    return found


def _read(place: Path, opened: Callable[[Path], Scorer], pairs: pl.DataFrame) -> tuple[LinearHead, TokenizedPairs]:
    """The head of the model in a folder, and the pairs as the model reads them."""
    scorer = opened(place)
    q, t = (scorer.encode(pairs[name].to_list(), side) for side, name in enumerate("qt"))
    tokens = scorer.pair_up(q, t)
    try:
        return linear_head(scorer, tokens), tokens
    except YijuError as error:
        raise YijuError(f"{place}: {error}") from None


def _check_labels(pairs: pl.DataFrame, outputs: int) -> None:
    wrong = pairs.filter(~pl.col("label").is_between(0, max(1, outputs - 1)))
    if len(wrong):
        row = wrong.row(0, named=True)
        raise YijuError(f"{row['file']}: line {row['line']}: label {row['label']} is none of the model's classes")


def _fill(
    written: Written, number: int, head: LinearHead, tokens: TokenizedPairs, labels: np.ndarray, batch_tokens: int
) -> None:
    """What one checkpoint reads of the pairs, and what follows from it."""
    for rows, read in head.read(tokens, batch_tokens):
        written.vectors[number, rows], written.inputs[number, rows] = read
    weight, bias = head.weight, head.bias
    for block in _blocks(len(labels)):
        logits = written.vectors[number, block] @ weight.T + bias
        written.gradients[number, block] = gradients(logits, labels[block].astype(np.int64))
    written.heads[number] = np.column_stack([weight, bias])


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, first + BLOCK) for first in range(0, count, BLOCK))


def _created(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A new array in a file; one without any numbers is not memory-mapped."""
    if all(shape):
        return np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    empty = np.zeros(shape, np.float32)
    np.save(path, empty, allow_pickle=False)
    return empty
