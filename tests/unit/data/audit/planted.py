"""Merged pairs with and without a shortcut to their labels, from invented words."""

import random
from pathlib import Path

import polars as pl

from yiju.base import tables

WORDS = list("春夏秋冬山水风云花鸟鱼虫东西南北上下左右天地日月星光火木金土")


def words(generator: random.Random, least: int = 4, most: int = 10) -> str:
    return "".join(generator.choices(WORDS, k=generator.randint(least, most)))


def no_shortcut(generator: random.Random) -> tuple[str, str, int]:
    return words(generator), words(generator), generator.randint(0, 1)


def length_decides(generator: random.Random) -> tuple[str, str, int]:
    """Similar where the sentences are of one length: not a matter of either one, nor of longer and shorter."""
    q, label = words(generator, 6, 10), generator.randint(0, 1)
    difference = 0 if label else generator.choice([-2, -1, 1, 2])
    return q, words(generator, len(q) + difference, len(q) + difference), label


def first_decides(generator: random.Random) -> tuple[str, str, int]:
    """A word of the first sentence tells the label; both forms are of one length."""
    q, t, label = no_shortcut(generator)
    return q + "吗呢"[label], t, label


def overlap_decides(generator: random.Random) -> tuple[str, str, int]:
    """Similar sentences hold the same characters in another order."""
    q, t, label = no_shortcut(generator)
    t = "".join(generator.choices(WORDS, k=len(q)))
    return q, "".join(generator.sample(q, len(q))) if label else t, label


def merged(path: Path, splits: dict[tuple[str, str], list[tuple[str, str, int | None]]]) -> Path:
    """Write a MERGED table: (q, t, label) of each (corpus, split); equal texts are equal sentences."""
    rows = [(*name, *row) for name, own in splits.items() for row in own]
    table = pl.DataFrame(rows, schema=["corpus", "split", "q", "t", "label"], orient="row")
    numbers = {text: number for number, text in enumerate(dict.fromkeys([*table["q"], *table["t"]]))}
    table = table.with_columns(
        pair=pl.int_range(pl.len()),
        file=pl.lit("invented"),
        line=pl.int_range(1, pl.len() + 1),
        q_sentence=pl.col("q").replace_strict(numbers),
        t_sentence=pl.col("t").replace_strict(numbers),
    )
    tables.write(table.select(tables.MERGED.names).cast(pl.Schema(tables.MERGED)), path, tables.MERGED)
    return path


def rows(kind, count: int, seed: int) -> list[tuple[str, str, int]]:
    generator = random.Random(seed)
    return [kind(generator) for _ in range(count)]
