"""Fusion of rationales across the two sides and across items: f1, f2 and f3 of the published system.

The fused result is harmonised, not faithful: it is what the benchmark rewards, no explanation of the model.
Source of all three: the third-place system of the 2022 兴智杯 model-interpretability competition, whose submission is
`sim_rationale_f1_f2_f3`. Unlike there, no index is ever given twice, and nothing is special-cased by id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from yiju.data.items import Item
from yiju.explain.rationales.bleu import best_originals
from yiju.explain.rationales.selection import rank

Order = Literal["importance", "published"]
PUNCTUATION = frozenset("，？！。：、”（）【】{}")


@dataclass(frozen=True)
class Choice:
    """A label and, for each side, the indices of its rationale, most important first."""

    label: int
    q: tuple[int, ...]
    t: tuple[int, ...]


def in_order(choice: Choice) -> Choice:
    """f1: each side's indices in order of position."""
    return Choice(choice.label, tuple(sorted(choice.q)), tuple(sorted(choice.t)))


def shared_segments(segments: Sequence[str], others: Sequence[str]) -> list[int]:
    """Indices of the segments whose text the other side has too, punctuation left out, in order of position."""
    wanted = set(others) - PUNCTUATION
    return [index for index, segment in enumerate(segments) if segment in wanted]


def prefer_shared(
    item: Item,
    choice: Choice,
    q_scores: Sequence[float | None],
    t_scores: Sequence[float | None],
    order: Order = "importance",
) -> Choice:
    """f2: segments that both sides have come first; the number of segments stays that of the selection.

    Label 1: shared ones that are selected, then other shared ones, then the rest of the selection. Label 0: shared
    ones that are selected, then the rest. "published" ranks shared ones by position, which tells nothing of
    importance; "importance" ranks them, like the rest, by score. choice: ranked by these scores; scores: one a segment,
    None for one that the model did not read, which is never taken.
    """
    sides = (
        (item.q_segments, item.t_segments, choice.q, q_scores),
        (item.t_segments, item.q_segments, choice.t, t_scores),
    )
    q, t = (
        _shared_first(_read(shared_segments(segments, others), scores), selected, scores, choice.label, order)
        for segments, others, selected, scores in sides
    )
    return Choice(choice.label, q, t)


def is_original(item: Item, firsts: Collection[str], seconds: Collection[str]) -> bool:
    """Whether both sentences stem, each on its own side, from the set that the originals were taken from."""
    return item.q in firsts and item.t in seconds


def match_originals(items: Sequence[Item], originals: Collection[str]) -> dict[str, tuple[str, float]]:
    """For each item that is no original: the id of the original of highest BLEU-4, and that BLEU.

    Tokens are the q segments, then the t segments. An original that shares no segment with the item is none: the
    smoothed formula would still name one, the first of the file.
    """
    known = [item for item in items if item.item in originals]
    others = [item for item in items if item.item not in originals]
    index, score = best_originals([_tokens(item) for item in known], [_tokens(item) for item in others])
    pairs = [(item, known[i], s) for item, i, s in zip(others, index.tolist(), score.tolist(), strict=True) if i >= 0]
    return {
        item.item: (original.item, bleu)
        for item, original, bleu in pairs
        if not set(_tokens(item)).isdisjoint(_tokens(original))
    }


def copy_from_originals(
    items: Sequence[Item],
    choices: Mapping[str, Choice],
    matches: Mapping[str, str],
) -> dict[str, Choice]:
    """f3: each matched item takes the label, and those rationale words that it has, of its original.

    matches: id of the original by id of the item. An item without a match keeps its label and selection; a side that
    has none of the words keeps its selection. The words keep the original's ranking; a word that comes again stands
    for its next occurrence.
    """
    known = {item.item: item for item in items}
    fused = {}
    for item in items:
        own = choices[item.item]
        if item.item in matches:
            original, theirs = known[matches[item.item]], choices[matches[item.item]]
            q = place_words([original.q_segments[i] for i in theirs.q], item.q_segments) or own.q
            t = place_words([original.t_segments[i] for i in theirs.t], item.t_segments) or own.t
            own = Choice(theirs.label, q, t)
        fused[item.item] = own
    return fused


def place_words(words: Sequence[str], segments: Sequence[str]) -> tuple[int, ...]:
    """Index of each word among the segments: the n-th time that a word comes, its n-th occurrence, or nothing."""
    places: dict[str, list[int]] = {}
    for index in range(len(segments) - 1, -1, -1):
        places.setdefault(segments[index], []).append(index)
    return tuple(places[word].pop() for word in words if places.get(word))


def _read(places: Sequence[int], scores: Sequence[float | None]) -> list[int]:
    return [place for place in places if scores[place] is not None]


def _shared_first(
    shared: list[int], selected: Sequence[int], scores: Sequence[float | None], label: int, order: Order
) -> tuple[int, ...]:
    ranked = shared
    if order == "importance":
        # The selection's own ranking first: it holds even where it was not made by these scores.
        ranking = [*selected, *(index for index in rank(scores) if index not in selected)]
        ranked = [index for index in ranking if index in shared]
    chosen = [index for index in ranked if index in selected]
    others = [index for index in ranked if index not in selected] if label == 1 else []
    rest = [index for index in selected if index not in shared]
    return tuple([*chosen, *others, *rest][: len(selected)])


def _tokens(item: Item) -> list[str]:
    return [*item.q_segments, *item.t_segments]
