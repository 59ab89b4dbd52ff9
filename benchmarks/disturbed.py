"""How often the forms of one item of a test set are judged alike: the share of them with their original's label.

    .venv/bin/python benchmarks/disturbed.py results/<run> [SET]

The relations of the competition's sets are not public, so they are found as the workflow finds them: an item whose
sentences are of the test split of LCQMC is an original, and every other one goes with the original of highest BLEU-4.
Some of these are wrong, the more the lower the BLEU: so the share is told from several values of it on. Beside it
stands that of the logistic regression of overlap features. In brackets: the 95 % interval (Wilson).
"""

from __future__ import annotations

import sys
from pathlib import Path

import lcqmc
import polars as pl

from yiju.base import tables
from yiju.base.share_intervals import wilson
from yiju.data.sets import to_items
from yiju.explain.rationales.relations import relate

FROM = (0.0, 0.3, 0.5, 0.7)
JUDGES = {"model": pl.col("label"), "overlap features": (pl.col("overlap_probability") > 0.5).cast(pl.Int8)}


def main(run: str, name: str = "B") -> None:
    place = Path(run)
    items = to_items(tables.read(str(place / "data" / "sets" / f"{name}.parquet"), tables.ITEMS))
    found = relate(items, {"relations": "published", "originals": "LCQMC"}, str(place / "data" / "pairs.parquet"))
    judged = pl.read_parquet(place / "sets" / name / "judged.parquet")
    rows = []
    for least in FROM:
        related = {item: original for item, original in found.originals.items() if found.likeness[item] >= least}
        rows.append(
            [f"{least:.1f}", f"{len(related):,}", *(agreement(judged, related, one) for one in JUDGES.values())]
        )
    print(lcqmc.table(["BLEU-4 from", "forms", *JUDGES], rows))


def agreement(judged: pl.DataFrame, related: dict[str, str], label: pl.Expr) -> str:
    labels = dict(judged.select("item", label.alias("label")).iter_rows())
    same = sum(labels[item] == labels[original] for item, original in related.items())
    low, high = wilson(same / len(related), len(related))
    return f"{same / len(related):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main(*sys.argv[1:])
