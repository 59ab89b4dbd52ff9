"""Which items of a set are forms of one another: each such item with the one that it goes with, its original."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.items import Item
from yiju.data.near_duplicates.distinct_sentences import sentences_of, with_sentences
from yiju.data.near_duplicates.search import index_sentences, near_sentences
from yiju.explain.rationales.fusion import is_original, match_originals


@dataclass(frozen=True)
class Relations:
    """The original of every item that has one; no original has one itself.

    likeness: how alike the two are, where that decided; measure: the name of that, None where nothing was measured.
    """

    originals: dict[str, str] = field(default_factory=dict)
    likeness: dict[str, float] = field(default_factory=dict)
    measure: str | None = None

    def groups(self) -> dict[str, list[str]]:
        """Originals that other items go with, each with all items of its group, itself first."""
        found: dict[str, list[str]] = {}
        for item, original in self.originals.items():
            found.setdefault(original, [original]).append(item)
        return found


def relate(items: Sequence[Item], settings: dict, pairs: str | None = None) -> Relations:
    """The relations of a set by the way that settings["relations"] names.

    published: an item is an original if its sentences are of the test split of the corpus settings["originals"] in the
    MERGED table `pairs`; every other one goes with the original of highest BLEU-4. given: by the items' own `related`.
    found: nearly the same pairs, from settings["similarity"] on. none: no relations.
    """
    kind = settings["relations"]
    if kind == "published":
        assert pairs is not None, "published relations are looked up in the merged pairs"
        return _published(items, _corpus_originals(items, pairs, settings["originals"]))
    if kind == "given":
        return Relations(given_originals(items))
    return found_relations(items, settings["similarity"]) if kind == "found" else Relations()


def given_originals(items: Sequence[Item]) -> dict[str, str]:
    """The original of every item that `related` of one names: of several the first in the file.

    What calls itself an original (kind ori) has none; what calls itself disturbed, or has one, is none.
    """
    kinds = {item.item: item.kind for item in items}
    found: dict[str, str] = {}
    heads: set[str] = set()
    for item in items:
        if item.kind == "disturb" or item.item in found:
            continue
        own = [
            other
            for other in item.related
            if other != item.item and kinds[other] != "ori" and other not in found and other not in heads
        ]
        found |= dict.fromkeys(own, item.item)
        heads |= {item.item} if own else set()
    return found


def found_relations(items: Sequence[Item], similarity: float) -> Relations:
    """Each item with the most similar earlier one that stands alone, where there is one at least so similar.

    Similarity: that of the less similar side, q with q and t with t, by the Jaccard index of character bigrams in
    normal form (`yiju.data.near_duplicates`), above 0 to 1. An item stands alone if it goes with none itself; ties go
    to the first.
    """
    near = near_items(items, similarity)
    originals: dict[int, int] = {}
    likeness: dict[int, float] = {}
    for row, other, value in near.iter_rows():
        if other not in originals and row not in originals:
            originals[row], likeness[row] = other, value
    names = [item.item for item in items]
    return Relations(
        {names[row]: names[other] for row, other in originals.items()},
        {names[row]: value for row, value in likeness.items()},
        "similarity",
    )


def near_items(items: Sequence[Item], similarity: float) -> pl.DataFrame:
    """Every two items that are at least so similar on both sides: row, other (an earlier row), similarity.

    In order of row, most similar first, then first in the file.
    """
    columns = {"q": [item.q for item in items], "t": [item.t for item in items]}
    texts = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    rows = with_sentences(texts).with_columns(pl.Series("row", np.arange(len(items))))
    sentences = sentences_of(rows)
    near = near_sentences(sentences, index_sentences(sentences, similarity))
    others = rows.select(pl.col("row").alias("other"), "q_sentence", "t_sentence")
    q, t = (near.select("query", "match", pl.col("similarity").alias(side)) for side in ("q_near", "t_near"))
    both = (
        rows.select("row", "q_sentence", "t_sentence")
        .join(q, left_on="q_sentence", right_on="query")
        .join(others, left_on="match", right_on="q_sentence", suffix="_other")
        .filter(pl.col("other") < pl.col("row"))
        .join(t, left_on=["t_sentence", "t_sentence_other"], right_on=["query", "match"])
    )
    alike = both.select("row", "other", pl.min_horizontal("q_near", "t_near").alias("similarity"))
    return alike.sort("row", "similarity", "other", descending=[False, True, False])


def _published(items: Sequence[Item], originals: set[str]) -> Relations:
    matches = match_originals(items, originals)
    return Relations(
        {item: original for item, (original, _) in matches.items()},
        {item: bleu for item, (_, bleu) in matches.items()},
        "bleu",
    )


def _corpus_originals(items: Iterable[Item], pairs: str, corpus: str) -> set[str]:
    chosen = (pl.col("corpus") == corpus) & (pl.col("split") == "test")
    test = tables.read(pairs, tables.MERGED, ["q", "t"], chosen)
    firsts, seconds = set(test["q"]), set(test["t"])
    return {item.item for item in items if is_original(item, firsts, seconds)}
