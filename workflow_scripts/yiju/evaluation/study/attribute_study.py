"""What explanation methods say of the drawn pairs, and how long they take."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.evaluation.study.drawn_pairs import Drawn
from yiju.evaluation.study.edited import attribute_edited
from yiju.evaluation.study.turned import attribute_turned
from yiju.explain.attribute_set import attribute_set, seconds_of
from yiju.explain.attribution import Unsupported, draws

# What an edited pair, and a minimal one, is explained from.
GIVEN = ("items", "scores", "models", "calibration", "settings", "device", "batch_tokens")
log = logging.getLogger(__name__)


def attribute_study(work: str, seconds: str, again: str, edited: str, turned: str, **arguments: Any) -> None:
    """Do what `attribute_set` does with the other arguments, and write how many seconds the method took.

    again: ATTRIBUTIONS with another seed, of a method that draws samples; else empty. edited: EDITED, its scores after
    edits that keep the meaning. turned: TURNED, its scores of minimal pairs whose change turned the judgement. A
    method that does not fit the models is left out: its tables are empty, and in the place of the seconds stands why.
    """
    try:
        attribute_set(work=work, **arguments)
    except Unsupported as error:
        log.warning("%s is left out: %s", arguments["settings"]["method"]["method"], error.reason)
        _write_nothing([arguments["out"], again, *arguments["members"]], arguments["facts"])
        tables.write(tables.empty(tables.EDITED), edited, tables.EDITED)
        tables.write(tables.empty(tables.TURNED), turned, tables.TURNED)
        write_json(seconds, {"left_out": error.reason})
        return
    write_json(seconds, {"seconds": round(seconds_of(Path(work)), 3)})
    tables.write(_again(Path(work) / "again", **arguments), again, tables.ATTRIBUTIONS)
    given = {name: arguments[name] for name in GIVEN}
    tables.write(attribute_edited(work=Path(work) / "edited", **given), edited, tables.EDITED)
    del given["scores"]
    tables.write(attribute_turned(work=Path(work) / "turned", **given), turned, tables.TURNED)


def _again(
    work: Path,
    items: str,
    scores: str,
    models: Sequence[str],
    settings: dict,
    device: str,
    batch_tokens: int,
    **_: Any,
) -> pl.DataFrame:
    if not draws(settings["method"]):
        return tables.empty(tables.ATTRIBUTIONS)
    other = settings | {"seed": settings["seed"] + 1}
    return Drawn.read(items, scores, models, other, device, batch_tokens).attributed(settings["method"], work)


def _write_nothing(attributions: Sequence[str], facts: str) -> None:
    """Empty ATTRIBUTIONS and EXPLAINED, of a method that does not fit the models."""
    for path in attributions:
        tables.write(tables.empty(tables.ATTRIBUTIONS), path, tables.ATTRIBUTIONS)
    tables.write(tables.empty(tables.EXPLAINED), facts, tables.EXPLAINED)
