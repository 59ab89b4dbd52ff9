"""DIAC2019: XML groups of questions; its unlabelled sets are TAB text with a header (under the name .csv).

Within a group every two equivalent questions are a positive pair, an equivalent and a non-equivalent one a negative
pair; nothing is known between two non-equivalent ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, product
from pathlib import Path
from xml.parsers import expat

import polars as pl

from yiju.corpora.fields import Layout, read_fields
from yiju.corpora.lines import first_line, read_blocks
from yiju.corpora.rows import BINARY, RAW, ReadOptions, judge
from yiju.errors import YijuError

BATCH = 100_000
LAYOUTS = (Layout(("qid", "q", "t"), header=("qid", "question1", "question2")),)
GROUP, EQUIVALENT, OTHER, QUESTION = "Questions", "EquivalenceQuestions", "NotEquivalenceQuestions", "question"
# Line and text of each question, by kind.
Group = dict[str, list[tuple[int, str]]]


def read(path: Path, options: ReadOptions) -> Iterator[pl.DataFrame]:
    if first_line(path).lstrip("\ufeff \t").startswith("<"):
        return _read_xml(path)
    return read_fields(path, options, LAYOUTS, BINARY)


def _read_xml(path: Path) -> Iterator[pl.DataFrame]:
    rows = (row for group in _groups(path) for row in _pairs(group))
    while batch := list(islice(rows, BATCH)):
        yield judge(pl.DataFrame(batch, schema=RAW, orient="row"), BINARY, unlabelled=False)


def _pairs(group: Group) -> Iterator[tuple]:
    """RAW rows of a group. The line is that of the pair's second question; an empty question is a row of its own."""
    for kind, label in ((EQUIVALENT, "1"), (OTHER, "0")):
        yield from ((line, "<question/>", "", "", label, None) for line, text in group[kind] if not text)
    equivalent, other = ([question for question in group[kind] if question[1]] for kind in (EQUIVALENT, OTHER))
    for label, pairs in (("1", combinations(equivalent, 2)), ("0", product(equivalent, other))):
        for (_, q), (line, t) in pairs:
            yield line, f"{q}\t{t}", q, t, label, None


def _groups(path: Path) -> Iterator[Group]:
    collector = _Collector(path)
    for text in read_blocks(path):
        yield from collector.feed(text)
    yield from collector.feed("", final=True)


class _Collector:
    """Gathers groups while expat parses. A document type is refused: entities can make megabytes of a few bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.group: Group = {EQUIVALENT: [], OTHER: []}
        self.whole: list[Group] = []
        self.kind, self.line, self.text = EQUIVALENT, 0, ""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def feed(self, text: str, final: bool = False) -> list[Group]:
        """Parse on; returns the groups that have become whole."""
        self.whole = []
        try:
            self.parser.Parse(text, final)
        except expat.ExpatError as error:
            problem = expat.errors.messages[error.code]
            raise self._error(error.lineno, f"not well-formed XML ({problem}); get the file again") from None
        return self.whole

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == GROUP:
            self.group = {EQUIVALENT: [], OTHER: []}
        elif name in (EQUIVALENT, OTHER):
            self.kind = name
        elif name == QUESTION:
            self.line, self.text = self.parser.CurrentLineNumber, ""

    def _characters(self, text: str) -> None:
        self.text += text

    def _end(self, name: str) -> None:
        if name == QUESTION:
            self.group[self.kind].append((self.line, self.text.strip()))
        elif name == GROUP:
            self.whole.append(self.group)

    def _refuse_document_type(self, *_declaration: object) -> None:
        raise self._error(self.parser.CurrentLineNumber, "a document type (<!DOCTYPE) is not read; remove it")

    def _error(self, line: int, problem: str) -> YijuError:
        return YijuError(f"{self.path} line {line}: {problem}")
