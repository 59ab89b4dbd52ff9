"""Explanations where one change turned the judgement: the segments that changed are then a reason that is known."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.behaviour.categories import CATEGORIES
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.behaviour.suite import Pair, build
from yiju.data.sets import with_segments
from yiju.evaluation.study.drawn_pairs import Drawn
from yiju.explain.attribute_set import margin_for
from yiju.models.calibration.apply import decide

# Minimal pairs of a category that are judged, and pairs that are explained, at most.
PER_CATEGORY, EXPLAINED = 30, 100


def attribute_turned(
    items: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    device: str,
    batch_tokens: int,
    work: Path,
) -> pl.DataFrame:
    """TURNED of one method: minimal pairs whose one change turned the judgement, made of the drawn pairs' sentences and
    of the project's frames.

    They are pairs of a sentence and its changed form that the members judge not similar, while they judge the sentence
    similar to itself. What is explained is the label "not similar". The arguments are those of `attribute_set`. Raises
    Unsupported.
    """
    made = turning(tables.read(items, tables.ITEMS).select("q", "t").rows(), settings["seed"], PER_CATEGORY)
    pairs = [(one.change.q, one.change.t) for one in made]
    same = [(one.change.q, one.change.q) for one in made]
    if not made:
        return tables.empty(tables.TURNED)
    margin = margin_for(calibration, settings)
    similar = decide(_drawn([*pairs, *same], models, settings, device, batch_tokens).ensemble.logits(), margin) == 1
    turned = np.flatnonzero(~similar[: len(made)] & similar[len(made) :]).tolist()
    chosen = every_kind([made[row] for row in turned], EXPLAINED)
    if not chosen:
        return tables.empty(tables.TURNED)
    drawn = _drawn([(one.change.q, one.change.t) for one in chosen], models, settings, device, batch_tokens)
    found = drawn.attributed(settings["method"], work)
    kinds, parents = [one.category for one in chosen], [one.parent for one in chosen]
    facts = pl.DataFrame({"item": drawn.items["item"], "category": kinds, "parent": parents})
    changed = changed_segments(drawn.items)
    return (
        found.join(facts, on="item", maintain_order="left")
        .join(changed, on=["item", "side", "index"], maintain_order="left")
        .select(tables.TURNED.names)
    )


def _drawn(
    pairs: Sequence[tuple[str, str]], models: Sequence[str], settings: dict, device: str, batch_tokens: int
) -> Drawn:
    rows = [{"item": str(number), "q": q, "t": t} for number, (q, t) in enumerate(pairs)]
    items = with_segments(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)))
    return Drawn.of(items, np.zeros(len(pairs), dtype=np.int64), models, settings, device, batch_tokens)


def turning(pairs: Sequence[Pair], seed: int, per_category: int) -> list[Item]:
    """Minimal pairs of the sentences and of the frames that must be judged not similar, as `build` makes them."""
    names = [name for name, one in CATEGORIES.items() if not one.keeps]
    return [one for one in build(pairs, seed, per_category, names) if one.change.effect == "turns"]


def every_kind(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, the categories in turns."""
    waiting: dict[str, list[Item]] = {}
    for one in items:
        waiting.setdefault(one.category, []).append(one)
    rounds = zip_longest(*waiting.values())
    return [one for own in rounds for one in own if one is not None][:most]


def changed_segments(items: pl.DataFrame) -> pl.DataFrame:
    """Which segments of either sentence have no equal one in its place in the other: item, side, index, changed.

    They are in the order of items, sides and segments.
    """
    rows = []
    for item, q, t in items.select("item", "q_segments", "t_segments").iter_rows():
        sides = q, t
        blocks = SequenceMatcher(None, q, t, autojunk=False).get_opcodes()
        for place, side in enumerate(("q", "t")):
            kept = {
                index
                for tag, *bounds in blocks
                if tag == "equal"
                for index in range(bounds[2 * place], bounds[2 * place + 1])
            }
            rows += [(item, side, index, index not in kept) for index in range(len(sides[place]))]
    kinds = {"item": pl.String, "side": pl.String, "index": pl.Int32, "changed": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row")
