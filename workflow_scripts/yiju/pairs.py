"""All corpora as one numbered table of pairs, what is taken out of it, and a ledger where every row is found again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from yiju import tables
from yiju.errors import YijuError
from yiju.provenance import write_json

log = logging.getLogger(__name__)
# Two sentences are the same when they differ in width, case, white space, punctuation and invisible characters only.
NOISE = r"[\s\p{P}\p{C}~]+"
PAIR = ["low", "high"]
LEAK = "leaked into dev/test/competition set"
CONFLICT = "conflicting labels"
DUPLICATE = "duplicate"


def merge_corpora(
    corpora: Sequence[str | Path],
    rejected: Sequence[str | Path],
    items: Sequence[str | Path],
    out: str | Path,
    dropped: str | Path,
    ledger: str | Path,
    filters: Mapping[str, bool],
) -> None:
    """Merge normalised corpora in the order given; write MERGED pairs, DROPPED ones and the ledger.

    Only train rows are ever dropped, so that figures on dev and test sets compare with published ones. In this order,
    each filter on its own switch, pairs compared unordered and normalised:

    leaks: a pair of any dev or test split of any corpus, or of a competition set (`items`);
    conflicts: a pair that one corpus's train split holds with both labels: all its rows;
    duplicates: a pair that one corpus's train split holds before with the same label.

    A pair that two corpora share stays in both: which corpora are trained on differs by stage, and the copy dropped
    could be the only one that a stage reads. Stages that mix corpora look at it themselves (`write_texts`,
    `folds.assign_folds`). Without filters everything is kept in file order.
    """
    pairs = pl.concat([tables.read(path, tables.PAIRS) for path in corpora])
    left_out = pl.concat([tables.read(path, tables.REJECTED) for path in rejected])
    rows = with_pair_keys(pairs).select("corpus", "split", "label", *PAIR).with_row_index("row")
    train = rows.filter(pl.col("split") == "train")
    held_out = _held_out_sets(rows, items)
    reasons = _reasons(train, held_out, filters)
    pairs = pairs.with_row_index("row").join(reasons, on="row", how="left", maintain_order="left").drop("row")
    kept = pairs.filter(pl.col("reason").is_null()).drop("reason")
    gone = pairs.filter(pl.col("reason").is_not_null())
    number = pl.int_range(pl.len(), dtype=pl.Int64).alias("pair")
    tables.write(kept.select(number, *tables.PAIRS), out, tables.MERGED)
    tables.write(gone.select(list(tables.DROPPED)), dropped, tables.DROPPED)
    write_json(ledger, {**_ledger(kept, gone, left_out), "leaks": _count_leaks(train, held_out)})
    log.info("%d pairs kept, %d dropped, %d rows rejected by readers", kept.height, gone.height, left_out.height)


def write_texts(
    pairs: str | Path,
    items: Sequence[str | Path],
    out: str | Path,
    corpora: Sequence[str] | str,
    transductive: bool,
) -> None:
    """Write the distinct sentences for post-training (TEXTS), in order of appearance, under the first corpus of each.

    corpora: names, or "all"; a competition set goes by the name of its file. Sentences that occur, normalised, in any
    dev, test or competition set stay out, also where a train split holds them; `transductive` reads all of them.
    """
    merged = tables.read(pairs, tables.MERGED)
    chosen = merged if corpora == "all" else merged.filter(pl.col("corpus").is_in(list(corpora)))
    texts = _sentences(chosen if transductive else chosen.filter(pl.col("split") == "train"))
    sets = [_sentences(tables.read(path, tables.ITEMS).with_columns(corpus=pl.lit(Path(path).stem))) for path in items]
    if transductive:
        texts = pl.concat([texts, *sets])
    texts = texts.unique("text", keep="first", maintain_order=True)
    if not transductive:
        held_out = pl.concat([_sentences(merged.filter(pl.col("split") != "train")), *sets])
        known = sentence_keys(held_out.select("text").unique()).to_series()
        kept = ~sentence_keys(texts.select("text")).to_series().is_in(known.implode())
        log.info("%d of %d sentences left out: dev, test or competition sets hold them", (~kept).sum(), texts.height)
        texts = texts.filter(kept)
    if texts.is_empty():
        raise YijuError(f"{pairs}: no sentences are left for post-training; see posttrain.corpora and transductive")
    tables.write(texts.select(list(tables.TEXTS)), out, tables.TEXTS)


def sentence_keys(texts: pl.DataFrame) -> pl.DataFrame:
    """Hashes (UInt64) of the normalised sentences of every column: NFKC, lower case, no white space, no punctuation.

    A sentence of nothing but punctuation stands for itself. Keys are compared within one run only.
    """
    # All columns at once, for they run side by side; step by step, for an expression that names a step twice
    # computes it twice.
    plain = texts.select(pl.all().str.normalize("NFKC").str.to_lowercase())
    cores = plain.select(pl.all().str.replace_all(NOISE, ""))
    return cores.select(
        pl.when(pl.col(name) == "").then(plain[name]).otherwise(name).hash(seed=0).alias(name) for name in cores.columns
    )


def with_pair_keys(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add columns `low` and `high`: the keys of a pair's sentences, the same in either order.

    128 bits in all, so that among a thousand million pairs no two different ones are expected to collide.
    """
    keys = sentence_keys(pairs.select("q", "t"))
    return pairs.hstack(keys.select(low=pl.min_horizontal("q", "t"), high=pl.max_horizontal("q", "t")))


def held_out_keys(pairs: pl.DataFrame, items: Sequence[str | Path]) -> pl.DataFrame:
    """Distinct keys of the pairs of all dev, test and competition sets."""
    return _held_out_sets(with_pair_keys(pairs.filter(pl.col("split") != "train")), items).select(PAIR).unique()


def _held_out_sets(rows: pl.DataFrame, items: Sequence[str | Path]) -> pl.DataFrame:
    """Keys of the pairs of each held-out set, each once in its set: columns low, high, set."""
    splits = rows.filter(pl.col("split") != "train")
    # Not pl.format: polars 2.1 panics in it on columns of unlike chunks.
    sets = [splits.select(*PAIR, pl.concat_str("corpus", "split", separator=" ").alias("set"))]
    for path in items:
        keys = with_pair_keys(tables.read(path, tables.ITEMS))
        sets.append(keys.select(*PAIR, pl.lit(Path(path).stem).alias("set")))
    return pl.concat(sets).unique(maintain_order=True)


def _reasons(train: pl.DataFrame, held_out: pl.DataFrame, filters: Mapping[str, bool]) -> pl.DataFrame:
    """Rows of `train` that are to be dropped and why: columns row, reason."""
    conflicts = pl.col("label").min().over("corpus", *PAIR) != pl.col("label").max().over("corpus", *PAIR)
    repeats = ~pl.struct("corpus", *PAIR, "label").is_first_distinct()
    train = train.with_columns(
        conflict=conflicts.fill_null(False) if filters["conflicts"] else pl.lit(False),
        repeat=repeats if filters["duplicates"] else pl.lit(False),
    )
    leaked = train.join(held_out, on=PAIR, how="semi").select("row", leak=pl.lit(filters["leaks"]))
    reason = (
        pl.when(pl.col("leak"))
        .then(pl.lit(LEAK))
        .when("conflict")
        .then(pl.lit(CONFLICT))
        .when("repeat")
        .then(pl.lit(DUPLICATE))
    )
    reasons = train.join(leaked, on="row", how="left").select("row", reason.alias("reason"))
    return reasons.drop_nulls("reason")


def _sentences(pairs: pl.DataFrame) -> pl.DataFrame:
    """Both sentences of every pair, first q, then t: columns text, corpus."""
    return pairs.select(pl.concat_list("q", "t").alias("text"), "corpus").explode("text")


def _ledger(kept: pl.DataFrame, dropped: pl.DataFrame, rejected: pl.DataFrame) -> dict:
    """Rows read, kept, dropped and rejected (by reason), and labels of the kept ones: per corpus and in all."""
    # What a reason quotes from its row would make a reason of every row.
    rejected = rejected.with_columns(pl.col("reason").str.replace_all(r"'[^']*'", "'…'"))
    names = pl.concat([table["corpus"] for table in (kept, dropped, rejected)]).unique(maintain_order=True)
    entries = {
        name: _entry(*(table.filter(pl.col("corpus") == name) for table in (kept, dropped, rejected))) for name in names
    }
    return {"corpora": entries, "total": _entry(kept, dropped, rejected)}


def _entry(kept: pl.DataFrame, dropped: pl.DataFrame, rejected: pl.DataFrame) -> dict:
    return {
        "read": kept.height + dropped.height + rejected.height,
        "kept": kept.height,
        "dropped": _counts(dropped, "reason"),
        "rejected": _counts(rejected, "reason"),
        "splits": _counts(kept, "split"),
        "labels": _counts(kept.with_columns(pl.col("label").cast(pl.String).fill_null("none")), "label"),
    }


def _counts(table: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(table.group_by(column).len().sort(column).iter_rows())


def _count_leaks(train: pl.DataFrame, held_out: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Train rows of each corpus that are pairs of each held-out set, whether they were dropped or not.

    A row that two sets hold counts in both.
    """
    found = train.join(held_out, on=PAIR).group_by("corpus", "set").len().sort("corpus", "set")
    counts: dict[str, dict[str, int]] = {}
    for corpus, name, rows in found.iter_rows():
        counts.setdefault(corpus, {})[name] = rows
    return counts
