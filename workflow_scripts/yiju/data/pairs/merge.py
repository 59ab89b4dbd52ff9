"""All corpora as one numbered table of pairs, and what is taken out of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.pairs.carve import carve
from yiju.data.pairs.corrections import apply_corrections, read_corrections
from yiju.data.pairs.filters import CONFLICT, KEPT, REASONS, REVIEW, find_reasons
from yiju.data.pairs.key_rows import NO_LABEL, SPLITS, TRAIN, Rows, held_out_sets, read_rows
from yiju.data.pairs.leaks import Leaked, count_leaks, count_shared, near_leak_rows
from yiju.data.pairs.ledger import summarise
from yiju.data.sentence_keys import among, pair_keys, split_key

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Corpus:
    """A normalised corpus: its table of PAIRS and its REJECTED rows."""

    name: str
    pairs: str | Path
    rejected: str | Path


@dataclass(frozen=True)
class Outputs:
    """Where the MERGED pairs, the DROPPED rows, the HELD_OUT and CONFLICTS pairs and the ledger (JSON) go."""

    pairs: str | Path
    dropped: str | Path
    held_out: str | Path
    conflicts: str | Path
    ledger: str | Path


def merge_corpora(
    corpora: Sequence[Corpus],
    items: Sequence[str | Path],
    out: Outputs,
    filters: Mapping[str, bool | str],
    near_similarity: float | None,
    carving: Mapping | None = None,
    corrections: str | Path | None = None,
) -> None:
    """Merge normalised corpora in the order given, and say of every row where it went.

    Only train rows are ever dropped, so that figures on dev and test sets compare with published ones. In this order,
    each filter on its own switch, pairs compared unordered and normalised:

    leaks: a pair of any dev or test split of any corpus, or of a competition set (`items`);
    near_leaks: a pair nearly one of those, from `near_similarity` on (see `yiju.data.near_duplicates`), which only
    this filter reads;
    conflicts: a pair that one corpus's train split holds with both labels: all its rows (drop), those with another
    than its first label (first) or than its more frequent one (majority; of a tie, all), or none (keep);
    duplicates: a pair that one corpus's train split holds before with the same label.

    A pair that two corpora share stays in both: which corpora are trained on differs by stage, and the copy dropped
    could be the only one that a stage reads. Stages that mix corpora look at it themselves (`write_texts`,
    `folds.assign_folds`). Without filters everything is kept in file order.

    carving: where the corpora that are fine-tuned on have no dev or test split, what of their train pairs becomes one
    (`carve`); their split is then dev or test, as if a file had said so.

    corrections: a reviewed table, whose labels train rows then have (`apply_corrections`), before the filters look at
    them and after dev and test pairs were set aside.

    Texts are read twice; only those of rows left out, and of leaks, are held. The rest takes some 50 bytes a row.
    """
    names = [corpus.name for corpus in corpora]
    paths = [corpus.pairs for corpus in corpora]
    rows = read_rows(paths, items)
    keys = pair_keys(rows.sentences)
    similarity = near_similarity if filters["near_leaks"] else None
    sets, reasons = _held_out_and_reasons(rows, keys, names, paths, items, similarity, filters)
    carved = carve(rows, keys, reasons, names, filters, carving) if carving else None
    if carved:
        rows = carved.rows
        sets, reasons = _held_out_and_reasons(rows, keys, names, paths, items, similarity, filters)
        reasons[carved.dropped] = carved.why
    corrected = None
    if corrections:
        tables_of = dict(zip(names, paths, strict=True))
        corrected = apply_corrections(read_corrections(corrections), tables_of, rows, keys)
        rows = corrected.rows
        sets, reasons = _held_out_and_reasons(rows, keys, names, paths, items, similarity, filters)
        if carved:
            reasons[carved.dropped] = carved.why
        reasons[corrected.dropped] = REASONS.index(REVIEW)
    leaked = Leaked(rows, keys, sets)
    gone: list[pl.DataFrame] = []
    tables.write_stream(_kept(corpora, rows, reasons, leaked, gone), out.pairs, tables.MERGED)
    rejected = [tables.read(corpus.rejected, tables.REJECTED) for corpus in corpora]
    tables.write(_dropped(rejected, gone), out.dropped, tables.DROPPED)
    tables.write(_held_out_table(sets), out.held_out, tables.HELD_OUT)
    tables.write(_conflicts_table(keys, reasons), out.conflicts, tables.CONFLICTS)
    counts = summarise(names, rows, reasons, rejected)
    leaks = {"leaks": count_leaks(names, leaked, items), "held_out_overlap": count_shared(sets)}
    accounts = {"carved": carved and carved.account, "corrected": corrected and corrected.account}
    write_json(out.ledger, {**counts, **leaks, "filters": dict(filters), **accounts})
    log.info("%d of %d rows kept; see %s", counts["total"]["kept"], counts["total"]["read"], out.ledger)


def _held_out_and_reasons(
    rows: Rows,
    keys: np.ndarray,
    names: Sequence[str],
    paths: Sequence[str | Path],
    items: Sequence[str | Path],
    similarity: float | None,
    filters: Mapping,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The held-out sets, and the place in REASONS of every row. similarity: of near leaks; None: these are kept."""
    sets = held_out_sets(rows, keys, names)
    near = None if similarity is None else near_leak_rows(paths, rows, items, similarity)
    return sets, _find_reasons(rows, keys, sets, near, filters)


def _find_reasons(
    rows: Rows, keys: np.ndarray, sets: Mapping[str, np.ndarray], near: np.ndarray | None, filters: Mapping
) -> np.ndarray:
    """Place in REASONS of every row, KEPT where there is none."""
    reasons = np.full(len(keys), KEPT, dtype=np.int8)
    held_out = np.unique(np.concatenate([*sets.values(), np.empty(0, dtype=np.uint64)]))
    for corpus in range(len(rows.starts) - 1):
        own = rows.of_corpus(corpus)
        train = own.start + np.flatnonzero(rows.split[own] == TRAIN)
        nearly = np.zeros(len(train), dtype=bool) if near is None else near[train]
        reasons[train] = find_reasons(keys[train], rows.label[train], held_out, nearly, filters)
    return reasons


def _kept(
    corpora: Sequence[Corpus], rows: Rows, reasons: np.ndarray, leaked: Leaked, gone: list[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """Parts of the MERGED table; what is left out goes to `gone`, texts of leaked pairs to `leaked`."""
    start, pair = 0, 0
    for corpus in corpora:
        for part in tables.parts(corpus.pairs, tables.PAIRS):
            own = slice(start, start + part.height)
            labels = pl.Series("label", rows.label[own], dtype=pl.Int8).replace(NO_LABEL, None)
            splits = pl.Series("split", np.array(SPLITS)[rows.split[own]], dtype=pl.String)
            now = part.with_columns(splits, labels)
            leaked.look_at(now, own)
            reason = reasons[own]
            kept = reason == KEPT
            if not kept.all():
                why = pl.Series(REASONS, dtype=pl.String).gather(reason[~kept].astype(np.uint32))
                gone.append(part.filter(~kept).with_columns(why.alias("reason")))
            sentences = rows.sentences[own][kept]
            numbers = pl.int_range(pair, pair + len(sentences), dtype=pl.Int64, eager=True)
            yield now.filter(kept).select(
                numbers.alias("pair"),
                *tables.PAIRS.names,
                pl.Series("q_sentence", sentences[:, 0]),
                pl.Series("t_sentence", sentences[:, 1]),
            )
            start, pair = own.stop, pair + len(sentences)


def _dropped(rejected: Sequence[pl.DataFrame], gone: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """DROPPED rows: what readers left out, then what filters did."""
    by_reader = pl.concat(rejected).with_columns(by=pl.lit("reader"))
    by_filter = pl.concat([pl.DataFrame(schema={**pl.Schema(tables.PAIRS), "reason": pl.String}), *gone])
    both = [by_reader, by_filter.with_columns(by=pl.lit("filter"))]
    return pl.concat(both, how="diagonal").select(tables.DROPPED.names)


def _conflicts_table(keys: np.ndarray, reasons: np.ndarray) -> pl.DataFrame:
    conflicting, kept = keys[reasons == REASONS.index(CONFLICT)], keys[reasons == KEPT]
    # Of millions of kept keys only those are sorted that are of conflicting pairs.
    conflicts = np.setdiff1d(conflicting, kept[among(kept, conflicting)])
    return pl.DataFrame(
        dict(zip(tables.CONFLICTS.names, split_key(conflicts), strict=True)), schema=pl.Schema(tables.CONFLICTS)
    )


def _held_out_table(sets: Mapping[str, np.ndarray]) -> pl.DataFrame:
    parts = [tables.empty(tables.HELD_OUT)]
    for name, keys in sets.items():
        low, high = split_key(keys)
        parts.append(pl.DataFrame({"set": [name], "low": [low], "high": [high]}).explode("low", "high"))
    return pl.concat(parts)
