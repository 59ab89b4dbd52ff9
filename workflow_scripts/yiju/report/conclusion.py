"""What an auditor may take away: whether to use the model, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from yiju.base.language import gettext, joined, ngettext
from yiju.report.doubts import only_label
from yiju.report.number_formats import beside, percent, words
from yiju.report.results import Comparison, Judgements, Sign

# What each rival is, in words that need no legend.
RULES = {"overlap": "a rule that counts shared characters", "majority": "always giving the more frequent label"}


def conclude(measured: Judgements | None, chose: bool, synthetic: Sequence[str]) -> Comparison:
    """Whether the model may be used, and why; the sign is below where it must not be.

    measured: the set that measures it (`measuring`); chose: whether dev chose something of the model; synthetic:
    corpora that were learnt and whose rows a generator wrote.
    """
    told = _on_judgements(measured, chose, bool(synthetic))
    if not synthetic:
        return told
    text = gettext(
        "Do not use it for real sentences: the rows of {corpora} are synthetic, and nothing follows from them for real "
        "corpora.",
        corpora=words(list(synthetic)),
    )
    return Comparison("below", joined(text, told.text))


def measuring(sets: Sequence[Judgements], chose: bool) -> Judgements | None:
    """The set that measures the model: the first with labels that did not choose it, where there is one.

    sets: all that were judged, dev first; chose: whether dev chose something of the model.
    """
    labelled = [one for one in sets if one.accuracy]
    return next((one for one in labelled if not (chose and one.name == "dev")), next(iter(labelled), None))


def _on_judgements(one: Judgements | None, chose: bool, synthetic: bool) -> Comparison:
    if one is None:
        text = gettext("Do not use it: no pair of its sets has a label, so its accuracy is unknown.")
        return Comparison("below", text)
    label = only_label(one)
    if label:
        text = gettext(
            "Do not use it: all pairs of {set} are {label}, so its accuracy on others is unknown.",
            set=one.name,
            label=gettext(label),
        )
        return Comparison("below", text)
    return _beside_rivals(one, chose, synthetic)


def _beside_rivals(one: Judgements, chose: bool, synthetic: bool) -> Comparison:
    verbs: dict[Sign, str] = {
        "below": "Do not use it: {rules} does better; the model is right for {share} of {pairs}.",
        "level": "Do not use it: {rules} does as well, within the intervals; the model is right for {share} of "
        "{pairs}.",
    }
    share = percent(one.accuracy["model"].value)
    pairs = ngettext("{number} pair of {set}", "{number} pairs of {set}", one.labelled, set=one.name)
    for sign, message in verbs.items():
        rivals = [rival for rival, beyond in one.beyond.items() if sign_of(beyond.low, beyond.high) == sign]
        if rivals:
            rules = words([beside(gettext(RULES[rival]), percent(one.accuracy[rival].value)) for rival in rivals])
            return Comparison("below", gettext(message, rules=rules, share=share, pairs=pairs))
    message = "It may be used for pairs like those of {set}: there it does better than {rules}."
    if synthetic:
        message = "For synthetic pairs like those of {set} it does better than {rules}."
    text = gettext(message, set=one.name, rules=words([gettext(RULES[rival]) for rival in one.beyond]))
    flattered = gettext("These pairs chose it and so flatter it.") if chose and one.name == "dev" else ""
    return Comparison("above", joined(text, flattered))


def sign_of(low: float, high: float) -> Sign:
    """On which side of 0 an interval lies; level where it holds it."""
    return "above" if low > 0 else "below" if high < 0 else "level"
