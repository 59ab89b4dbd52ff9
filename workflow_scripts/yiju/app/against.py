"""Two models on the same pairs: where they judge otherwise, how often either is right, and on what they rest it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import spearmanr

from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.data.corpora.label_kinds import class_numbers
from yiju.evaluation.gold_accuracy import classes_by_label
from yiju.evaluation.metrics.paired import discordant, mcnemar
from yiju.evaluation.with_intervals import with_difference, with_share
from yiju.explain.explanation import Explanation, Judgement, Side

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.models.given_pairs import Pair

# What a table of judgements has of the second model, and how that is called there.
COLUMNS = ("label", "label_name", "probability", "score")
PREFIX, AGREE = "against_", "agree"
# Fewer scores have no rank correlation that says anything.
FEWEST = 3


@dataclass(frozen=True)
class Both:
    """Two models. names: what people call them."""

    first: Explainer
    second: Explainer
    names: tuple[str, str]

    @cached_property
    def numbers(self) -> Mapping[int, int] | None:
        """By number of each class of the first model that of the second model; None where the classes differ.

        Classes are the same where their names are; the two of a model that knows similar and not similar have an order.
        """
        mine, theirs = self.first.scorer.classes, self.second.scorer.classes
        named = class_numbers(mine, theirs)
        if len(mine) == len(theirs) == len(set(named.values())):
            return {number: named[name] for number, name in enumerate(mine)}
        return {0: 0, 1: 1} if len(mine) == len(theirs) == 2 else None

    def counterpart(self, number: int) -> int:
        """The class of the second model that is a class of the first one. Raises YijuError where the classes differ."""
        if self.numbers is None:
            raise YijuError(f"{self.differ}, so a class of one is none of the other; leave --target and --contrast out")
        return self.numbers[number]

    @property
    def differ(self) -> str:
        """How the classes differ, as the beginning of a sentence."""
        classes = (", ".join(one.scorer.classes) for one in (self.first, self.second))
        listed = " and ".join(f"{name} has {own}" for name, own in zip(self.names, classes, strict=True))
        return f"The classes of the models differ: {listed}"

    def agree(self, one: Judgement, other: Judgement) -> bool | None:
        """Whether both call a pair the same; None where one of them decides nothing, or their classes differ."""
        if one.label is None or other.label is None or self.numbers is None:
            return None
        return self.numbers[one.label] == other.label


@dataclass
class Second:
    """A second model beside the first one, and what was counted of the judgements of both.

    gold: known labels as they are written, None where a pair has none.
    """

    both: Both
    first: list[Judgement] = field(default_factory=list)
    second: list[Judgement] = field(default_factory=list)
    gold: list[str | None] = field(default_factory=list)

    def beside(self, found: Sequence[Judgement], gold: Sequence[str | None]) -> list[dict[str, Any]]:
        """What the second model says of each pair, and whether both agree, by name; all are counted.

        found: the first model's; gold: as in the class.
        """
        other = self.both.second.predict([(one.q, one.t) for one in found])
        self.first += found
        self.second += other
        self.gold += gold
        return [
            {f"{PREFIX}{name}": getattr(one, name) for name in COLUMNS} | {AGREE: self.both.agree(mine, one)}
            for mine, one in zip(found, other, strict=True)
        ]

    def lines(self) -> Iterator[str]:
        """How often both agree and, where labels are known, which is right more often, by a test of matched pairs."""
        groups = [(one.q, one.t) for one in self.first]
        agree = [self.both.agree(*each) for each in zip(self.first, self.second, strict=True)]
        known = [place for place, one in enumerate(agree) if one is not None]
        if known:
            same = np.array([agree[place] for place in known], dtype=bool)
            share = with_share("share", same, [groups[place] for place in known])
            yield (
                f"{' and '.join(self.both.names)} agree on {same.sum():,} of {counted(len(known), 'pair')} "
                f"({_share(share, 'share')})"
            )
        elif self.both.numbers is None and any(one.label is not None for one in self.second):
            yield f"{self.both.differ}, so it is not counted how often they agree"
        else:
            alike = _spearman(*([one.score for one in own] for own in (self.first, self.second)))
            told = "not defined, all are equal or too few" if alike is None else f"{alike:.3f}"
            names = " and ".join(self.both.names)
            yield f"Rank correlation of the scores of {names}: {told}, of {counted(len(groups), 'pair')}"
        labels = self._labels()
        labelled = [place for place in known if labels[place] is not None]
        if labelled:
            yield self._right(labels, labelled, [groups[place] for place in labelled])

    def _labels(self) -> list[int | None]:
        """The class of the first model that each known label is."""
        written = [text for text in self.gold if text and text.strip()]
        classes = classes_by_label(written, self.both.first.scorer.classes) if written else {}
        return [None if text is None else classes.get(text) for text in self.gold]

    def _right(self, labels: Sequence[int | None], rows: Sequence[int], groups: Sequence[Pair]) -> str:
        numbers, gold = self.both.numbers or {}, [label for row in rows if (label := labels[row]) is not None]
        hits = np.array([self.first[row].label == label for row, label in zip(rows, gold, strict=True)])
        others = np.array([self.second[row].label == numbers[label] for row, label in zip(rows, gold, strict=True)])
        figures = with_share("first", hits, groups) | with_share("second", others, groups)
        figures |= with_difference("difference", hits, others, groups)
        (name, other), (only, missed) = self.both.names, discordant(hits, others)
        return (
            f"Right of {counted(len(rows), 'labelled pair')}: {name} {_share(figures, 'first')}, {other} "
            f"{_share(figures, 'second')}; difference {_share(figures, 'difference', '+')}. {only:,} only {name} has "
            f"right, {missed:,} only {other}: McNemar's exact test, p = {mcnemar(hits, others):.3g}"
        )


def grounds_of_both(one: Explanation, other: Explanation) -> dict[str, Any]:
    """The characters of both rationales, and those of one alone, by sentence, as texts; and how the scores agree.

    spearman: rank correlation of the scores of characters that both models read, None where there are too few.
    """
    found: dict[str, Any] = {"both": {}, "first": {}, "second": {}}
    for side, *sides in zip("qt", one.sides, other.sides, strict=True):
        mine, theirs = map(_places, sides)
        for name, places in (("both", mine & theirs), ("first", mine - theirs), ("second", theirs - mine)):
            found[name][side] = _texts(sides[0].text, places)
    return found | {"spearman": _correlation(one, other)}


def _share(figures: dict[str, Any], key: str, sign: str = "") -> str:
    value, low, high = (f"{100 * figures[f'{key}{end}']:{sign}.1f}" for end in ("", ".low", ".high"))
    return f"{value} % [{low}, {high}]"


def _places(side: Side) -> set[int]:
    """The characters of a rationale, by their place in the text."""
    return {place for part in side.rationale for place in range(part.start, part.end)}


def _texts(text: str, places: set[int]) -> list[str]:
    """Characters that stand beside each other as one text, in order."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [text[run[0] : run[-1] + 1] for run in runs]


def _correlation(one: Explanation, other: Explanation) -> float | None:
    scores = zip(*([score for side in own.sides for score in side.scores] for own in (one, other)), strict=True)
    known = [(mine, theirs) for mine, theirs in scores if mine is not None and theirs is not None]
    return _spearman([mine for mine, _ in known], [theirs for _, theirs in known])


def _spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Rank correlation; None of few or equal numbers."""
    if len(first) < FEWEST or 1 in (len(set(first)), len(set(second))):
        return None
    return float(spearmanr(first, second).statistic)
