"""Characters that hardly anybody typed: traces of a wrong encoding, of a web page, of a PDF file."""

from __future__ import annotations

import polars as pl

from yiju.data.audit.pair_table import examples

# By kind, in words: what finds it in a sentence.
ODD = {
    "the replacement character U+FFFD: the text was decoded with the wrong encoding": r"\x{fffd}",
    "what UTF-8 looks like when it is decoded as something else": r"锟斤拷|烫烫烫|屯屯屯|ï»¿|â€|Ã[\x{80}-\x{bf}]|ä¸",
    "control characters": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]",
    "characters of the private-use area, which mean something in one font only": r"\p{Co}",
    "invisible characters": (
        r"[\x{ad}\x{200b}\x{200c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
    ),
    "radicals and compatibility ideographs, which look like ordinary characters and are not": (
        r"[\x{2e80}-\x{2fdf}\x{f900}-\x{faff}\x{2f800}-\x{2fa1f}]"
    ),
    "HTML that was not decoded": r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});|<(?:br|p|div|span|b|a)\b[^>]*>",
}


def odd_characters(pairs: pl.DataFrame) -> list[dict]:
    """For each kind that occurs: kind, rows, examples. pairs: a table of `pair_tables`."""
    found = []
    for kind, pattern in ODD.items():
        rows = pairs.filter(pl.col("q").str.contains(pattern) | pl.col("t").str.contains(pattern))
        if len(rows):
            found.append({"kind": kind, "rows": len(rows), "examples": examples(rows)})
    return found
