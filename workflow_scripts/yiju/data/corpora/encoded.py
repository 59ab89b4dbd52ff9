"""Encodings of users' text files: found out strictly, and turned into UTF-8 while they are read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from yiju.base.encodings import likely_encoding
from yiju.base.errors import YijuError
from yiju.data.corpora.raw_files import RawFile, read_chunks
from yiju.data.table_formats import CODECS

PIECE = 4 << 20
# So many bytes are judged by how common their characters are.
JUDGED = 1 << 16
MARK = b"\xef\xbb\xbf"
# As `yiju.base.encodings` calls what it recognises, where it can be said and is not taken without being said.
SAYABLE = {"BIG5": "big5", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}
# Of text in GB18030: characters of two bytes; punctuation and letters among them; the more frequent half of all Chinese
# characters, ordered by pinyin; and of these the last third, which Korean in EUC-KR hardly has.
PAIR = re.compile(rb"[\x81-\xfe][\x30-\xfe]")
NEUTRAL = re.compile(rb"[\xa1-\xa3].", re.DOTALL)
COMMON = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
LATE = re.compile(rb"[\xc9-\xd7].", re.DOTALL)
FEW = 20


@dataclass
class LineCount:
    """How many lines have ended so far, in text that comes in pieces; "\\n", "\\r\\n" and "\\r" end one."""

    ends: int = 0
    open_return: bool = False

    def add(self, text: str) -> None:
        if self.open_return and text.startswith("\n"):
            self.ends -= 1
        self.ends += text.count("\n") + text.count("\r") - text.count("\r\n")
        self.open_return = text.endswith("\r") if text else self.open_return


@dataclass(frozen=True)
class Broken:
    """The first byte of a file that is not in an encoding."""

    line: int
    offset: int
    byte: int

    def __str__(self) -> str:
        return f"line {self.line}: byte 0x{self.byte:02x} at offset {self.offset}"


def with_encoding(file: RawFile, encoding: str = "auto", remedy: str | None = None) -> RawFile:
    """A users' text file with the encoding that it is to be read in; the file is read through to find it out.

    remedy: how a user says an encoding, with {} for its name, None where nobody can. Found out are UTF-8, UTF-16 with a
    mark and GB18030. Raises YijuError, naming the place and what to do, where the file is in none of them.
    """
    return replace(file, encoding=_found(file, remedy) if encoding == "auto" else encoding)


def utf8_chunks(file: RawFile, size: int) -> Generator[bytes, None, None]:
    """Content of a text file as UTF-8, in pieces of about `size` bytes.

    A file in UTF-8 comes as it is, valid or not. Raises YijuError, naming the line, at what is not in the encoding.
    """
    if file.encoding == "utf-8":
        yield from read_chunks(file, size)
        return
    for text in _decoded(file, file.encoding, size):
        if isinstance(text, Broken):
            name = file.encoding.upper()
            raise YijuError(f"{file} {text} is not {name}; correct this line, get the file again, or say its encoding")
        yield text.encode("utf-8")


def _found(file: RawFile, remedy: str | None) -> str:
    head = _from(file, 0)
    if head.startswith(MARK):
        return "utf-8"
    if likely_encoding(head) == "UTF-16":
        return "utf-16"
    broken = _first_broken(file, "utf-8")
    if broken is None and head.count(0) <= len(head) // 4:
        return "utf-8"
    if broken is None:
        raise YijuError(
            f"{file}: full of bytes of zero, as UTF-16 and UTF-32 are; {_remedy(likely_encoding(head), remedy)}"
        )
    if 0 not in head and _mostly_utf8(file):
        raise YijuError(
            f"{file} {broken} is not UTF-8, which the rest of the file is; correct this line, or get the file again"
        )
    sample = _from(file, broken.offset)
    likely = likely_encoding(head if 0 in head else sample)
    if likely == "GB18030":
        return _gb18030(file, broken, sample, remedy)
    raise YijuError(f"{file} {broken} is not UTF-8; the file looks like {likely}: {_remedy(likely, remedy)}")


def _gb18030(file: RawFile, broken: Broken, sample: bytes, remedy: str | None) -> str:
    """The encoding of a file that is not UTF-8, and is GB18030 or in none that is recognised."""
    if not _plausible(sample):
        raise YijuError(
            f"{file} {broken} is not UTF-8, and the file is in no encoding that is recognised; {_remedy(None, remedy)}"
        )
    if other := _first_broken(file, "gb18030"):
        raise YijuError(
            f"{file} {other} is not GB18030, which the file seems to be in; correct this line, get the file again, or "
            f"{_remedy(None, remedy)}"
        )
    return "gb18030"


def _from(file: RawFile, offset: int) -> bytes:
    """JUDGED bytes of a file, or fewer where it ends, from an offset on."""
    found, passed = b"", 0
    with closing(read_chunks(file, PIECE)) as chunks:
        for data in chunks:
            found += data[max(0, offset - passed) :][: JUDGED - len(found)]
            passed += len(data)
            if len(found) == JUDGED:
                break
    return found


def _remedy(likely: str | None, remedy: str | None) -> str:
    """What to do about a file in an encoding that is likely, or in one that only its maker knows."""
    if remedy and (likely is None or likely in SAYABLE):
        return remedy.format(SAYABLE.get(likely or "", " or ".join(CODECS)))
    return f"convert it (iconv -f {likely or 'ENCODING'} -t UTF-8)"


def _first_broken(file: RawFile, encoding: str) -> Broken | None:
    return next((text for text in _decoded(file, encoding, PIECE) if isinstance(text, Broken)), None)


def _decoded(file: RawFile, encoding: str, size: int) -> Iterator[str | Broken]:
    """Text of a file in pieces; at the first byte that is not in the encoding its place, and nothing more."""
    decoder, lines, passed = codecs.getincrementaldecoder(CODECS[encoding])(), LineCount(), 0
    with closing(read_chunks(file, size)) as chunks:
        for data, final in _with_end(chunks):
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(data, final)
            except UnicodeDecodeError as error:
                lines.add(error.object[: error.start].decode(error.encoding, "replace"))
                yield Broken(lines.ends + 1, passed - held + error.start, error.object[error.start])
                return
            lines.add(text)
            passed += len(data)
            yield text


def _with_end(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces that are not the last, and an empty last one: a character may be cut at the end of the file."""
    yield from ((data, False) for data in chunks)
    yield b"", True


def _mostly_utf8(file: RawFile) -> bool:
    """Whether more characters are valid in UTF-8 than are not, ASCII left out."""
    decoder, valid, invalid = codecs.getincrementaldecoder("utf-8")("replace"), 0, 0
    with closing(read_chunks(file, PIECE)) as chunks:
        for data in chunks:
            text = decoder.decode(data)
            broken = text.count("\ufffd")
            valid += len(text) - len(text.encode("ascii", "ignore")) - broken
            invalid += broken
    return valid > invalid


def _plausible(data: bytes) -> bool:
    """Whether bytes read as GB18030 are Chinese: every encoding of two bytes a character passes for another one."""
    pairs = [pair for pair in PAIR.findall(data) if not NEUTRAL.fullmatch(pair)]
    common = [pair for pair in pairs if COMMON.fullmatch(pair)]
    late = sum(bool(LATE.fullmatch(pair)) for pair in common)
    return 2 * len(common) >= len(pairs) > 0 and (len(common) < FEW or 10 * late >= len(common))
