"""Whether a reader has accounted for all of a file: shared by the tests of malformed and of hostile files.

The rows' texts, put together, are the file's text, but for white space, the commas and brackets of a JSON array, and
at most one header. Where a row is a line, the rows' numbers are those of all lines but the header. Of DIAC2019's XML:
there are as many rows as its groups make pairs, and one for each question that is empty or in no pair.
"""

import re
from math import comb
from xml.etree import ElementTree

import polars as pl
from native_rows import CASES

from yiju.base.errors import YijuError
from yiju.config.readers import READERS, complete_options, load_reader
from yiju.data.corpora.encoded import with_encoding
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import READ, ReadOptions
from yiju.data.table_formats import CODECS

NLI = {"entailment": 1, "neutral": 0, "contradiction": 0}
SCORES = {"positive": 4.0, "negative": 2.0}
# Readers whose rows are lines, in every form of theirs but for options.
LINES = {"lcqmc", "ths2021", "xf2021", "pku", "pawsx", "gaiic2021", "ccks2018", "sts_b"}


def rows_of(path, reader, split, own, member=None):
    """The rows of a file, or the YijuError that it is refused with."""
    options = ReadOptions(split == "test", NLI, SCORES, complete_options(reader, own))
    try:
        tables = list(load_reader(reader)(RawFile(path, member), options))
    except YijuError as error:
        # A message can be printed anywhere, and names the file.
        assert str(error).encode().startswith(str(path).encode())
        return error
    assert all(dict(table.schema) == READ for table in tables)
    return pl.concat([pl.DataFrame(schema=READ), *tables])


def check(path, data, reader, split, own):
    """Read `data`, which lies at `path` in some packing, and hold what comes of it against the rules above."""
    rows = rows_of(path, reader, split, own)
    if isinstance(rows, YijuError):
        return
    kept = rows.filter(pl.col("reason").is_null())
    assert not kept["bad"].any()
    for sentence in (*kept["q"], *kept["t"]):
        assert sentence and not sentence.startswith((" ", "\t")) and not sentence.endswith((" ", "\r"))
    if split == "train" and reader != "sohu2021":
        assert kept["label"].null_count() == 0
    # Reader generic recognises encodings; all others read UTF-8.
    encoding = with_encoding(RawFile(path)).encoding if reader == "generic" else "utf-8"
    text = data.decode(CODECS[encoding]).removeprefix("\ufeff")
    if reader == "diac2019" and text.lstrip("\ufeff \t\r\n").startswith("<"):
        assert rows.height == count_diac(text)
    else:
        check_texts(text, rows, by_line=reader in LINES)


def check_texts(text, rows, by_line):
    all_lines = text.split("\n")
    found, whole = squeeze("".join(rows["text"])), squeeze(text)
    if by_line:
        numbers = range(1, len(all_lines) + (all_lines[-1] != ""))
        assert len(numbers) - rows.height in (0, 1)
        assert rows["line"].to_list() == [number for number in numbers if number in set(rows["line"])]
    if found == whole or whole in (f"[{found}]", f"[{found},]"):
        return
    if whole.startswith("["):
        elements = [squeeze(element) for element in rows["text"]]
        assert re.fullmatch(r"\[,?" + ",?".join(map(re.escape, elements)) + r",?\]", whole)
        return
    # A header is one piece: what comes before it, and what comes after it, are rows.
    missing = len(whole) - len(found)
    start = next(at for at in range(len(found) + 1) if whole[:at] + whole[at + missing :] == found)
    pieces = {squeeze("".join(all_lines[i:j])) for i in range(len(all_lines)) for j in range(i + 1, i + 4)}
    assert missing > 0
    assert any(whole[at : at + missing] in pieces for at in range(max(0, start - missing), start + missing + 1))


def squeeze(text):
    return re.sub(r"[\s\ufeff]+", "", text)


def count_diac(text):
    """Rows that the groups of a well-formed file must make."""
    total = 0
    for group in ElementTree.fromstring(text).iter("Questions"):
        kinds = {"EquivalenceQuestions": [], "NotEquivalenceQuestions": []}
        for kind, texts in kinds.items():
            texts += [(question.text or "").strip() for part in group.iter(kind) for question in part]
        equivalent, other = ([text for text in texts if text] for texts in kinds.values())
        pairs = comb(len(equivalent), 2) + len(equivalent) * len(other)
        empty = sum(map(len, kinds.values())) - len(equivalent) - len(other)
        total += empty + (pairs or len(equivalent) + len(other))
    return total


# Text, split and options of every form that a reader is published in.
SEEDS = {reader: [case[2:5] for case in CASES if case[0] == reader] for reader in READERS}
