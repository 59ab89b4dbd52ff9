"""Which columns of a user's table hold the two sentences, found by their names; and whether a first line is names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Names that are numbered: sentence1 and sentence2, text_a and text_b, 句子一 and 句子二.
STEMS = (
    *("q", "s", "sent", "sentence", "text", "txt", "str", "string", "query", "question", "title", "doc", "document"),
    *("句", "句子", "语句", "文本", "问题", "问句", "标题", "短句", "短文本", "文本句子", "query句子"),
)
NUMBERS = (("1", "2"), ("0", "1"), ("a", "b"), ("一", "二"), ("甲", "乙"))
# Other names that go together.
COUPLES = (
    *(("q", "t"), ("query", "title"), ("query", "candidate"), ("question", "candidate"), ("source", "target")),
    *(("src", "tgt"), ("premise", "hypothesis"), ("left", "right"), ("first", "second"), ("anchor", "positive")),
    *(("firstsentence", "secondsentence"), ("第一句", "第二句"), ("第一句话", "第二句话"), ("前提", "假设")),
    *(("原句", "改写"), ("原句", "改写句"), ("源句", "目标句"), ("用户问题", "标准问题"), ("用户问", "标准问")),
    *(("标准问", "相似问"), ("标准问题", "相似问题"), ("query", "标准问"), ("查询", "标题")),
)
SIDES = (*COUPLES, *((stem + one, stem + two) for stem in STEMS for one, two in NUMBERS))
# Names of the column of labels, the likelier first: a table of judgements has the model's own label beside the gold.
LABELS = ("gold", "goldlabel", "label", "labels", "标签", "标注", "是否相似", "是否匹配", "isduplicate")
# Names of what else a table of pairs holds. Hardly any sentence is one of these words alone.
OTHERS = {
    *(*LABELS, "score", "scores", "similarity", "similar"),
    *(
        "id",
        "idx",
        "index",
        "qid",
        "qid1",
        "qid2",
        "pairid",
        "guid",
        "category",
        "split",
        "probability",
        "truncated",
        "undecided",
        "unknown",
    ),
    *("unnamed0", "序号", "编号", "分数", "相似度"),
}
# Names of columns of sentences that are not numbered. A sentence may be one of them: two of them are names.
WORDS = {"sentence", "sentences", "text", "query", "question", "title", *(name for couple in SIDES for name in couple)}
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.\- ]{0,39}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What people write behind a name: its unit, its role, another language's word.
BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】|<([^<>]*)>|\{([^{}]*)\}")
# Names that programs give to columns without any.
COUNTED = re.compile(r"(?:column|col|field|列|字段)[0-9]+")


def find_couples(names: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the columns that, by their names, hold the two sentences: none, one couple, or several that might.

    The names q and t come before all others.
    """
    meant = [{*_spellings(name), *map(_plain, _bracketed(name))} for name in names]
    found = [
        (first, second)
        for one, two in SIDES
        for first, name in enumerate(meant)
        if one in name
        for second, other in enumerate(meant)
        if two in other and first != second
    ]
    exact = [(first, second) for first, second in found if (names[first], names[second]) == ("q", "t")]
    return exact or list(dict.fromkeys(found))


def find_label(names: Sequence[str]) -> int | None:
    """Place of the column that, by its name, holds the labels: that of the first name of LABELS that is there."""
    spelt = [_spellings(name) for name in names]
    return next((place for label in LABELS for place, one in enumerate(spelt) if label in one), None)


def is_other(name: str) -> bool:
    """Whether a column, by its name, holds neither sentences nor gold labels."""
    spelt = _spellings(name)
    return spelt[0].startswith("yiju") or (not OTHERS.isdisjoint(spelt) and set(LABELS).isdisjoint(spelt))


def seems_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first record of a file seems to name its columns. others: some of the records that follow it."""
    spelt = [_spellings(name) for name in first]
    plain = [one[0] for one in spelt]
    words = {next(word for word in one if word in WORDS) for one in spelt if not WORDS.isdisjoint(one)}
    if any(not OTHERS.isdisjoint(one) for one in spelt) or len(words) > 1 or _is_counted(plain):
        return True
    # Names like `user_text`, above sentences in Chinese.
    named = [bool(IDENTIFIER.fullmatch(_outside(name))) for name in first if name]
    chinese = [any(CHINESE.search(field) for field in fields) for fields in others]
    return bool(others) and bool(named) and all(named) and all(chinese)


def _is_counted(plain: Sequence[str]) -> bool:
    """Whether the names are those that programs give to columns without any.

    pandas counts them, 0, 1, …, the index before them unnamed; others write Column1, Column2, …
    """
    rest = list(plain[1:] if plain and not plain[0] else plain)
    counted = rest == [str(place) for place in range(len(rest))] or all(map(COUNTED.fullmatch, rest))
    return len(rest) > 1 and counted


def _spellings(name: str) -> tuple[str, str]:
    """A name in its plain form, and the same without what stands in brackets behind it."""
    return _plain(name), _plain(_outside(name))


def _outside(name: str) -> str:
    """A name without a mark before it, as `#` or `*`, and without what stands in brackets."""
    return BRACKETED.sub("", unicodedata.normalize("NFKC", name)).strip(" #*%\ufeff")


def _bracketed(name: str) -> list[str]:
    """What stands in the brackets of a name."""
    return [part for found in BRACKETED.findall(unicodedata.normalize("NFKC", name)) for part in found if part]


def _plain(name: str) -> str:
    """A name without what people spell in several ways: width, case, spaces, underscores, marks, brackets."""
    return re.sub(r"[\s_.:\-\ufeff#*%()\[\]【】<>{}]+", "", unicodedata.normalize("NFKC", name).lower())
