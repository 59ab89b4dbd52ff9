"""Evidence in words: headings and lines for the terminal, tables and pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from yiju.base.types import Measure

if TYPE_CHECKING:
    # Loads torch.
    from yiju.explain.evidence.training_evidence import Evidence, LearntPair

BY: dict[Measure, str] = {
    "similarity": "similarity",
    "representer": "representer points",
    "tracin": "TracIn",
}


def groups(found: Evidence) -> Iterator[tuple[str, tuple[LearntPair, ...]]]:
    """The two groups, each with what it is."""
    by = f"by {BY[found.measure]}, of {found.pairs:,}"
    for what, pairs in (("for", found.proponents), ("against", found.opponents)):
        yield f"Training pairs that speak {what} it, {by}{':' if pairs else ': none'}", pairs


def pair_in_words(pair: LearntPair) -> str:
    """A pair with its label, its figures and where it stands."""
    figures = f"score {pair.score:+.3g}, similarity {pair.similarity:.3f}"
    return f"{pair.q} | {pair.t} ({pair.label_name}; {figures}; {pair.source})"
