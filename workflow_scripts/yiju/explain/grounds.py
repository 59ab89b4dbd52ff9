"""What an explanation rests on, in sentences: what carries it, whether its rationale suffices, how far it holds."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from yiju.explain.strength import JUDGEMENT, in_words, without_label
from yiju.explain.unit_names import NOUNS
from yiju.models.folder_files import LABELS
from yiju.models.measured import BEFORE_QUANTISING, sentence

if TYPE_CHECKING:
    from yiju.explain.explanation import Explanation

# A gap of scores is told from this share of their sum on, or of LEAST where the sum is less.
CLOSE, LEAST = 0.01, 0.1
# What the rationale is where no smallest set is looked for, because it would keep no judgement of the explained class.
SHARED = (
    "The rationale is the {units} of each sentence that raise the score most. The smallest set that keeps a judgement "
    "is looked for only where the class that the model decides is explained."
)


def grounds(found: Explanation) -> list[str]:
    """What carries the judgement, what the rationale alone is judged, and how far explanations of the model hold."""
    return [_carried(found), *_alone(found), *_noise(found)]


def _carried(found: Explanation) -> str:
    if isnan(found.certainty):
        return without_label(found.parts, found.units)
    what = JUDGEMENT if found.target == found.label_name else f"the class {found.target}"
    return in_words(found.certainty, found.parts, found.units, what)


def _noise(found: Explanation) -> list[str]:
    """What chance or rounding leaves open in the scores."""
    told = []
    if found.apart is False:
        told.append(
            f"The scores are estimates from samples, and the third {NOUNS[found.units]} in rank is not told from the "
            f"fourth: with other samples other {NOUNS[found.units]}s may rank first."
        )
    total = sum(one.score or 0.0 for side in found.sides for one in side.segments)
    if found.gap is not None and abs(found.gap) > CLOSE * max(abs(total - found.gap), LEAST):
        missed = f"{abs(found.gap):.3f}"
        told.append(f"The scores miss the sum that the method promises by {missed}: its steps or samples are too few.")
    return told


def _alone(found: Explanation) -> list[str]:
    if found.kept is None:
        decided = found.label is not None and found.target in (None, found.label_name)
        return [] if decided else [SHARED.format(units=f"{NOUNS[found.units]}s")]
    chance = "" if found.alone is None else f"{found.chance} is {found.alone:.3f}"
    if not found.kept:
        return [
            f"No set of {NOUNS[found.units]}s was found that keeps the judgement by itself: with all that speak for it "
            f"(the rationale) and nothing else, {chance or 'the pair is judged otherwise'}. Do not take them for its "
            "grounds."
        ]
    left = "With nothing but the rationale left, the judgement is the same"
    return [f"{left}: {chance}." if chance else f"{left}.", *_measured(found)]


def _measured(found: Explanation) -> list[str]:
    measured = found.about.explanation if found.about else None
    if measured is None:
        return ["The reliability of explanations of this model was not measured."]
    if found.units != "characters":
        return [f"The reliability of explanations of this model by {NOUNS[found.units]}s was not measured."]
    if measured.method != found.method:
        return [f"The reliability of explanations by {found.method['method']} with these options was not measured."]
    if found.label is None or found.label_name not in LABELS.values():
        return []
    told = [sentence(measured, found.label)]
    figures = ("similar" if found.label else "not_similar") in measured.labels
    return [*told, BEFORE_QUANTISING] if figures and found.about and found.about.quantised else told
