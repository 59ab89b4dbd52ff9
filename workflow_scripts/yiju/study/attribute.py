"""What explanation methods say of the drawn pairs, how long they take, and what they say of a model of chance."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import torch

from yiju import tables
from yiju.attribution.attribute import Unsupported
from yiju.encoder.build import redraw
from yiju.encoder.folder import load_tokenizer
from yiju.judge import attribute_set, explain_set, seconds_of, subject_of
from yiju.provenance import write_json

log = logging.getLogger(__name__)


def attribute_study(work: str, seconds: str, **arguments: object) -> None:
    """Do what `attribute_set` does with the other arguments, and write how many seconds the method took.

    A method that does not fit the models is left out: its tables are empty, and in the place of the seconds stands why.
    """
    try:
        attribute_set(work=work, **arguments)
    except Unsupported as error:
        log.warning("%s is left out: %s", arguments["settings"]["method"]["method"], error.reason)
        _write_nothing([arguments["out"], *arguments["members"]], arguments["facts"])
        write_json(seconds, {"left_out": error.reason})
        return
    write_json(seconds, {"seconds": round(seconds_of(Path(work)), 3)})


def attribute_randomised(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    out: str,
    facts: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Do what `attribute_set` does with all weights of the members drawn anew (Adebayo 2018); the labels stay.

    Of a method that does not fit the models the tables are empty.
    """
    torch.set_num_threads(threads)
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    for number, subject in enumerate(subjects):
        redraw(subject.model, settings["seed"] + number)
    tokenizer = load_tokenizer(models[0])
    try:
        explain_set(subjects, tokenizer, items, scores, calibration, settings, out, facts, [], Path(work))
    except Unsupported:
        _write_nothing([out], facts)


def _write_nothing(attributions: Sequence[str], facts: str) -> None:
    """Empty ATTRIBUTIONS and EXPLAINED, of a method that does not fit the models."""
    for path in attributions:
        tables.write(pl.DataFrame(schema=tables.ATTRIBUTIONS), path, tables.ATTRIBUTIONS)
    tables.write(pl.DataFrame(schema=tables.EXPLAINED), facts, tables.EXPLAINED)
