"""A table of pairs as commands read it by `yiju.app.cli.pair_options`, and its rows that are no pairs."""

from __future__ import annotations

import logging
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from yiju.app.cli.output import say
from yiju.app.cli.pair_options import NAMED
from yiju.base.errors import YijuError
from yiju.base.plurals import counted, verb
from yiju.data.column_choice import Column
from yiju.data.corpora.rows import Labels, Part
from yiju.data.pair_files import TWO_LABELS, read_pairs
from yiju.data.table_description import Look, Wanted
from yiju.data.table_look import look, read_parts

if TYPE_CHECKING:
    # Loads torch, which a command that only trains does without.
    from yiju.app.explainer import Explainer

log = logging.getLogger(__name__)
NOT_BLANK = pl.col("reason").ne_missing("empty line")


@dataclass
class Source:
    """A file of pairs, or standard input ("-"), read by the options of `pair_options`.

    labelled: whether every pair must have a label; label: its column, None: found by its name; labels: how labels are
    written. unit: what a row is called. rows, bad: how many were read so far, blank lines left out, and how many of
    them are no pairs.
    """

    path: Path
    kind: str | None = None
    q: str | None = None
    t: str | None = None
    header: bool | None = None
    max_bad: float = 0.01
    encoding: str = "auto"
    sheet: str = ""
    labelled: bool = False
    label: str | None = None
    labels: Labels = TWO_LABELS
    unit: str = "line"
    rows: int = 0
    bad: int = 0

    @classmethod
    def of(cls, path: Path, options: dict[str, Any], **own: Any) -> Source:
        """The file with the options of `pair_options`, which are taken out of all those of a command."""
        names = ("kind", "q", "t", "header", "max_bad", "encoding", "sheet")
        return cls(path, **{name: options.pop(name) for name in names}, **own)

    def __post_init__(self) -> None:
        if (self.q is None) != (self.t is None):
            raise YijuError("--q and --t go together: give both columns")

    @contextmanager
    def opened(self) -> Iterator[Iterator[pl.DataFrame]]:
        """READ tables of the file, which is there for the length of the block."""
        with on_disk(self.path, self.kind) as path:
            yield read_pairs(path, self.wanted, self.labelled, self.labels)

    @contextmanager
    def whole(self) -> Iterator[tuple[Look, Iterator[Part]]]:
        """How the file is read, and its rows with all their columns; it is there for the length of the block."""
        with on_disk(self.path, self.kind) as path:
            found = look(path, self.wanted)
            self.unit = found.unit
            for line in found.said:
                log.info("%s", line.replace(str(path), "standard input") if str(self.path) == "-" else line)
            yield found, read_parts(found)

    @property
    def wanted(self) -> Wanted:
        """What the options say of the file."""
        columns = None if self.q is None or self.t is None else (_column(self.q), _column(self.t))
        kind = self.kind or ("tsv" if str(self.path) == "-" else None)
        label = None if self.label is None else _column(self.label)
        return Wanted(kind, columns, label, self.header, self.encoding, self.sheet)

    def told(self, explainer: Explainer, read: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The tables without blank lines, `reason` also where the model could judge nothing of a sentence.

        Every row that is no pair is named. Raises YijuError at the end, where there are no rows, or more than the
        allowed share of them were no pairs.
        """
        for table in read:
            # A blank line is none; the file's last one is.
            table = _with_reasons(explainer, table.filter(NOT_BLANK))
            self._name(table)
            yield table
        self._check()

    def told_parts(self, explainer: Explainer, read: Iterator[Part]) -> Iterator[Part]:
        """The rows with all their columns, in the same way."""
        for part in read:
            kept = part.read.select(NOT_BLANK).to_series()
            table = _with_reasons(explainer, part.read.filter(kept))
            self._name(table)
            yield Part(table, part.labels.filter(kept), part.own.filter(kept))
        self._check()

    def _name(self, table: pl.DataFrame) -> None:
        """Count the rows, and name those that are no pairs."""
        for row in table.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
            self.bad += 1
            if self.bad <= NAMED:
                say(f"{self.path} {self.unit} {row['line']}: {row['reason']}", err=True)
        self.rows += len(table)

    def _check(self) -> None:
        """Raise YijuError where there were no rows, or too many were no pairs."""
        if not self.rows:
            raise YijuError(f"{self.path}: the file holds no rows")
        if self.bad > self.max_bad * self.rows:
            no_pairs = f"{counted(self.rows, 'row')} {verb(self.bad, 'is no pair', 'are no pairs')}"
            raise YijuError(
                f"{self.path}: {self.bad:,} of {no_pairs}, more than --max-bad ({self.max_bad:.2%}) allows; correct "
                f"{verb(self.bad, 'it', 'them')} or the options --format, --q and --t, or raise --max-bad"
            )


def _with_reasons(explainer: Explainer, table: pl.DataFrame) -> pl.DataFrame:
    """The rows with `reason` also where a sentence holds nothing that the model could judge."""
    given = pl.col("reason").is_null()
    reasons = iter(explainer.refusals(table.filter(given).select("q", "t").iter_rows()))
    told = [next(reasons) if reason is None else reason for reason in table["reason"]]
    return table.with_columns(pl.Series("reason", told, pl.String))


@contextmanager
def on_disk(pairs: Path, kind: str | None) -> Iterator[Path]:
    """The file itself, or what comes in by stdin as one: readers look at a file's beginning before they read it."""
    if str(pairs) != "-":
        if not pairs.is_file():
            raise YijuError(f"{pairs}: {'this is a folder; name a file' if pairs.is_dir() else 'no such file'}")
        yield pairs
        return
    with tempfile.NamedTemporaryFile(suffix=f".{kind or 'tsv'}") as file:
        try:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, file.name) from None
        try:
            yield Path(file.name)
        except YijuError as error:
            raise YijuError(str(error).replace(file.name, "standard input")) from None


def _column(text: str) -> Column:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
