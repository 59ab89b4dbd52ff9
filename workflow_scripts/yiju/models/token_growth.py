"""How many tokens a tokeniser makes of a text: bounded, as a file can describe one that fills any memory."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from yiju.base.errors import YijuError
from yiju.models.border import border

# Tokens of one character. The most that Unicode has is 18 letters for one (U+FDFA), of which bytes make 33.
PER_CHARACTER = 64
# Bytes are spelt as one letter each, of which a character has at most four.
BYTES = 4
SAMPLES = (
    "",
    "怎么开通花呗，多少钱？",
    "How do I pay 2 VIP accounts?",
    "ＶＩＰ　①Ⅳ㎏ﷺé e\u0301 ½",
    "😀👨‍👩‍👧 \U00020000\ue000",
    " \t\n\u3000\u200b\ufeff\x00",
)
# How long a run of one character a pattern is tried on: patterns that go back over all ways to read it need 2 to the
# power of this many steps, and are stopped by the library long before.
RUN = 32
TROUBLE = "the tokeniser fails on a short text"
OTHER_TOKENIZER = "take the tokeniser that belongs to the weights (tokenizer.json)"


def require_bounded(backend: Tokenizer, file: Path) -> None:
    """Refuse a tokeniser that makes far more tokens than a text has characters, or that a short text brings down.

    What cannot be found: a pattern that is slow on texts of some kind only. Raises YijuError naming the file that
    describes it and what to do.
    """
    told = {
        name: json.loads(part.__getstate__())
        for name, part in (("normalizer", backend.normalizer), ("pre_tokenizer", backend.pre_tokenizer))
        if part is not None
    }
    require_modest(told, file)
    with border(file, TROUBLE, OTHER_TOKENIZER):
        for text in (*SAMPLES, *_runs(_parts(told))):
            count = len(plain_ids(backend, text))
            require_few([text], np.array([count]), file)


def require_modest(told: dict[str, Any], file: Path) -> None:
    """Refuse a tokeniser whose description, as in tokenizer.json, says that it makes many characters of one.

    So it is known before any text is tokenised. Raises YijuError naming the file, the step and the remedy.
    """
    growth = 1
    for part in _parts(told):
        with border(file, f"the step {part.get('type')} of the tokeniser is damaged", OTHER_TOKENIZER):
            growth *= _growth(part)
        if growth > PER_CHARACTER:
            raise YijuError(
                f"{file}: the tokeniser makes up to {growth:,} characters of one ({part.get('type')}), "
                f"and {PER_CHARACTER} are the most that yiju allows; {OTHER_TOKENIZER}"
            )


def plain_ids(backend: Tokenizer, text: str) -> list[int]:
    """Ids of a text alone, without special tokens, whatever length the tokeniser cuts or fills texts to."""
    backend.no_truncation()
    backend.no_padding()
    return backend.encode(text, add_special_tokens=False).ids


def require_few(texts: Sequence[str], counts: np.ndarray, place: Path | str) -> None:
    """Raise YijuError, naming the text, where one became far more tokens than it has characters.

    counts: [texts], tokens of each.
    """
    characters = np.fromiter(map(len, texts), np.int64, len(texts))
    many = np.flatnonzero(counts > PER_CHARACTER * np.maximum(characters, 1))
    if len(many):
        row = many[0]
        raise YijuError(
            f"{place}: the tokeniser makes {counts[row]:,} tokens of the {characters[row]:,} characters "
            f"{texts[row][:20]!r}, and {PER_CHARACTER} for each are the most that yiju allows; {OTHER_TOKENIZER}"
        )


def _parts(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of normaliser and pre-tokeniser as their file describes them, those of a sequence one by one."""
    waiting, found = [told.get("normalizer"), told.get("pre_tokenizer")], []
    while waiting:
        part = waiting.pop(0)
        if not isinstance(part, dict):
            continue
        inner = part.get("normalizers") or part.get("pretokenizers")
        if isinstance(inner, list):
            waiting = inner + waiting
        else:
            found.append(part)
    return found


def _growth(part: dict[str, Any]) -> int:
    """At most how many characters a step puts in the place of one, where its description says so."""
    kind = part.get("type")
    if kind == "Replace":
        return max(1, len(part["content"]))
    if kind == "Prepend":
        return max(1, len(part["prepend"]))
    if kind == "ByteLevel":
        return BYTES
    if kind == "Precompiled":
        return _longest(part["precompiled_charsmap"])
    return 1


def _longest(charsmap: str | None) -> int:
    """Characters of the longest replacement in SentencePiece's table: four bytes of length, a trie, then the texts.

    Raises ValueError for a trie that is longer than the table, which the library would make room for.
    """
    table = base64.b64decode(charsmap or "")
    if not table:
        return 1
    begins = 4 + struct.unpack("<I", table[:4])[0]
    if begins > len(table):
        raise ValueError(f"a table of {len(table)} bytes with a trie of {begins - 4}")
    return max(1, *(len(one.decode("utf-8", "replace")) for one in table[begins:].split(b"\0")))


def _runs(parts: Sequence[dict[str, Any]]) -> list[str]:
    """Texts that make a pattern with too many ways to read a text show it: long runs of what it speaks of."""
    patterns = [part["pattern"]["Regex"] for part in parts if "Regex" in (part.get("pattern") or {})]
    if not patterns:
        return []
    letters = dict.fromkeys("a1 .花" + "".join(re.findall(r"\w", "".join(patterns))))
    return [letter * RUN + end for letter in list(letters)[:RUN] for end in ("", "!", "花")]
