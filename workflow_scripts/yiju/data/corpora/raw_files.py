"""Content of a publisher's file: plain, compressed or inside an archive, read in place and never unpacked to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from yiju.base.errors import YijuError
from yiju.data.corpora.archives import BUFFER, archive_kind, list_members, open_members

# An archive bomb is recognised by both: more than EXPANDED bytes, and more than RATIO times what lies on disk. Text
# corpora shrink to a third or an eighth, ten copies of one to a sixtieth; one row repeated for ever shrinks to a
# seven-thousandth, and is still read up to EXPANDED.
EXPANDED = 256 << 20
RATIO = 100
# A file may be compressed, and compressed again as an archive's member; more is a file that unpacks to itself.
LAYERS = 3
HEAD = 512
NOT_READ = ((b"7z\xbc\xaf\x27\x1c", ".7z"), (b"Rar!\x1a\x07", ".rar"), (b"\x28\xb5\x2f\xfd", ".zst"))
# The first member of every Office file since 2007, and how older ones begin.
OFFICE, OLD_OFFICE = "[Content_Types].xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What the standard library raises at damaged data, and at kinds of archives that it does not know.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class RawFile:
    """A file as its publisher hands it out, or one `member` of it where it is an archive.

    encoding: of its text, a name of `yiju.data.table_formats.CODECS`.
    """

    path: Path
    member: str | None = None
    encoding: str = "utf-8"

    def __str__(self) -> str:
        return str(self.path) if self.member is None else f"{self.path} ({self.member})"


def read_chunks(file: RawFile, size: int) -> Generator[bytes, None, None]:
    """Content of a file, decompressed, in pieces of `size` bytes; the last one may be shorter.

    Formats are recognised by content, not by name. Raises YijuError at a missing or damaged file, a missing member, an
    archive without a member named, and at what grows beyond all measure (EXPANDED and RATIO).
    """
    with open_stored(file) as disk:
        try:
            yield from _pieces(disk, file, size)
        except DAMAGE as error:
            problem = " ".join(str(error).split())[:200]
            raise YijuError(
                f"{file}: not a whole compressed file or archive ({problem}); delete it and fetch it again"
            ) from None


def open_stored(file: RawFile) -> io.BufferedReader:
    """The file as it lies on disk, member or not. Raises YijuError where it cannot be opened."""
    try:
        return file.path.open("rb")
    except OSError as error:
        raise YijuError(f"{file}: {error.strerror}; fetch the corpus again") from None


def _pieces(disk: io.BufferedReader, file: RawFile, size: int) -> Iterator[bytes]:
    stored = file.path.stat().st_size
    content = _decompressed(disk, file, stored)
    kind = archive_kind(content.peek(HEAD)[:HEAD])
    if kind == "zip" and content is not disk:
        raise YijuError(f"{file}: a .zip inside a compressed file is not read; decompress it once")
    if file.member is None and kind:
        names = list_members(content, kind)
        if OFFICE in names:
            raise _workbook(file)
        raise YijuError(
            f"{file}: an archive; unpack it, or, in a configuration, name one of its files as `member`: {names}"
        )
    if file.member is not None and not kind:
        raise YijuError(f"{file}: the file is no .zip or .tar archive; take `member` out, or get the file again")
    if file.member is None:
        yield from _cut(content, size)
        return
    for member, packed in open_members(content, str(kind), file.member, str(file)):
        layer = _layer(member, file, packed or stored)
        inner = _decompressed(layer, file, packed or stored)
        if archive_kind(inner.peek(HEAD)[:HEAD]):
            raise YijuError(f"{file}: the member is an archive itself; unpack the outer one")
        yield from _cut(inner, size)


def _workbook(file: RawFile) -> YijuError:
    return YijuError(
        f"{file}: an Excel workbook or another Office file, and no text; read it as format xlsx, or save it as "
        "“CSV UTF-8” and give that file"
    )


def _cut(content: IO[bytes], size: int) -> Iterator[bytes]:
    while data := content.read(size):
        yield data


def _decompressed(content: io.BufferedReader, file: RawFile, stored: int) -> io.BufferedReader:
    """The content below all layers of compression."""
    for _ in range(LAYERS):
        head = content.peek(HEAD)[:HEAD]
        if head.startswith(OLD_OFFICE):
            raise _workbook(file)
        for magic, name in NOT_READ:
            if head.startswith(magic):
                raise YijuError(f"{file}: a {name} file, which is not read; unpack it, or pack it as .zip or .tar.gz")
        decompress = _decompressor(head)
        if decompress is None:
            return content
        content = _layer(decompress(content), file, stored)
    raise YijuError(f"{file}: compressed {LAYERS} times over or more; decompress it")


def _decompressor(head: bytes) -> Callable[[IO[bytes]], Any] | None:
    if head.startswith(b"\x1f\x8b"):
        return lambda content: gzip.GzipFile(fileobj=content)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lambda content: _Streams(content, lzma.LZMADecompressor)
    if re.match(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", head):
        return lambda content: _Streams(content, bz2.BZ2Decompressor)
    return None


def _layer(content: IO[bytes], file: RawFile, stored: int) -> io.BufferedReader:
    return io.BufferedReader(_Measured(content, file, stored), BUFFER)


class _Streams(io.RawIOBase):
    """Decompressed bytes of .xz or .bz2 streams, one after the other.

    The files of the standard library take a damaged second stream for rubbish behind the first, and leave it out.
    """

    def __init__(self, content: IO[bytes], new: Callable[[], lzma.LZMADecompressor | bz2.BZ2Decompressor]) -> None:
        self.content, self.new, self.decoder = content, new, new()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            data = b""
            if self.decoder.eof:
                # Zeros may fill up a stream.
                data = self.decoder.unused_data.lstrip(b"\0")
                while not data:
                    more = self.content.read(BUFFER)
                    if not more:
                        return 0
                    data = more.lstrip(b"\0")
                self.decoder = self.new()
            elif self.decoder.needs_input:
                data = self.content.read(BUFFER)
                if not data:
                    raise EOFError("it ends in the middle")
            out = self.decoder.decompress(data, len(buffer))
            if out:
                buffer[: len(out)] = out
                return len(out)


class _Measured(io.RawIOBase):
    """Decompressed bytes, counted, so that a bomb is given up before it has done harm."""

    def __init__(self, content: IO[bytes], file: RawFile, stored: int) -> None:
        self.content, self.file, self.stored, self.total = content, file, stored, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        filled = 0
        # Full, so that formats can be recognised by the first piece.
        while filled < len(buffer) and (data := self.content.read(len(buffer) - filled)):
            buffer[filled : filled + len(data)] = data
            filled += len(data)
        self.total += filled
        if self.total > max(EXPANDED, RATIO * self.stored):
            raise YijuError(
                f"{self.file}: grows to more than {RATIO} times its {self.stored} bytes, like a decompression bomb; "
                "if it is a corpus, decompress it yourself"
            )
        return filled
