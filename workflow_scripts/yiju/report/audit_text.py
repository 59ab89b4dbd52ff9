"""An audit of files as people read it: findings in sentences, for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiju.base.plurals import be, counted, verb
from yiju.data.audit.kinds import KINDS
from yiju.report.number_formats import percent, words
from yiju.report.sections.shortcuts_section import SHORTCUTS
from yiju.report.told_pages import page_of

LABELS = {1: "similar", 0: "not similar", None: "no label"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What was found. kind: of KINDS; text: a sentence; examples: each the rows that belong together, in words."""

    kind: str
    text: str
    examples: list[list[str]]


@dataclass(frozen=True)
class Part:
    """A file, or two of them. facts: what it holds, in sentences; clean: the kinds that were looked for in vain."""

    title: str
    facts: list[str]
    findings: list[Finding]
    clean: list[str]


def parts_of(audit: Mapping[str, Any]) -> list[Part]:
    """The files of an audit (see `audit_files`), then each two of them."""
    files = [_file(one) for one in audit["files"]]
    return files + [_between(one, audit["similarity"]) for one in audit["between"]]


def lines(audit: Mapping[str, Any]) -> list[str]:
    """The audit for a terminal, with an example of each finding."""
    told = []
    for part in parts_of(audit):
        told += [part.title, *(f"  {fact}" for fact in part.facts)]
        for found, example in zip(part.findings, _one_each(part.findings), strict=True):
            told.append(f"  {found.kind}: {found.text}")
            told += [f"      {row}" for row in example]
        told += [f"  nothing found of {words(part.clean)}"] if part.clean else []
    return told


def _one_each(findings: Sequence[Finding]) -> list[list[str]]:
    """An example of each finding: the first one of rows that are no example of another finding, where there is one.

    The last finding chooses first, as examples of several rows, which have fewer others, come after those of one.
    """
    shown: set[str] = set()
    chosen = []
    for found in reversed(findings):
        first = found.examples[0] if found.examples else []
        example = next((one for one in found.examples if not shown & set(one)), first)
        shown.update(example)
        chosen.append(example)
    return chosen[::-1]


def page(audit: Mapping[str, Any]) -> str:
    """The audit as one self-contained page."""
    return page_of("audit.html", parts=parts_of(audit), kinds=KINDS)


def _file(one: Mapping[str, Any]) -> Part:
    findings = [*_no_pairs(one), *_duplicates(one), *_labels(one), *_odd(one), *_shortcuts(one["shortcuts"])]
    sought = ["no-pairs", "duplicates", "odd-characters"]
    if one["labelled"]:
        sought += ["conflicts", "contradictions"]
        sought += ["shortcuts"] if "why" not in one["shortcuts"] else []
    return Part(one["file"], [*one["read_as"], *_facts(one)], findings, _not_found(sought, findings))


def _facts(one: Mapping[str, Any]) -> Iterator[str]:
    labels = one["labels"]
    if labels is None:
        said = "; no column of labels"
    else:
        said = f": {labels['similar']:,} similar, {labels['not_similar']:,} not similar"
        said += f", {labels['none']:,} without a label" if labels["none"] else ""
    yield f"{counted(one['rows'], 'row')}, {counted(one['pairs'], 'pair')}{said}"
    size = one["characters"]
    if size["median"] is not None:
        yield (
            f"half of the sentences have up to {size['median']:g} characters, the longest (line {size['line']:,}) "
            f"{size['most']:,}"
        )
    shortcuts = one["shortcuts"]
    if shortcuts and "why" in shortcuts:
        yield f"not looked at for shortcuts: {shortcuts['why']}"


def _no_pairs(one: Mapping[str, Any]) -> Iterator[Finding]:
    bad = one["no_pairs"]
    if bad["rows"]:
        reasons = "; ".join(f"{count:,}: {reason}" for reason, count in bad["reasons"].items())
        text = f"{counted(bad['rows'], 'row')} {be(bad['rows'])} no {verb(bad['rows'], 'pair', 'pairs')} ({reasons})"
        yield Finding("no-pairs", text, [[f"line {row['line']:,}: {row['reason']}"] for row in bad["lines"]])


def _duplicates(one: Mapping[str, Any]) -> Iterator[Finding]:
    rows = one["duplicates"]["rows"]
    if rows:
        text = (
            f"{counted(rows, 'row')} {verb(rows, 'holds', 'hold')} a pair again with the same label, in either order, "
            "but for width, case, white space and punctuation"
        )
        yield Finding("duplicates", text, _each(one["duplicates"]["examples"]))


def _labels(one: Mapping[str, Any]) -> Iterator[Finding]:
    conflicts, equal, others = one["conflicts"], one["equal_sentences"], one["contradictions"]
    if conflicts["pairs"]:
        text = f"{counted(conflicts['pairs'], 'pair')} {verb(conflicts['pairs'], 'has', 'have')} both labels, in "
        text += f"{conflicts['rows']:,} rows"
        yield Finding("conflicts", text, [list(map(_row, rows)) for rows in conflicts["examples"]])
    if equal["not_similar"]:
        wrong = equal["not_similar"]
        text = f"{counted(wrong, 'pair')} of two equal sentences {be(wrong)} called not similar"
        yield Finding("contradictions", text, _each(equal["examples"]))
    if others["rows"]:
        text = (
            f"{counted(others['rows'], 'pair')} {be(others['rows'])} called not similar, although pairs that are "
            "called similar connect the two sentences; the longer that way, the less it proves"
        )
        ways = [[_row(row), *(f"but {_row(own)}" for own in row["by"])] for row in others["examples"]]
        yield Finding("contradictions", text, ways)


def _odd(one: Mapping[str, Any]) -> Iterator[Finding]:
    for found in one["odd_characters"]:
        text = f"{counted(found['rows'], 'pair')} {verb(found['rows'], 'holds', 'hold')} {found['kind']}"
        yield Finding("odd-characters", text, _each(found["examples"]))


def _shortcuts(found: Mapping[str, Any] | None) -> Iterator[Finding]:
    if found is None or "why" in found:
        return
    for name in found["warnings"]:
        own = found["shortcuts"][name]
        text = (
            f"guessing the label by the {SHORTCUTS[name]} alone is right for {percent(own['accuracy'])} of "
            f"{found['pairs']:,} pairs [{percent(own['low'])}, {percent(own['high'])}], by the more frequent label for "
            f"{percent(found['majority'])}; a model can gain that without comparing meanings"
        )
        yield Finding("shortcuts", text, [])


def _between(one: Mapping[str, Any], similarity: float) -> Part:
    of = f"of {counted(one['pairs'], 'distinct pair')} of {one['second']}"
    shown = [
        [f"{name} {_row(example[side])}" for side, name in (("here", one["first"]), ("there", one["second"]))]
        for example in one["examples"]
    ]
    findings = []
    if one["normalised"]:
        text = f"{one['normalised']:,} {of} {verb(one['normalised'], 'stands', 'stand')} in {one['first']} too"
        text += f" ({one['exact']:,} with exactly the same characters)"
        text += f", {one['other_label']:,} with another label" if one["other_label"] else ""
        findings.append(Finding("leaks", text, shown))
    if one["near"]:
        text = f"{one['near']:,} more rows of {one['second']} {verb(one['near'], 'is', 'are')} nearly a pair of "
        text += f"{one['first']}: both sentences share {100 * similarity:g} % of their character pairs or more"
        findings.append(Finding("near-leaks", text, [] if one["normalised"] else shown))
    facts = [
        f"{one['sentences']:,} of the {one['of_sentences']:,} sentences of {one['second']} occur in {one['first']}"
    ]
    return Part(f"{one['first']} and {one['second']}", facts, findings, _not_found(["leaks", "near-leaks"], findings))


def _not_found(sought: Sequence[str], findings: Sequence[Finding]) -> list[str]:
    return [kind for kind in sought if kind not in {one.kind for one in findings}]


def _each(rows: Sequence[Row]) -> list[list[str]]:
    return [[_row(row)] for row in rows]


def _row(row: Row) -> str:
    return f"line {row['line']:,}: {row['q']} | {row['t']} ({LABELS[row['label']]})"
