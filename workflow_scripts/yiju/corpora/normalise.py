"""A corpus in its publishers' format -> one table of sentence pairs and one of the rows left out, with reasons."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from yiju import tables
from yiju.corpora import complete_options, load_reader
from yiju.corpora.rows import ReadOptions
from yiju.errors import YijuError

log = logging.getLogger(__name__)
# So much of a rejected row's text is kept: enough to recognise it.
SHOWN = 200
MAY_BE_UNLABELLED = {"test"}


def normalise_corpus(
    corpus: str, files: Sequence[Mapping[str, str]], settings: Mapping, out: str | Path, rejected: str | Path
) -> None:
    """Read a corpus and write its PAIRS and its REJECTED rows, which together are all rows of its files, in file order.

    files: `path` and `split` of each; settings: `reader`, `options` (of that reader), `nli_labels`, `sts_scores`
    (`positive`, `negative`) and `max_rejected`, the share of badly formed rows of one file above which the run fails.
    Raises YijuError where a file cannot be read as what it claims to be; nothing is written then.
    """
    own = complete_options(settings["reader"], settings["options"])
    kept, left_out = [], []
    for file in files:
        rows = _read_file(corpus, file, settings, own)
        kept.append(rows.filter(pl.col("reason").is_null()).select(list(tables.PAIRS)))
        dropped = rows.filter(pl.col("reason").is_not_null()).with_columns(pl.col("text").str.slice(0, SHOWN))
        _limit_bad_rows(dropped, rows.height, corpus, settings["max_rejected"])
        left_out.append(dropped.select(list(tables.REJECTED)))
        log.info("%s %s: %d rows, %d kept", corpus, file["path"], rows.height, kept[-1].height)
    tables.write(pl.concat(kept), out, tables.PAIRS)
    tables.write(pl.concat(left_out), rejected, tables.REJECTED)


def _read_file(corpus: str, file: Mapping[str, str], settings: Mapping, own: Mapping[str, object]) -> pl.DataFrame:
    """All rows of a file: the columns of READ and of where they come from."""
    options = ReadOptions(
        unlabelled=file["split"] in MAY_BE_UNLABELLED,
        nli_labels=settings["nli_labels"],
        sts_scores=settings["sts_scores"],
        own=own,
    )
    path = Path(file["path"])
    place = {"corpus": corpus, "split": file["split"], "file": path.name}
    columns = [pl.lit(value, pl.String).alias(name) for name, value in place.items()]
    chunks = [_without_spare_text(chunk) for chunk in load_reader(settings["reader"])(path, options)]
    rows = pl.concat(chunks).with_columns(columns) if chunks else None
    if rows is None or rows["reason"].eq_missing("empty line").all():
        raise YijuError(f"{corpus}: {path} holds no rows; get the file again, or take it out of corpora.catalogue")
    return rows


def _without_spare_text(rows: pl.DataFrame) -> pl.DataFrame:
    """The raw text is wanted for rejected rows only, and would double the memory of a large corpus."""
    return rows.with_columns(pl.when(pl.col("reason").is_not_null()).then(pl.col("text")).alias("text"))


def _limit_bad_rows(dropped: pl.DataFrame, rows: int, corpus: str, limit: float) -> None:
    bad = dropped.filter("bad")
    if bad.height <= limit * rows:
        return
    first = [f"  {row['file']} line {row['line']}: {row['reason']}" for row in bad.head(3).iter_rows(named=True)]
    raise YijuError(
        f"{corpus}: {bad.height} of {rows} rows are malformed, more than corpora.max_rejected ({limit:.2%}) allows\n"
        + "\n".join(first)
        + "\nmend the file, check the corpus's reader and options, or raise corpora.max_rejected"
    )
