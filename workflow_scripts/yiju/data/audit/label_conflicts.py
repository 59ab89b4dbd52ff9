"""Pairs that occur again, pairs with both labels, and labels that the other labels of a file contradict."""

from __future__ import annotations

import numpy as np
import polars as pl

from yiju.data.audit.pair_table import EXAMPLE, EXAMPLES, examples
from yiju.data.augment.graph import (
    Forest,
    Graph,
    contradictions,
    path_lengths,
    sentence_graph,
    spanning_forest,
    write_paths,
)
from yiju.data.pairs.filters import conflicts_and_repeats
from yiju.data.pairs.key_rows import NO_LABEL
from yiju.data.sentence_keys import pair_keys


def keys_of(pairs: pl.DataFrame) -> np.ndarray:
    """One number for each pair, the same in either order, uint64 [pairs]. pairs: a table of `pair_tables`."""
    return pair_keys(pairs.select("q_sentence", "t_sentence").to_numpy().astype(np.uint32).reshape(-1, 2))


def repeats_and_conflicts(pairs: pl.DataFrame) -> tuple[dict, dict, np.ndarray]:
    """What is said of pairs that occur again, and of pairs with both labels; and which rows are of the latter, bool.

    pairs: a table of `pair_tables`. duplicates: rows (that hold a pair and label again), examples. conflicts: pairs,
    rows, examples (all rows of a pair, of the first pairs).
    """
    keys = keys_of(pairs)
    conflicting, again = conflicts_and_repeats(keys, pairs["label"].fill_null(NO_LABEL).to_numpy(), "drop")
    rows = pairs.filter(again)
    conflicts = pairs.filter(conflicting).with_columns(key=pl.Series(keys[conflicting], dtype=pl.UInt64))
    shown = [
        own.select(EXAMPLE).to_dicts()
        for _, own in conflicts.head(2_000).group_by("key", maintain_order=True)
        if own["label"].drop_nulls().n_unique() > 1
    ]
    return (
        {"rows": len(rows), "examples": examples(rows)},
        {"pairs": conflicts["key"].n_unique(), "rows": len(conflicts), "examples": shown[:EXAMPLES]},
        conflicting,
    )


def equal_sentences(pairs: pl.DataFrame) -> dict:
    """How many pairs hold one sentence twice, by label; one that is called not similar is an error of its label."""
    same = pairs.filter(pl.col("q_sentence") == pl.col("t_sentence"))
    wrong = same.filter(pl.col("label") == 0)
    return {"rows": len(same), "not_similar": len(wrong), "examples": examples(wrong)}


def contradicted(pairs: pl.DataFrame, conflicting: np.ndarray) -> dict:
    """Pairs that are called not similar, although similar pairs connect their two sentences: rows and examples.

    pairs: a table of `pair_tables`; conflicting: bool [pairs], rows that are reported elsewhere. An example has `by`,
    the similar pairs on a shortest way from one sentence to the other; those with the shortest ways come first. Being
    similar is not always handed on along such a way, so a long way proves little.
    """
    known = pairs.filter(pl.Series(~conflicting) & pl.col("label").is_not_null())
    known = known.filter(pl.col("q_sentence") != pl.col("t_sentence"))
    if known.is_empty():
        return {"rows": 0, "examples": []}
    q, t = (known[f"{side}_sentence"].to_numpy() for side in "qt")
    graph = sentence_graph(q, t, known["label"].to_numpy(), np.zeros(len(known), dtype=np.int16))
    rows = contradictions(graph)
    return {"rows": len(rows), "examples": _with_ways(known, graph, rows) if len(rows) else []}


def _with_ways(known: pl.DataFrame, graph: Graph, rows: np.ndarray) -> list[dict]:
    forest = spanning_forest(graph)
    lengths = path_lengths(forest, graph.first[rows], graph.second[rows])
    shortest = rows[np.argsort(lengths, kind="stable")[:EXAMPLES]]
    return [_with_way(known, graph, forest, int(row)) for row in shortest]


def _with_way(known: pl.DataFrame, graph: Graph, forest: Forest, row: int) -> dict:
    begin, end = graph.first[[row]], graph.second[[row]]
    length = path_lengths(forest, begin, end)
    way = np.empty(int(length[0]), dtype=np.int64)
    write_paths(forest, begin, end, np.zeros(1, dtype=np.int64), length, way)
    own = known.select(EXAMPLE)
    return {**own.row(row, named=True), "by": own[way.tolist()].to_dicts()}
