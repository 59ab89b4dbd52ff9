"""Rows -> files as publishers hand them out. Compressed ones carry no time and no owner: the same bytes each time."""

import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

BYTE_ORDER_MARK = "\ufeff"
# Equivalent and other questions of one group of DIAC2019.
Group = tuple[Sequence[str], Sequence[str]]


def tab_text(rows: Iterable[Sequence[object]]) -> str:
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Real CSV: a field that holds a comma or a quote is quoted."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


def json_lines(
    rows: Iterable[Mapping[str, object]], separators: tuple[str, str] = (", ", ": "), end: str = "\n"
) -> str:
    """An object a line, or, with another `end`, all of them back to back."""
    return "".join(json.dumps(row, ensure_ascii=False, separators=separators) + end for row in rows)


def grouped_xml(groups: Iterable[Group]) -> str:
    """DIAC2019's XML; an empty question is written as the empty element that occurs there."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "\t<TrainCorpus>"]
    for number, kinds in enumerate(groups):
        lines.append(f'\t\t<Questions number="{number}">')
        for name, questions in zip(("EquivalenceQuestions", "NotEquivalenceQuestions"), kinds, strict=True):
            elements = (f"<question>{escape(text)}</question>" if text else "<question/>" for text in questions)
            lines += [f"\t\t\t<{name}>", *(f"\t\t\t\t{element}" for element in elements), f"\t\t\t</{name}>"]
        lines.append("\t\t</Questions>")
    return "\n".join([*lines, "\t</TrainCorpus>", ""])


def gz(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(content)
    return buffer.getvalue()


def xz(content: bytes) -> bytes:
    return lzma.compress(content)


def tar_gz(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz archive of files by path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in members.items():
            # A new TarInfo has time 0, owner 0 and mode 644.
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gz(buffer.getvalue())


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A .zip archive of files by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members.items():
            # A new ZipInfo is of 1980; the system that made it would otherwise be this one.
            entry = zipfile.ZipInfo(path)
            entry.create_system, entry.external_attr, entry.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
