"""Rows of a user's table with what the model judges of them, and the evidence of each judgement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from yiju.app.judged_rows import Tally, added, columns_of, facts_of, pairs_of, slices
from yiju.base.plurals import counted
from yiju.data.corpora.rows import Part
from yiju.data.result_files import Form, Results
from yiju.data.result_sheets import Span
from yiju.explain.evidence.in_words import groups, pair_in_words
from yiju.explain.explanation import Explanation, Side

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer

# Rows that are explained before they are written.
ROWS = 256
# Between two pieces of evidence where a cell holds them all.
BETWEEN = " … "
# Training pairs that speak for a judgement and against it, where they are asked for.
OF_TRAINING = ("training_for", "training_against")
Explain = Callable[[Sequence[tuple[str, str]]], Iterable[Explanation]]


@dataclass(frozen=True)
class Explained:
    """Rows of a table, and the explanations of those that are pairs."""

    part: Part
    found: list[Explanation]

    def rows(self) -> Iterator[tuple[int, Explanation | None, str | None]]:
        """Number of each row, and its explanation or why it is no pair."""
        found = iter(self.found)
        for line, reason in self.part.read.select("line", "reason").iter_rows():
            yield line, None if reason else next(found), reason


def explained_rows(explain: Explain, parts: Iterator[Part], tally: Tally) -> Iterator[Explained]:
    """All rows with their explanations, ROWS at a time."""
    for part in slices(parts, ROWS):
        found = list(explain(pairs_of(part)))
        tally.add_all(found, part)
        yield Explained(part, found)


def added_kinds(explainer: Explainer, listed: bool, learnt: bool = False) -> pl.Schema:
    """The columns that are added: those of `columns_of`, and the evidence of either sentence, as a list or as one text.

    learnt: whether the training pairs for and against each judgement are added too.
    """
    text: pl.DataType = pl.List(pl.String()) if listed else pl.String()
    kinds = {name: kind for name, kind in columns_of(None, explainer, listed).items() if name != "reason"}
    own = {"evidence_q": text, "evidence_t": text} | (dict.fromkeys(OF_TRAINING, text) if learnt else {})
    return pl.Schema({**kinds, **own, "reason": pl.String()})


def results_of(
    rows: Iterator[Explained], form: Form, places: tuple[int, int], prefix: str, kinds: pl.Schema, listed: bool
) -> Iterator[Results]:
    """Rows with the columns `kinds` of `added_kinds`. places: of q and t, in which the evidence is marked."""
    for one in rows:
        facts = [facts_of(found, listed) | _evidence(found, listed) | _learnt(found, listed) for found in one.found]
        marked = {place: list(_marked(one, side, place, form)) for side, place in enumerate(places)}
        yield Results(one.part.own, added(one.part, facts, kinds, prefix), marked)


def evidence(side: Side) -> list[Span]:
    """Where the rationale of a sentence lies: its segments in order, those that touch as one."""
    spans: list[Span] = []
    for segment in side.segments:
        if segment.rank is None:
            continue
        if spans and not side.text[spans[-1][1] : segment.start].strip():
            spans[-1] = (spans[-1][0], segment.end)
        else:
            spans.append((segment.start, segment.end))
    return spans


def explained_line(rows: int, bad: int) -> str:
    """How many rows were explained."""
    return f"{rows - bad:,} of {counted(rows, 'row')} explained"


def _evidence(found: Explanation, listed: bool) -> dict[str, list[str] | str]:
    texts = [[side.text[start:end] for start, end in evidence(side)] for side in found.sides]
    return {
        f"evidence_{name}": pieces if listed else BETWEEN.join(pieces) for name, pieces in zip("qt", texts, strict=True)
    }


def _learnt(found: Explanation, listed: bool) -> dict[str, list[str] | str]:
    """The training pairs for and against the judgement in words, by column; nothing where they were not asked for."""
    if found.evidence is None:
        return {}
    texts = [[pair_in_words(pair) for pair in pairs] for _, pairs in groups(found.evidence)]
    return {name: pieces if listed else BETWEEN.join(pieces) for name, pieces in zip(OF_TRAINING, texts, strict=True)}


def _marked(rows: Explained, side: int, place: int, form: Form) -> Iterator[list[Span]]:
    """The evidence in the cells of a column; none where the cell is not the sentence that was read."""
    for cell, (_, found, _) in zip(rows.part.own[str(place)], rows.rows(), strict=True):
        text = json.loads(cell) if form.json and cell is not None else cell
        start = text.find(found.sides[side].text) if found and isinstance(text, str) else -1
        spans = evidence(found.sides[side]) if found and start >= 0 else []
        yield [(start + first, start + last) for first, last in spans]
