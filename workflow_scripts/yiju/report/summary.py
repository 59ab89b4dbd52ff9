"""The headline figures beside what is trivial."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from yiju.base.language import gettext, ngettext
from yiju.report.doubts import only_label
from yiju.report.number_formats import clauses, decimal, percent, signed_points, words
from yiju.report.results import (
    MODELS,
    RATIONALES,
    TRIVIAL,
    Comparison,
    Estimate,
    Judgements,
    Plausibility,
    compare,
)


@dataclass(frozen=True)
class Bar:
    """A figure on a scale from 0 to 1; ours differ from trivial ones in shape and colour."""

    label: str
    estimate: Estimate
    ours: bool


@dataclass(frozen=True)
class Card:
    """A headline: one figure of ours, what it means beside its strongest rival, and all rivals.

    submission: of the same set by the competition's file, where it has one; else None.
    """

    title: str
    place: str
    value: str
    verdict: Comparison
    bars: list[Bar]
    percent: bool
    submission: Plausibility | None = None


def dev_chose(finetune: dict, fitted: bool) -> str:
    """What of the model was chosen on the dev pairs, in words; empty where nothing was. fitted: see `Calibration`."""
    weights = [gettext("weights")] if finetune["folds"] == 1 else []
    return words(weights + ([gettext("temperature"), gettext("threshold")] if fitted else []))


def accuracy_cards(
    judgements: Sequence[Judgements],
    chosen_on_dev: str,
    rationales: Sequence[Plausibility],
    synthetic: Collection[str],
) -> list[Card]:
    """Accuracy on every labelled set.

    rationales: of all sets and methods, of which the first one's file counts; synthetic: sets with rows of a generator.
    """
    files = {one.name: one for one in reversed(rationales) if one.submission}
    cards = []
    for one in judgements:
        if one.accuracy:
            parts = [_pairs(one, one.name in synthetic)]
            if one.name == "dev" and chosen_on_dev:
                parts.append(gettext("which chose {what}", what=chosen_on_dev))
            cards.append(_accuracy_card(one, clauses(parts), files.get(one.name)))
    return cards


def rationale_cards(rationales: Sequence[Plausibility]) -> list[Card]:
    """Token F1 and MAP of the first method on every set that has them."""
    wanted = [
        (one, metric) for one in rationales if one.method == rationales[0].method for metric in ("token_f1", "map")
    ]
    return [_rationale_card(one, metric) for one, metric in wanted if metric in one.metrics]


def _pairs(one: Judgements, synthetic: bool) -> str:
    if synthetic:
        return ngettext("{number} labelled synthetic pair", "{number} labelled synthetic pairs", one.labelled)
    return ngettext("{number} labelled pair", "{number} labelled pairs", one.labelled)


def _accuracy_card(one: Judgements, place: str, submission: Plausibility | None) -> Card:
    bars = [Bar(gettext(label), one.accuracy[model], model == "model") for model, label in MODELS.items()]
    return Card(one.name, place, percent(one.accuracy["model"].value), _beside_rivals(one), bars, True, submission)


def _beside_rivals(one: Judgements) -> Comparison:
    """Above where the matched differences to all rivals are, below where one is; level where all have one label."""
    label = only_label(one)
    if label:
        text = gettext("all pairs are {label}: nothing is known of the other label", label=gettext(label))
        return Comparison("level", text)
    beyond = list(one.beyond.values())
    above, below = all(each.low > 0 for each in beyond), any(each.high < 0 for each in beyond)
    differences = [
        gettext("{points} points to the {rival}", points=signed_points(each), rival=gettext(MODELS[rival]))
        for rival, each in one.beyond.items()
    ]
    return Comparison("above" if above else "below" if below else "level", words(differences))


def _rationale_card(one: Plausibility, metric: str) -> Card:
    labels = RATIONALES | TRIVIAL
    bars = [
        Bar(gettext(labels[kind]), row[metric], kind in RATIONALES) for kind, row in one.rows.items() if metric in row
    ]
    ours, rival = one.rows["faithful"][metric], one.best_trivial(metric)
    rule = gettext("the best trivial rule ({rule})", rule=_rule(rival))
    verdict = compare(ours, one.rows[rival][metric], rule)
    measured, title = {
        "token_f1": (
            ngettext("{number} gold pair", "{number} gold pairs", one.gold),
            gettext("Token F1 (plausibility)"),
        ),
        "map": (
            ngettext("{number} disturbed form", "{number} disturbed forms", one.disturbed_pairs),
            gettext("MAP (consistency)"),
        ),
    }[metric]
    place = gettext("{set}: {pairs}", set=one.name, pairs=measured)
    return Card(title, place, decimal(ours.value), verdict, bars, False)


def _rule(kind: str) -> str:
    """What a trivial rule does, without the word before the colon."""
    return re.split("[:：] ?", gettext(TRIVIAL[kind]), maxsplit=1)[-1]
