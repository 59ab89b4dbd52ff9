"""A sentence as pieces to be highlighted: data only, so that whoever shows them escapes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yiju.rationale.items import segment_spans


@dataclass(frozen=True)
class Piece:
    """A segment of a sentence, or the white space between two (`segment` is False).

    weight: score as a share of the side's largest, None without scores; rank: place among the selected, from 1.
    """

    text: str
    segment: bool = True
    weight: float | None = None
    score: float | None = None
    rank: int | None = None
    gold: bool = False

    @property
    def title(self) -> str:
        """What is known of the segment, in words."""
        said = [f"score {self.score:.3f}"] if self.score is not None else []
        said += [f"selected, rank {self.rank}"] if self.rank else []
        return ", ".join(said + (["gold evidence"] if self.gold else []))


def highlight(
    text: str,
    segments: Sequence[str],
    scores: Sequence[float] = (),
    ranked: Sequence[int] = (),
    gold: Collection[int] = (),
) -> list[Piece]:
    """Cut `text` into pieces that spell it again.

    scores: one a segment, or none; ranked: indices of the selected segments, most important first; gold: indices of
    the segments that are evidence by gold.
    """
    ranks = {index: place for place, index in enumerate(ranked, 1)}
    largest = max(scores, default=0.0)
    pieces, position = [], 0
    for index, (start, end) in enumerate(segment_spans(text, segments)):
        pieces += [Piece(text[position:start], segment=False)] if start > position else []
        score = scores[index] if scores else None
        weight = None if score is None else max(score, 0.0) / largest if largest > 0 else 0.0
        pieces.append(Piece(text[start:end], True, weight, score, ranks.get(index), index in gold))
        position = end
    return pieces + ([Piece(text[position:], segment=False)] if position < len(text) else [])
