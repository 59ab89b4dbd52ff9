"""How far a label can be guessed without comparing two sentences: by lengths, by one of them, by shared characters.

Hypothesis-only baselines (Poliak et al. 2018; Gururangan et al. 2018) for sentence pairs: where one sentence alone
tells the label, a model that scores well need not have read both.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import sklearn
from threadpoolctl import threadpool_limits

from yiju.base import tables
from yiju.base.files import write_json
from yiju.base.share_intervals import share_interval
from yiju.data.audit.shortcut_models import SHORTCUTS, Inputs, fit
from yiju.data.audit.splits import draw_splits
from yiju.data.audit.validation import FOLDS, grouped, held_out_hits

log = logging.getLogger(__name__)
# A split with fewer labelled pairs shows nothing: the interval of an accuracy is 20 points wide at 100 pairs.
FEWEST = 100
# So far above the majority label, and surely above it, a shortcut is rewarded: more than what usually lies between two
# models, so that it could decide which of them seems better.
MARGIN = 0.05
# Overlap is part of what similar means; it is worth a warning only where it leaves little else to learn.
EXPLAINED = 0.8
COLUMNS = ("q", "t", "label", "q_sentence", "t_sentence")


@dataclass(frozen=True)
class Split:
    """The pairs of a split that are looked at.

    labelled: how many there are; labels: [n] int8; sentences: [n, 2] numbers; inputs: of each shortcut, by its name.
    """

    corpus: str
    split: str
    labelled: int
    labels: np.ndarray
    sentences: np.ndarray
    inputs: dict[str, Inputs]

    @property
    def name(self) -> dict[str, str]:
        return {"corpus": self.corpus, "split": self.split}


def audit_shortcuts(pairs: str | Path, out: str | Path, sample: int, seed: int) -> None:
    """Write as JSON how often each shortcut alone predicts the labels of every split of the MERGED pairs.

    sample: at most so many labelled pairs of a split are looked at, drawn by the seed. Accuracies are shares of pairs,
    beside that of the majority label; 95 % intervals (Wilson) are by groups of connected sentences, for pairs that
    share a sentence are no independent evidence.

    splits: cross-validated within the split; `warnings` names the shortcuts that it rewards.
    across: learnt on one split, tested on the others of its corpus and, where it knows no words, on the largest split
    of every other corpus; a pair is left out there if all that the shortcut sees of it occurs in the pairs learnt from.
    too_few: splits that were not looked at, and why: too few labelled pairs or different sentences, or one label only.
    """
    with _repeatable():
        splits, too_few = _read_splits(pairs, sample, seed)
        audit: dict[str, Any] = {
            "sample": sample,
            "folds": FOLDS,
            "margin": MARGIN,
            "explained": EXPLAINED,
            "splits": [_within(split, seed) for split in splits],
            "too_few": too_few,
            "across": [result for split in splits for result in _across(split, splits, seed)],
        }
    write_json(out, audit)
    for one in audit["splits"]:
        rewarded = f"rewards {', '.join(one['warnings'])}" if one["warnings"] else "no shortcut"
        log.info("%s %s: %s", one["corpus"], one["split"], rewarded)
    log.info("%d splits audited, %d not", len(splits), len(too_few))


def within_splits(pairs: str | Path, sample: int, seed: int) -> list[dict]:
    """The entries of `splits` and `too_few` (see `audit_shortcuts`) of the MERGED pairs; nothing across splits."""
    with _repeatable():
        splits, too_few = _read_splits(pairs, sample, seed)
        return [*(_within(split, seed) for split in splits), *too_few]


@contextmanager
def _repeatable() -> Iterator[None]:
    """A sum in another order differs in its last bits, and figures should not depend on the number of cores."""
    with threadpool_limits(limits=1), sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        yield


def rewards(shortcut: str, accuracy: float, low: float, majority: float) -> bool:
    """Whether a split rewards a shortcut. low: lower bound of its accuracy; majority: share of the frequent label."""
    least = majority + MARGIN if shortcut != "overlap" else max(EXPLAINED, majority + MARGIN)
    return accuracy >= least and low > majority


def _read_splits(pairs: str | Path, sample: int, seed: int) -> tuple[list[Split], list[dict]]:
    splits, too_few = [], []
    for drawn in draw_splits(pairs, COLUMNS, sample, seed, labelled=True):
        why = _too_few(drawn.rows)
        if not why:
            inputs = {name: shortcut.inputs(drawn.rows) for name, shortcut in SHORTCUTS.items()}
            sentences = drawn.rows.select("q_sentence", "t_sentence").to_numpy()
            labels = drawn.rows["label"].to_numpy()
            splits.append(Split(drawn.corpus, drawn.split, drawn.total, labels, sentences, inputs))
        else:
            too_few.append({"corpus": drawn.corpus, "split": drawn.split, "labelled": drawn.total, "why": why})
    return splits, too_few + _unlabelled(pairs)


def _unlabelled(pairs: str | Path) -> list[dict]:
    """Splits without any label, in order of appearance."""
    labels = tables.read(pairs, tables.MERGED, ["corpus", "split", "label"])
    counted = labels.group_by("corpus", "split", maintain_order=True).agg(pl.col("label").count())
    bare = counted.filter(pl.col("label") == 0).select("corpus", "split")
    return [one | {"labelled": 0, "why": "no labels"} for one in bare.to_dicts()]


def _too_few(pairs: pl.DataFrame) -> str:
    """Why the labelled pairs of a split cannot be looked at, or nothing."""
    if pairs.height < FEWEST:
        return f"fewer than {FEWEST}"
    if pairs["label"].n_unique() < 2:
        return "one label only"
    different = min(pairs[column].n_unique() for column in ("q_sentence", "t_sentence"))
    return f"only {different} different sentences on a side" if different < FOLDS else ""


def _within(split: Split, seed: int) -> dict:
    """A split's entry: what each shortcut reaches on held-out pairs of the same split."""
    majority = _majority(split.labels)
    found: dict[str, dict[str, Any]] = {}
    for name, shortcut in SHORTCUTS.items():
        groups, kind = grouped(split.sentences, shortcut.sees)
        hits = held_out_hits(shortcut, split.inputs[name], split.labels, groups, seed)
        accuracy, low, high = (round(value, 6) for value in share_interval(hits.astype(np.float64), groups.tolist()))
        found[name] = {"accuracy": accuracy, "low": low, "high": high, "grouped_by": kind}
    warnings = [name for name, one in found.items() if rewards(name, one["accuracy"], one["low"], majority)]
    sizes = {"labelled": split.labelled, "pairs": len(split.labels), "majority": majority}
    return {**split.name, **sizes, "shortcuts": found, "warnings": warnings}


def _across(learnt: Split, splits: Sequence[Split], seed: int) -> Iterator[dict]:
    """What the shortcuts learnt on one split reach on others."""
    for name, shortcut in SHORTCUTS.items():
        targets = _targets(learnt, splits, shortcut.travels)
        if not targets:
            continue
        model = fit(shortcut, learnt.inputs[name], learnt.labels, seed)
        for tested in targets:
            new = ~np.isin(tested.sentences[:, shortcut.sees], learnt.sentences).all(axis=1)
            if new.sum() < FEWEST:
                continue
            labels = tested.labels[new]
            yield {
                "shortcut": name,
                "trained_on": learnt.name,
                "tested_on": tested.name,
                "pairs": len(labels),
                "accuracy": round(float((model.predict(tested.inputs[name][new]) == labels).mean()), 6),
                "majority": _majority(labels),
            }


def _targets(learnt: Split, splits: Sequence[Split], travels: bool) -> list[Split]:
    """The other splits of its corpus, and with `travels` the largest split of every other corpus."""
    largest: dict[str, Split] = {}
    for split in splits:
        if split.corpus not in largest or split.labelled > largest[split.corpus].labelled:
            largest[split.corpus] = split
    own = [split for split in splits if split.corpus == learnt.corpus and split is not learnt]
    return own + ([split for corpus, split in largest.items() if corpus != learnt.corpus] if travels else [])


def _majority(labels: np.ndarray) -> float:
    similar = float(labels.mean())
    return round(max(similar, 1 - similar), 6)
