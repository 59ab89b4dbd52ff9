"""What an auditor may take away from the first screen: whether to use the model, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yiju.base.plurals import counted
from yiju.report.doubts import only_label
from yiju.report.number_formats import percent, words
from yiju.report.results import Comparison, Judgements, Sign

# What each rival is, in words that need no legend.
RULES = {"overlap": "a rule that counts shared characters", "majority": "always giving the more frequent label"}


@dataclass(frozen=True)
class Conclusion:
    """Sentences, and their sign: below where the model must not be used, level where it may be for some things."""

    sign: Sign
    sentences: list[str]


def conclude(
    sets: Sequence[Judgements], chose: bool, synthetic: Sequence[str], verdicts: Sequence[Comparison]
) -> Conclusion:
    """The last words of the first screen.

    sets: all that were judged, dev first; chose: whether dev chose something of the model; synthetic: corpora that were
    learnt and whose rows a generator wrote; verdicts: on the explanations.
    """
    told = _on_judgements(sets, chose)
    signs, sentences = [told.sign], [told.text]
    if synthetic:
        signs, sentences = ["below"], [f"Do not use it for real sentences: {_generated(synthetic)}.", told.text]
    failing = [one for one in verdicts if one.sign == "below"]
    sentences += [one.text for one in failing]
    sign: Sign = "below" if "below" in signs else "level" if failing or "level" in signs else "above"
    return Conclusion(sign, sentences)


def _generated(names: Sequence[str]) -> str:
    return f"the rows of {words(list(names))} are synthetic, and nothing follows from them for real corpora"


def _on_judgements(sets: Sequence[Judgements], chose: bool) -> Comparison:
    """On the judgements, by the set that did not choose the model, where there is one with labels."""
    labelled = [one for one in sets if one.accuracy]
    if not labelled:
        return Comparison("below", "Do not use it: no pair of its sets has a label, so its accuracy is unknown.")
    one = next((one for one in labelled if not (chose and one.name == "dev")), labelled[0])
    label = only_label(one)
    if label:
        text = f"Do not use it: all pairs of {one.name} are {label}, so its accuracy on others is unknown."
        return Comparison("below", text)
    ours = f"{percent(one.accuracy['model'].value)} of {counted(one.labelled, 'pair')} of {one.name}"
    for sign, verb in (("below", "does better"), ("level", "does as well, within the intervals")):
        rivals = [rival for rival, beyond in one.beyond.items() if _sign(beyond.low, beyond.high) == sign]
        if rivals:
            rules = words([f"{RULES[rival]} ({percent(one.accuracy[rival].value)})" for rival in rivals])
            return Comparison("below", f"Do not use it: {rules} {verb}; the model is right for {ours}.")
    rules = words([f"{RULES[rival]} for {percent(one.accuracy[rival].value)}" for rival in one.beyond])
    flattered = " These pairs chose it and so flatter it." if chose and one.name == "dev" else ""
    return Comparison("above", f"The model is right for {ours}, {rules}.{flattered}")


def _sign(low: float, high: float) -> Sign:
    return "above" if low > 0 else "below" if high < 0 else "level"
