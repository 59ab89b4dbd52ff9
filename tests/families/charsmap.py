"""The table by which SentencePiece normalises characters, in its binary form: full-width letters become usual ones.

It is a trie in one array (Darts): a character's bytes lead to the place where its replacement begins.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from itertools import count

# Full-width forms, white space, ligatures, units and numbers in one character.
REPLACED = [*map(chr, range(0xFF01, 0xFF5F)), "\u3000", "\t", "\n", "ﬁ", "㎏", "…", "Ⅳ", "①"]
HAS_LEAF, IS_LEAF = 1 << 8, 1 << 31


def charsmap(characters: Iterable[str] = REPLACED) -> bytes:
    """A table that replaces each character by its compatible form, and white space by a space."""
    places, replacements = {}, b""
    for character in characters:
        places[character.encode()] = len(replacements)
        new = " " if character.isspace() else unicodedata.normalize("NFKC", character)
        replacements += new.encode() + b"\0"
    units = _Trie(places).units
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + replacements


class _Trie:
    """units: of the array. A node's children stand at its base, exclusive-or their byte; its value at the base."""

    def __init__(self, places: dict[bytes, int]) -> None:
        self.units = [0] * 256
        self._taken, self._bases = {0}, set()
        self._place(0, 0, places)

    def _place(self, node: int, label: int, places: dict[bytes, int]) -> None:
        """Put below a node what remains of the keys."""
        below: dict[int, dict[bytes, int]] = {}
        for key, value in places.items():
            if key:
                below.setdefault(key[0], {})[key[1:]] = value
        ends = b"" in places
        base = self._free([*below, *([0] if ends else [])])
        self.units[node] = (node ^ base) << 10 | label | (HAS_LEAF if ends else 0)
        if ends:
            self.units[base] = places[b""] | IS_LEAF
        for byte, rest in below.items():
            self._place(base ^ byte, byte, rest)

    def _free(self, bytes_below: list[int]) -> int:
        """A base whose places are free; they are taken now."""
        for base in count(1):
            wanted = {base ^ byte for byte in bytes_below}
            if base not in self._bases and not wanted & self._taken:
                break
        self._bases.add(base)
        self._taken |= wanted
        self.units += [0] * (max(wanted) + 256 - len(self.units))
        return base
