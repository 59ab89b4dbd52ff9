"""Lines of a corpus file, strict UTF-8 unless the file has another encoding, in blocks, so that memory stays bounded.

In publishers' files only "\\n" ends a line: sentences and vocabularies hold U+2028, U+0085 and lone carriage returns,
at which `str.splitlines` would cut and shift every later line number. Users' files come from spreadsheets too, and
"\\n", "\\r\\n" and "\\r" end their lines (`read_any_lines`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl

from yiju.base.encodings import conversion
from yiju.base.errors import YijuError
from yiju.data.corpora.encoded import utf8_chunks
from yiju.data.corpora.raw_files import RawFile

# Small enough that memory is used again and again instead of asked for: twice as fast as blocks of 32 MB.
BLOCK = 4 << 20
# Re-serialised corpora hold a whole split on one line of some megabytes; a longer one is no text corpus.
LONGEST_LINE = 64 << 20
# Of Latin letters in UTF-16, every second byte is a NUL, and it is valid UTF-8.
WIDE = 4
BOM = b"\xef\xbb\xbf"
ANY_LINE, ANY_END = r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", r"(\r\n|\r|\n)$"


def read_lines(file: RawFile | Path, block: int = BLOCK) -> Iterator[pl.DataFrame]:
    """Tables of `line` (from 1) and `text`, without line ends: the "\\n" and one "\\r" before it."""
    number = 1
    for data in _decodable(file, block):
        # Python strings are left out: bytes become lines in a fifth of the time.
        text = pl.Series("text", [data], dtype=pl.Binary).cast(pl.String).str.split("\n").explode()
        lines = text.head(-1 if data.endswith(b"\n") else text.len()).str.strip_suffix("\r").to_frame()
        yield lines.select(pl.int_range(number, number + pl.len(), dtype=pl.Int64).alias("line"), "text")
        number += lines.height


def read_any_lines(file: RawFile | Path, block: int = BLOCK) -> Iterator[pl.DataFrame]:
    """Tables of `line` (from 1), `text` and `end`: what ended this line ("\\n", "\\r\\n", "\\r"), or "" at the end."""
    number = 1
    for data in _decodable(file, block, any_end=True):
        whole = pl.Series("text", [data], dtype=pl.Binary).cast(pl.String)
        lines = (
            whole.str.extract_all(ANY_LINE)
            .explode()
            .to_frame()
            .select(pl.col("text").str.strip_chars_end("\r\n"), end=pl.col("text").str.extract(ANY_END).fill_null(""))
        )
        yield lines.select(pl.int_range(number, number + pl.len(), dtype=pl.Int64).alias("line"), "text", "end")
        number += lines.height


def read_blocks(file: RawFile | Path, block: int = BLOCK) -> Iterator[str]:
    """Text of a file in blocks of whole lines, without a byte-order mark in front."""
    for data in _decodable(file, block):
        yield data.decode("utf-8")


def first_line(file: RawFile | Path) -> str:
    """The first line that is not blank, cut to some thousands of characters: enough to recognise a format by."""
    with closing(utf8_chunks(_raw(file), 1 << 16)) as chunks:
        start = next(chunks, b"").removeprefix(BOM)
    lines = start.decode("utf-8", errors="replace").split("\n")
    return next((line for line in lines if line.strip()), "").removesuffix("\r")


def _raw(file: RawFile | Path) -> RawFile:
    return file if isinstance(file, RawFile) else RawFile(Path(file))


def _decodable(file: RawFile | Path, block: int, any_end: bool = False) -> Iterator[bytes]:
    """Blocks of whole lines, each of them UTF-8, the first one without a byte-order mark."""
    offset, line = 0, 1
    for data in _whole_lines(_raw(file), block, any_end):
        if not _is_utf8(data):
            raise _undecodable(file, data, line, offset, any_end)
        if offset == 0 and data.count(0) > len(data) // WIDE:
            raise YijuError(f"{file}: full of NUL bytes, as UTF-16 and UTF-32 are; convert it ({conversion(data)})")
        if text := data if offset else data.removeprefix(BOM):
            yield text
        offset += len(data)
        line += _ends(data, any_end)


def _ends(data: bytes, any_end: bool) -> int:
    """How many lines end in these bytes."""
    return data.count(b"\n") + (data.count(b"\r") - data.count(b"\r\n") if any_end else 0)


def _whole_lines(file: RawFile, block: int, any_end: bool) -> Iterator[bytes]:
    parts: list[bytes] = []
    held = 0
    for data in utf8_chunks(file, block):
        end = data.rfind(b"\n") + 1
        if any_end:
            # A "\r" that ends the piece may be the first half of "\r\n".
            end = max(end, data.rfind(b"\r", 0, len(data) - 1) + 1)
        if end:
            yield b"".join([*parts, data[:end]])
            parts, held = [], 0
        parts.append(data[end:])
        held += len(data) - end
        if held > LONGEST_LINE:
            raise YijuError(f"{file}: a line is longer than {LONGEST_LINE >> 20} MB; this is no text corpus")
    if held:
        yield b"".join(parts)


def _is_utf8(data: bytes) -> bool:
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _undecodable(file: RawFile | Path, data: bytes, line: int, offset: int, any_end: bool) -> YijuError:
    try:
        data.decode("utf-8")
        raise ValueError("these bytes are UTF-8")
    except UnicodeDecodeError as error:
        line += _ends(data[: error.start], any_end)
        return YijuError(
            f"{file} line {line}: byte 0x{data[error.start]:02x} at offset {offset + error.start} is not UTF-8; "
            f"get the file again, or convert it ({conversion(data)})"
        )
