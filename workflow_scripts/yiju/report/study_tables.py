"""The tables of a study outside the workflow: a line for each method or rule, and what the columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiju.evaluation.study.recommend import CRITERIA, RANDOMISATION, WORDS
from yiju.report.results import TRIVIAL

FIGURES = ("one_sided.beyond_random", "alone.beyond_random")
# The columns, and what they mean; {score} is what is explained, {rationale} how its grounds are chosen.
COLUMNS = {
    "method": "what explains the pairs; a rule that is called trivial ignores the model.",
    "removed": "how segments are taken away; by replacement, tokens drawn at random from those of all pairs take their "
    "place (the mean of three draws).",
    "segments": "share of all segments that is in the rationale, which is {rationale}.",
    "one sentence": "how much further {score} falls without the rationale of one sentence, the other one whole, than "
    "without as many random segments of it.",
    "of possible": "where the fall without the rationale of one sentence lies between the least (0) and the most (1) "
    "that as many segments of it can make it fall, found by beam search, by deletion, in at most 30 pairs of each "
    "label. Only this figure may be compared with that of another model.",
    "nothing else left": "how much higher {score} is with nothing but the rationale left than with as many random "
    "segments.",
    "kept": "share of judgements that the rationale alone keeps. By deletion it is below 1 where no set of segments is "
    "found that keeps the judgement; all segments that speak for the judgement are taken then.",
    "new weights": "how far the ranks of the scores stay the same (0 to 1) when all weights of the model are drawn "
    "anew, and in brackets how far random scores have the same ranks. What explains the model should fall to that.",
    "ms a pair": "milliseconds of the processor for the scores of a pair. This time decides nothing.",
}
HEAD = tuple(COLUMNS)
# The columns of the table of pairs whose judgement one change turned, and what they mean.
TURNED_COLUMNS = {
    "ranks first": "share of these pairs in which the segment of the highest score of both sentences is one that the "
    "change put in or took out.",
    "first by chance": "the same share of scores that are drawn at random. What explains the model lies above it.",
    "in the first three": "how many of the three highest scores are segments that the change put in or took out, as a "
    "share of as many as there can be: of one where one changed, of two where two changed, else of three. As more must "
    "be found, this share may be below that of the first.",
    "in three by chance": "the same share of scores that are drawn at random. What explains the model lies above it.",
}
TURNED_HEAD = ("method", *TURNED_COLUMNS)
TURNED_FIGURES = ("changed.recall_1", "changed.chance_1", "changed.recall_3", "changed.chance_3")
TURNED_DECIDES = (
    "The table of what turned the judgement does not count for the answer: which methods hold, and which one is "
    "recommended, is decided by “one sentence” and “nothing else left” alone."
)
SMALLEST = "the smallest set of segments that alone, all others deleted, keeps the judgement"
BEST = "the best three tenths of the segments of each sentence, of those that raise the score: nothing is decided"
FAILED = "×"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """A mean with its interval. holds: None where the figure decides nothing."""

    value: str
    interval: str
    holds: bool | None

    def __str__(self) -> str:
        return f"{self.value} {self.interval}{f' {FAILED}' if self.holds is False else ''}"


@dataclass(frozen=True)
class Removal:
    """What an operator shows. sided, alone: the two figures; place: of the first one between its bounds; kept: the
    share of judgements that are kept."""

    name: str
    sided: Figure
    place: str
    alone: Figure
    kept: str


@dataclass(frozen=True)
class Line:
    """One method or rule. share: of the segments in its rationale; anew: the check with random weights; cost:
    milliseconds; removals: by operator."""

    name: str
    trivial: bool
    share: str
    anew: str
    cost: str
    removals: list[Removal]

    def rows(self) -> Iterator[Row]:
        """Cells by the columns of HEAD, what does not depend on the operator in the first row only."""
        for number, one in enumerate(self.removals):
            name, share, *ends = (self.name, self.share, self.anew, self.cost) if number == 0 else ("",) * 4
            yield name, one.name, share, str(one.sided), one.place, str(one.alone), one.kept, *ends


@dataclass(frozen=True)
class Section:
    """What stands in one table: the pairs that are judged alike."""

    title: str
    lines: list[Line]

    @property
    def rows(self) -> list[Row]:
        return [row for one in self.lines for row in one.rows()]


def title(name: str) -> str:
    """What a method or a rule is called wherever it is shown."""
    return TRIVIAL.get(name, name)


def decides(facts: Mapping) -> bool:
    """Whether the model has labels. facts: of `yiju.app.outside_study.study_pairs`."""
    return any(facts["labels"].values())


def pairs_of(name: str) -> str:
    """The pairs of a label. name: empty where nothing is decided."""
    return f"pairs judged {name}" if name else "all pairs"


def sections(facts: Mapping) -> list[Section]:
    """The tables of a study, one for each label that was judged."""
    return [
        Section(
            f"{pairs_of(name).capitalize()}: {facts['judged'][word]}",
            [_line(one, word, facts["operators"]) for one in facts["methods"]],
        )
        for word, name in facts["labels"].items()
        if facts["judged"][word]
    ]


def turned_title(facts: Mapping) -> str:
    """What stands above the table of pairs whose judgement one change turned."""
    return f"What turned the judgement: {facts['turned']} pairs with one change"


def turned_rows(facts: Mapping) -> list[Row]:
    """How far each method ranks first what turned the judgement, by TURNED_HEAD; empty where it was not measured."""
    first, by_chance, three, three_by_chance = TURNED_FIGURES
    return [
        (
            title(one["method"]),
            _with_interval(one, first),
            _told(one, by_chance),
            _with_interval(one, three),
            _told(one, three_by_chance),
        )
        for one in facts["methods"]
        if first in one
    ]


def _with_interval(method: Mapping, key: str) -> str:
    low, high = method[f"{key}.low"], method[f"{key}.high"]
    return _told(method, key) + ("" if low is None else f" [{low:z.2f}, {high:z.2f}]")


def meanings(facts: Mapping) -> dict[str, str]:
    """The columns, and what they mean."""
    known = {"score": "p(label)", "rationale": SMALLEST}
    if not decides(facts):
        known = {"score": "the score", "rationale": BEST}
    own = {name: meaning.format(**known) for name, meaning in COLUMNS.items() if decides(facts) or name != "kept"}
    return own | (TURNED_COLUMNS if turned_rows(facts) else {})


def _line(method: Mapping, word: str, operators: Sequence[str]) -> Line:
    removals = [
        Removal(
            WORDS[removal],
            _figure(method, FIGURES[0], removal, word),
            _told(method, f"one_sided.normalised.{removal}.{word}"),
            _figure(method, FIGURES[1], removal, word),
            _told(method, f"kept.{removal}.{word}"),
        )
        for removal in operators
    ]
    cost = f"{1000 * method['seconds_per_pair']:.0f}" if "seconds_per_pair" in method else "–"
    after, chance = (_told(method, one) for one in RANDOMISATION)
    anew = f"{after} ({chance})" if RANDOMISATION[0] in method else "–"
    return Line(title(method["method"]), method["trivial"], _told(method, f"smallest.{word}"), anew, cost, removals)


def _told(method: Mapping, key: str) -> str:
    """A figure with two decimals, or a dash where it is not defined."""
    return f"{method[key]:z.2f}" if key in method else "–"


def _figure(method: Mapping, figure: str, removal: str, word: str) -> Figure:
    value, low, high = (method[f"{figure}.{removal}.{word}{end}"] for end in ("", ".low", ".high"))
    if low is None:
        return Figure(f"{value:+z.2f}", "of one pair: no interval", False if removal in CRITERIA[figure] else None)
    holds = low > 0 if removal in CRITERIA[figure] else None
    return Figure(f"{value:+z.2f}", f"[{low:+z.2f}, {high:+z.2f}]", holds)
