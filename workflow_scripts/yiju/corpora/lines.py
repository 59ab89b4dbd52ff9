"""Lines of a corpus file: plain, .xz or .gz, strict UTF-8, in blocks, so that memory stays bounded.

Only "\\n" ends a line: sentences and vocabularies hold U+2028, U+0085 and lone carriage returns, at which
`str.splitlines` would cut and shift every later line number.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

from yiju.errors import YijuError

BLOCK = 32 << 20
# Re-serialised corpora hold a whole split on one line of some megabytes; a longer one is no text corpus.
LONGEST_LINE = 64 << 20
BOM = b"\xef\xbb\xbf"


def read_lines(path: Path, block: int = BLOCK) -> Iterator[pl.DataFrame]:
    """Tables of `line` (from 1) and `text`, without line ends: the "\\n" and one "\\r" before it."""
    number = 1
    for text in read_blocks(path, block):
        lines = pl.DataFrame({"text": [text.removesuffix("\n")]}).select(
            pl.col("text").str.split("\n").explode().str.strip_suffix("\r")
        )
        yield lines.select(pl.int_range(number, number + pl.len(), dtype=pl.Int64).alias("line"), "text")
        number += lines.height


def read_blocks(path: Path, block: int = BLOCK) -> Iterator[str]:
    """Text of a file in blocks of whole lines, without a byte-order mark in front."""
    offset, line = 0, 1
    for data in _whole_lines(path, block):
        text = _decode(data, path, line, offset)
        yield text if offset else text.removeprefix("\ufeff")
        offset += len(data)
        line += data.count(b"\n")


def first_line(path: Path) -> str:
    """The first line that is not blank, cut to some thousands of characters: enough to recognise a format by."""
    with _open(path) as file:
        start = _read(file, path, 1 << 16).removeprefix(BOM)
    lines = start.decode("utf-8", errors="replace").split("\n")
    return next((line for line in lines if line.strip()), "").removesuffix("\r")


def _whole_lines(path: Path, block: int) -> Iterator[bytes]:
    with _open(path) as file:
        parts, held = [], 0
        while data := _read(file, path, block):
            end = data.rfind(b"\n") + 1
            if end:
                yield b"".join([*parts, data[:end]])
                parts, held = [], 0
            parts.append(data[end:])
            held += len(data) - end
            if held > LONGEST_LINE:
                raise YijuError(f"{path}: a line is longer than {LONGEST_LINE >> 20} MB; this is no text corpus")
        if held:
            yield b"".join(parts)


def _decode(data: bytes, path: Path, line: int, offset: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        raise YijuError(
            f"{path} line {line}: byte 0x{data[error.start]:02x} at offset {offset + error.start} is not UTF-8; "
            "get the file again, or convert it (iconv -f GB18030 -t UTF-8)"
        ) from None


def _open(path: Path) -> BinaryIO:
    """Open by content, not by name: a compressed file is read in place whatever it is called."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(6)
    except OSError as error:
        raise YijuError(f"{path}: {error.strerror}; fetch the corpus again") from None
    if start == b"\xfd7zXZ\x00":
        return lzma.open(path)
    if start[:2] == b"\x1f\x8b":
        return gzip.open(path)
    return Path(path).open("rb")


def _read(file: BinaryIO, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except (lzma.LZMAError, EOFError, zlib.error, OSError) as error:
        raise YijuError(f"{path}: not a whole compressed file ({error}); delete it and fetch it again") from None
