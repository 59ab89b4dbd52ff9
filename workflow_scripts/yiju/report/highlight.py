"""A sentence as pieces to be highlighted: data only, so that whoever shows them escapes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext
from yiju.explain.strength import strength
from yiju.report.number_formats import clauses


@dataclass(frozen=True)
class Piece:
    """A segment of a sentence, or the white space between two (`segment` is False).

    strength: its colour (`yiju.explain.strength`), None where it is not known; rank: place among the selected, from 1;
    unknown: whether the model cannot tell a character of it from others; unread: whether it was cut off.
    """

    text: str
    segment: bool = True
    strength: float | None = None
    score: float | None = None
    rank: int | None = None
    gold: bool = False
    unknown: bool = False
    unread: bool = False

    @property
    def title(self) -> str:
        """What is known of the segment, in words."""
        said = [gettext("score {score}", score=f"{self.score:.3f}")] if self.score is not None else []
        said += [gettext("selected, rank {rank}", rank=self.rank)] if self.rank else []
        said += [gettext("gold evidence")] if self.gold else []
        said += [gettext("not known to the model")] if self.unknown else []
        said += [gettext("not read by the model")] if self.unread else []
        return clauses(said) if said else ""

    @property
    def looks(self) -> str:
        """The names of how it looks, as the page's style sheet has them."""
        against = self.strength is not None and self.strength < 0
        marks = {"against": against, "selected": self.rank, "gold": self.gold, "unknown": self.unknown}
        return " ".join(["piece", *(name for name, there in (marks | {"unread": self.unread}).items() if there)])


def highlight(
    text: str,
    spans: Sequence[Sequence[int]],
    scores: Sequence[float | None],
    effects: Sequence[float | None],
    ranked: Sequence[int] = (),
    gold: Collection[int] = (),
    unknown: Collection[int] = (),
) -> list[Piece]:
    """Cut `text` into pieces that spell it again.

    spans: start and end of each segment; scores, effects: of it and of its absence, None where it was not read; ranked:
    indices of the selected segments, most important first; gold: of those that are evidence by gold; unknown: of those
    that hold a character which the vocabulary does not hold.
    """
    ranks = {index: place for place, index in enumerate(ranked, 1)}
    pieces, position = [], 0
    for index, (start, end) in enumerate(spans):
        pieces += [Piece(text[position:start], segment=False)] if start > position else []
        score, colour = scores[index], strength(scores[index], effects[index])
        marks = index in gold, index in unknown, score is None
        pieces.append(Piece(text[start:end], True, colour, score, ranks.get(index), *marks))
        position = end
    return pieces + ([Piece(text[position:], segment=False)] if position < len(text) else [])
