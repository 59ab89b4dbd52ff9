"""What `yiju calibrate` fits to: scores and labels, of a model that judges a table of pairs or of a table of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from yiju.app.cli.output import say
from yiju.app.cli.pair_options import NAMED
from yiju.base.errors import YijuError
from yiju.base.plurals import counted, verb
from yiju.data.class_scores import FEWEST, class_columns, read_class_scores
from yiju.data.pair_files import class_labels
from yiju.data.score_files import read_scores
from yiju.data.table_formats import SCORE
from yiju.models.calibration.score_fit import Scaling

if TYPE_CHECKING:
    from yiju.app.cli.pair_source import Source
    from yiju.app.explainer import Explainer

MOST = 127
# How far from 1 the sum of probabilities that were rounded may be.
ROUNDED = 0.01


@dataclass(frozen=True)
class Known:
    """scores, labels: [n] each; pairs: [n], the number of each row's pair; scaling: what is fitted to such scores;
    weights: of the model that gave them, by file."""

    scores: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray
    scaling: Scaling
    weights: dict[str, str]


@dataclass(frozen=True)
class KnownClasses:
    """The same of three classes or more. logits: [n, classes]; labels: numbers of classes; probabilities: whether the
    logits are logarithms of probabilities that a table holds."""

    logits: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray
    classes: Sequence[str]
    probabilities: bool
    weights: dict[str, str]


def read_known(path: Path, columns: Sequence[str], label: str | None) -> Known | KnownClasses:
    """Scores and labels of a table. columns: of the scores as the user names them, or none.

    Raises YijuError where rows cannot be used, after they are named.
    """
    if not path.is_file():
        raise YijuError(f"{path}: no such file; name MODEL and a table of pairs, or a table of scores")
    if len(columns) == 2:
        raise YijuError(
            "--score names two columns; for two labels name the one of the similar pairs, and for more a column each"
        )
    columns = columns or class_columns(path)
    if len(columns) >= FEWEST:
        return _read_classes(path, columns, label)
    found = read_scores(path, columns[0] if columns else SCORE, label)
    _refuse_bad(path, found.bad)
    return Known(np.array(found.scores), np.array(found.labels), np.arange(len(found.scores)), "platt", {})


def _read_classes(path: Path, columns: Sequence[str], label: str | None) -> KnownClasses:
    found = read_class_scores(path, columns, label)
    _refuse_bad(path, found.bad)
    scores, labels = np.array(found.scores), np.array(found.labels)
    chances = bool((scores >= 0).all() and (np.abs(scores.sum(axis=1) - 1) <= ROUNDED).all())
    if chances:
        scores = np.log(np.maximum(scores, np.finfo(np.float64).eps))
    return KnownClasses(scores, labels, np.arange(len(labels)), found.classes, chances, {})


def _refuse_bad(path: Path, bad: Sequence[str]) -> None:
    for problem in bad[:NAMED]:
        say(problem, err=True)
    if bad:
        raise YijuError(f"{path}: {counted(len(bad), 'row')} cannot be used; correct what is named")


def judge_known(folder: Path, device: str, source: Source) -> Known | KnownClasses:
    """What the model says of the pairs of a table."""
    from yiju.app.explainer import Explainer
    from yiju.models.calibrated import scaling_of
    from yiju.models.calibration.apply import log_odds_of
    from yiju.models.calibration.fit import number_pairs
    from yiju.models.calibration.stored import weights_of

    if not source.path.is_file() and str(source.path) != "-":
        raise YijuError(f"{source.path}: {'this is a folder; name a file' if source.path.is_dir() else 'no such file'}")
    explainer = Explainer.from_pretrained(folder, None, device, calibration=False)
    scaling, classes = scaling_of(explainer.scorer), explainer.scorer.classes
    if len(classes) > MOST:
        raise YijuError(f"the model has {len(classes)} classes; at most {MOST} are calibrated")
    if scaling == "class_temperature":
        source.labels = class_labels(classes)
    table = _labelled(explainer, source)
    pairs, facts = table.select("q", "t"), (table["label"].to_numpy(), number_pairs(table))
    _tell_shared(table)
    if scaling == "class_temperature":
        outputs, _ = explainer.outputs(pairs.iter_rows())
        return KnownClasses(outputs, *facts, classes, False, weights_of(folder))
    judged = explainer.predict(pairs.iter_rows())
    scores = np.array([one.score for one in judged])
    if scaling == "temperature":
        scores = log_odds_of(scores, np.array([one.label for one in judged]))
    return Known(scores, *facts, scaling, weights_of(folder))


def _labelled(explainer: Explainer, source: Source) -> pl.DataFrame:
    """The rows of a table that are pairs, with their labels."""
    with source.opened() as tables:
        return pl.concat([part.filter(pl.col("reason").is_null()) for part in source.told(explainer, tables)])


def _tell_shared(table: pl.DataFrame) -> None:
    shared = int(table["q"].is_duplicated().sum())
    if shared:
        say(
            f"{counted(shared, 'row')} {verb(shared, 'has', 'have')} the q of another row; what is guaranteed holds "
            "for independent pairs",
            err=True,
        )
