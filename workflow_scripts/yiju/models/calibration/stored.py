"""The file `yiju_calibration.json` of a model folder: what its scores mean, as `yiju calibrate` found it.

It changes nothing of the model, whose other files stay as they are. Whoever opens the folder reads it.
"""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from yiju.base.errors import YijuError
from yiju.base.files import sha256, write_json
from yiju.base.types import Count, Sha256
from yiju.models.calibration.score_fit import CONFIDENCE, Aim, Scaling, ScoreFit
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.models.graph_files import files_of_graph
from yiju.models.json_parts import Part, read_part

# Files that hold weights, by the ends of their names.
GRAPH = ".onnx"
WEIGHTS = (".safetensors", ".bin", GRAPH)


class StoredCalibration(Part):
    """A fit as it is written; see `ScoreFit`, whose infinite numbers are null here.

    scaling: temperature of a model of two labels, whose score is logit 1 - logit 0, or platt; aim: what the threshold
    was chosen by; risk, confidence: how often either decision that is not left undecided may be wrong, and how sure
    that is; pairs, similar: how many were fitted on; weights: SHA-256 of the model's files of weights by name, empty
    where the scores came from a table; figures: before and after, as `yiju.evaluation.calibrated_scores` names them.
    """

    format: Literal[1]
    scaling: Scaling
    slope: Annotated[float, Field(gt=0)]
    intercept: float
    threshold: float
    aim: Annotated[str, Field(pattern=r"^(accuracy|f1|precision:[0-9][0-9.e-]*)$")]
    risk: Annotated[float, Field(gt=0, lt=1)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    similar_above: float | None
    other_below: float | None
    note: Annotated[str, Field(max_length=2000)]
    pairs: Count
    similar: Count
    weights: Annotated[dict[str, Sha256], Field(max_length=1000)]
    figures: Annotated[dict[str, float | int | None], Field(max_length=200)]

    @model_validator(mode="after")
    def _possible(self) -> StoredCalibration:
        if self.similar >= self.pairs:
            raise ValueError("similar must be fewer than pairs")
        if self.scaling == "temperature" and self.intercept != 0:
            raise ValueError("a temperature has no intercept")
        return self

    @property
    def fit(self) -> ScoreFit:
        """What is applied to scores."""
        above = math.inf if self.similar_above is None else self.similar_above
        below = -math.inf if self.other_below is None else self.other_below
        return ScoreFit(self.slope, self.intercept, self.threshold, above, below, self.note)


class Kind(Part):
    """What tells a file of three classes or more from the others."""

    scaling: str


Stored = StoredCalibration | StoredClasses


def stored_fit(fitted: ScoreFit, aim: Aim, **facts: Any) -> StoredCalibration:
    """A fit as it is written. facts: what else the file holds: scaling, risk, pairs, similar, weights and figures."""
    return StoredCalibration(
        format=1,
        slope=fitted.slope,
        intercept=fitted.intercept,
        threshold=fitted.threshold,
        similar_above=_finite(fitted.similar_above),
        other_below=_finite(fitted.other_below),
        note=fitted.note,
        aim=f"precision:{aim!r}" if isinstance(aim, float) else aim,
        confidence=CONFIDENCE,
        **facts,
    )


def _finite(end: float) -> float | None:
    return None if math.isinf(end) else end


def weights_of(folder: str | Path) -> dict[str, str]:
    """SHA-256 of each file of weights of a model folder, by its path from there.

    Those in folders below count, where modules lie, and the files in which an ONNX graph keeps its weights.
    """
    folder = Path(folder)
    files = {file for file in folder.rglob("*") if file.suffix in WEIGHTS and file.is_file()}
    files |= {kept for file in files if file.suffix == GRAPH for kept in files_of_graph(file)}
    # A name in a graph may lead out of the folder.
    return {Path(os.path.relpath(file, folder)).as_posix(): sha256(file) for file in sorted(files)}


def weights_checksum(folder: str | Path) -> str | None:
    """One SHA-256 for all files of weights of a model folder; None where it has none.

    Of one file it is that of the file. Of several, as of weights in shards, it is that of a text with a line for each
    file in the order of their paths: checksum, two spaces, path.
    """
    files = weights_of(folder)
    if len(files) < 2:
        return next(iter(files.values()), None)
    lines = (f"{checksum}  {name}\n" for name, checksum in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def read_stored(file: str | Path) -> Stored:
    """Read a file of `yiju calibrate`. Raises YijuError where it is not there, or is not what was written."""
    file = Path(file)
    if not file.is_file():
        raise YijuError(f"{file}: no such file; yiju calibrate writes one")
    wanted = ("yiju calibrate", "run it again, or delete the file")
    if read_part(file, Kind, *wanted).scaling == "class_temperature":
        return read_part(file, StoredClasses, *wanted)
    return read_part(file, StoredCalibration, *wanted)


def check_weights(file: Path, stored: Stored, folder: str | Path) -> None:
    """Raise YijuError where a calibration was fitted on scores of other weights than a model folder holds."""
    if stored.weights and stored.weights != weights_of(folder):
        raise YijuError(
            f"{file}: it was fitted on scores of other weights than {folder} holds; run yiju calibrate again, or "
            "delete the file"
        )


def write_stored(file: str | Path, stored: Stored) -> None:
    """Write the file, whole or not at all."""
    write_json(file, stored.model_dump(mode="json"))
