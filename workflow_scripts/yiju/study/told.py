"""A study outside the workflow as people read it: lines for the terminal, and a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from yiju.report.results import TRIVIAL
from yiju.study.compare import BY_LABEL
from yiju.study.recommend import LABELS as NAMES
from yiju.study.recommend import REMOVALS, WORDS

HEAD = ("method", "removed", "segments", "one sentence", "nothing else left", "kept", "ms a pair")
FIGURES = ("one_sided.beyond_random", "alone.beyond_random")
LEGEND = (
    "removed: how segments are taken away. segments: share of all segments that is in the rationale.",
    "one sentence: how much further p(label) falls without the rationale of one sentence, the other one whole, than "
    "without as many random segments of it.",
    "nothing else left: how much higher p(label) is with nothing but the rationale than with as many random segments.",
    "Both hold where the 95 % interval by distinct pair, in brackets, is above 0.",
    "kept: share of judgements that the rationale alone keeps. ms a pair: milliseconds of the processor for the scores "
    "alone; they decide nothing.",
)
NOT_ASKED = (
    "Whether the scores change when the weights of the model are drawn anew is not asked here; the study of a run "
    "(`make study`) asks it."
)
Row = tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """What stands in one table: the pairs that are judged alike. rows: cells by the columns of HEAD."""

    title: str
    rows: list[Row]


def sections(facts: Mapping) -> list[Section]:
    """The tables of a study (`yiju.study.outside.study_pairs`), one for each label that was judged."""
    found = []
    for label, word in sorted(BY_LABEL.items()):
        count = facts["judged"][word]
        if count:
            rows = [row for method in facts["methods"] for row in _rows(method, word)]
            found.append(Section(f"Pairs judged {NAMES[label]}: {count}", rows))
    return found


def conclusion(facts: Mapping) -> list[str]:
    """Which method is recommended or why none is, where methods do not hold, and which were not measured."""
    best = facts["recommended"]
    told = [f"Recommended: {best['method']}." if best["method"] else "No method is recommended."]
    told[0] += f" {best['reason']}."
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


def _rows(method: Mapping, word: str) -> Iterator[Row]:
    """A line for each operator, what does not depend on it in the first one only."""
    name = TRIVIAL.get(method["method"], method["method"])
    cost = f"{1000 * method['seconds_per_pair']:.0f}" if "seconds_per_pair" in method else "–"
    for place, removal in enumerate(REMOVALS):
        figures = [_estimate(method, f"{figure}.{removal}.{word}") for figure in FIGURES]
        kept, share = (f"{method[f'{key}.{word}']:.2f}" for key in (f"kept.{removal}", "smallest"))
        first = (name, WORDS[removal], share) if place == 0 else ("", WORDS[removal], "")
        yield (*first, *figures, kept, cost if place == 0 else "")


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
