"""From a model and judged pairs to one score per segment of both sides."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from tqdm import tqdm

from yiju import tables
from yiju.attribution.subject import Scores, Subject, evaluating
from yiju.predict import check_finite
from yiju.provenance import atomic
from yiju.rationale.alignment import Span, share_scores
from yiju.rationale.items import characters, segment_spans
from yiju.tokens import Sentences, Sequences

# Pairs explained between two saves of a long job.
PART = 256
# What `Scores` has beside the values, one a pair.
OTHERS = ("gap", "logits")


def load_method(name: str) -> Callable[[Subject, Sequences, np.ndarray, dict], Scores]:
    """The `attribute` of a method's file; see `yiju.attribution`."""
    return importlib.import_module(f"yiju.attribution.methods.{name}").attribute


def judges(name: str) -> bool:
    """Whether a method takes None for the labels with the larger logit."""
    return getattr(importlib.import_module(f"yiju.attribution.methods.{name}"), "JUDGES", False)


def score_pairs(
    subject: Subject,
    pairs: Sequences,
    labels: np.ndarray | None,
    options: dict,
    work: Path | None = None,
    bar: bool = True,
) -> Scores:
    """Token scores of every pair, with a progress bar if asked; the model's mode is left as it was.

    labels: int64 [pairs], or None for those with the larger logit, which a method that judges the pairs in passing
    explains without another pass; options: `method` and all options of it; work: a folder where finished parts are
    kept, and found again.
    """
    method = load_method(options["method"])
    values, others = np.zeros(len(pairs.ids)), []
    if labels is None and not judges(options["method"]):
        labels = subject.decided(pairs)
    shown = tqdm(total=len(pairs), desc="attribution", unit=" pairs", disable=None if bar else True)
    with evaluating(subject.model), shown:
        for number, rows in enumerate(_parts(pairs.lengths)):
            part = pairs.select(rows)
            found = _kept(
                work,
                number,
                lambda part=part, rows=rows: method(subject, part, labels if labels is None else labels[rows], options),
            )
            for row, start, end in zip(rows, part.starts[:-1], part.starts[1:], strict=True):
                values[pairs.starts[row] : pairs.starts[row + 1]] = found.values[start:end]
            others.append((rows, found))
            shown.update(len(rows))
    check_finite(values, "scores")
    gathered = (_gathered([(rows, getattr(found, name)) for rows, found in others]) for name in OTHERS)
    return Scores(values, *gathered)


def segment_table(
    items: pl.DataFrame, q: Sentences, t: Sentences, pairs: Sequences, values: np.ndarray
) -> pl.DataFrame:
    """Token scores of an ITEMS table's pairs as an ATTRIBUTIONS table: by token, by character and by segment.

    q, t: the sentences with their spans. Segments are those given, or `characters` where none are. What was cut off
    because the pair is longer than the model reads scores 0, as do special tokens.
    """
    columns: dict[str, list] = {name: [] for name in tables.ATTRIBUTIONS}
    for row, item in enumerate(items.iter_rows(named=True)):
        scores = values[pairs.starts[row] : pairs.starts[row + 1]]
        first, second = int(pairs.first[row]), int(pairs.second[row])
        sides = (("q", q, scores[1 : 1 + first]), ("t", t, scores[2 + first : 2 + first + second]))
        for side, sentences, own in sides:
            text, given = item[side], item[f"{side}_segments"]
            tokens = sentences.span_list(row, len(own))
            cuts = {
                "token": tokens,
                "character": [(place, place + 1) for place in range(len(text))],
                "segment": segment_spans(text, characters(text) if given is None else given),
            }
            for unit, spans in cuts.items():
                _append(columns, item["item"], side, unit, text, spans, share_scores(tokens, own, spans))
    return pl.DataFrame(columns, schema=tables.ATTRIBUTIONS)


def _append(
    columns: dict[str, list], item: str, side: str, unit: str, text: str, spans: Sequence[Span], scores: np.ndarray
) -> None:
    count = len(spans)
    columns["item"] += [item] * count
    columns["side"] += [side] * count
    columns["unit"] += [unit] * count
    columns["index"] += range(count)
    columns["start"] += [start for start, _ in spans]
    columns["end"] += [end for _, end in spans]
    columns["text"] += [text[start:end] for start, end in spans]
    columns["score"] += scores.tolist()


def _parts(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Rows in parts of one size and similar length, whatever the memory at hand: saved parts are found again."""
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), PART):
        yield order[start : start + PART]


def _kept(work: Path | None, number: int, compute: Callable[[], Scores]) -> Scores:
    """A part's scores, from the work folder where they were kept."""
    if work is None:
        return compute()
    file = work / f"part{number}.npz"
    if not file.is_file():
        found = compute()
        arrays = {name: array for name, array in vars(found).items() if array is not None}
        with atomic(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **arrays)
    with np.load(file, allow_pickle=False) as arrays:
        return Scores(**arrays)


def _gathered(parts: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> np.ndarray | None:
    """What the parts have for each pair, in the order of the pairs."""
    if not parts or parts[0][1] is None:
        return None
    order, found = (np.concatenate(column) for column in zip(*parts, strict=True))
    return found[np.argsort(order)]
