"""What augmentation made of the training pairs, what it left out, and what their graph of sentences looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.data.augment.graph import Graph, contradictions
from yiju.data.augment.training_rows import Children, Texts

# What the children of a method are called, by label.
OPERATIONS = {
    "none": {},
    "published": {1: "transfer_positive", 0: "transfer_negative"},
    "closure": {1: "closure_positive", 0: "closure_negative"},
}
# Largest component of each class of sizes.
SIZES = {"1": 1, "2": 2, "3": 3, "4-5": 5, "6-10": 10, "11-100": 100, "101+": None}
CONTRADICTIONS, EXAMPLES = 10, 8


@dataclass(frozen=True)
class Quotes:
    """What the account shows in words. contradictions: row numbers; children: numbers of children; rows: all rows whose
    sentences it needs, those of the children themselves apart."""

    contradictions: np.ndarray
    children: np.ndarray
    rows: np.ndarray


def choose_quotes(graph: Graph, children: Children) -> Quotes:
    """Negative rows of the first components that contradict themselves, and children of the fewest parents."""
    inside = contradictions(graph)
    _, first = np.unique(graph.component[graph.first[inside]], return_index=True)
    shown = inside[np.sort(first)[:CONTRADICTIONS]]
    lengths = np.diff(children.offsets)
    chosen = np.concatenate([_spread_out(np.flatnonzero(children.label == label), lengths) for label in (1, 0)])
    parents = [_parents(children, child) for child in chosen]
    return Quotes(shown, chosen, np.concatenate([shown, *parents]))


def account_for(method: str, graph: Graph, children: Children, quotes: Quotes, texts: Texts) -> dict:
    """The account as JSON knows it; counts are rows, sizes of components sentences (one of two folds counts twice).

    texts: must know the places of `quotes.rows` and of the quoted children.
    """
    operations = OPERATIONS[method]
    before = {"pairs": len(graph.label), "positive": int(np.count_nonzero(graph.label == 1))}
    new = {label: int(np.count_nonzero(children.label == label)) for label in (1, 0)}
    return {
        "method": method,
        "before": before,
        "after": {"pairs": before["pairs"] + sum(new.values()), "positive": before["positive"] + new[1]},
        "made": {operation: new[label] for label, operation in operations.items()},
        "left_out": children.left_out,
        "graph": {
            "sentences": len(graph.component),
            "components": len(graph.size),
            "largest": int(graph.size.max(initial=0)),
            "sizes": _by_size(graph.size),
        },
        "contradictions": {
            "components": int(graph.contradicted.sum()),
            "sentences": int(graph.size[graph.contradicted].sum()),
            "examples": [_words(texts, row) for row in quotes.contradictions],
        },
        "examples": [_example(operations, graph, children, child, texts) for child in quotes.children],
    }


def with_behaviour(account: dict, children: pl.DataFrame, left_out: Mapping[str, int]) -> dict:
    """The account with minimal pairs too. children: AUGMENTED; left_out: by reason."""
    if not len(children) and not left_out:
        return account
    positive = int((children["label"] == 1).sum())
    after = account["after"]
    made = dict(children.group_by("operation", maintain_order=True).len().iter_rows())
    first = children.unique("operation", keep="first", maintain_order=True).select("operation", "q", "t", "label")
    return account | {
        "after": {"pairs": after["pairs"] + len(children), "positive": after["positive"] + positive},
        "made": account["made"] | made,
        "left_out": account["left_out"] | {reason: count for reason, count in left_out.items() if count},
        "examples": account["examples"] + [row | {"parents": []} for row in first.iter_rows(named=True)],
    }


def _spread_out(children: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """A few of the shortest, evenly spaced over all that are as short."""
    ranked = children[np.argsort(lengths[children], kind="stable")]
    shortest = int(np.count_nonzero(lengths[ranked] == lengths[ranked[:1]]))
    number = min(EXAMPLES, len(ranked))
    return ranked[np.linspace(0, max(shortest, number) - 1, number).astype(np.int64)]


def _by_size(size: np.ndarray) -> dict[str, int]:
    """Components of each class of sizes."""
    up_to = [len(size) if most is None else int(np.count_nonzero(size <= most)) for most in SIZES.values()]
    return dict(zip(SIZES, np.diff([0, *up_to]).tolist(), strict=True))


def _example(operations: Mapping[int, str], graph: Graph, children: Children, child: int, texts: Texts) -> dict:
    label = int(children.label[child])
    q, t = texts.at(children.places[child])
    parents = [_words(texts, row) | {"label": int(graph.label[row])} for row in _parents(children, child)]
    return {"operation": operations[label], "q": q, "t": t, "label": label, "parents": parents}


def _parents(children: Children, child: int) -> np.ndarray:
    return children.parents[children.offsets[child] : children.offsets[child + 1]]


def _words(texts: Texts, row: int) -> dict[str, str]:
    q, t = texts.at(np.array([2 * row, 2 * row + 1]))
    return {"q": q, "t": t}
