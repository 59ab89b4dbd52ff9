"""DIAC2019: XML groups of questions; its unlabelled sets are TAB text with a header (under the name .csv).

Within a group every two equivalent questions are a positive pair, an equivalent and a non-equivalent one a negative
pair; nothing is known between two non-equivalent ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from xml.parsers import expat

import polars as pl

from yiju.base.errors import YijuError
from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.lines import first_line, read_blocks
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, BYTE_ORDER_MARK, ReadOptions, judge, raw_tables

# Pairs grow with the square of a group. The real file's largest has 12 questions, its longest question 71 characters.
LARGEST_GROUP = 100
LONGEST_QUESTION = 10_000
LAYOUTS = (Layout(("qid", "q", "t"), header=("qid", "question1", "question2")),)
GROUP, EQUIVALENT, OTHER, QUESTION = "Questions", "EquivalenceQuestions", "NotEquivalenceQuestions", "question"
# What may stand in what; the outermost element may bear any other name.
OUTERMOST = "TrainCorpus"
INSIDE = {GROUP: (OUTERMOST,), EQUIVALENT: (GROUP,), OTHER: (GROUP,), QUESTION: (EQUIVALENT, OTHER)}
# Line and text of each question, by kind.
Group = dict[str, list[tuple[int, str]]]


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    if first_line(file).lstrip(BYTE_ORDER_MARK + " \t\r").startswith("<"):
        return _read_xml(file)
    return read_fields(file, options, LAYOUTS, BINARY)


def _read_xml(file: RawFile) -> Iterator[pl.DataFrame]:
    alone = pl.when(pl.col("t").is_null()).then(pl.lit("question without a pair"))
    for raw in raw_tables(row for group in _groups(file) for row in _pairs(group)):
        yield judge(raw, BINARY, unlabelled=True, leave_out=alone)


def _pairs(group: Group) -> Iterator[tuple]:
    """RAW rows of a group, on the line of the pair's second question; one that is in no pair is a row of its own."""
    filled = {kind: [question for question in group[kind] if question[1]] for kind in (EQUIVALENT, OTHER)}
    equivalent, other = filled[EQUIVALENT], filled[OTHER]
    yield from ((line, "<question/>", "", "", None, None) for kind in filled for line, text in group[kind] if not text)
    if not equivalent or len(equivalent) + len(other) == 1:
        yield from ((line, text, text, None, None, None) for line, text in [*equivalent, *other])
    for label, pairs in (("1", combinations(equivalent, 2)), ("0", product(equivalent, other))):
        for (_, q), (line, t) in pairs:
            yield line, f"{q}\t{t}", q, t, label, None


def _groups(file: RawFile) -> Iterator[Group]:
    collector = _Collector(file)
    for text in read_blocks(file):
        yield from collector.feed(text)
    yield from collector.feed("", final=True)


class _Collector:
    """Gathers groups while expat parses. Whatever could be overlooked is refused: elements and text in other places.

    So is a document type: its entities can make megabytes of a few bytes, or name other files.
    """

    def __init__(self, file: RawFile) -> None:
        self.file = file
        self.group: Group = {}
        self.whole: list[Group] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.line = self.length = 0
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
            raise self._error(f"not well-formed XML ({problem}); get the file again", error.lineno) from None
        return self.whole

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self.open and name not in INSIDE:
            self.open.append(OUTERMOST)
            return
        if not self.open or self.open[-1] not in INSIDE.get(name, ()):
            raise self._error(f"<{name[:40]}> in a place where no DIAC2019 file has it; get the file again")
        self.open.append(name)
        if name == GROUP:
            self.group = {EQUIVALENT: [], OTHER: []}
        elif name == QUESTION:
            self.line, self.text, self.length = self.parser.CurrentLineNumber, [], 0

    def _characters(self, text: str) -> None:
        if self.open[-1] == QUESTION:
            self.text.append(text)
            self.length += len(text)
            if self.length > LONGEST_QUESTION:
                raise self._error(f"a question of more than {LONGEST_QUESTION} characters; correct the file")
        elif text.strip():
            raise self._error("text outside <question>; get the file again")

    def _end(self, name: str) -> None:
        self.open.pop()
        if name == QUESTION:
            self.group[self.open[-1]].append((self.line, "".join(self.text).strip()))
            if sum(map(len, self.group.values())) > LARGEST_GROUP:
                raise self._error(f"a group of more than {LARGEST_GROUP} questions, each pair a row; split the group")
        elif name == GROUP:
            self.whole.append(self.group)

    def _refuse_document_type(self, *_declaration: object) -> None:
        raise self._error("a document type (<!DOCTYPE) is not read; remove it")

    def _error(self, problem: str, line: int | None = None) -> YijuError:
        return YijuError(f"{self.file} line {line or self.parser.CurrentLineNumber}: {problem}")
