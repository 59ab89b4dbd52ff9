"""Train, dev and test pairs of `yiju finetune`: what is set aside, and what the splits have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.app.finetuning.given_tables import Learnt
from yiju.app.finetuning.targets import Target
from yiju.base.errors import YijuError
from yiju.base.plurals import be, counted, verb
from yiju.data.components import connected_groups
from yiju.data.pairs.carve import choose
from yiju.data.sentence_keys import number_sentences, pair_keys, sentence_hashes

# Distinct pairs that are needed, and the share of all pairs that is set aside as dev, and as test.
FEWEST, SHARE = 20, 0.1


def split_pairs(
    pairs: Mapping[str, Learnt], target: Target, file: Path, seed: int, say: Callable[[str], None]
) -> dict[str, Learnt]:
    """Train, dev and test; of those that no table holds pairs are set aside. file: of the train pairs.

    Classes of which a split that is set aside has no pair are said. Raises YijuError where the pairs are too few.
    """
    found, rest = dict(pairs), pairs["train"]
    distinct = distinct_pairs(rest.table)
    if distinct < FEWEST:
        raise YijuError(
            f"{file}: holds {counted(distinct, 'different labelled pair')}, too few to learn and to measure anything; "
            f"bring at least {FEWEST}, better some thousand"
        )
    missing = [split for split in ("dev", "test") if split not in pairs]
    for number, split in enumerate(missing):
        # Of a rare class, pairs are left for the splits that are still to be drawn, and for learning.
        keep = len(missing) - number
        drawn = set_aside(rest, None if target.graded else rest.labels, SHARE, seed + number, keep)
        found[split], rest = rest.only(drawn.rows), rest.only(~drawn.rows)
        told = "no sentence of them is learnt" if drawn.whole else "one by one, as too many pairs share sentences"
        say(f"{counted(len(found[split]), 'pair')} are set aside as {split}: {told}")
        lacking = [] if target.graded else set(pairs["train"].labels) - set(found[split].labels)
        if lacking:
            names = ", ".join(target.classes[int(label)] for label in sorted(lacking))
            say(
                f"{split} has no pair with these labels: {names}; such pairs are too few, or hang together by shared "
                f"sentences, and the figures of {split} say nothing of them"
            )
    return {"train": rest, "dev": found["dev"], "test": found["test"]}


def overlaps(pairs: Mapping[str, Learnt]) -> Iterator[str]:
    """What figures rest on pairs and sentences that the model has learnt, or that chose its weights."""
    train, dev, test = (pairs[split].table for split in ("train", "dev", "test"))
    shared = {"dev": overlap(dev, train), "test": overlap(test, train, dev)}
    for split, found in shared.items():
        there = "train" if split == "dev" else "train or dev"
        if found.pairs:
            yield f"{counted(found.pairs, 'pair')} of {split} {be(found.pairs)} in {there} too"
        if found.sharing:
            have = verb(found.sharing, "has", "have")
            yield f"{counted(found.sharing, 'pair')} of {split} {have} a sentence that is in {there} too"
    if shared["test"] == Overlap(0, 0):
        yield "dev chose the weights, so its figures are too good; those of test are not"
    else:
        yield "dev chose the weights, and test has sentences of train or dev, so the figures of both are too good"


@dataclass(frozen=True)
class Drawn:
    """Which pairs are set aside, bool [pairs]; whole: whether no sentence of them is left among the others."""

    rows: np.ndarray
    whole: bool


def set_aside(pairs: Learnt, classes: np.ndarray | None, share: float, seed: int, keep: int) -> Drawn:
    """Draw a share of the pairs, connected sentences together, so that none of a pair's sentences is learnt.

    Groups of more than `share` of all pairs are never drawn so. Where the others are too few, distinct pairs are drawn
    one by one, one at least. classes: of each pair, None for grades; both sides have every class where that can be;
    keep: see `choose`.
    """
    numbers = _sentences(pairs.table)
    labels = np.zeros(len(pairs), dtype=np.int64) if classes is None else classes
    wanted = max(1, round(share * len(labels)))
    rows = choose(connected_groups(numbers[:, 0], numbers[:, 1]), labels, share, seed, keep)
    if wanted <= 2 * rows.sum() <= 2 * wanted:
        return Drawn(rows, True)
    return Drawn(choose(np.unique(pair_keys(numbers), return_inverse=True)[1], labels, share, seed, keep), False)


def distinct_pairs(table: pl.DataFrame) -> int:
    """How many pairs there are, whatever the order of their sentences and however often each stands there."""
    return len(np.unique(pair_keys(_sentences(table))))


@dataclass(frozen=True)
class Overlap:
    """pairs: how many pairs of a table, in either order of their sentences, are in other tables; sharing: how many
    further ones have a sentence that is there."""

    pairs: int
    sharing: int


def overlap(one: pl.DataFrame, *others: pl.DataFrame) -> Overlap:
    """What a table has in common with others."""
    numbers = _sentences(pl.concat([table.select("q", "t") for table in (one, *others)]))
    keys, count = pair_keys(numbers), len(one)
    same = np.isin(keys[:count], keys[count:])
    return Overlap(int(same.sum()), int((np.isin(numbers[:count], numbers[count:]).any(axis=1) & ~same).sum()))


def _sentences(table: pl.DataFrame) -> np.ndarray:
    return number_sentences(sentence_hashes(table))
