"""Members of .zip and .tar archives: found by their exact name, opened where they lie, never written anywhere."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, cast

from yiju.base.errors import YijuError

SHOWN = 20
# Before the name of a member: it may lie in any folder of the archive.
ANYWHERE = "**/"
BUFFER = 1 << 16


def archive_kind(head: bytes) -> str | None:
    """Of the first 512 bytes of a file: "zip" or "tar" where they begin an archive, else None."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    try:
        # Its check sum makes sure: old archives have no other mark.
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
    return "tar"


def list_members(content: IO[bytes], kind: str) -> str:
    """Names of an archive's files for a message, the first SHOWN of them."""
    if kind == "zip":
        with zipfile.ZipFile(content) as archive:
            return _shown([_zip_name(info) for info in archive.infolist() if not _is_folder(info)])
    with _open_tar(content) as archive:
        return _shown([_tar_name(info) for info in _tar_members(archive) if not info.isdir()])


def open_members(content: IO[bytes], kind: str, member: str, place: str) -> Iterator[tuple[IO[bytes], int]]:
    """The one file of this name, and its stored size (0 where an archive is compressed as a whole).

    A name after ANYWHERE is that of a file in whichever folder.
    The rest of a .tar is looked through when the caller comes back: a second file of the name, which unpacking would
    put in the first one's place, is an error, and so is damage further on. `place` begins the messages.
    """
    yield from (_from_zip if kind == "zip" else _from_tar)(content, member, place)


def _from_zip(content: IO[bytes], member: str, place: str) -> Iterator[tuple[IO[bytes], int]]:
    with zipfile.ZipFile(content) as archive:
        infos = archive.infolist()
        found = [info for info in infos if _is_meant(_zip_name(info), member) or info.filename == member]
        if not found:
            raise _missing(place, [_zip_name(info) for info in infos if not _is_folder(info)])
        if len(found) > 1:
            raise _repeated(place)
        info = found[0]
        if info.flag_bits & 1:
            raise YijuError(f"{place}: the member is encrypted; unpack the archive with its password")
        if _is_folder(info) or stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise _no_file(place)
        with archive.open(info) as opened:
            yield opened, max(1, info.compress_size)


def _from_tar(content: IO[bytes], member: str, place: str) -> Iterator[tuple[IO[bytes], int]]:
    names, found = [], False
    with _open_tar(content) as archive:
        for info in _tar_members(archive):
            name = _tar_name(info)
            if not info.isdir():
                names.append(name)
            if not _is_meant(name, member):
                continue
            if found:
                raise _repeated(place)
            if not info.isreg() or info.issparse():
                raise _no_file(place)
            found = True
            # Of a regular file it is never None.
            yield cast("IO[bytes]", archive.extractfile(info)), 0
    # To the end, where a compressed file has its check sum.
    while content.read(BUFFER):
        pass
    if not found:
        raise _missing(place, names)


def _is_meant(name: str, member: str) -> bool:
    if not member.startswith(ANYWHERE):
        return name == member
    return f"/{name}".endswith(f"/{member.removeprefix(ANYWHERE)}")


def _open_tar(content: IO[bytes]) -> tarfile.TarFile:
    """Opened for one pass from front to back: going back in a compressed file would decompress it again."""
    return tarfile.open(fileobj=content, mode="r|", bufsize=BUFFER, encoding="utf-8")


def _tar_members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (info := archive.next()) is not None:
        yield info
        # It would remember every one.
        archive.members.clear()  # type: ignore[attr-defined]


def _is_folder(info: zipfile.ZipInfo) -> bool:
    """`ZipInfo.is_dir` fails at a name that is empty."""
    return info.filename.endswith("/")


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Name of a member; bit 11 says that it is UTF-8, else it was taken for code page 437."""
    try:
        return info.filename if info.flag_bits & 0x800 else _readable(info.filename.encode("cp437"))
    except UnicodeEncodeError:
        # A second field of the archive has given the name.
        return info.filename


def _tar_name(info: tarfile.TarInfo) -> str:
    return _readable(info.name.encode("utf-8", "surrogateescape"))


def _readable(name: bytes) -> str:
    """Archives made on Chinese systems have names in UTF-8 or in GB18030, and do not say which."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(repr(name[:200]) for name in names[:SHOWN]) or "nothing") + more


def _missing(place: str, names: Sequence[str]) -> YijuError:
    return YijuError(f"{place}: the archive has no such member; it has {_shown(names)}")


def _repeated(place: str) -> YijuError:
    return YijuError(f"{place}: the archive has two files of this name; unpack it and choose")


def _no_file(place: str) -> YijuError:
    return YijuError(f"{place}: the member is a link, a folder or a device; name a file")
