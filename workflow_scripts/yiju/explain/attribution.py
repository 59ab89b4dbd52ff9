"""From models and judged pairs to one score per segment of both sides."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
from tqdm import tqdm

from yiju.base.errors import YijuError
from yiju.explain.ensemble import Ensemble, Reading, SegmentScores
from yiju.explain.leading import leading_distinct
from yiju.explain.parts import kept_part, parts_of
from yiju.explain.subject import TokenScores
from yiju.models.outputs import check_finite
from yiju.models.removal import NO_MASK, ordinary
from yiju.models.scorer import Scorer


class Unsupported(YijuError):
    """A method does not fit a model. reason: why, as a sentence without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; take another method, such as occlusion, which fits every model")
        self.reason = reason


def load_method(name: str) -> ModuleType:
    """A method's file; see `yiju.explain`."""
    return importlib.import_module(f"yiju.explain.methods.{name}")


def judges(name: str) -> bool:
    """Whether a method takes None for the labels with the larger logit."""
    return load_method(name).METHOD.judges


def draws(options: dict) -> bool:
    """Whether a method's scores depend on the seed. options: `method` and all options of it."""
    return load_method(options["method"]).METHOD.draws or bool(options.get("smooth"))


def why_unsupported(options: dict, scorer: Scorer) -> str | None:
    """Why a method does not fit a model, as a sentence without a full stop; None where it fits.

    options: `method` and all options of it.
    """
    name = options["method"]
    method = load_method(name)
    known, supports = method.METHOD, getattr(method, "supports", None)
    if not (known.removes or known.chance or scorer.gradients):
        return f"{name} looks into the model, and this is a {scorer.family}, which gives scores alone"
    if supports and (reason := supports(scorer)):
        return reason
    if "mask" in (options.get("removal"), options.get("baseline")) and scorer.template.mask_id is None:
        return f"{name} puts [MASK] in a token's place, and {NO_MASK}"
    return None


def score_pairs(
    ensemble: Ensemble, labels: np.ndarray | None, options: dict, work: Path | None = None, bar: bool = True
) -> SegmentScores:
    """Scores of the segments of every pair, with a progress bar if asked; the models' mode is left as it was.

    labels: int64 [pairs], or None for those with the larger logit, which a method that judges the pairs in passing
    explains without another pass where one reading decides; options: `method` and all options of it; work: a folder
    where finished parts are kept, and found again. Raises Unsupported, before anything is computed, for a method that
    does not fit one of the models.
    """
    for one in ensemble.readings:
        reason = why_unsupported(options, one.subject.scorer)
        if reason:
            raise Unsupported(reason)
    if labels is None and (len(ensemble.readings) > 1 or not judges(options["method"])):
        labels = ensemble.logits().argmax(1)
    parts = []
    shown = tqdm(total=len(ensemble), desc="attribution", unit=" pairs", disable=None if bar else True)
    with ensemble.evaluating(), shown:
        for number, rows in enumerate(parts_of(ensemble.first.pairs.lengths)):
            wanted = None if labels is None else labels[rows]
            part = ensemble.select(rows)
            explained = kept_part(
                SegmentScores,
                work,
                f"part{number}",
                partial(_scored, part, wanted, options),
            )
            parts.append((rows, explained))
            shown.update(len(rows))
    found = _gathered(ensemble, parts)
    read = np.concatenate([np.zeros(0, dtype=bool), *map(ensemble.read, range(len(ensemble)))])
    check_finite(found.values[:, read], "scores")
    return found


def _scored(ensemble: Ensemble, labels: np.ndarray | None, options: dict) -> SegmentScores:
    method = load_method(options["method"])
    if not method.METHOD.removes:
        return _shared(ensemble, method.attribute, labels, options)
    found = method.attribute(ensemble, labels, options)
    if found.error is None or not options.get("max_samples"):
        return found
    return _refined(method, ensemble, labels, options, found, found.error)


def _refined(
    method: ModuleType,
    ensemble: Ensemble,
    labels: np.ndarray | None,
    options: dict,
    found: SegmentScores,
    error: np.ndarray,
) -> SegmentScores:
    """Twice as many samples of the pairs whose first ranks do not hold, again and again up to `max_samples`."""
    samples = options["samples"]
    while samples < options["max_samples"]:
        samples = min(2 * samples, options["max_samples"])
        places = [ensemble.own(row) for row in range(len(ensemble))]
        open_ = [row for row, own in enumerate(places) if not leading_distinct(found.values[0, own], error[own])]
        if not open_:
            break
        wanted = None if labels is None else labels[open_]
        more = method.attribute(ensemble.select(open_), wanted, options | {"samples": samples})
        found.place(ensemble, open_, more)
    return found


def _shared(
    ensemble: Ensemble, attribute: Callable[..., TokenScores], labels: np.ndarray | None, options: dict
) -> SegmentScores:
    """Scores of tokens by each reading, shared among segments: each member's mean over orders, and the mean of all."""
    each = [attribute(one.subject, one.pairs, labels, options) for one in ensemble.readings]
    values = np.stack([_by_segment(one, own.values) for one, own in zip(ensemble.readings, each, strict=True)])
    means = {
        name: None if getattr(each[0], name) is None else np.mean([getattr(own, name) for own in each], axis=0)
        for name in ("gap", "logits")
    }
    found = SegmentScores(ensemble.by_voice(values), None, **means)
    for row in range(len(ensemble)):
        found.values[:, ensemble.own(row)][:, ~ensemble.read(row)] = np.nan
    return found


def _by_segment(reading: Reading, values: np.ndarray) -> np.ndarray:
    """What segments have of the scores of tokens, float64 [segments], flat. values: one a token of `pairs.ids`."""
    own = values[ordinary(reading.pairs)]
    bounds = np.cumsum([len(shares) for shares in reading.shares])[:-1]
    parts = zip(np.split(own, bounds), reading.shares, strict=True)
    return np.concatenate([np.zeros(0), *(tokens @ shares for tokens, shares in parts)])


def _gathered(ensemble: Ensemble, parts: Sequence[tuple[np.ndarray, SegmentScores]]) -> SegmentScores:
    """The parts as one, in the order of the pairs."""
    known = {name for _, part in parts for name in ("error", "gap") if getattr(part, name) is not None}
    found = SegmentScores.blank(ensemble, "error" in known, "gap" in known)
    told = [part.logits for _, part in parts if part.logits is not None]
    logits = np.zeros((len(ensemble), told[0].shape[1])) if told else None
    found = SegmentScores(found.values, found.error, found.gap, logits)
    for rows, part in parts:
        found.place(ensemble, rows, part)
    return found
