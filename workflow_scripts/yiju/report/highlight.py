"""A sentence as pieces to be highlighted: data only, so that whoever shows them escapes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext
from yiju.data.segmentation import segment_spans
from yiju.explain.strength import strength
from yiju.report.number_formats import clauses


@dataclass(frozen=True)
class Piece:
    """A segment of a sentence, or the white space between two (`segment` is False).

    strength: its colour (`yiju.explain.strength`), None where it is not known; rank: place among the selected, from 1.
    """

    text: str
    segment: bool = True
    strength: float | None = None
    score: float | None = None
    rank: int | None = None
    gold: bool = False

    @property
    def title(self) -> str:
        """What is known of the segment, in words."""
        said = [gettext("score {score}", score=f"{self.score:.3f}")] if self.score is not None else []
        said += [gettext("selected, rank {rank}", rank=self.rank)] if self.rank else []
        said += [gettext("gold evidence")] if self.gold else []
        return clauses(said) if said else ""


def highlight(
    text: str,
    segments: Sequence[str],
    scores: Sequence[float | None] = (),
    effects: Sequence[float | None] = (),
    ranked: Sequence[int] = (),
    gold: Collection[int] = (),
) -> list[Piece]:
    """Cut `text` into pieces that spell it again.

    scores: one a segment, or none; effects: of their absence, one a segment, or none where they are not known; ranked:
    indices of the selected segments, most important first; gold: indices of the segments that are evidence by gold.
    """
    ranks = {index: place for place, index in enumerate(ranked, 1)}
    pieces, position = [], 0
    for index, (start, end) in enumerate(segment_spans(text, segments)):
        pieces += [Piece(text[position:start], segment=False)] if start > position else []
        score = scores[index] if scores else None
        colour = strength(score, effects[index]) if effects else None
        pieces.append(Piece(text[start:end], True, colour, score, ranks.get(index), index in gold))
        position = end
    return pieces + ([Piece(text[position:], segment=False)] if position < len(text) else [])
