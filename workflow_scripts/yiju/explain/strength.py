"""How strongly a segment is coloured, and what carries a judgement: by what changes when the segment is taken away.

One scale for the terminal, the page, the HTML and the report, and for all pairs and methods: a colour is never stronger
than the effect of taking the segment away, whatever its score is. Effects are log p(label) of the pair less that of the
pair without the segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from yiju.base.language import gettext
from yiju.explain.unit_names import NOUNS, quoted, side_name

# What taking each segment away changes, whatever the method.
EFFECT = {"method": "occlusion", "removal": "delete"}
# From SCALE on a colour is full: the probability falls to 37 % of what it was, or further. Below FLOOR (1 %) is none.
SCALE, FLOOR = 1.0, 0.01
# A segment carries a judgement where its probability falls by a tenth or more without it.
CARRIES = -log(0.9)
# So many are named at most, each with at least this share of the largest effect.
NAMED, BESIDE = 3, 0.5
JUDGEMENT = "the judgement"
# A segment by its side, its index there, its text and its effect, None where the model did not read it.
Part = tuple[str, int, str, float | None]


def strength(score: float | None, effect: float | None, scale: float = SCALE) -> float:
    """Colour of a segment, from -1 (fully against the label) to 1 (fully for it); 0 for none.

    score: by any method. The sign is that of the score, and where the effect has the other one nothing is shown. scale:
    the effect from which on the colour is full.
    """
    if score is None or effect is None or score * effect <= 0 or abs(effect) < FLOOR * scale:
        return 0.0
    return min(1.0, abs(effect) / scale) * (1 if score > 0 else -1)


def without_label(parts: Sequence[Part], units: str = "characters") -> str:
    """The segments that the score of a model without labels rests on most, as a sentence. units: what they are."""
    known = changing(parts)
    if not known:
        return f"No single {NOUNS[units]} changes the score when it is taken away."
    changes = [f"{-(part[3] or 0.0):+.3f} {_without(part, units)}" for part in known]
    return f"The score changes most when these are taken away: {', '.join(changes)}."


def changing(parts: Sequence[Part]) -> list[Part]:
    """The segments whose effect is furthest from 0, of either sign, largest first."""
    return sorted((part for part in parts if part[3]), key=lambda part: -abs(part[3] or 0.0))[:NAMED]


def carrying(parts: Sequence[Part]) -> list[Part]:
    """The segments whose effect is largest, largest first; none where no single one carries the judgement."""
    ordered = sorted((part for part in parts if part[3] is not None), key=lambda part: -(part[3] or 0.0))
    largest = (ordered[0][3] or 0.0) if ordered else 0.0
    return [part for part in ordered[:NAMED] if (part[3] or 0.0) >= max(CARRIES, BESIDE * largest)]


def without(whole: float, effect: float | None) -> float:
    """p(label) without a segment. whole: p(label) of the pair."""
    return whole * exp(-(effect or 0.0))


def lowest(whole: float, parts: Sequence[Part]) -> float:
    """The least p(label) that is left when one segment is taken away."""
    return min((without(whole, part[3]) for part in parts), default=whole)


def in_words(whole: float, parts: Sequence[Part], units: str = "characters", what: str = JUDGEMENT) -> str:
    """What carries a judgement, or that no single segment does, as a sentence.

    whole: p(label) of the pair; units: what the segments are, as in `Explanation.units`; what: is explained.
    """
    carried = carrying(parts)
    if not carried:
        return gettext(
            "No single {unit} carries {what}: its probability of {whole} is still {lowest} or more, whichever one is "
            "taken away.",
            unit=gettext(NOUNS[units]),
            what=gettext(what),
            whole=f"{whole:.1%}",
            lowest=f"{lowest(whole, parts):.1%}",
        )
    falls = gettext(", ").join(
        gettext("to {share} {without}", share=f"{without(whole, part[3]):.1%}", without=_without(part, units))
        for part in carried
    )
    return gettext(
        "Single {unit}s carry {what}: its probability falls from {whole} {falls}.",
        unit=gettext(NOUNS[units]),
        what=gettext(what),
        whole=f"{whole:.1%}",
        falls=falls,
    )


def _without(part: Part, units: str) -> str:
    side, _, text, _ = part
    return gettext("without {text} ({side})", text=quoted(text), side=side_name(side, units))
