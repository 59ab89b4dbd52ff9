"""Workbooks and Parquet tables by their content, whatever a request says that they are."""

from __future__ import annotations

import io
import zipfile

WORKBOOKS = ("xlsx", "xlsm", "xls", "ods")
PARQUET = "parquet"
# How a Parquet table begins and ends.
MAGIC = b"PAR1"
# How workbooks before 2007 begin, and what those of OpenDocument say of themselves in their first bytes.
OLD_OFFICE, ODS, MIMETYPE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"opendocument.spreadsheet", 128


def recognised(body: bytes) -> str | None:
    """The format of a workbook or of a Parquet table by its content; None for what is neither."""
    if body.startswith(MAGIC) and body.endswith(MAGIC):
        return PARQUET
    if body.startswith(OLD_OFFICE):
        return "xls"
    if not body.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    return "ods" if ODS in body[:MIMETYPE] else None
