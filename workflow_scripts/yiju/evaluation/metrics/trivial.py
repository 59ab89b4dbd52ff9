"""Rankings that ignore the model: what any explanation has to beat before it means anything."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from yiju.data.items import Item
from yiju.explain.rationales.fusion import Choice, shared_segments

Rankings = tuple[list[int], list[int]]
Rule = Callable[[Item], Rankings]


def all_in_order(item: Item) -> Rankings:
    """Every segment, in order of position."""
    return list(range(len(item.q_segments))), list(range(len(item.t_segments)))


def shared_first(item: Item) -> Rankings:
    """Segments that the other side has too, punctuation left out, then the rest, each in order of position."""
    return _shared_then_rest(item.q_segments, item.t_segments), _shared_then_rest(item.t_segments, item.q_segments)


def random_order(seed: int) -> Rule:
    """A rule that shuffles; an item's order depends on the seed and its id only, not on the items beside it."""

    def shuffled(item: Item) -> Rankings:
        generator = np.random.default_rng([seed, zlib.crc32(item.item.encode("utf-8"))])
        q, t = (generator.permutation(len(side)).tolist() for side in (item.q_segments, item.t_segments))
        return q, t

    return shuffled


def trivial_choices(
    items: Sequence[Item], rule: Rule, sizes: Mapping[str, Choice] | None = None, label: int = 0
) -> dict[str, Choice]:
    """The rule's rationale of every item; with `sizes`, of as many segments a side as each of those rationales has."""
    choices = {}
    for item in items:
        q, t = rule(item)
        if sizes is not None:
            q, t = q[: len(sizes[item.item].q)], t[: len(sizes[item.item].t)]
        choices[item.item] = Choice(label, tuple(q), tuple(t))
    return choices


def _shared_then_rest(segments: Sequence[str], others: Sequence[str]) -> list[int]:
    shared = shared_segments(segments, others)
    return [*shared, *(index for index in range(len(segments)) if index not in set(shared))]
