"""Every table of a finished run as a pandas DataFrame: `yiju.load_run("results/sample").pairs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.near_duplicates.near_leaks import NEAR_LEAKS

CONFIG = "config.resolved.yaml"
# Sets whose items lie beside the pairs that they were taken from; the other sets are test sets.
SPLITS = ("dev", "test")
# Whole numbers that may be missing (labels, ranks) stay whole numbers.
NULLABLE = {pa.int8(): pd.Int8Dtype(), pa.int32(): pd.Int32Dtype()}
Rationale = Literal["faithful", "submitted", "harmonised"]


@dataclass(frozen=True)
class Run:
    """The tables of a run, read anew whenever they are asked for.

    folder: `results/<run>`, or the folder of a variant below it. The columns are those of `yiju.base.tables`. Every
    attribute and method raises YijuError for a table that the run does not have, naming the file and how to make it.
    """

    folder: Path
    # Of a variant: the run, whose data it shares as far as it has none of its own.
    base: Run | None = None

    @property
    def sets(self) -> list[str]:
        """The names of the sets that the run judged."""
        return sorted(file.parent.name for file in self.folder.glob("sets/*/scores.parquet"))

    def methods(self, name: str) -> list[str]:
        """The names of the methods that explain a set."""
        files = self.folder.glob(f"sets/{name}/attributions/*.parquet")
        return sorted(file.stem for file in files if not file.stem.endswith(".explained"))

    def variant(self, name: str) -> Run:
        """The tables of a variant of this run."""
        self._require(name, sorted(file.name for file in self.folder.glob("variants/*/")), "variant", "variants")
        return Run(self.folder / "variants" / name, self)

    @property
    def pairs(self) -> pd.DataFrame:
        """The merged pairs of all corpora."""
        return self._data("pairs.parquet", tables.MERGED)

    @property
    def dropped(self) -> pd.DataFrame:
        """Every row of the corpora that is in no merged pair, with the reason."""
        return self._data("dropped.parquet", tables.DROPPED)

    @property
    def conflicts(self) -> pd.DataFrame:
        """The pairs of which conflicting labels left no row, by the numbers of their sentences."""
        return self._data("conflicts.parquet", tables.CONFLICTS)

    @property
    def unused(self) -> pd.DataFrame:
        """The merged pairs that fine-tuning leaves out because of the other corpora that it learns, with the reason."""
        return self._data("unused.parquet", tables.UNUSED)

    @property
    def held_out(self) -> pd.DataFrame:
        """The distinct pairs of the dev, test and competition sets, by the numbers of their sentences."""
        return self._data("held_out.parquet", tables.HELD_OUT)

    @property
    def near_leaks(self) -> pd.DataFrame:
        """Training pairs that are nearly pairs of a set that is held out."""
        return self._data("near_leaks.parquet", NEAR_LEAKS)

    @property
    def folds(self) -> pd.DataFrame:
        """The fold of every training pair."""
        return self._data("folds.parquet", tables.FOLDS)

    @property
    def behaviour(self) -> pd.DataFrame:
        """The items of the test of behaviour with the judgements of the ensemble."""
        return self._read("behaviour.parquet", tables.BEHAVIOUR)

    @property
    def texts(self) -> pd.DataFrame:
        """What post-training reads."""
        return self._data("texts.parquet", tables.TEXTS)

    @property
    def augmented(self) -> pd.DataFrame:
        """What fine-tuning learns: the training pairs and those that were made from them."""
        return self._data("augmented.parquet", tables.AUGMENTED)

    @property
    def out_of_fold(self) -> pd.DataFrame:
        """Every training pair as judged by models that did not learn it."""
        return self._read("out_of_fold.parquet", tables.OUT_OF_FOLD)

    @property
    def suspects(self) -> pd.DataFrame:
        """Every training pair, the one first against whose label most speaks."""
        return self._data("suspects.parquet", tables.SUSPECTS)

    def dynamics(self, member: str) -> pd.DataFrame:
        """What a member, such as "0", said of each training pair while it learnt it."""
        return self._read(f"folds/{member}/dynamics.parquet", tables.DYNAMICS)

    def corpus(self, name: str) -> pd.DataFrame:
        """The pairs of a corpus as they were read."""
        return self._data(f"corpora/{name}.parquet", tables.PAIRS)

    def rejected(self, name: str) -> pd.DataFrame:
        """The rows of a corpus that its reader left out."""
        return self._data(f"corpora/{name}.rejected.parquet", tables.REJECTED)

    def items(self, name: str) -> pd.DataFrame:
        """The pairs of a set, with their gold labels, segments and rationales where these are known."""
        return _pandas(self._items(name))

    def judgements(self, name: str) -> pd.DataFrame:
        """What all members together say of every pair of a set.

        Columns: item, q, t and gold (the known label), then those of `SCORES`, of which label is the judgement.
        """
        self._require(name, self.sets, "judged set", "test_sets")
        known = self._items(name).select("item", "q", "t", pl.col("label").alias("gold"))
        scores = tables.read(self._file(f"sets/{name}/scores.parquet"), tables.SCORES)
        return _pandas(known.join(scores, on="item", how="inner", maintain_order="left"))

    def attributions(self, name: str, method: str) -> pd.DataFrame:
        """The score of every segment of a set's pairs by a method."""
        self._require_explained(name, method)
        return self._read(f"sets/{name}/attributions/{method}.parquet", tables.ATTRIBUTIONS)

    def explained(self, name: str, method: str) -> pd.DataFrame:
        """What a method explained of every pair of a set: the label, its log-probability, the completeness gap."""
        self._require_explained(name, method)
        return self._read(f"sets/{name}/attributions/{method}.explained.parquet", tables.EXPLAINED)

    def rationales(self, name: str, method: str, kind: Rationale = "faithful") -> pd.DataFrame:
        """The ranked segments of both sentences (columns q and t, indices from 0) of every pair of a set."""
        self._require_explained(name, method)
        file = self._file(f"sets/{name}/{method}/{kind}.jsonl")
        return pd.DataFrame([_parsed(line, file) for line in _text(file).split("\n") if line])

    def studied(self, name: str) -> pd.DataFrame:
        """What the metrics of a study find in every pair of a set, by method."""
        studied = sorted(file.parent.name for file in self.folder.glob("study/*/measured/"))
        self._require(name, studied, "studied set", "study.sets")
        files = sorted(self.folder.glob(f"study/{name}/measured/*.parquet"))
        return _pandas(pl.concat([tables.read(file, tables.STUDIED) for file in files]))

    @property
    def metrics(self) -> pd.DataFrame:
        """All figures of all sets.

        Columns: set; method, missing where a figure is about the judgements; metric; value; low and high, the ends of
        the 95 % interval, missing where a figure has none.
        """
        files = [*self.folder.glob("sets/*/metrics.json"), *self.folder.glob("sets/*/*/metrics.json")]
        rows = [row for file in sorted(files) for row in self._figures(file)]
        return pd.DataFrame(rows, columns=["set", "method", "metric", "value", "low", "high"])

    @property
    def timings(self) -> pd.DataFrame:
        """Seconds, memory and devices of every job."""
        return pd.DataFrame([_parsed(_text(file), file) for file in sorted(self.folder.glob("timings/*.json"))])

    def _require_explained(self, name: str, method: str) -> None:
        self._require(name, self.sets, "judged set", "test_sets")
        self._require(method, self.methods(name), f"explanation of {name} by the method", "explain.methods")

    def _require(self, name: str, known: list[str], what: str, key: str) -> None:
        """Refuse a name that is not known, with the key of the configuration that adds it."""
        if name not in known:
            has = ", ".join(known) or "none"
            raise YijuError(
                f"{self.folder}: the run has no {what} {name!r}, it has {has}; add it to {key} and run again"
            )

    def _figures(self, file: Path) -> Iterator[tuple]:
        found = _parsed(_text(file), file)
        name, *method = file.parent.relative_to(self.folder / "sets").parts
        for key, value in found.items():
            if not key.endswith((".low", ".high")):
                ends = (found.get(f"{key}.low"), found.get(f"{key}.high"))
                yield (name, method[0] if method else None, key, value, *ends)

    def _items(self, name: str) -> pl.DataFrame:
        place = f"data/{name}.parquet" if name in SPLITS else f"data/sets/{name}.parquet"
        return tables.read(self._file(place, shared=True), tables.ITEMS)

    def _data(self, name: str, schema: pa.Schema) -> pd.DataFrame:
        return self._read(f"data/{name}", schema, shared=True)

    def _read(self, name: str, schema: pa.Schema, shared: bool = False) -> pd.DataFrame:
        return _pandas(tables.read(self._file(name, shared), schema))

    def _file(self, name: str, shared: bool = False) -> Path:
        """A file of the run. shared: a variant that has none of its own has that of the run."""
        file = self.folder / name
        if file.exists():
            return file
        if shared and self.base is not None:
            return self.base._file(name)
        remedy = f"`snakemake --cores all {file}` in the project's folder makes it"
        raise YijuError(f"{file}: the run has no such file; {remedy}")


def load_run(folder: str | Path) -> Run:
    """Open the tables of a run; folder: results/<run>. Raises YijuError for a folder that is none."""
    folder = Path(folder)
    if not (folder / CONFIG).is_file():
        raise YijuError(f"{folder}: this is no folder of a run, which holds a {CONFIG}; give results/<run>")
    return Run(folder)


def _pandas(table: pl.DataFrame) -> pd.DataFrame:
    return table.to_arrow().to_pandas(types_mapper=NULLABLE.get)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _parsed(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise YijuError(f"{file}: not JSON ({error}); delete it and run the workflow again") from None
