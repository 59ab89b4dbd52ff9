"""A study outside the workflow as people read it: lines for the terminal, a Markdown document, or a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import east_asian_width

import jinja2

from yiju.metrics.names import OPERATORS
from yiju.report.results import TRIVIAL
from yiju.study.compare import BY_LABEL
from yiju.study.recommend import LABELS as NAMES
from yiju.study.recommend import WORDS

HEAD = ("method", "removed", "segments", "one sentence", "nothing else left", "kept", "ms a pair")
FIGURES = ("one_sided.beyond_random", "alone.beyond_random")
LEGEND = (
    "removed: how segments are taken away; by replacement, tokens drawn at random from those of all pairs take their "
    "place (the mean of three draws). segments: share of all segments that is in the rationale.",
    "one sentence: how much further p(label) falls without the rationale of one sentence, the other one whole, than "
    "without as many random segments of it.",
    "nothing else left: how much higher p(label) is with nothing but the rationale than with as many random segments.",
    "Both hold where the 95 % interval by distinct pair, in brackets, is above 0. By replacement the second one "
    "decides nothing: two sentences of random tokens are not similar, whichever segments are left.",
    "kept: share of judgements that the rationale alone keeps. ms a pair: milliseconds of the processor for the scores "
    "alone; they decide nothing.",
)
NOT_ASKED = (
    "Whether the scores change when the weights of the model are drawn anew is not asked here; the study of a run "
    "(`make study`) asks it."
)
Row = tuple[str, ...]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Line:
    """One method or rule. share: of the segments in its rationale; cost: milliseconds; removals: for each operator its
    name, the two figures and what is kept."""

    name: str
    trivial: bool
    share: str
    cost: str
    removals: list[Row]

    def rows(self) -> Iterator[Row]:
        """Cells by the columns of HEAD, what does not depend on the operator in the first row only."""
        for place, (removal, *figures) in enumerate(self.removals):
            name, share, cost = (self.name, self.share, self.cost) if place == 0 else ("", "", "")
            yield name, removal, share, *figures, cost


@dataclass(frozen=True)
class Section:
    """What stands in one table: the pairs that are judged alike."""

    title: str
    lines: list[Line]

    @property
    def rows(self) -> list[Row]:
        return [row for one in self.lines for row in one.rows()]


def sections(facts: Mapping) -> list[Section]:
    """The tables of a study (`yiju.study.outside.study_pairs`), one for each label that was judged."""
    return [
        Section(f"Pairs judged {NAMES[label]}: {facts['judged'][word]}", [_line(one, word) for one in facts["methods"]])
        for label, word in sorted(BY_LABEL.items())
        if facts["judged"][word]
    ]


def conclusion(facts: Mapping) -> list[str]:
    """Which method is recommended or why none is, where methods do not hold, and which were not measured."""
    best = facts["recommended"]
    told = [f"{'Recommended is' if best['method'] else 'No method is recommended:'} {best['reason']}."]
    told += [
        f"{name} is not shown to hold for: {'; '.join(places)}." for name, places in best["fails"].items() if places
    ]
    told += [f"{name} is left out: {reason}." for name, reason in facts["left_out"].items()]
    return [*told, NOT_ASKED]


def lines(facts: Mapping) -> list[str]:
    """For the terminal."""
    told = [*facts["notes"], ""]
    for section in sections(facts):
        told += [section.title, *_aligned([HEAD, *section.rows]), ""]
    return [*told, *LEGEND, "", *conclusion(facts)]


def markdown(facts: Mapping) -> str:
    """As a document of Markdown, with nothing of others that would be read as markup."""
    told = ["# Explanations measured", "", *map(_item, facts["notes"]), ""]
    for section in sections(facts):
        told += [f"## {section.title}", "", _piped(HEAD), "|" + "---|" * len(HEAD)]
        told += [*map(_piped, section.rows), ""]
    return "\n".join([*told, *map(_item, LEGEND), "", *map(_item, conclusion(facts)), ""])


def html(facts: Mapping) -> str:
    """As a page in the look of the report, which needs nothing else; text of others is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([HERE, HERE.parent / "report/page"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known = {"sections": sections(facts), "conclusion": conclusion(facts), "legend": LEGEND, "head": HEAD}
    return environment.get_template("outside.html").render(facts=facts, **known)


def _line(method: Mapping, word: str) -> Line:
    removals = [
        (
            WORDS[removal],
            *(_estimate(method, f"{figure}.{removal}.{word}") for figure in FIGURES),
            f"{method[f'kept.{removal}.{word}']:.2f}",
        )
        for removal in OPERATORS
    ]
    cost = f"{1000 * method['seconds_per_pair']:.0f}" if "seconds_per_pair" in method else "–"
    name = TRIVIAL.get(method["method"], method["method"])
    return Line(name, method["trivial"], f"{method[f'smallest.{word}']:.2f}", cost, removals)


def _estimate(method: Mapping, key: str) -> str:
    value, low, high = (f"{method[key + end]:+.2f}" for end in ("", ".low", ".high"))
    return f"{value} [{low}, {high}]"


def _aligned(rows: Sequence[Row]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = ([cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _piped(row: Row) -> str:
    return f"| {' | '.join(map(_plain, row))} |"


def _item(text: str) -> str:
    return f"- {_plain(text)}"


def _plain(text: str) -> str:
    """Text in which no character is markup, on one line."""
    special = "\\`*_[]<>|#"
    return "".join(f"\\{one}" if one in special else one for one in " ".join(text.split()))
