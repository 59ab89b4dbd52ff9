"""What the judgements of fine-tuned members rest on, of all of them together and of each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_json
from yiju.base.types import MEASURED
from yiju.explain.attribution import score_pairs
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.orders import Order, orders_of
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.explain.segment_table import segment_table
from yiju.explain.segments import segments_in
from yiju.explain.subject import Subject
from yiju.models.calibration.apply import log_probability, read_calibration
from yiju.models.folder import load_classifier, load_tokenizer
from yiju.models.measured import read_measured
from yiju.models.scorer import Scorer
from yiju.models.scores import explained_labels

# In the work folder of an attribution: how long the method took.
SECONDS = "seconds.json"


def attribute_set(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    out: str,
    facts: str,
    members: Sequence[str],
    measured: str | None,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the ATTRIBUTIONS of an ITEMS table, for the judgements in the SCORES table `scores`, and its EXPLAINED.

    models: of all members, whose judgement together is explained; calibration: the ensemble's; members: where each
    one's own judgement is explained too, a file of ATTRIBUTIONS of each, else none; measured: where the method is the
    one that was measured best on dev, the file that names it; settings: target, max_length,
    average_orders, seed, `method` with its options, and `sufficient`, whether the smallest rationale of each pair is
    looked for; work: folder for what is finished.
    """
    torch.set_num_threads(threads)
    settings = settings | {"method": method_of(settings["method"], measured)}
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    explain_set(subjects, items, scores, calibration, settings, out, facts, members, Path(work))


def explain_set(
    subjects: Sequence[Subject],
    items: str,
    scores: str,
    calibration: str,
    settings: dict,
    out: str,
    facts: str,
    members: Sequence[str],
    work: Path,
) -> None:
    """What `attribute_set` does, with classifiers at hand; `seconds_of` tells how long the method took."""
    table = tables.read(items, tables.ITEMS)
    labels = explained_labels(tables.read(scores, tables.SCORES), settings["target"])
    scorer = subjects[0].scorer
    orders = read_items(scorer, table, settings)
    ensemble = ensemble_of(subjects, orders)
    with _timed(work / SECONDS):
        found = score_pairs(ensemble, labels, settings["method"], work)
    logits = ensemble.logits() if found.logits is None else found.logits
    rationales = None
    if settings["sufficient"]:
        rationales = sufficient_of(ensemble, labels, found.values[0], margin_for(calibration, settings), work)
    columns = {
        "item": table["item"],
        "label": labels,
        "log_probability": log_probability(logits, labels),
        "gap": found.gap,
        "truncated": orders[0].pairs.truncated,
        "unknown": sum(scorer.unknown_counts(table[side].to_list(), getattr(orders[0], side)) for side in ("q", "t")),
        "kept": None if rationales is None else rationales.kept,
    }
    segments = orders[0].segments
    ranks = None if rationales is None else rationales.ranks
    tables.write(segment_table(table, segments, found.values[0], found.error, ranks), out, tables.ATTRIBUTIONS)
    for own, path in zip(found.values[1:] if members else [], members, strict=True):
        tables.write(segment_table(table, segments, own), path, tables.ATTRIBUTIONS)
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.EXPLAINED)), facts, tables.EXPLAINED)


def method_of(method: dict, measured: str | None) -> dict:
    """A method with its options; in the place of the one measured best, what its file names."""
    if method["method"] != MEASURED:
        return method
    assert measured is not None, "what says which method was measured best"
    return read_measured(json.loads(Path(measured).read_text(encoding="utf-8")), measured).method


def subject_of(model: str, device: str, batch_tokens: int, seed: int) -> Subject:
    """The classifier of a folder, ready to be explained."""
    classifier = load_classifier(model, device)
    return Subject.of(classifier, load_tokenizer(model), batch_tokens, seed)


def read_items(scorer: Scorer, items: pl.DataFrame, settings: dict) -> list[Order]:
    """An ITEMS table's pairs as members read them, in each order that decides. settings: max_length, average_orders."""
    q, t = (items[side].to_list() for side in "qt")
    cut = replace(scorer, max_length=settings["max_length"])
    return orders_of(cut, q, t, settings["average_orders"], segments_in(items))


def ensemble_of(subjects: Sequence[Subject], orders: Sequence[Order]) -> Ensemble:
    """Pairs before all members, in each order that decides."""
    return Ensemble([[Reading.of(subject, order) for order in orders] for subject in subjects])


def margin_for(calibration: str, settings: dict) -> float:
    """The margin of what is explained, on the mean of the members' logits: none where the larger logit is."""
    fitted = read_calibration(calibration)
    return fitted.margin * fitted.temperature if settings["target"] == "label" else 0.0


def seconds_of(work: Path) -> float:
    """Seconds that the method took for what is finished in a work folder, over all attempts."""
    return json.loads((work / SECONDS).read_text(encoding="utf-8")) if (work / SECONDS).is_file() else 0.0


@contextmanager
def _timed(file: Path) -> Iterator[None]:
    """Add the seconds of the block to those in the file, also where it is interrupted."""
    before, started = seconds_of(file.parent), time.perf_counter()
    try:
        yield
    finally:
        write_json(file, before + time.perf_counter() - started)
