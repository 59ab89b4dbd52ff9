"""Whether explanations of any model rank first what turned its judgement, on minimal pairs of a user's sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.app.behaviour_judge import judge_of
from yiju.app.explainer import Explainer
from yiju.base import tables
from yiju.base.plurals import counted
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.sets import with_segments
from yiju.evaluation.study.changed_first import recalls
from yiju.evaluation.study.turned import EXPLAINED, PER_CATEGORY, changed_segments, every_kind, turning
from yiju.evaluation.with_intervals import Metrics, with_interval
from yiju.explain.attribution import score_pairs
from yiju.models.given_pairs import Pair

# With fewer pairs nothing is said: the interval would hold nearly everything.
FEWEST = 10
NOT_MEASURED = "Whether explanations rank first what turned a judgement is not measured"


@dataclass(frozen=True)
class Turned:
    """items: minimal pairs whose change turned the judgement; note: a sentence on how they were found, or why not."""

    items: Sequence[Item]
    note: str


def turned_pairs(explainer: Explainer, pairs: Sequence[Pair], seed: int) -> Turned:
    """Minimal pairs, made of the sentences of pairs, that the model judges not similar, while it judges the sentence
    before the change similar to itself; at most as many as there are pairs, and at most 100.

    There are none where the model decides nothing or knows more than two classes, or where they would be too few.
    """
    if explainer.margin is None:
        return Turned((), f"{NOT_MEASURED}: the model decides nothing")
    if len(explainer.decision.classes) > 2:
        return Turned((), f"{NOT_MEASURED}: the model has more than two classes")
    # Of the project's frames, which any number of items would come from, none is taken: this is about the user's pairs.
    own = [one for one in turning(pairs, seed, 2 * PER_CATEGORY) if one.row >= 0]
    made = every_kind(own, 2 * len(pairs))
    if not made:
        return Turned((), f"{NOT_MEASURED}: no minimal pair can be made of these sentences")
    same = [(one.change.q, one.change.q) for one in made]
    similar, _ = judge_of(explainer, "", None)([*map(changed_pair, made), *same])
    there = np.flatnonzero(~similar[: len(made)] & similar[len(made) :]).tolist()
    found = every_kind([made[row] for row in there], min(EXPLAINED, len(pairs)))
    if len(found) < FEWEST:
        turned = f"one change of a sentence turned {len(there)} of {len(made)} judgements"
        return Turned((), f"{NOT_MEASURED}: {turned}, and {FEWEST} are needed")
    return Turned(
        found,
        f"One change of a sentence turned {len(there)} of {len(made)} judgements to not similar; how far what changed "
        f"ranks first is measured on {counted(len(found), 'such pair')}",
    )


def changed_pair(item: Item) -> Pair:
    """The sentence and its changed form."""
    return item.change.q, item.change.t


def changed_first(
    explainer: Explainer, turned: Sequence[Item], methods: Mapping[str, dict], settings: dict
) -> dict[str, Metrics]:
    """By method, how far it ranks first the segments that turned the judgement: changed.* as in study.json.

    What is explained is the label "not similar"; intervals are by the sentence changed. Empty without such pairs.
    """
    if not turned:
        return {}
    pairs, labels = [changed_pair(one) for one in turned], np.zeros(len(turned), dtype=np.int64)
    items = items_of(pairs)
    rows = changed_segments(items).join(
        pl.DataFrame({"item": items["item"], "parent": [one.parent for one in turned]}),
        on="item",
        maintain_order="left",
    )
    with explainer.before(pairs) as ensemble:
        scores = {name: score_pairs(ensemble, labels, one, bar=False).values[0] for name, one in methods.items()}
    return {name: _figures(rows.with_columns(score=pl.Series(own)), settings) for name, own in scores.items()}


def items_of(pairs: Sequence[Pair]) -> pl.DataFrame:
    """The ITEMS table of pairs, cut into segments."""
    rows = [{"item": str(number), "q": q, "t": t} for number, (q, t) in enumerate(pairs, 1)]
    return with_segments(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)))


def _figures(rows: pl.DataFrame, settings: dict) -> Metrics:
    found, figures = recalls(rows), Metrics()
    for name in found.columns[2:]:
        figures |= with_interval(name, found[name].to_numpy(), found["parent"].to_list(), settings)
        figures[f"{name}.items"] = len(found)
    return figures
