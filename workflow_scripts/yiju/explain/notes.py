"""What a reader must know of a judgement and of the model that made it, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from yiju.base.plurals import counted
from yiju.models.measured import BEFORE_QUANTISING
from yiju.models.model_facts import About, Accuracy, Reordered

if TYPE_CHECKING:
    from yiju.explain.explanation import Judgement, Segment, Side
    from yiju.models.decision import Decision

# Unknown segments are named up to so many.
NAMED = 10
RIVAL = "a rule that counts shared characters"
DOUBTS = {
    "above": [],
    "level": [f"Do not use it: it is not shown to be better than {RIVAL}."],
    "below": [f"Do not use it: {RIVAL} does better."],
}
SYNTHETIC = " (synthetic rows: nothing follows for the real corpus or for real sentences)"
NOT_KNOWN = (
    "Nothing is known of this model's accuracy: its folder does not tell what it learnt from and how often it is right."
)


def notes(found: Judgement, about: About | None = None) -> list[str]:
    """What a reader must know of a judgement beside label and probability, what forbids to rely on it first.

    about: what the model says of itself. No sentences where the whole pair was read and known, in another order too.
    """
    from yiju.data.reordered import is_reordered

    told = [*_warnings(found)]
    if found.undecided:
        told.append(_undecided(found))
    if found.truncated:
        told.append("The pair is longer than the model reads: its end was cut off and counts for nothing.")
    if found.unknown:
        characters, are = ("1 character", "is") if found.unknown == 1 else (f"{found.unknown} characters", "are")
        told.append(
            f"{characters} of the pair {are} unknown to the model's vocabulary{_named(found)}: it cannot tell such "
            "characters from one another, so the judgement does not rest on which they are."
        )
    if is_reordered(found.q, found.t):
        told.append(f"Both sentences hold the same characters in another order. {_of_order(about)}")
    return told


def _undecided(found: Judgement) -> str:
    if found.possible is None:
        return (
            "The judgement is left undecided: the score is too close to the threshold for the risk that calibration "
            "was asked to keep."
        )
    return (
        "The judgement is left undecided: for the risk that calibration was asked to keep, more than one class is "
        f"possible: {', '.join(found.possible)}."
    )


def mostly_unknown(found: Judgement) -> bool:
    """Whether half of a sentence is unknown; where only the number of both is known, half of the pair.

    A longer unit is marked where a single character of it is unknown, and so tells nothing of how many are.
    """
    sides = sides_of(found)
    if sides and _by_characters(found):
        return any(_half([(one, one.unknown) for one in side.segments]) for side in sides)
    return 2 * found.unknown >= len("".join((found.q + found.t).split()))


def introduction(about: About | None, decision: Decision) -> list[str]:
    """A model in sentences: its name, what it learnt from, how often it is right, and how it decides."""
    if about is None:
        return [NOT_KNOWN, f"{_decides(decision)}."]
    learnt = f"The model {about.name} learnt from pairs of {', '.join(about.corpora)}{SYNTHETIC * about.synthetic}."
    other = f"; the figures are of a threshold of {about.threshold:.3f}" if _differs(about, decision.threshold) else ""
    before = [BEFORE_QUANTISING] if about.quantised and about.accuracy else []
    return [learnt, *_measured(about.accuracy), *before, f"{_decides(decision)}{other}."]


def _decides(decision: Decision) -> str:
    """From where on a pair is called similar, or which class is decided, without a full stop."""
    from yiju.models.decision import UNDECIDED

    if decision.threshold is not None:
        return f"It judges a pair similar above p(similar) = {decision.threshold:.3f}"
    if not decision.single:
        return f"It decides for the most probable of {len(decision.classes)} classes: {', '.join(decision.classes)}"
    if decision.margin is None:
        return f"{UNDECIDED[0].upper()}{UNDECIDED[1:]}"
    return f"It judges a pair similar above a score of {decision.margin:.3f}"


def _differs(about: About, threshold: float | None) -> bool:
    """Whether another threshold decides than that of the figures."""
    return threshold is not None and abs(about.threshold - threshold) > 5e-4


def _measured(accuracy: Sequence[Accuracy]) -> list[str]:
    if not accuracy:
        return ["How often it is right was not measured: no set had labels."]
    one = accuracy[0]
    chose = ", which chose it and so flatter it" if one.chose else ""
    told = (
        f"It is right for {one.value:.1%} [{one.low:.1%}, {one.high:.1%}] of the {one.pairs:,} "
        f"{'synthetic ' if one.synthetic else ''}pairs of {one.set}{chose}; {RIVAL} for {one.overlap:.1%}."
    )
    return [told, *DOUBTS[one.beside_overlap]]


def _warnings(found: Judgement) -> list[str]:
    """Of what so much is unknown or unread that the judgement tells nothing."""
    causes = (("unknown to the model", mostly_unknown(found)), ("not read by the model", _unread(found)))
    told = [cause for cause, there in causes if there]
    return [f"Do not rely on this judgement: half of a sentence or more is {cause}." for cause in told]


def _unread(found: Judgement) -> bool:
    """Whether half of a sentence is in characters that were not read, or in longer units of which nothing was."""
    whole = _by_characters(found)
    return any(
        _half([(one, one.truncated and (whole or one.score is None)) for one in side.segments])
        for side in sides_of(found)
    )


def _half(segments: Sequence[tuple[Segment, bool]]) -> bool:
    sizes = [(one.end - one.start, marked) for one, marked in segments]
    return 2 * sum(size for size, marked in sizes if marked) >= max(1, sum(size for size, _ in sizes))


def sides_of(found: Judgement) -> Sequence[Side]:
    """The sentences of an explanation; none of a mere judgement."""
    return getattr(found, "sides", ())


def _by_characters(found: Judgement) -> bool:
    return getattr(found, "units", None) == "characters"


def _named(found: Judgement) -> str:
    """Which segments are unknown, as far as they are known and few enough to read."""
    if not _by_characters(found):
        return ""
    texts = list(dict.fromkeys(one.text for side in sides_of(found) for one in side.segments if one.unknown))
    return f" ({' '.join(texts[:NAMED])}{' …' if len(texts) > NAMED else ''})" if texts else ""


def _of_order(about: About | None) -> str:
    """How often a model is right where only the order differs."""
    measured: Reordered | None = about.reordered if about else None
    if measured is None:
        return "Such models often miss what the order changes, and how often this one does was not measured."
    return f"Of {counted(measured.pairs, 'such pair')} of its sets this model judged {measured.right:,} right."
