"""Everything that can be told of a few judgements: scores by every method, matrix, curves, smallest counterfactual."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedTokenizerBase

from yiju import tables
from yiju.attribution.attribute import score_pairs, segment_table
from yiju.attribution.counterfactual import Deletion, removal_curves, smallest_deletions
from yiju.attribution.interaction import occluded_gradients, share_matrix
from yiju.attribution.subject import Subject, evaluating
from yiju.attribution.units import segment_units, segments_of
from yiju.encoder.folder import load_model, load_tokenizer
from yiju.examine.draw import draw_examples, number_of_each, parts_of
from yiju.examine.lines import Told, to_line
from yiju.judge import explained_labels
from yiju.metrics.calibration import log_odds
from yiju.provenance import write_text
from yiju.rationale.faithful import mean_over_folds
from yiju.rationale.selection import rank
from yiju.rationale.sets import with_segments
from yiju.scores import Calibration, probability, read_calibration
from yiju.tokens import Sentences, Sequences, encode, pair_up
from yiju.unknown import unknown_counts

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


@dataclass(frozen=True)
class Encoded:
    """The examples as a model reads them; units: the tokens of each segment, bool [segments, tokens] of each pair."""

    q: Sentences
    t: Sentences
    pairs: Sequences
    units: list[np.ndarray]


class Member:
    """A classifier that is loaded when it is first asked."""

    def __init__(self, folder: str, settings: dict, device: str, batch_tokens: int) -> None:
        self.folder, self.settings, self.device, self.batch_tokens = folder, settings, device, batch_tokens

    @cached_property
    def subject(self) -> Subject:
        model = load_model(self.folder, "classifier").to(self.device).eval()
        return Subject.of(model, load_tokenizer(self.folder), self.batch_tokens, self.settings["seed"])

    def tables(self, drawn: Drawn, encoded: Encoded) -> dict[str, pl.DataFrame]:
        """Segment rows of ATTRIBUTIONS by each method."""
        found = {}
        for name, method in self.settings["methods"].items():
            values = score_pairs(self.subject, encoded.pairs, drawn.labels, method, bar=False).values
            table = segment_table(drawn.items, encoded.q, encoded.t, encoded.pairs, values)
            found[name] = table.filter(pl.col("unit") == "segment")
        return found

    def matrices(self, drawn: Drawn, encoded: Encoded) -> list[np.ndarray]:
        """How segments of q and t act together, float64 [q segments, t segments] of each pair."""
        found = occluded_gradients(self.subject, encoded.pairs, drawn.labels)
        sides = (encoded.q, encoded.t)
        return [
            share_matrix(
                matrix,
                *(own.span_list(row, count) for own, count in zip(sides, matrix.shape, strict=True)),
                *(segments_of(item, side) for side in "qt"),
            )
            for row, (matrix, item) in enumerate(zip(found, drawn.items.iter_rows(named=True), strict=True))
        ]

    def curves(self, drawn: Drawn, encoded: Encoded, orders: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """log(p / (1 - p)) of the label without the first 0, 1, ... segments of an order: [1 + ranked] of each pair."""
        with evaluating(self.subject.model):
            found = removal_curves(self.subject, encoded.pairs, drawn.labels, encoded.units, orders, "mask")
        return [log_odds(curve) for curve in found]

    def counterfactuals(self, encoded: Encoded, orders: Sequence[Sequence[int]], margin: float) -> list[Deletion]:
        """The smallest deletion among the segments that an order has first; indices are those of all segments."""
        candidates = [np.sort(order[:CANDIDATES]).astype(np.int64) for order in orders]
        units = [own[chosen] for own, chosen in zip(encoded.units, candidates, strict=True)]
        with evaluating(self.subject.model):
            found = smallest_deletions(self.subject, encoded.pairs, units, margin, "mask", LARGEST)
        return [
            _of_all(one, chosen, len(own)) for one, chosen, own in zip(found, candidates, encoded.units, strict=True)
        ]


def examine_examples(
    items: Sequence[str],
    judged: Sequence[str],
    pairs: str,
    models: Sequence[str],
    calibrations: Sequence[str],
    ratios: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write examples of every set as JSON lines (`yiju.examine.lines`), sets in order, each best mixed from the start.

    items, judged: ITEMS and JUDGED of each set; pairs: MERGED; models: of each member; calibrations: the ensemble's,
    then each member's; ratios: where `select` is by dev, the file of each method. settings: sets, splits (those of
    them that are no test sets), methods (options by name), select, target, max_length, seed.

    Scores are the members' mean, as in the faithful rationales; so are matrices (in log p(label)); curves are of the
    members' mean logits, calibrated. The smallest deletion is the first member's, by its own margin.
    """
    torch.set_num_threads(threads)
    drawn = _draw(items, judged, pairs, settings)
    members = [Member(model, settings, device, batch_tokens) for model in models]
    tokenizer = load_tokenizer(models[0])
    encoded = _encode(drawn, tokenizer, settings["max_length"])
    sides = ((drawn.items[side].to_list(), getattr(encoded, side)) for side in "qt")
    unknown = sum(unknown_counts(tokenizer, *side) for side in sides)
    scored = [member.tables(drawn, encoded) for member in members]
    scores = {name: mean_over_folds([own[name] for own in scored]) for name in settings["methods"]}
    orders = {name: _orders(drawn, [own[name] for own in scored]) for name in settings["methods"]}
    ensemble, own = (read_calibration(path) for path in calibrations[:2])
    curves = {name: _curves(members, drawn, encoded, order, ensemble) for name, order in orders.items()}
    by_chance = _random_curves(members, drawn, encoded, ensemble, settings["seed"])
    matrices = _mean([member.matrices(drawn, encoded) for member in members])
    deletions = members[0].counterfactuals(encoded, orders[next(iter(orders))], own.margin)
    told = [
        Told(
            int(drawn.labels[row]),
            bool(encoded.pairs.truncated[row]),
            int(unknown[row]),
            {name: tuple(found.get((str(row), side), []) for side in "qt") for name, found in scores.items()},
            {name: found[row] for name, found in curves.items()},
            *(by_chance[row], matrices[row], deletions[row]),
        )
        for row in range(len(drawn))
    ]
    _write(drawn, told, _selecting(settings, ratios), out)


def _write(drawn: Drawn, told: Sequence[Told], selecting: dict[str, dict], out: str) -> None:
    rows = zip(drawn.facts.iter_rows(named=True), drawn.items.iter_rows(named=True), told, strict=True)
    lines = (to_line(*row, selecting) for row in rows)
    write_text(out, "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))
    log.info("%d examples of %d sets", len(drawn), drawn.facts["set"].n_unique())


def _draw(items: Sequence[str], judged: Sequence[str], pairs: str, settings: dict) -> Drawn:
    corpora = tables.scan(pairs, tables.MERGED).select("pair", "corpus").collect(engine="streaming")
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


def _encode(drawn: Drawn, tokenizer: PreTrainedTokenizerBase, max_length: int) -> Encoded:
    q, t = (encode(tokenizer, drawn.items[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, max_length)
    return Encoded(q, t, pairs, segment_units(drawn.items, q, t, pairs))


def _orders(drawn: Drawn, members: Sequence[pl.DataFrame]) -> list[list[int]]:
    """All segments of each pair, q's numbered before t's, most important first by the members' mean scores."""
    total = pl.col("score").abs().sum().over("item")
    shares = [one.select("item", pl.when(total > 0).then(pl.col("score") / total).otherwise(0.0)) for one in members]
    mean = shares[0].select("item").with_columns(pl.Series("score", _mean([[one["score"]] for one in shares])[0]))
    known = dict(mean.group_by("item", maintain_order=True).agg("score").iter_rows())
    return [rank(known.get(str(row), [])) for row in range(len(drawn))]


def _curves(
    members: Sequence[Member], drawn: Drawn, encoded: Encoded, orders: Sequence[Sequence[int]], fitted: Calibration
) -> list[np.ndarray]:
    """p(label) of all members together without the first segments of an order: float64 [1 + ranked] of each pair."""
    followed = [order[:DEPTH] for order in orders]
    odds = _mean([member.curves(drawn, encoded, followed) for member in members])
    return [probability(one / fitted.temperature) for one in odds]


def _random_curves(
    members: Sequence[Member], drawn: Drawn, encoded: Encoded, fitted: Calibration, seed: int
) -> list[np.ndarray]:
    """The mean of a few orders by chance, of each pair."""
    generator = np.random.default_rng(seed)
    drawn_orders = [[generator.permutation(len(own)).tolist() for own in encoded.units] for _ in range(RANDOM_ORDERS)]
    return _mean([_curves(members, drawn, encoded, orders, fitted) for orders in drawn_orders])


def _selecting(settings: dict, ratios: Sequence[str]) -> dict[str, dict]:
    """How each method ends a rationale."""
    chosen = settings["select"]
    if chosen["by"] != "dev":
        return dict.fromkeys(settings["methods"], chosen)
    values = (json.loads(Path(path).read_text(encoding="utf-8"))["ratio"] for path in ratios)
    return {name: {"by": "ratio", "value": value} for name, value in zip(settings["methods"], values, strict=True)}


def _mean(each: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Means over members of what each has for every pair."""
    return [np.mean([np.asarray(one, dtype=np.float64) for one in own], axis=0) for own in zip(*each, strict=True)]


def _of_all(found: Deletion, chosen: np.ndarray, count: int) -> Deletion:
    """A deletion among candidates, in the numbers of all segments; with others left untried no count of two is sure."""
    removed = None if found.removed is None else tuple(chosen[list(found.removed)].tolist())
    sure = found.exact and (len(chosen) == count or (removed is not None and len(removed) == 1))
    return Deletion(found.label, removed, found.probability, sure)
