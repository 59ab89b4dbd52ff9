"""Near duplicates of real LCQMC, train against dev and test: ours, MinHash-LSH and comparing all with all.

.venv/bin/pip install datasketch==2.0.0
.venv/bin/python benchmarks/near_duplicates.py results/offline/data/pairs.parquet

The pairs are those that a run of presets/offline.yaml merged. All three are to find every train sentence that is
nearly a dev or test sentence (Jaccard similarity of character bigrams from 0.8 on):

ours: `yiju.data.near_duplicates.search`, exact;
MinHash-LSH: datasketch as its manual sets it up (128 permutations, threshold 0.8), each candidate then verified;
all with all: rapidfuzz.process.cdist with the Jaccard similarity as its scorer, on a part of the train sentences.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from datasketch import MinHash, MinHashLSH
from rapidfuzz import process

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju.base import tables
from yiju.data.near_duplicates.distinct_sentences import sentences_of
from yiju.data.near_duplicates.search import index_sentences, near_sentences

CORPUS, SIMILARITY, PERMUTATIONS = "LCQMC", 0.8, 128
REPEATS = 3
# Train sentences compared with all held-out ones.
PART = 300

Matches = set[tuple[int, int]]


def read(pairs: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Distinct sentences (sentence, text) of train, and of dev and test."""
    rows = tables.scan(pairs, tables.MERGED).filter(pl.col("corpus") == CORPUS).collect()
    train = pl.col("split") == "train"
    return sentences_of(rows.filter(train)), sentences_of(rows.filter(~train))


def ours(queries: pl.DataFrame, held_out: pl.DataFrame) -> Matches:
    found = near_sentences(queries, index_sentences(held_out, SIMILARITY))
    return set(found.select("query", "match").iter_rows())


def min_hash_lsh(queries: pl.DataFrame, held_out: pl.DataFrame) -> Matches:
    lsh = MinHashLSH(threshold=SIMILARITY, num_perm=PERMUTATIONS)
    known = {number: bigrams(text) for number, text in held_out.iter_rows()}
    for number, hashed in zip(known, min_hashes(known.values()), strict=True):
        lsh.insert(number, hashed)
    asked = {number: bigrams(text) for number, text in queries.iter_rows()}
    return {
        (query, match)
        for (query, own), hashed in zip(asked.items(), min_hashes(asked.values()), strict=True)
        for match in lsh.query(hashed)
        if jaccard(own, known[match]) >= SIMILARITY
    }


def min_hashes(sets: Iterable[frozenset[str]]) -> Iterator[MinHash]:
    return MinHash.generator(([bigram.encode() for bigram in one] for one in sets), num_perm=PERMUTATIONS)


def all_with_all(queries: pl.DataFrame, held_out: pl.DataFrame) -> Matches:
    asked, known = ([bigrams(text) for text in table["text"]] for table in (queries, held_out))
    scores = process.cdist(asked, known, scorer=jaccard, dtype=np.float64)
    rows, columns = np.nonzero(scores >= SIMILARITY)
    return set(zip(queries["sentence"].gather(rows), held_out["sentence"].gather(columns), strict=True))


def bigrams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(max(len(text) - 1, 1)))


def jaccard(one: frozenset[str], other: frozenset[str], **_hints: object) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def measure(task: Callable[..., Matches], *sentences: pl.DataFrame) -> tuple[Matches, float]:
    """What `task` finds, and the median of its seconds."""
    seconds = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        found = task(*sentences)
        seconds.append(time.perf_counter() - begin)
    return found, statistics.median(seconds)


def near_only(found: Matches) -> Matches:
    """Without sentences that are the same: equal hashes cannot miss those."""
    return {(query, match) for query, match in found if query != match}


def report(queries: pl.DataFrame, held_out: pl.DataFrame) -> str:
    exact, own = measure(ours, queries, held_out)
    hashed, lsh = measure(min_hash_lsh, queries, held_out)
    part = queries.sample(PART, seed=1)
    exact_part, own_part = measure(ours, part, held_out)
    compared, brute = measure(all_with_all, part, held_out)
    if not hashed <= exact or compared != exact_part:
        sys.exit("the three do not agree on what is near")
    recall = len(near_only(hashed)) / len(near_only(exact))
    lines = [
        f"{CORPUS}: {queries.height:,} train sentences, {held_out.height:,} of dev and test; {len(exact):,} matches, "
        f"{len(near_only(exact)):,} of them of unequal sentences. {platform.machine()}, polars {pl.__version__}, "
        f"medians of {REPEATS}.",
        "",
        "| sentences asked | method | seconds | ours is faster by | near (unequal) found |",
        "|---|---|---|---|---|",
        f"| {queries.height:,} | ours | {own:.2f} | | all |",
        f"| {queries.height:,} | MinHash-LSH, verified | {lsh:.2f} | {lsh / own:.0f} | {recall:.2%} |",
        f"| {PART:,} | ours, index included | {own_part:.2f} | | all |",
        f"| {PART:,} | all with all | {brute:.2f} | {brute / own_part:.0f} | all, the same |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(*read(Path(sys.argv[1]))))
