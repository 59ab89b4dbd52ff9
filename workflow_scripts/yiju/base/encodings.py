"""What bytes that are no UTF-8 are probably in, so that a message can name the command that converts them."""

from __future__ import annotations

import re

# Longer marks first: that of UTF-16 begins that of UTF-32.
MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
# So many bytes are looked at.
LOOKED_AT = 1 << 16
# A character of two bytes; and the more frequent half of all Chinese characters, which either encoding puts first.
PAIR = re.compile(rb"[\x80-\xff].", re.DOTALL)
COMMON = {"GB18030": rb"[\xb0-\xd7][\xa1-\xfe]", "BIG5": rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]"}


def likely_encoding(data: bytes) -> str:
    """The encoding of Chinese text that is not in UTF-8, as iconv calls it: UTF-32, UTF-16, BIG5, else GB18030.

    data: the beginning of a file, for UTF-16 and UTF-32 are recognised by where their zeros stand.
    """
    data = data[:LOOKED_AT]
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), None)
    return marked or _wide(data) or _chinese(data)


def conversion(data: bytes) -> str:
    """The command that converts a file beginning with these bytes: `iconv -f … -t UTF-8`."""
    return f"iconv -f {likely_encoding(data)} -t UTF-8"


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by the zeros in every character; None where there are no zeros."""
    zeros = [data[place::4].count(0) for place in range(4)]
    most = 0.9 * (len(data) // 4)
    if not any(zeros):
        return None
    if min(zeros[2:]) >= most:
        return "UTF-32LE"
    if min(zeros[:2]) >= most:
        return "UTF-32BE"
    return "UTF-16LE" if zeros[1] + zeros[3] > zeros[0] + zeros[2] else "UTF-16BE"


def _chinese(data: bytes) -> str:
    """GB18030 or Big5, by which of them has more common characters there, after what is UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        data = data[error.start :]
    pairs = PAIR.findall(data)
    counts = {name: sum(bool(re.fullmatch(common, pair)) for pair in pairs) for name, common in COMMON.items()}
    return "BIG5" if counts["BIG5"] > counts["GB18030"] else "GB18030"
