"""Schemas of the tables that pass between rules: every writer checks, every reader trusts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from yiju.base.errors import YijuError
from yiju.base.files import atomic

# The pools of pyarrow keep freed memory for themselves, which polars could use.
pa.set_memory_pool(pa.system_memory_pool())
# As polars hands text and lists over, with offsets of 64 bits.
TEXT = pa.large_string()
# A sentence pair of a corpus. `line` counts from 1 in `file`; `label` is 1 similar, 0 not, null unknown.
PAIRS = pa.schema(
    {"corpus": TEXT, "split": TEXT, "file": TEXT, "line": pa.int64(), "q": TEXT, "t": TEXT, "label": pa.int8()}
)
# A row that a reader left out. `bad` rows break their format and count against `corpora.max_rejected`;
# the others are dropped by rule (no agreement, score in the middle, empty sentence, placeholder).
REJECTED = pa.schema(
    {"corpus": TEXT, "split": TEXT, "file": TEXT, "line": pa.int64(), "reason": TEXT, "bad": pa.bool_(), "text": TEXT}
)
# Merged pairs carry the number by which later tables call them, and the numbers of their sentences: equal numbers are
# the same sentence but for width, case, white space and punctuation, in all tables of a run.
MERGED = pa.schema([("pair", pa.int64()), *PAIRS, ("q_sentence", pa.uint32()), ("t_sentence", pa.uint32())])
# Every row that is in no merged table. by: reader (its `text` is kept) or filter (its pair is kept).
DROPPED = pa.schema(
    {
        "corpus": TEXT,
        "split": TEXT,
        "file": TEXT,
        "line": pa.int64(),
        "by": TEXT,
        "reason": TEXT,
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
        "text": TEXT,
    }
)
# The distinct pairs of every dev, test and competition set: `low` and `high` are its sentences' numbers, low <= high.
HELD_OUT = pa.schema({"set": TEXT, "low": pa.uint32(), "high": pa.uint32()})
# The distinct pairs of which conflicting labels left no row.
CONFLICTS = pa.schema({"low": pa.uint32(), "high": pa.uint32()})
# What post-training reads; `second` is the other sentence of a pair, null of all where single sentences are read.
TEXTS = pa.schema({"text": TEXT, "second": TEXT, "corpus": TEXT})
# group: number of the connected component of sentences; fold: the fold that holds the pair out, -1 never held out.
FOLDS = pa.schema({"pair": pa.int64(), "group": pa.int64(), "fold": pa.int16()})
# Training pairs that are in no fold, because another corpus holds them too.
UNUSED = pa.schema({"pair": pa.int64(), "reason": TEXT, "q_sentence": pa.uint32(), "t_sentence": pa.uint32()})
# operation: original, transfer_positive, transfer_negative, closure_positive, closure_negative.
AUGMENTED = pa.schema(
    {
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
        "fold": pa.int16(),
        "operation": TEXT,
        "parents": pa.large_list(pa.int64()),
    }
)
# The pairs that an index of evidence holds, in its order, as the model learnt them. pair: of MERGED, of a pair that
# augmentation made that of its first parent, of a user's table the number of the row; corpus: empty there. label: the
# number of a class.
LEARNT = pa.schema(
    {
        "pair": pa.int64(),
        "operation": TEXT,
        "corpus": TEXT,
        "file": TEXT,
        "line": pa.int64(),
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
    }
)
# A pair to be judged and explained, with what is known of it. Segments are null where the text is to be cut by us.
ITEMS = pa.schema(
    {
        "item": TEXT,
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
        "q_segments": pa.large_list(TEXT),
        "t_segments": pa.large_list(TEXT),
        "kind": TEXT,
        "related": pa.large_list(TEXT),
        "q_gold": pa.large_list(pa.large_list(pa.int64())),
        "t_gold": pa.large_list(pa.large_list(pa.int64())),
    }
)
# Logits of the pair as it stands, and of its sentences exchanged (null where that was not judged), both divided by the
# temperature; probability and label are those of the order as it stands, or of the mean of both. truncated: whether the
# end of a side was cut off; unknown: characters of both sides that the vocabulary does not hold
# (`yiju.models.unknown_characters`).
SCORES = pa.schema(
    {
        "item": TEXT,
        "logit_0": pa.float64(),
        "logit_1": pa.float64(),
        "swapped_0": pa.float64(),
        "swapped_1": pa.float64(),
        "probability": pa.float64(),
        "label": pa.int8(),
        "truncated": pa.bool_(),
        "unknown": pa.int64(),
    }
)
# What model and overlap baseline say of an item, beside the gold label where there is one.
JUDGED = pa.schema(
    {
        "item": TEXT,
        "gold": pa.int8(),
        "label": pa.int8(),
        "probability": pa.float64(),
        "overlap_probability": pa.float64(),
    }
)
# What a member says of the pairs that its fold holds out. difference: logit 1 - logit 0; margin: what it must exceed.
HELD_OUT_SCORES = pa.schema(
    {"pair": pa.int64(), "fold": pa.int16(), "repeat": pa.int16(), "difference": pa.float64(), "margin": pa.float64()}
)
# What a member said of the pairs that it learnt, whenever it came to them. passes: epochs in which it did, the pair
# whole; confidence, variability: mean and standard deviation of the probability of the pair's label; margin: mean of
# the label's logit less the other one, and last: that of the last pass; right: share of the passes in which it was
# above 0; forgotten: how often it was so in one pass and not in the next one, null where it never was. All but passes
# are null where there were none.
DYNAMICS = pa.schema(
    {
        "pair": pa.int64(),
        "passes": pa.int32(),
        "confidence": pa.float64(),
        "variability": pa.float64(),
        "margin": pa.float64(),
        "last": pa.float64(),
        "right": pa.float64(),
        "forgotten": pa.int32(),
    }
)
# What the members that have not learnt a training pair say of it together.
OUT_OF_FOLD = pa.schema(
    {"pair": pa.int64(), "fold": pa.int16(), "gold": pa.int8(), "label": pa.int8(), "probability": pa.float64()}
)
# Training pairs by how much speaks against their label, the most suspect first. rank: from 1; suspicion: mean share of
# the training pairs that are less suspect, of the two measures that are known: `probability`, that of the label by the
# members that have not learnt the pair, null without folds, and `margin`, of DYNAMICS, the mean over members.
# confident: whether confident learning takes the label for the other one (null without folds); contradicted: whether
# similar pairs connect the sentences of a pair that is called not similar.
SUSPECTS = pa.schema(
    {
        "rank": pa.int64(),
        "suspicion": pa.float64(),
        "pair": pa.int64(),
        "corpus": TEXT,
        "file": TEXT,
        "line": pa.int64(),
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
        "probability": pa.float64(),
        "confident": pa.bool_(),
        "margin": pa.float64(),
        "confidence": pa.float64(),
        "variability": pa.float64(),
        "forgotten": pa.float64(),
        "contradicted": pa.bool_(),
    }
)
# Scores by segment, counted from 0 on its side; start and end in characters of the original text. score: null where the
# model did not read the segment; error: standard error of a score for which samples were drawn, else 0; rank: place in
# the smallest rationale of the pair, from 1, null outside it and where none was looked for.
ATTRIBUTIONS = pa.schema(
    {
        "item": TEXT,
        "side": TEXT,
        "index": pa.int32(),
        "start": pa.int32(),
        "end": pa.int32(),
        "text": TEXT,
        "score": pa.float64(),
        "error": pa.float64(),
        "rank": pa.int32(),
    }
)
# Scores by segment after weights of the members were drawn anew. step: a key of
# `yiju.models.randomisation_steps.STEPS`; the steps before the last one have only some of the items.
RANDOMISED = pa.schema({"step": TEXT, "item": TEXT, "side": TEXT, "index": pa.int32(), "score": pa.float64()})
# Scores of an item's segments that an edit of `yiju.evaluation.study.edits` left in place. kept: whether the edited
# pair is judged as the pair itself is.
EDITED = pa.schema(
    {"item": TEXT, "edit": TEXT, "kept": pa.bool_(), "side": TEXT, "index": pa.int32(), "score": pa.float64()}
)
# What was explained of an item: the label, its log-probability by all members together; gap: of a method that promises
# completeness, the sum of its scores less what it has to be; truncated and unknown: as in SCORES; kept: whether the
# smallest rationale alone, all else deleted, keeps the label, null where none was looked for.
EXPLAINED = pa.schema(
    {
        "item": TEXT,
        "label": pa.int8(),
        "log_probability": pa.float64(),
        "gap": pa.float64(),
        "truncated": pa.bool_(),
        "unknown": pa.int64(),
        "kept": pa.bool_(),
    }
)
# Of the study. How much lower the label's probability is without a segment, by `removal` (mask, delete).
LEFT_OUT = pa.schema({"item": TEXT, "side": TEXT, "index": pa.int32(), "removal": TEXT, "difference": pa.float64()})
# Of the study. How far p(label) of the pair falls without sets of its segments drawn at random, by number of the set.
REMOVED = pa.schema({"item": TEXT, "number": pa.int32(), "operator": TEXT, "difference": pa.float64()})
# Of the study. What a metric finds in an item; null where it is not defined, no row where there is nothing to measure.
STUDIED = pa.schema({"method": TEXT, "item": TEXT, "metric": TEXT, "value": pa.float64()})

# Rows of a row group, which is what is held in memory when a table is read or written in parts.
PART = 125_000


def write(table: pl.DataFrame, path: str | Path, schema: pa.Schema) -> None:
    """Check `table` against `schema` (names, order and types) and write it as zstd Parquet, atomically."""
    write_stream([table], path, schema)


def write_stream(parts: Iterable[pl.DataFrame], path: str | Path, schema: pa.Schema) -> None:
    """Write a table that arrives in parts, as `write` does, without ever holding it whole.

    The bytes of the file do not depend on where one part ends and the next begins.
    """
    options = {"compression": "zstd", "compression_level": 2, "use_dictionary": False, "write_statistics": False}
    with atomic(path) as temporary, pq.ParquetWriter(temporary, schema, write_page_checksum=True, **options) as file:
        for group in _row_groups(_checked(parts, schema, str(path))):
            file.write_table(group.to_arrow(), row_group_size=PART)


def _checked(parts: Iterable[pl.DataFrame], schema: pa.Schema, place: str) -> Iterator[pl.DataFrame]:
    for part in parts:
        check(part, schema, place)
        yield part


def _row_groups(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows, PART at a time, each column of which lies in one piece."""
    waiting: list[pl.DataFrame] = []
    rows = 0
    for part in parts:
        waiting.append(part)
        rows += part.height
        while rows >= PART:
            together = pl.concat(waiting)
            yield together[:PART].rechunk()
            waiting, rows = [together[PART:]], rows - PART
    if rows:
        yield pl.concat(waiting, rechunk=True)


def check(table: pl.DataFrame, schema: pa.Schema, place: str) -> None:
    """Refuse a table whose columns are not exactly those of `schema`."""
    _require_same(table.schema, pl.Schema(schema), place)


def _require_same(found: pl.Schema, expected: pl.Schema, place: str) -> None:
    if found != expected:
        raise YijuError(f"{place}: table has columns {dict(found)}, expected {dict(expected)}")


def parts(
    path: str | Path, schema: pa.Schema, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> Iterator[pl.DataFrame]:
    """The table that a rule of this workflow wrote, or the rows `where` something holds, in parts and in order.

    Parts are of bounded size, and no row is in none of them; an unreadable or foreign file is refused by name.
    """
    names = list(columns or schema.names)
    needed = {*names, *(() if where is None else where.meta.root_names())}
    with _readable(path), _opened(path, schema) as file:
        for number in range(file.num_row_groups):
            part = pl.DataFrame(file.read_row_group(number, [name for name in schema.names if name in needed]))
            yield (part if where is None else part.filter(where)).select(names)


def read(
    path: str | Path, schema: pa.Schema, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """Read a table that a rule of this workflow wrote, whole or some columns and rows; as `parts` refuses."""
    return pl.concat([empty(schema, columns), *parts(path, schema, columns, where)])


def empty(schema: pa.Schema, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """A table of no rows, with all columns of a schema or some."""
    return pl.DataFrame(schema=pl.Schema(schema)).select(list(columns or schema.names))


def height(path: str | Path, schema: pa.Schema) -> int:
    """The number of rows of a table that a rule of this workflow wrote; as `parts` refuses."""
    with _readable(path), _opened(path, schema) as file:
        return file.metadata.num_rows


@contextmanager
def _opened(path: str | Path, schema: pa.Schema) -> Iterator[pq.ParquetFile]:
    """A file of this schema. Every page is read with its checksum, so that no damage passes for data."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        _require_same(pl.Schema(file.schema_arrow), pl.Schema(schema), str(path))
        yield file


@contextmanager
def _readable(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise YijuError(f"{path}: not a readable table ({error}); delete it and run again") from error
