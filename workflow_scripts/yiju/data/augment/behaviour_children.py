"""Training pairs against failures of behaviour: a training sentence and its form after one change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.augment.training_rows import training_parts
from yiju.data.behaviour.frames import SLOT, frames
from yiju.data.behaviour.lexicon import rows as lines_of
from yiju.data.behaviour.minimal_pairs import number
from yiju.data.behaviour.suite import changes, missing
from yiju.data.sentence_keys import normalised

# Sentences that are looked at, at most, and children of a category, as a share of the training pairs, at most.
SENTENCES, SHARE = 50_000, 0.05
# So many times as many are made before it is known which of them may stay.
SPARE = 4
LABELS = {"turns": 0, "stays": 1}
# Why a child, or a sentence, is left out.
HELD_OUT = "sentence of a dev, test or competition set"
FRAME = "sentence of a frame of the test of behaviour"
TWO_FOLDS = "sentence in two folds"
KNOWN = "training pair already"
CONTRADICTED = "two changes that contradict each other"


@dataclass(frozen=True)
class Parent:
    """A training sentence: its text, the first pair that it is in, and the fold of all its pairs."""

    text: str
    pair: int
    fold: int


def behaviour_children(
    pairs: str | Path,
    folds: str | Path,
    held_out: str | Path,
    sets: Sequence[str | Path],
    categories: Sequence[str],
    seed: int,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Children as AUGMENTED, and how many were left out, by reason.

    pairs: MERGED; folds: FOLDS; held_out: HELD_OUT; sets: ITEMS of the competition sets; categories: of
    `yiju.data.behaviour.categories`. A child is labelled by what its change must do; it stays in the fold of its
    parent. No sentence of a dev, test or competition set is changed or made, and none of the frames from which the
    test of behaviour makes its own items, whatever their words. Raises YijuError for a category whose library is
    missing.
    """
    for name in categories:
        if name in missing():
            raise YijuError(f"augment.behaviour: {name}: {missing()[name]}")
    left_out: Counter[str] = Counter()
    count = tables.read(folds, tables.FOLDS).height
    most = max(1, int(SHARE * count))
    forbidden = _held_out_texts(pairs, held_out, sets)
    parents = list(_parents(pairs, folds, count, forbidden, seed, left_out))
    found: list[dict] = []
    for name in categories:
        own = [(parent, one) for parent in parents for one in changes(name, parent.text, seed) if one.effect in LABELS]
        own.sort(key=lambda each: number(seed, name, each[0].text, each[1].t))
        found += [
            {"q": one.q, "t": one.t, "label": LABELS[one.effect], "fold": parent.fold}
            | {"operation": f"behaviour_{name}", "parents": [parent.pair]}
            for parent, one in own[: SPARE * most]
        ]
    table = pl.DataFrame(found, schema=pl.Schema(tables.AUGMENTED))
    clean = _clean(table, pairs, folds, forbidden, left_out)
    return clean.group_by("operation", maintain_order=True).head(most).select(tables.AUGMENTED.names), dict(left_out)


def _held_out_texts(pairs: str | Path, held_out: str | Path, sets: Sequence[str | Path]) -> set[str]:
    """The normal forms of all sentences of dev, test and competition sets."""
    known = tables.read(held_out, tables.HELD_OUT)
    numbers = pl.concat([known["low"], known["high"]]).unique()
    found: set[str] = set()
    for part in tables.parts(pairs, tables.MERGED, ["q", "t", "q_sentence", "t_sentence"]):
        for side in ("q", "t"):
            own = part.filter(pl.col(f"{side}_sentence").is_in(numbers.implode()))[side]
            found |= set(normalised(own))
    for path in sets:
        table = tables.read(path, tables.ITEMS)
        found |= set(normalised(table["q"])) | set(normalised(table["t"]))
    return found


def _parents(
    pairs: str | Path, folds: str | Path, count: int, forbidden: set[str], seed: int, left_out: Counter[str]
) -> Iterator[Parent]:
    """Distinct training sentences, drawn by their text where there are too many."""
    share = SENTENCES / max(1, 2 * count)
    found: dict[str, Parent] = {}
    in_two_folds: set[str] = set()
    for part in training_parts(pairs, folds, ["q", "t"]):
        for side in ("q", "t"):
            for key, text, pair, fold in zip(
                normalised(part[side]), part[side], part["pair"], part["fold"], strict=True
            ):
                if share < 1 and number(seed, key) >= share * 2**64:
                    continue
                known = found.setdefault(key, Parent(text, pair, fold))
                if known.fold != fold:
                    in_two_folds.add(key)
    for key, parent in found.items():
        reason = (
            HELD_OUT
            if key in forbidden
            else TWO_FOLDS
            if key in in_two_folds
            else FRAME
            if _of_frame(parent.text)
            else ""
        )
        if reason:
            left_out[reason] += 1
        else:
            yield parent


def _clean(
    table: pl.DataFrame, pairs: str | Path, folds: str | Path, forbidden: set[str], left_out: Counter[str]
) -> pl.DataFrame:
    """The children without sentences of the test side, training pairs, and pairs that two changes label otherwise."""
    keyed = table.with_columns(q_key=normalised(table["q"]), t_key=normalised(table["t"]))
    keyed = keyed.with_columns(low=pl.min_horizontal("q_key", "t_key"), high=pl.max_horizontal("q_key", "t_key"))
    held = np.array([key in forbidden for key in keyed["t_key"]], dtype=bool)
    framed = np.array([_of_frame(text) for text in keyed["t"]], dtype=bool)
    left_out[HELD_OUT] += int(held.sum())
    left_out[FRAME] += int((framed & ~held).sum())
    keyed = keyed.filter(pl.Series(~held & ~framed))
    sides = keyed.group_by("low", "high").agg(pl.col("label").n_unique().alias("labels"))
    keyed = keyed.join(sides, on=["low", "high"], how="left", maintain_order="left")
    left_out[CONTRADICTED] += int((keyed["labels"] > 1).sum())
    keyed = keyed.filter(pl.col("labels") == 1)
    # Forms of one sentence, such as full width, have one normal form and are no pair that training knows.
    wanted = keyed.filter(pl.col("low") != pl.col("high")).select("low", "high").unique()
    seen = [wanted.clear()]
    for part in training_parts(pairs, folds, ["q", "t"]):
        keys = pl.DataFrame({"a": normalised(part["q"]), "b": normalised(part["t"])})
        both = keys.select(low=pl.min_horizontal("a", "b"), high=pl.max_horizontal("a", "b"))
        seen.append(wanted.join(both, on=["low", "high"], how="semi"))
    new = keyed.join(pl.concat(seen), on=["low", "high"], how="anti", maintain_order="left")
    left_out[KNOWN] += keyed.height - new.height
    return new.unique(["q", "t"], keep="first", maintain_order=True).select(tables.AUGMENTED.names)


def _of_frame(text: str) -> bool:
    """Whether a sentence is one of the test's own frames with any of its words."""
    return _frame_pattern().fullmatch(text) is not None


@cache
def _frame_pattern() -> re.Pattern[str]:
    words: Mapping[str, str] = {name: "|".join(map(re.escape, text.split(" "))) for name, text in lines_of("slots")}
    patterns = set()
    for frame in frames():
        for text in (frame.q, frame.t):
            pieces = SLOT.split(text)
            # Of each slot: what stands before it, its name, and 2 for the second word of a list.
            plain, slots = pieces[0::3], pieces[1::3]
            patterns.add(
                re.escape(plain[0])
                + "".join(f"(?:{words[slot]}){re.escape(after)}" for slot, after in zip(slots, plain[1:], strict=True))
            )
    return re.compile("|".join(sorted(patterns)))
