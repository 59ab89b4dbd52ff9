"""The file vocab.txt of a BERT: one token a line, whose id is the number of the line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from yiju.base.encodings import conversion
from yiju.base.errors import YijuError

# A space, a tab or a carriage return within a token; BERT cuts texts at all of them.
INNER = re.compile("[ \t\r]")
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def read_vocabulary(path: str | Path) -> list[str]:
    """Read a vocab.txt for a model from scratch; see `read_lines`.

    Raises YijuError, naming file, line and remedy, also for a token that stands there twice and for special tokens that
    are missing.
    """
    tokens = read_lines(path)
    missing = [token for token in SPECIALS if token not in tokens]
    if missing:
        raise YijuError(f"{path}: not a BERT vocabulary, {', '.join(missing)} missing")
    for token, first, second in twice(tokens):
        raise YijuError(f"{path}: {token!r} is in line {first} and again in line {second}; delete one of them")
    return tokens


def read_lines(path: str | Path) -> list[str]:
    """The tokens of a vocab.txt by their ids, one a line.

    U+2028 is a token in BERT's own, so lines end at newline only, or at CR LF. A byte-order mark at the beginning and
    spaces around a token are none of it. Raises YijuError, naming line and remedy, for another encoding, an empty line
    and a line that is more than a token.
    """
    try:
        read = Path(path).read_bytes()
        text = read.decode("utf-8-sig")
    except FileNotFoundError:
        raise YijuError(f"{path}: no such vocabulary; check encoder.scratch.vocabulary") from None
    except UnicodeDecodeError as error:
        raise YijuError(f"{path}: not UTF-8 at byte {error.start}; rewrite it: {conversion(read)}") from None
    if "\0" in text:
        raise YijuError(f"{path}: holds bytes of zero; rewrite it: {conversion(read)}")
    if "\r" in text and "\n" not in text:
        raise YijuError(
            f"{path}: its lines end with a carriage return alone; write line feeds: tr '\\r' '\\n' < OLD > NEW"
        )
    lines = [line.rstrip("\r").strip(" \t") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise YijuError(f"{path}: empty, and one token a line is expected")
    for number, line in enumerate(lines, 1):
        if not line:
            raise YijuError(
                f"{path} line {number}: empty, and the number of a line is a token's id; delete the line, or write "
                f"[unused{number}] there if the weights count it"
            )
        if INNER.search(line):
            raise YijuError(f"{path} line {number}: {line[:40]!r} is more than a token; each line is one token alone")
    return lines


def twice(tokens: Sequence[str]) -> list[tuple[str, int, int]]:
    """Tokens that stand in several lines, with the first two of their line numbers, counted from 1."""
    first: dict[str, int] = {}
    return [
        (token, first[token], number)
        for number, token in enumerate(tokens, 1)
        if first.setdefault(token, number) != number
    ]
