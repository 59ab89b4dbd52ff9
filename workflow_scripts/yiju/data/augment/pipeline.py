"""From training pairs to training pairs and their children, with an account of what was made."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.data.augment.account import OPERATIONS, account_for, choose_quotes, with_behaviour
from yiju.data.augment.behaviour_children import behaviour_children
from yiju.data.augment.closure import BANNED, close
from yiju.data.augment.graph import Graph, contradict, sentence_graph
from yiju.data.augment.published_augmentation import transfer
from yiju.data.augment.training_rows import Children, Rows, Texts, read_rows, training_parts
from yiju.data.near_duplicates.distinct_sentences import sentences_of, with_sentences
from yiju.data.near_duplicates.match import index_pairs, near_pairs
from yiju.data.near_duplicates.near_leaks import read_held_out
from yiju.data.pairs.filters import CONFLICT, NEAR_LEAK
from yiju.data.sentence_keys import join_halves, pair_keys

log = logging.getLogger(__name__)
# Numbers of sentences, low and high.
Pairs = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Inputs:
    """Tables of merging and folds: MERGED, FOLDS, HELD_OUT, CONFLICTS, UNUSED, and the ITEMS of competition sets.

    sets: only read where near leaks are left out, or minimal pairs made.
    """

    pairs: str | Path
    folds: str | Path
    held_out: str | Path
    conflicts: str | Path
    unused: str | Path
    sets: Sequence[str | Path] = ()


def augment_pairs(inputs: Inputs, out: str | Path, account: str | Path, settings: Mapping) -> None:
    """Write AUGMENTED: the pairs of `folds` in their order, then the children that a method makes of them.

    settings: `method` (none, published, closure), with closure its limits `closure` and a `seed`; `leaks`, `near_leaks`
    (as `corpora.filters`): leave out children that are pairs of a dev, test or competition set, or nearly, from
    `near_similarity` on; `behaviour`, where there is any: categories of minimal pairs that are made too, with `seed`
    (`yiju.data.augment.behaviour_children`). A pair that conflicting labels took out never comes back as a child.
    Children stay in the fold of their parents. `account` says what was made and left out (JSON). Texts are never held
    whole.
    """
    rows = read_rows(inputs.pairs, inputs.folds)
    conflicts = _conflicts(inputs)
    graph = contradict(sentence_graph(rows.q, rows.t, rows.label, rows.fold), *conflicts)
    children = _children(rows, graph, _banned(inputs, conflicts, settings["leaks"]), settings)
    if settings["near_leaks"]:
        children = _without_near_leaks(inputs, children, settings["near_similarity"])
    quotes = choose_quotes(graph, children)
    texts = Texts(np.concatenate([children.places.reshape(-1), 2 * quotes.rows]))
    table = _augmented(inputs, rows, children, texts, settings["method"])
    own, left_out = _of_behaviour(inputs, settings)
    tables.write_stream(chain(table, [own]), out, tables.AUGMENTED)
    told = with_behaviour(account_for(settings["method"], graph, children, quotes, texts), own, left_out)
    write_json(account, told)
    log.info("%(pairs)d pairs, %(positive)d of them positive", told["after"])


def _of_behaviour(inputs: Inputs, settings: Mapping) -> tuple[pl.DataFrame, dict[str, int]]:
    if not settings.get("behaviour"):
        return tables.empty(tables.AUGMENTED), {}
    places = inputs.pairs, inputs.folds, inputs.held_out, inputs.sets
    return behaviour_children(*places, settings["behaviour"], settings["seed"])


def _conflicts(inputs: Inputs) -> Pairs:
    """Pairs that conflicting labels took out of the training rows, within a corpus or among several."""
    within = tables.read(inputs.conflicts, tables.CONFLICTS)
    among = tables.read(inputs.unused, tables.UNUSED).filter(pl.col("reason") == CONFLICT)
    sides = "q_sentence", "t_sentence"
    among = among.select(pl.min_horizontal(sides).alias("low"), pl.max_horizontal(sides).alias("high"))
    both = pl.concat([within, among])
    return both["low"].to_numpy(), both["high"].to_numpy()


def _banned(inputs: Inputs, conflicts: Pairs, leaks: bool) -> Pairs:
    known = tables.read(inputs.held_out, tables.HELD_OUT) if leaks else tables.empty(tables.HELD_OUT)
    low, high = (
        np.concatenate([known[name].to_numpy(), ends]) for name, ends in zip(("low", "high"), conflicts, strict=True)
    )
    return low, high


def _without_near_leaks(inputs: Inputs, children: Children, similarity: float) -> Children:
    texts = Texts(children.places.reshape(-1))
    for part in training_parts(inputs.pairs, inputs.folds, ["q", "t"]):
        texts.look_at(part)
    sides = {"q": texts.at(children.places[:, 0]), "t": texts.at(children.places[:, 1])}
    made = with_sentences(pl.DataFrame(sides).with_row_index("pair").cast({"pair": pl.Int64}))
    held_out = read_held_out(inputs.pairs, inputs.sets)
    index = index_pairs(held_out, sentences_of(held_out), similarity)
    clean = np.ones(made.height, dtype=bool)
    clean[near_pairs(made, sentences_of(made), index)["pair"].to_numpy()] = False
    return children.take(clean, NEAR_LEAK)


def _children(rows: Rows, graph: Graph, banned: Pairs, settings: Mapping) -> Children:
    match settings["method"]:
        case "none":
            none = np.empty(0, dtype=np.int64)
            return Children(none.reshape(0, 2), none, none, np.zeros(1, dtype=np.int64), none, {})
        case "published":
            return _transferred(rows, banned)
        case "closure":
            limits = settings["closure"]
            return _closed(rows, graph, banned, limits["share"], limits["per_component"], settings["seed"])
    raise YijuError(f"augment.method: no method {settings['method']!r}; there are none, published, closure")


def _transferred(rows: Rows, banned: Pairs) -> Children:
    first, second, label = transfer(rows.q_raw, rows.label, rows.fold)
    keys = pair_keys(np.stack([rows.t[first], rows.t[second]], axis=1))
    clean = ~np.isin(keys, join_halves(*banned))
    parents = np.stack([first[clean], second[clean]], axis=1)
    return Children(
        2 * parents + 1,
        label[clean],
        rows.fold[first[clean]],
        np.arange(0, 2 * len(parents) + 1, 2),
        parents.reshape(-1),
        {BANNED: int((~clean).sum())},
    )


def _closed(rows: Rows, graph: Graph, banned: Pairs, share: float, per_component: int, seed: int) -> Children:
    new, left_out = close(graph, banned, share, per_component, seed)
    sentences = np.stack([rows.q, rows.t], axis=1).reshape(-1)
    # Written backwards: each sentence stands for all of its spellings as it first appears.
    place = np.zeros(int(sentences.max(initial=0)) + 1, dtype=np.int64)
    place[sentences[::-1]] = np.arange(len(sentences))[::-1]
    places = place[np.stack([new.q, new.t], axis=1)]
    return Children(places, new.label, new.fold, new.offsets, new.parents, left_out)


def _augmented(inputs: Inputs, rows: Rows, children: Children, texts: Texts, method: str) -> Iterator[pl.DataFrame]:
    """Parts of the AUGMENTED table."""
    columns = tables.AUGMENTED.names
    for part in training_parts(inputs.pairs, inputs.folds, ["q", "t", "label"]):
        texts.look_at(part)
        originals = part.with_columns(operation=pl.lit("original"), parents=pl.concat_list("pair"))
        yield originals.select(columns)
    for begin in range(0, len(children.label), tables.PART):
        yield _part(rows, children, texts, method, begin, min(begin + tables.PART, len(children.label)))


def _part(rows: Rows, children: Children, texts: Texts, method: str, begin: int, end: int) -> pl.DataFrame:
    """Children `begin` to `end` as AUGMENTED rows."""
    own = slice(begin, end)
    offsets = children.offsets[begin : end + 1]
    parents = pl.DataFrame(
        {
            "child": np.repeat(np.arange(end - begin), np.diff(offsets)),
            "parent": rows.pair[children.parents[offsets[0] : offsets[-1]]],
        }
    )
    names = OPERATIONS[method]
    operation = pl.when(pl.col("label") == 1).then(pl.lit(names[1])).otherwise(pl.lit(names[0]))
    table = pl.DataFrame(
        {
            "q": texts.at(children.places[own, 0]),
            "t": texts.at(children.places[own, 1]),
            "label": children.label[own],
            "fold": children.fold[own],
            "parents": parents.group_by("child", maintain_order=True).agg("parent")["parent"],
        }
    )
    return table.with_columns(operation=operation).select(tables.AUGMENTED.names).cast(pl.Schema(tables.AUGMENTED))
