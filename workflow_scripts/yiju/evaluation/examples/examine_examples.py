"""Everything that can be told of a few judgements: scores by every method, matrix, curves, smallest counterfactual."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_text
from yiju.base.types import DEFAULT_MEASURE
from yiju.data.sets import with_segments
from yiju.evaluation.examples.draw_examples import draw_examples, number_of_each, parts_of
from yiju.evaluation.examples.example_lines import ExampleFacts, Method, to_line
from yiju.explain.attribute_set import ensemble_of, margin_for, method_of, read_items, subject_of
from yiju.explain.attribution import score_pairs
from yiju.explain.counterfactual import Deletion, removal_curves, smallest_deletions
from yiju.explain.ensemble import Ensemble
from yiju.explain.evidence.measures import score_target_of
from yiju.explain.evidence.training_evidence import Evidence, evidence_for, representations_of
from yiju.explain.evidence.training_index import open_index
from yiju.explain.interaction import joint_occlusion
from yiju.explain.orders import Order
from yiju.explain.rationales.faithful import chosen
from yiju.explain.rationales.selection import rank
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.explain.strength import EFFECT
from yiju.explain.subject import Subject
from yiju.models.calibration.apply import log_probability, probability, read_calibration
from yiju.models.calibration.measure import log_odds
from yiju.models.linear_head import linear_head
from yiju.models.scores import explained_labels

log = logging.getLogger(__name__)
# A curve follows so many segments, most important first; by then a probability has fallen, or will not.
DEPTH = 12
# Of random orders that a curve is held against.
RANDOM_ORDERS = 3
# The smallest deletion is looked for among so many segments, in up to so many of them: costs stay bounded.
CANDIDATES, LARGEST = 20, 3


@dataclass(frozen=True)
class Drawn:
    """The examples of all sets as one ITEMS table, cut into segments, its names the numbers of its rows.

    facts: set, item, part and the columns of JUDGED, [examples]; labels: int64, what is explained.
    """

    items: pl.DataFrame
    facts: pl.DataFrame
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.items)


def examine_examples(
    items: Sequence[str],
    judged: Sequence[str],
    pairs: str,
    models: Sequence[str],
    calibration: str,
    measured: str | None,
    ratios: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write examples of every set as JSON lines, sets in order, each best mixed from the start.

    What a line holds: `yiju.evaluation.examples.example_lines`.

    items, judged: ITEMS and JUDGED of each set; pairs: MERGED; models: of each member, all of which judge together;
    calibration: the ensemble's; measured: where one of the methods is the one that was measured best on dev, the file
    that names it; ratios: where `select` is by dev, the file of each method. settings: sets, splits
    (those of them that are no test sets), methods (options by name), select, target, max_length, average_orders, seed,
    evidence (training pairs for and against each example by the index beside the first model, 0: none).
    """
    torch.set_num_threads(threads)
    drawn = _draw(items, judged, pairs, settings)
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    scorer = subjects[0].scorer
    orders = read_items(scorer, drawn.items, settings)
    before = Before(ensemble_of(subjects, orders), drawn.labels, read_calibration(calibration).temperature)
    unknown = [scorer.unknown_in(drawn.items[side].to_list(), getattr(orders[0], side)) for side in "qt"]
    margin = margin_for(calibration, settings)
    with before.ensemble.evaluating():
        named = {name: method_of(method, measured) for name, method in settings["methods"].items()}
        methods = _methods(before, named, _selecting(settings, ratios), margin)
        effects = _effects(before, named, methods)
        by_chance = before.random_curves(settings["seed"])
        matrices = joint_occlusion(before.ensemble, drawn.labels, "delete")
        deletions = before.deletions(next(iter(methods.values())).scores, margin)
        evidence = _evidence(models[0], subjects[0], orders, drawn.labels, settings["evidence"])
    told = [
        ExampleFacts(
            int(drawn.labels[row]),
            bool(orders[0].pairs.truncated[row]),
            (unknown[0][row], unknown[1][row]),
            {name: found.of(before, row) for name, found in methods.items()},
            *(by_chance[row], matrices[row], deletions[row], before.sides(effects, row)),
            evidence[row],
        )
        for row in range(len(drawn))
    ]
    _write(drawn, told, out)


@dataclass(frozen=True)
class Before:
    """The examples before all members. labels: int64, what is explained; temperature: of the ensemble."""

    ensemble: Ensemble
    labels: np.ndarray
    temperature: float

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        """Values of each pair, of values by segment."""
        return np.split(values, self.ensemble.bounds[1:-1])

    def sides(self, values: np.ndarray, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Values of one pair's segments of q and of t, of values by segment."""
        own, first = values[self.ensemble.own(row)], int(self.ensemble.first.firsts[row])
        return own[:first], own[first:]

    def curves(self, rankings: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """p(label) without the first segments of a ranking, calibrated: float64 [1 + ranked] of each pair."""
        followed = [ranking[:DEPTH] for ranking in rankings]
        found = removal_curves(self.ensemble, self.labels, followed, "mask")
        return list(map(self.calibrated, found))

    def calibrated(self, chances: np.ndarray) -> np.ndarray:
        """p(label) as the ensemble's temperature has it."""
        return probability(log_odds(chances) / self.temperature)

    def random_curves(self, seed: int) -> list[np.ndarray]:
        """The mean of a few rankings by chance, of each pair."""
        generator = np.random.default_rng(seed)
        drawn = [[generator.permutation(own).tolist() for own in self.ensemble.players] for _ in range(RANDOM_ORDERS)]
        each = [self.curves(rankings) for rankings in drawn]
        return [np.mean(own, axis=0) for own in zip(*each, strict=True)]

    def deletions(self, scores: np.ndarray, margin: float) -> list[Deletion]:
        """The smallest deletion among the segments that the scores rank first."""
        candidates = [np.sort(rank(own)[:CANDIDATES]).astype(np.int64) for own in self.split(scores)]
        found = smallest_deletions(self.ensemble, margin, "mask", LARGEST, among=candidates)
        pairs = zip(found, candidates, self.ensemble.players, strict=True)
        return [_of_all(one, len(tried) == len(players)) for one, tried, players in pairs]


@dataclass(frozen=True)
class Found:
    """What a method says of all examples. scores: float64 [segments], flat; ranked: each pair's rationale of q
    and of t; curves: of each pair."""

    scores: np.ndarray
    ranked: Sequence[tuple[list[int], list[int]]]
    curves: Sequence[np.ndarray]

    def of(self, before: Before, row: int) -> Method:
        """What it says of one example."""
        return Method(before.sides(self.scores, row), self.ranked[row], self.curves[row])


def _methods(before: Before, methods: dict[str, dict], selecting: dict[str, dict], margin: float) -> dict[str, Found]:
    found = {}
    for name, method in methods.items():
        scores = score_pairs(before.ensemble, before.labels, method, bar=False).values[0]
        ranks = None
        if selecting[name]["by"] == "sufficient":
            ranks = sufficient_of(before.ensemble, before.labels, scores, margin).ranks
        ranked = _ranked(before, scores, ranks, selecting[name])
        found[name] = Found(scores, ranked, before.curves([rank(own) for own in before.split(scores)]))
    return found


def _evidence(
    model: str, subject: Subject, orders: Sequence[Order], labels: np.ndarray, count: int
) -> Sequence[Evidence | None]:
    """The training pairs for and against each example, by the index beside the first member's model; None for none."""
    if not count or not len(labels):
        return [None] * len(labels)
    index, scorer, pairs = open_index(Path(model)), subject.scorer, [one.pairs for one in orders]
    representations = representations_of(linear_head(scorer, pairs[0]), pairs, subject.budget)
    stances = [score_target_of(scorer.single, int(label)) for label in labels]
    return [
        evidence_for(index, [representation], score_target, DEFAULT_MEASURE, count, scorer.classes)
        for representation, score_target in zip(representations, stances, strict=True)
    ]


def _effects(before: Before, methods: dict[str, dict], found: dict[str, Found]) -> np.ndarray:
    """What taking each segment away changes of log p(label), calibrated: float64 by segment."""
    known = next((found[name].scores for name, method in methods.items() if method == EFFECT), None)
    if known is None:
        known = score_pairs(before.ensemble, before.labels, EFFECT, bar=False).values[0]
    whole = np.repeat(log_probability(before.ensemble.logits(), before.labels), np.diff(before.ensemble.bounds))
    return np.log(before.calibrated(np.exp(whole))) - np.log(before.calibrated(np.exp(whole - known)))


def _ranked(
    before: Before, scores: np.ndarray, ranks: np.ndarray | None, selecting: dict
) -> list[tuple[list[int], list[int]]]:
    """The rationale of q and of t of each pair, most important first."""
    found, given = [], np.zeros(len(scores), np.int32) if ranks is None else ranks
    for row, first in enumerate(before.ensemble.first.firsts.tolist()):
        own, places = scores[before.ensemble.own(row)], given[before.ensemble.own(row)]
        q, t = (chosen(own[part], places[part], selecting) for part in (slice(None, first), slice(first, None)))
        found.append((q, t))
    return found


def _write(drawn: Drawn, told: Sequence[ExampleFacts], out: str) -> None:
    rows = zip(drawn.facts.iter_rows(named=True), drawn.items.iter_rows(named=True), told, strict=True)
    lines = (to_line(*row) for row in rows)
    write_text(out, "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))
    log.info("%d examples of %d sets", len(drawn), drawn.facts["set"].n_unique())


def _draw(items: Sequence[str], judged: Sequence[str], pairs: str, settings: dict) -> Drawn:
    corpora = tables.read(pairs, tables.MERGED, ["pair", "corpus"])
    number, tables_, facts = number_of_each(len(settings["sets"])), [], []
    for name, *paths in zip(settings["sets"], items, judged, strict=True):
        table, said = tables.read(paths[0], tables.ITEMS), tables.read(paths[1], tables.JUDGED)
        parts = parts_of(table, corpora if name in settings["splits"] else None)
        rows = draw_examples(table, said, parts, number, settings["seed"])
        tables_.append(table[rows])
        known = pl.DataFrame({"set": [name] * len(table), "part": parts}, schema={"set": pl.String, "part": pl.String})
        facts.append(known.hstack(said)[rows])
    together, known = pl.concat(tables_), pl.concat(facts)
    numbered = together.with_columns(pl.Series("item", map(str, range(len(together))), pl.String))
    return Drawn(with_segments(numbered), known, explained_labels(known, settings["target"]))


def _selecting(settings: dict, ratios: Sequence[str]) -> dict[str, dict]:
    """How each method ends a rationale."""
    chosen = settings["select"]
    if chosen["by"] != "dev":
        return dict.fromkeys(settings["methods"], chosen)
    values = (json.loads(Path(path).read_text(encoding="utf-8"))["ratio"] for path in ratios)
    return {name: {"by": "share", "value": value} for name, value in zip(settings["methods"], values, strict=True)}


def _of_all(found: Deletion, all_tried: bool) -> Deletion:
    """A deletion among candidates; with segments left untried no count of two is sure."""
    sure = found.exact and (all_tried or (found.removed is not None and len(found.removed) == 1))
    return replace(found, exact=sure)
