"""The first screen: what a reader must decide, as questions, each with an answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiju.base.language import gettext, joined, ngettext
from yiju.report.conclusion import RULES, conclude, measuring
from yiju.report.doubts import only_label
from yiju.report.number_formats import percent, points, signed_points, words
from yiju.report.results import Comparison, Estimate, Judgements
from yiju.report.sections.faithfulness_section import LABELS, Faithfulness, verdict
from yiju.report.sections.leakage_section import Leak
from yiju.report.sections.reliability_section import EnsembleCalibration

SPLITS = ("dev", "test")


@dataclass(frozen=True)
class Answer:
    """A question, and its answer. section: where the page says more of it; judged: whether its sign says something."""

    question: str
    told: Comparison
    section: str
    judged: bool = True


@dataclass(frozen=True)
class Asked:
    """What the answers rest on.

    sets: all that were judged, dev first; chose: what dev chose of the model, in words; learnt: the corpora of
    fine-tuning; generated: corpora that dev and test are of, synthetic_sets: test sets, whose rows a generator wrote;
    leaks: training rows that a held-out set holds; leaks_dropped: whether the same ones were dropped; threshold: from
    which P(similar) on a pair is similar.
    """

    sets: Sequence[Judgements]
    chose: str
    learnt: Sequence[str]
    generated: Sequence[str]
    synthetic_sets: Sequence[str]
    leaks: Sequence[Leak]
    leaks_dropped: bool
    faithful: Sequence[Faithfulness]
    calibration: EnsembleCalibration
    threshold: float

    @property
    def measured(self) -> Judgements | None:
        """The set that measures the model."""
        return measuring(self.sets, bool(self.chose))


def answers(asked: Asked) -> list[Answer]:
    """All questions with their answers, in the order of the page."""
    return [
        Answer(gettext("Can it be used?"), conclude(asked.measured, bool(asked.chose), asked.generated), "metrics"),
        *_of_figures(asked),
        *_of_explanations(asked),
        Answer(gettext("From where on is a pair similar?"), _threshold(asked), "calibration", judged=False),
    ]


def _of_figures(asked: Asked) -> Iterator[Answer]:
    one = asked.measured
    if one:
        yield Answer(gettext("How good is it?"), _accuracy(one), "metrics")
        yield Answer(gettext("Can that figure be believed?"), _believed(one, asked), "leakage")


def _accuracy(one: Judgements) -> Comparison:
    ours = one.accuracy["model"]
    told = gettext(
        "Right for {share} of {pairs}; with 95 % confidence for {low} to {high}.",
        share=percent(ours.value),
        pairs=ngettext("{number} pair of {set}", "{number} pairs of {set}", one.labelled, set=one.name),
        low=percent(ours.low),
        high=percent(ours.high),
    )
    beyond = [
        gettext(
            "{points} points compared with {rule} ({share})",
            points=signed_points(difference),
            rule=gettext(RULES[rival]),
            share=percent(one.accuracy[rival].value),
        )
        for rival, difference in one.beyond.items()
    ]
    rivals = gettext("That is {differences}.", differences=words(beyond)) if beyond and not only_label(one) else ""
    low = min((difference.low for difference in one.beyond.values()), default=0.0)
    return Comparison("above" if low > 0 else "level", joined(told, rivals))


def _believed(one: Judgements, asked: Asked) -> Comparison:
    """Whether the accuracy of a set tells what the model does with new pairs like those of the set."""
    if asked.chose and one.name == "dev":
        text = gettext("No: these pairs chose {what}, so it flatters the model.", what=asked.chose)
        return Comparison("below", text)
    same, near = (sum(rows) for rows in zip((0, 0), *_leaked(one, asked), strict=True))
    if same and not asked.leaks_dropped:
        text = ngettext(
            "No: {number} training row is a pair of {set}, and was learnt.",
            "No: {number} training rows are pairs of {set}, and were learnt.",
            same,
            set=one.name,
        )
        return Comparison("below", text)
    kept = _nearly(near, one.name) if near else gettext("None is nearly one of them either.")
    told = joined(_dropped(same, one.name), kept, _generated(one, asked))
    return Comparison("level" if near or _generated(one, asked) else "above", told)


def _leaked(one: Judgements, asked: Asked) -> Iterator[tuple[int, int]]:
    """Rows that are pairs of the set, and rows that are nearly: a split of several corpora has several names."""
    names = [f"{corpus} {one.name}" for corpus in asked.learnt] if one.name in SPLITS else [one.name]
    for leak in asked.leaks:
        if leak.corpus in asked.learnt and leak.held_out in names:
            yield leak.normalised, leak.near


def _dropped(same: int, name: str) -> str:
    if not same:
        return gettext("Yes: no training row is a pair of {set}, and nothing was chosen by these pairs.", set=name)
    return ngettext(
        "Yes: the {number} training row that is a pair of {set} was dropped, and nothing was chosen by these pairs.",
        "Yes: the {number} training rows that are pairs of {set} were dropped, and nothing was chosen by these pairs.",
        same,
        set=name,
    )


def _nearly(near: int, name: str) -> str:
    return ngettext(
        "But {number} training row is nearly a pair of {set}, and was learnt.",
        "But {number} training rows are nearly pairs of {set}, and were learnt.",
        near,
        set=name,
    )


def _generated(one: Judgements, asked: Asked) -> str:
    """What is to be said of a set with rows of a generator."""
    made = asked.generated if one.name in SPLITS else [name for name in asked.synthetic_sets if name == one.name]
    return gettext("It holds for synthetic pairs only.") if made else ""


def _of_explanations(asked: Asked) -> Iterator[Answer]:
    question = gettext("Do its explanations hold?")
    told = [(verdict(one, method), _how_far(one, method)) for one in asked.faithful for method in one.beyond]
    for each, figures in told:
        yield Answer(question, Comparison(each.sign, joined(each.text, figures)), "explanations")
    if not told:
        yield Answer(question, Comparison("level", gettext("Not known: no set was explained.")), "explanations")


def _how_far(one: Faithfulness, method: str) -> str:
    """By how much, in words: the two figures made for pairs, by label."""
    figures: Mapping[str, Mapping[str, Estimate]] = one.pairwise[method]["delete"]
    parts = [
        gettext(
            "{fall} points for “{label}” ({kept} of the judgements kept by it alone)",
            fall=points(own["one_sided.beyond_random"].value),
            label=gettext(LABELS[label]),
            kept=percent(own["kept"].value, 0),
        )
        for label, own in figures.items()
    ]
    return gettext(
        "Without the rationale of one sentence its probability falls further than without as many random segments: by "
        "{parts}.",
        parts=words(parts),
    )


def _threshold(asked: Asked) -> Comparison:
    found = asked.calibration
    values: dict[str, Any] = {"share": percent(asked.threshold), "margin": f"{found.margin:.3f}"}
    if not found.fitted:
        text = gettext("From a probability of {share} on, as configured (decision margin {margin}).", **values)
        return Comparison("level", text)
    text = ngettext(
        "From a probability of {share} on (decision margin {margin}), chosen by {number} dev pair.",
        "From a probability of {share} on (decision margin {margin}), chosen by {number} dev pairs.",
        found.pairs,
        **values,
    )
    return Comparison("level", text)
