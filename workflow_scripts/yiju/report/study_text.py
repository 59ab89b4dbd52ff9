"""A study outside the workflow as people read it: lines for the terminal, a Markdown document, or a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from yiju.base.plurals import be, verb
from yiju.base.printable import columns
from yiju.evaluation.metrics.bootstrap import FEWEST_RESAMPLED
from yiju.evaluation.metrics.names import OPERATORS
from yiju.evaluation.study.compare_methods import BY_LABEL
from yiju.evaluation.study.recommend import CRITERIA, WORDS
from yiju.evaluation.study.recommend import LABELS as NAMES
from yiju.explain.explanation import Judgement
from yiju.explain.notes import mostly_unknown
from yiju.report.number_formats import words
from yiju.report.results import TRIVIAL

FIGURES = ("one_sided.beyond_random", "alone.beyond_random")
# The columns, and what they mean.
COLUMNS = {
    "method": "what explains the pairs; a rule that is called trivial ignores the model.",
    "removed": "how segments are taken away; by replacement, tokens drawn at random from those of all pairs take their "
    "place (the mean of three draws).",
    "segments": "share of all segments that is in the rationale, which is the smallest set of segments that alone, all "
    "others deleted, keeps the judgement.",
    "one sentence": "how much further p(label) falls without the rationale of one sentence, the other one whole, than "
    "without as many random segments of it.",
    "nothing else left": "how much higher p(label) is with nothing but the rationale left than with as many random "
    "segments.",
    "kept": "share of judgements that the rationale alone keeps. By deletion it is below 1 where no set of segments is "
    "found that keeps the judgement; all segments that speak for the judgement are taken then.",
    "ms a pair": "milliseconds of the processor for the scores of a pair. This time decides nothing.",
}
HEAD = tuple(COLUMNS)
FAILED = "×"
MARKED = (
    "“one sentence” and “nothing else left” have 95 % intervals by distinct pair, in brackets. Such a figure holds "
    f"where its interval is above 0; {FAILED} marks a figure that is not shown to hold. By replacement “nothing else "
    "left” decides nothing and has no mark: two sentences of random tokens are not similar, whichever segments are "
    "left."
)
WARNING = (
    "Look at “one sentence” first. The search for the smallest rationale looks for a high “nothing else left” itself, "
    "by deletion, so random scores do nearly as well by that figure: compare it with the trivial rules."
)
NOT_ASKED = (
    "Whether the scores change when the weights of the model are drawn anew is not asked here; the study of a run "
    "(`make study`) asks it."
)
Row = tuple[str, ...]
HERE = Path(__file__).parent


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
    """What an operator shows: its name, the two figures and the share of judgements that are kept."""

    name: str
    figures: list[Figure]
    kept: str


@dataclass(frozen=True)
class Line:
    """One method or rule. share: of the segments in its rationale; cost: milliseconds; removals: by operator."""

    name: str
    trivial: bool
    share: str
    cost: str
    removals: list[Removal]

    def rows(self) -> Iterator[Row]:
        """Cells by the columns of HEAD, what does not depend on the operator in the first row only."""
        for place, one in enumerate(self.removals):
            name, share, cost = (self.name, self.share, self.cost) if place == 0 else ("", "", "")
            yield name, one.name, share, *map(str, one.figures), one.kept, cost


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


def doubts(judged: Sequence[Judgement]) -> list[str]:
    """What the model cannot know of the measured pairs, or did not read of them."""
    unknown, mostly = sum(one.unknown > 0 for one in judged), sum(map(mostly_unknown, judged))
    cut, told = sum(one.truncated for one in judged), []
    if unknown:
        told.append(
            f"{unknown:,} of {len(judged):,} measured pairs {verb(unknown, 'holds', 'hold')} characters that the "
            "model's vocabulary does not"
        )
    if mostly:
        told.append(
            f"In {mostly:,} of {len(judged):,} measured pairs half of the characters or more are unknown to the model: "
            "do not rely on what is judged and measured of such a pair"
        )
    if cut:
        told.append(
            f"{cut:,} of {len(judged):,} measured pairs {be(cut)} longer than the model reads: what was cut off counts "
            "for nothing"
        )
    return told


def sections(facts: Mapping) -> list[Section]:
    """The tables of a study (`yiju.app.outside_study.study_pairs`), one for each label that was judged."""
    return [
        Section(f"Pairs judged {name}: {facts['judged'][word]}", [_line(one, word) for one in facts["methods"]])
        for word, name in _names(facts).items()
        if facts["judged"][word]
    ]


def _names(facts: Mapping) -> dict[str, str]:
    """What the labels are called, by what the keys of their figures end in."""
    return facts.get("classes") or {word: NAMES[label] for label, word in sorted(BY_LABEL.items())}


def conclusion(facts: Mapping) -> list[str]:
    """Which method is recommended or why none is, in how many figures methods hold, and which were not measured."""
    best, few = facts["recommended"], _few(facts)
    verdict = f"{'Recommended is' if best['method'] else 'No method is recommended:'} {best['reason']}."
    asked = sum(map(len, CRITERIA.values())) * sum(count > 0 for count in facts["judged"].values())
    told = [" ".join([verdict, *few] if best["method"] else [*few, verdict])]
    told += [
        f"{name} holds in {asked - len(places)} of {asked} figures." for name, places in best["fails"].items() if places
    ]
    told += [f"{name} is left out: {reason}." for name, reason in facts["left_out"].items()]
    return [*told, NOT_ASKED]


def lines(facts: Mapping) -> list[str]:
    """For the terminal."""
    told = [*facts["notes"], ""]
    for section in sections(facts):
        told += [section.title, *_aligned([HEAD, *section.rows]), ""]
    meanings = [f"{name}: {meaning}" for name, meaning in COLUMNS.items()]
    return [*told, WARNING, MARKED, *meanings, "", *conclusion(facts)]


def markdown(facts: Mapping) -> str:
    """As a document of Markdown, with nothing of others that would be read as markup."""
    told = ["# Explanations measured", "", *map(_item, facts["notes"]), ""]
    for section in sections(facts):
        told += [f"## {section.title}", "", _piped(HEAD), "|" + "---|" * len(HEAD)]
        told += [*map(_piped, section.rows), ""]
    meanings = [f"- **{name}**: {_plain(meaning)}" for name, meaning in COLUMNS.items()]
    return "\n".join([*told, _item(WARNING), _item(MARKED), *meanings, "", *map(_item, conclusion(facts)), ""])


def html(facts: Mapping) -> str:
    """As a page in the look of the report, which needs nothing else; text of others is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([HERE, HERE / "page"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = {"sections": sections(facts), "conclusion": conclusion(facts), "columns": COLUMNS}
    texts = {"warning": WARNING, "marked": MARKED, "failed": FAILED}
    return environment.get_template("outside.html").render(facts=facts, **known, **texts)


def _few(facts: Mapping) -> list[str]:
    """That there are too few pairs of a label for a narrow interval, if it is so."""
    judged, names = facts["judged"], _names(facts)
    few = {names[word]: count for word, count in judged.items() if 0 < count < FEWEST_RESAMPLED}
    if not few:
        return []
    counts = words([f"{count} {be(count)} judged {name}" for name, count in few.items()])
    return [
        f"Too few pairs: {counts}. Below {FEWEST_RESAMPLED} pairs of a label the intervals are rather too wide, so "
        "what is not shown to hold may be shown to hold with more pairs."
    ]


def _line(method: Mapping, word: str) -> Line:
    removals = [
        Removal(
            WORDS[removal],
            [_figure(method, figure, removal, word) for figure in FIGURES],
            f"{method[f'kept.{removal}.{word}']:.2f}",
        )
        for removal in OPERATORS
    ]
    cost = f"{1000 * method['seconds_per_pair']:.0f}" if "seconds_per_pair" in method else "–"
    return Line(title(method["method"]), method["trivial"], f"{method[f'smallest.{word}']:.2f}", cost, removals)


def _figure(method: Mapping, figure: str, removal: str, word: str) -> Figure:
    value, low, high = (method[f"{figure}.{removal}.{word}{end}"] for end in ("", ".low", ".high"))
    if low is None:
        return Figure(f"{value:+.2f}", "of one pair: no interval", False if removal in CRITERIA[figure] else None)
    holds = low > 0 if removal in CRITERIA[figure] else None
    return Figure(f"{value:+.2f}", f"[{low:+.2f}, {high:+.2f}]", holds)


def _aligned(rows: Sequence[Row]) -> list[str]:
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    padded = ([cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def _piped(row: Row) -> str:
    return f"| {' | '.join(map(_plain, row))} |"


def _item(text: str) -> str:
    return f"- {_plain(text)}"


def _plain(text: str) -> str:
    """Text in which no character is markup, on one line."""
    special = "\\`*_[]<>|#"
    return "".join(f"\\{one}" if one in special else one for one in " ".join(text.split()))
