"""Files after accidents: a reader refuses one with a YijuError, or accounts for all of it, and keeps no broken pair."""

import bz2
import gzip
import lzma

import pytest
from accounts import SEEDS, check, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.config.readers import READERS

HOSTILE = [
    *("\0", "\ufeff", "\u2028", "\x85", "\x0b", "\x1c", "\r", "\n", "\r\n", "\n\n", "\t", "||", ",", " ", "\u3000"),
    *(
        '"',
        '""',
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        "}{",
        "[[[[",
        ":",
        "<",
        ">",
        "&",
        "&lt;",
        "&x;",
        "]]>",
        "<![CDATA[",
        "<!--",
    ),
    *("<question>", "<question/>", "</question>", "<Questions>", "</EquivalenceQuestions>", "<a b='"),
    *('{"sentence1":', "null", "NaN", "-1", "1e999", "9" * 30, "9" * 5000, "\\ud800", "[" * 2000, "NS", "NS\t", "-"),
    *("label", '"label":', "entailment", "不", "😀", "a" * 3000),
]
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "latin-1"]


@st.composite
def malformed(draw, reader):
    """Bytes, split and options: a native file after some accidents, or anything at all."""
    text, split, own = draw(st.sampled_from(SEEDS[reader]))
    split = draw(st.sampled_from([split, "train", "test"]))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60) | st.text(max_size=60).map(str.encode)), split, own
    for _ in range(draw(st.integers(0, 4))):
        text = draw(st.sampled_from([insert, cut, remove, repeat, shuffle]))(draw, text)
    data = text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")
    if data and draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + draw(st.binary(min_size=1, max_size=1)) + data[at + 1 :]
    return data, split, own


def insert(draw, text):
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(HOSTILE)) + text[at:]


def cut(draw, text):
    return text[: draw(st.integers(0, len(text)))]


def remove(draw, text):
    start = draw(st.integers(0, len(text)))
    return text[:start] + text[start + draw(st.integers(1, 10)) :]


def repeat(draw, text):
    rows = text.split("\n")
    at = draw(st.integers(0, len(rows) - 1))
    return "\n".join(rows[: at + 1] + [rows[at]] * draw(st.integers(1, 3)) + rows[at + 1 :])


def shuffle(draw, text):
    """Line ends of another kind, or none."""
    return text.replace("\n", draw(st.sampled_from(["\r\n", "\r", "\n\r", "", "\n \n", "\u2028"])))


PACKINGS = {"plain": bytes, "gz": lambda data: gzip.compress(data, 1), "xz": lzma.compress, "bz2": bz2.compress}


def try_one(folder, reader, drawn, packing, lost):
    """Check a file whole; compressed and then cut, it must be refused."""
    data, split, own = drawn
    path = folder / "file"
    packed = PACKINGS[packing](data)
    path.write_bytes(packed)
    check(path, data, reader, split, own)
    if packing != "plain":
        path.write_bytes(packed[: -min(lost, len(packed) - 10)])
        assert isinstance(rows_of(path, reader, split, own), YijuError)


def try_many(folder, reader, examples):
    @settings(max_examples=examples)
    @given(malformed(reader), st.sampled_from(sorted(PACKINGS)), st.integers(1, 20))
    def accident(drawn, packing, lost):
        try_one(folder, reader, drawn, packing, lost)

    accident()


@pytest.mark.parametrize("reader", READERS)
def test_accidents_are_refused_or_accounted_for(tmp_path, reader):
    try_many(tmp_path, reader, 20)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_many_accidents_are_refused_or_accounted_for(tmp_path, reader):
    try_many(tmp_path, reader, 3000)
