"""A corpus in its publishers' format -> one table of sentence pairs and one of the rows left out, with reasons."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.config.readers import complete_options, load_reader
from yiju.data.corpora.archives import ANYWHERE
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import ReadOptions

log = logging.getLogger(__name__)
# So much of a rejected row's text is kept: enough to recognise it.
SHOWN = 200
SHOWN_BAD = 3
MAY_BE_UNLABELLED = {"test"}


def normalise_corpus(
    corpus: str, files: Sequence[Mapping[str, str]], settings: Mapping, out: str | Path, rejected: str | Path
) -> None:
    """Read a corpus and write its PAIRS and its REJECTED rows, which together are all rows of its files, in file order.

    files: `path` and `split` of each, and its `member` where it lies in an archive; settings: `reader`, `options` (of
    that reader), `nli_labels`, `sts_scores` (`positive`, `negative`) and `max_rejected`, the share of badly formed rows
    of one file above which the run fails. Kept rows are written as they are read, never held whole.
    Raises YijuError where a file cannot be read as what it claims to be; nothing is written then.
    """
    left_out: list[pl.DataFrame] = []
    tables.write_stream(_kept(corpus, files, settings, left_out), out, tables.PAIRS)
    tables.write(pl.concat([tables.empty(tables.REJECTED), *left_out]), rejected, tables.REJECTED)


@dataclass
class _Tally:
    """Rows of one file so far: all, kept, blank, badly formed, and the first of the bad ones."""

    rows: int = 0
    kept: int = 0
    blank: int = 0
    bad: int = 0
    first_bad: list[str] = field(default_factory=list)


def _kept(
    corpus: str, files: Sequence[Mapping[str, str]], settings: Mapping, left_out: list[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """Parts of the PAIRS of all files; their REJECTED rows go to `left_out`."""
    own = complete_options(settings["reader"], settings["options"])
    for file in files:
        tally = _Tally()
        for rows in _read_file(corpus, file, settings, own):
            dropped = rows.filter(pl.col("reason").is_not_null())
            kept = rows.filter(pl.col("reason").is_null())
            _count(tally, rows.height, kept.height, dropped)
            left_out.append(dropped.with_columns(pl.col("text").str.slice(0, SHOWN)).select(tables.REJECTED.names))
            yield kept.select(tables.PAIRS.names)
        _check(tally, corpus, file, settings["max_rejected"])
        log.info("%s %s: %d rows, %d kept", corpus, _place(file), tally.rows, tally.kept)


def _read_file(
    corpus: str, file: Mapping[str, str], settings: Mapping, own: Mapping[str, object]
) -> Iterator[pl.DataFrame]:
    """Parts of all rows of a file: the columns of READ and of where they come from."""
    options = ReadOptions(
        unlabelled=file["split"] in MAY_BE_UNLABELLED,
        nli_labels=settings["nli_labels"],
        sts_scores=settings["sts_scores"],
        own=own,
    )
    place = {"corpus": corpus, "split": file["split"], "file": _place(file)}
    columns = [pl.lit(value, pl.String).alias(name) for name, value in place.items()]
    for part in load_reader(settings["reader"])(_raw(file), options):
        yield part.with_columns(columns)


def _raw(file: Mapping[str, str]) -> RawFile:
    return RawFile(Path(file["path"]), file.get("member"))


def _place(file: Mapping[str, str]) -> str:
    """What tables call a file: its name, or its path in the archive."""
    return (file.get("member") or Path(file["path"]).name).removeprefix(ANYWHERE)


def _count(tally: _Tally, rows: int, kept: int, dropped: pl.DataFrame) -> None:
    tally.rows += rows
    tally.kept += kept
    tally.blank += dropped.filter(pl.col("reason") == "empty line").height
    bad = dropped.filter("bad")
    tally.bad += bad.height
    room = bad.head(SHOWN_BAD - len(tally.first_bad))
    tally.first_bad += [f"  {row['file']} line {row['line']}: {row['reason']}" for row in room.iter_rows(named=True)]


def _check(tally: _Tally, corpus: str, file: Mapping[str, str], limit: float) -> None:
    if tally.rows == tally.blank:
        raise YijuError(
            f"{corpus}: {_raw(file)} holds no rows; get the file again, or take it out of corpora.catalogue"
        )
    if tally.bad > limit * tally.rows:
        raise YijuError(
            f"{corpus}: {tally.bad} of {tally.rows} rows are malformed, more than corpora.max_rejected ({limit:.2%}) "
            "allows\n" + "\n".join(tally.first_bad) + "\ncorrect the file, check the corpus's reader and options, "
            "or raise corpora.max_rejected"
        )
