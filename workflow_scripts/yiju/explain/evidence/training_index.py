"""The index of the pairs that a model learnt, beside the model: what its head read of each, in memory-mapped files.

`vectors.npy` (float32 [checkpoints, pairs, width]) holds what the head reads, `inputs.npy` (float32 [checkpoints,
pairs, inputs]) what the layer before it reads, `gradients.npy` (float32 [checkpoints, pairs, outputs]) the gradient of
each pair's cross-entropy with respect to the model's outputs, `heads.npy` (float32 [checkpoints, outputs, width + 1])
weight and bias of the head, `pairs.parquet` the pairs (LEARNT), and `index.json` the rest. The model itself is the last
checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from yiju.base.errors import YijuError
from yiju.base.types import Count, Sha256
from yiju.models.calibration.stored import weights_of
from yiju.models.folder_files import EVIDENCE, INDEX_FILES, is_graph
from yiju.models.json_parts import Part, read_part

if TYPE_CHECKING:
    import polars as pl

DESCRIPTION, PAIRS, VECTORS, INPUTS, GRADIENTS, HEADS = INDEX_FILES
REMEDY = "run yiju index again"


class Description(Part):
    """What `index.json` says. weights: SHA-256 of the model's files of weights; checkpoints: folders of earlier states
    of the model, first to last, from the model's folder on; rates: the learning rates at which these and the model were
    reached, null where each counts alike; activation: before the head, null where none is known;
    biases: whether the head has one, and the layer before it."""

    format: Literal[1]
    pairs: Count
    width: Count
    inputs: Annotated[int, Field(ge=0)]
    outputs: Count
    activation: Literal["tanh", "relu", "identity"] | None
    biases: tuple[bool, bool]
    checkpoints: Annotated[tuple[str, ...], Field(max_length=100)]
    rates: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(max_length=101)] | None = None
    weights: Annotated[dict[str, Sha256], Field(max_length=1000)]


@dataclass(frozen=True)
class Checkpoint:
    """One state of the model. vectors, inputs, gradients: of all pairs; weight: float32 [outputs, width]; bias:
    float32 [outputs]; activation, biases: as in `Description`; there are no inputs without an activation. share: of its
    learning rate, over the mean of those of all checkpoints."""

    vectors: np.ndarray
    inputs: np.ndarray
    gradients: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    activation: str | None
    biases: tuple[bool, bool]
    share: float = 1.0


@dataclass(frozen=True)
class TrainingIndex:
    """An index that was opened. checkpoints: first to last; earlier: folders of all but the last; pairs: LEARNT."""

    checkpoints: tuple[Checkpoint, ...]
    earlier: tuple[Path, ...]
    pairs: pl.DataFrame

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def labels(self) -> np.ndarray:
        """int64 [pairs]."""
        return self.pairs["label"].to_numpy().astype(np.int64)


def has_index(model: Path) -> bool:
    """Whether a model folder holds an index."""
    return (model / EVIDENCE / DESCRIPTION).is_file()


def open_index(model: Path) -> TrainingIndex:
    """The index of a model folder. Raises YijuError where there is none, or it is of other weights."""
    # Not before an index is opened: whoever explains without one does without polars and pyarrow.
    from yiju.base import tables

    folder = model / EVIDENCE
    if is_graph(model):
        raise YijuError(f"{model}: a graph (ONNX) has no index of training pairs; take the model that it was made of")
    if not has_index(model):
        raise YijuError(f"{model}: no index of training pairs; `yiju index {model} TABLE` makes it of those in TABLE")
    found = read_part(folder / DESCRIPTION, Description, "yiju index", REMEDY)
    if found.weights != weights_of(model):
        raise YijuError(f"{folder}: the index is of other weights than the model has; {REMEDY}")
    count = len(found.checkpoints) + 1
    vectors, inputs, gradients = (
        _mapped(folder / name, (count, found.pairs, size))
        for name, size in ((VECTORS, found.width), (INPUTS, found.inputs), (GRADIENTS, found.outputs))
    )
    heads = _mapped(folder / HEADS, (count, found.outputs, found.width + 1))
    pairs = tables.read(folder / PAIRS, tables.LEARNT)
    if len(pairs) != found.pairs:
        raise YijuError(f"{folder / PAIRS}: {len(pairs):,} pairs, and {DESCRIPTION} says {found.pairs:,}; {REMEDY}")
    rates = found.rates or (1.0,) * count
    if len(rates) != count:
        raise YijuError(f"{folder / DESCRIPTION}: {len(rates)} learning rates of {count} checkpoints; {REMEDY}")
    shares = [one * count / sum(rates) for one in rates]
    states = tuple(
        Checkpoint(own, before, slopes, head[:, :-1], head[:, -1], found.activation, found.biases, share)
        for own, before, slopes, head, share in zip(vectors, inputs, gradients, heads, shares, strict=True)
    )
    return TrainingIndex(states, tuple(model / one for one in found.checkpoints), pairs)


def _mapped(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The array of a file, memory-mapped. Raises YijuError where it is not there or has another shape."""
    if not all(shape):
        return np.zeros(shape, np.float32)
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        raise YijuError(f"{path}: not a readable array; {REMEDY}") from None
    if found.shape != shape or found.dtype != np.float32:
        raise YijuError(
            f"{path}: float32 {list(shape)} is needed, and it holds {found.dtype} {list(found.shape)}; {REMEDY}"
        )
    return found
