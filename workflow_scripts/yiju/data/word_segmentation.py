"""Chinese texts cut into words, by jieba or by a list of words."""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from types import ModuleType

from yiju.base.errors import YijuError

Cut = Callable[[str], Iterable[str]]
# jieba's dictionary takes a second to read, and the filters of warnings, which its import needs, are all threads'.
LOADING = threading.RLock()


def word_cutter(words: Sequence[str] | None) -> Cut:
    """What cuts a text into words that, joined, are the text again; any number of threads may use it.

    Without `words`, jieba as it comes: its own words and frequencies, unknown words guessed by its HMM. With a list of
    words, the fewest words of the list, the longer first; a character outside them is a word of its own, as is a run of
    Latin letters and digits. Raises YijuError for a word that could never be found.
    """
    with LOADING:
        return _jieba_cutter() if words is None else _list_cutter(words)


def read_words(path: str | Path, key: str) -> list[str]:
    """Distinct words of a list, one a line, in order; empty lines are passed over.

    key: the option that names the file, for messages. Raises YijuError naming file and line of what is no word.
    """
    place = f"{key}: {path}"
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise YijuError(f"{place}: {error.strerror}; a text file with one word a line is expected") from None
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        broken = data[: error.start].count(b"\n") + 1
        raise YijuError(f"{place} line {broken}: not UTF-8; save the list as UTF-8") from None
    words: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        word = line.removesuffix("\r")
        if word:
            _require_word(word, f"{place} line {number}")
            words[word] = None
    if not words:
        raise YijuError(f"{place}: no words in it; put one word on each line, or leave {key} out for jieba's own words")
    return list(words)


@cache
def word_tags() -> Mapping[str, str]:
    """The part of speech of every word of jieba's dictionary, as it marks them (n, v, a ...)."""
    return {word: mark for word, _, mark in _dictionary()}


@cache
def character_frequencies() -> Mapping[str, int]:
    """How often each Chinese character occurs in the words of jieba's dictionary, by these words' frequencies.

    The most frequent comes first; of equally frequent ones, the one that the dictionary has first.
    """
    found: Counter[str] = Counter()
    for word, frequency, _ in _dictionary():
        for character in word:
            if "一" <= character <= "鿿":
                found[character] += int(frequency)
    return dict(found.most_common())


def _dictionary() -> Iterator[list[str]]:
    """Word, frequency and part of speech of every line of jieba's dictionary."""
    with LOADING, closing(_import_jieba().Tokenizer().get_dict_file()) as file:
        for line in file:
            yield line.decode("utf-8").split()


@cache
def _jieba_cutter() -> Cut:
    tokenizer = _import_jieba().Tokenizer()
    # What its own set-up does, but for a cache in the common temporary folder, which anybody could write to.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return partial(tokenizer.cut, HMM=True)


def _list_cutter(words: Sequence[str]) -> Cut:
    for number, word in enumerate(words):
        _require_word(word, f"words {number}")
    tokenizer = _import_jieba().Tokenizer()
    tokenizer.FREQ = _equally_likely(words)
    tokenizer.total = len(tokenizer.FREQ)
    tokenizer.initialized = True
    return partial(tokenizer.cut, HMM=False)


def _import_jieba() -> ModuleType:
    """jieba, which is only needed here, and whose import may warn of its own old syntax."""
    with LOADING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    return jieba


def _equally_likely(words: Sequence[str]) -> dict[str, int]:
    """Frequencies in jieba's form: the likeliest cut is the one with the fewest words.

    jieba looks for longer words as long as it knows their beginnings, and cuts off a single character only where that
    is known as a word.
    """
    beginnings = {word[:end]: 0 for word in words for end in range(1, len(word))}
    return beginnings | dict.fromkeys((word[0] for word in words), 1) | dict.fromkeys(words, 1)


def _require_word(word: str, place: str) -> None:
    """Refuse what jieba could never find, as it cuts at such characters before it looks for words."""
    if len(word) != 1 and not _import_jieba().re_han_default.fullmatch(word):
        raise YijuError(
            f"{place}: {word!r} cannot be one word for jieba; a word holds Chinese characters, Latin letters, digits "
            "and + # & . _ % - only, and stands alone on its line"
        )
