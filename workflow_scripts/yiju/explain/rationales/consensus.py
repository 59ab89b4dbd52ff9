"""What the items of a group say together, where no one of them is trusted more than the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from yiju.data.items import Item
from yiju.explain.rationales.fusion import Choice

# A word and how many times it has come before on its side.
Word = tuple[str, int]


def share_consensus(
    items: Sequence[Item],
    choices: Mapping[str, Choice],
    groups: Iterable[Sequence[str]],
    weights: Mapping[str, float],
) -> dict[str, Choice]:
    """f3 by consensus: the items of a group share one label and one ranking of words.

    groups: ids, each group's original first, no item in two; weights: what an item's label counts, at least 0. The
    label is that of the greater weight, of equal ones the original's. Words are ranked by Borda count; each item takes
    those that it has, as many as its own selection holds.
    """
    known = {item.item: item for item in items}
    fused = dict(choices)
    for group in groups:
        members = [(known[name], choices[name]) for name in group]
        label = _label([choices[name].label for name in group], [weights[name] for name in group])
        q = borda([(item.q_segments, choice.q) for item, choice in members])
        t = borda([(item.t_segments, choice.t) for item, choice in members])
        for item, own in members:
            fused[item.item] = Choice(label, _take(item.q_segments, own.q, q), _take(item.t_segments, own.t, t))
    return fused


def borda(rankings: Sequence[tuple[Sequence[str], Sequence[int]]]) -> dict[Word, float]:
    """Mean points of every word over rankings of one side, 0 to 1 (Borda count, as a share).

    rankings: segments, and the indices selected of them, most important first: of n the first has the points 1, the
    next (n - 1) / n, and so on; what is not selected, or not there, has none. A word that comes again on its side is
    another word.
    """
    points: dict[Word, float] = defaultdict(float)
    for segments, selected in rankings:
        words = _words(segments)
        for rank, index in enumerate(selected):
            points[words[index]] += (len(selected) - rank) / len(selected)
    return {word: value / len(rankings) for word, value in points.items()}


def _label(labels: Sequence[int], weights: Sequence[float]) -> int:
    balance = sum(weight if label == 1 else -weight for label, weight in zip(labels, weights, strict=True))
    return labels[0] if balance == 0 else int(balance > 0)


def _take(segments: Sequence[str], own: Sequence[int], points: Mapping[Word, float]) -> tuple[int, ...]:
    """The item's words of most points, as many as it had selected; of equal points its own ranking decides."""
    words = _words(segments)
    ranking = [*own, *(index for index in range(len(segments)) if index not in own)]
    # Rounded: sums of the same shares in another order differ in the last bits.
    return tuple(sorted(ranking, key=lambda index: -round(points.get(words[index], 0.0), 9))[: len(own)])


def _words(segments: Sequence[str]) -> list[Word]:
    seen: Counter[str] = Counter()
    words = []
    for segment in segments:
        words.append((segment, seen[segment]))
        seen[segment] += 1
    return words
