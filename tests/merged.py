"""MERGED tables for tests: pairs given, numbers of pairs and sentences as merging gives them."""

import polars as pl

from yiju.base import tables
from yiju.data.sentence_keys import number_sentences, sentence_hashes


def write_merged(path, rows):
    """Write MERGED pairs of (corpus, split, q, t, label)."""
    known = [(number, c, split, "f", number, q, t, label) for number, (c, split, q, t, label) in enumerate(rows)]
    columns = {name: kind for name, kind in pl.Schema(tables.MERGED).items() if not name.endswith("_sentence")}
    table = pl.DataFrame(known, schema=columns, orient="row")
    numbers = number_sentences(sentence_hashes(table))
    sides = {f"{side}_sentence": pl.Series(numbers[:, place]) for place, side in enumerate("qt")}
    tables.write(table.with_columns(**sides), path, tables.MERGED)
    return path
