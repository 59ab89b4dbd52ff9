"""What explanation methods say of the drawn pairs while the weights of the members are drawn anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.evaluation.study.drawn_pairs import Drawn
from yiju.explain.attribution import Unsupported
from yiju.models.randomisation import cascade
from yiju.models.randomisation_steps import ALL

log = logging.getLogger(__name__)
# The steps before the last one see one drawn pair of so many: together they cost no more than the last one.
PART = 3


def attribute_randomised(
    items: str,
    scores: str,
    models: Sequence[str],
    settings: dict,
    out: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write RANDOMISED of one method: its scores after each step of `cascade`, in all members at once.

    The labels that are explained stay those in the SCORES table `scores`. All weights drawn anew are looked at on all
    pairs, the steps before on a third of them, which the seed draws. settings: as for `attribute_set`; work: folder for
    what is finished. Of a method that does not fit the models the table is empty.
    """
    torch.set_num_threads(threads)
    drawn = Drawn.read(items, scores, models, settings, device, batch_tokens)
    parts = [tables.empty(tables.RANDOMISED)]
    try:
        for step in _steps(drawn, settings["seed"]):
            rows = _rows(len(drawn.items), step, settings["seed"])
            found = drawn.attributed(settings["method"], Path(work) / step, rows)
            parts.append(found.select(pl.lit(step).alias("step"), "item", "side", "index", "score"))
    except Unsupported as error:
        log.info("%s is left out: %s", settings["method"]["method"], error.reason)
    if len(parts) == 2:
        log.info("no list of layers was found in this model: all weights are drawn anew at once")
    tables.write(pl.concat(parts), out, tables.RANDOMISED)


def _steps(drawn: Drawn, seed: int) -> Iterator[str]:
    """Draw weights of every member anew, step by step."""
    models = {id(one.subject.model): one.subject.model for one in drawn.ensemble.readings}.values()
    for steps in zip(*(cascade(model, seed + number) for number, model in enumerate(models)), strict=True):
        yield steps[0]


def _rows(count: int, step: str, seed: int) -> np.ndarray:
    """The pairs that are explained at a step, in order."""
    if step == ALL:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[: max(1, count // PART)])
