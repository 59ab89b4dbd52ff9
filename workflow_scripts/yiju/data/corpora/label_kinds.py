"""What a column of labels holds: two labels, grades, or relations of two sentences; and what each of them means here.

A label is a text as it stands in the file. It is a number only where it is written as one: `01`, `+1`, `1e0` and `1,0`
are none, and neither is `１`, which is a label of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from yiju.data.corpora.rows import MISSING

Kind = Literal["binary", "relations", "grades"]
# Families of two labels, similar first. Spelling: lower case, and one space where there is an underscore or a hyphen.
WORDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("1", "1.0"), ("0", "0.0")),
    (("１",), ("０",)),
    (("true", "t"), ("false", "f")),
    (("yes", "y"), ("no", "n")),
    (("similar", "same"), ("not similar", "dissimilar", "unsimilar", "different")),
    (("duplicate", "duplicated"), ("not duplicate", "non duplicate", "nonduplicate", "not duplicated")),
    (("paraphrase", "paraphrases"), ("not paraphrase", "non paraphrase", "nonparaphrase", "not paraphrases")),
    (("match", "matched", "matching"), ("no match", "mismatch", "unmatched", "not matched", "not matching")),
    (("equivalent",), ("not equivalent", "inequivalent", "unequivalent")),
    (("positive", "pos"), ("negative", "neg")),
    (("是", "对", "√", "✓"), ("否", "不是", "不", "错", "×", "✗")),
    (("相似", "近似", "相近"), ("不相似", "不近似", "不相近")),
    (("相同", "一致", "同义", "等价"), ("不同", "不相同", "不一致", "不同义", "不等价")),
    (("匹配", "重复"), ("不匹配", "不重复")),
    (("正", "正例", "正样本"), ("负", "负例", "负样本")),
)
RELATIONS: Mapping[str, int] = {
    **dict.fromkeys(("entailment", "entails", "蕴含", "蕴涵"), 1),
    **dict.fromkeys(("neutral", "中立", "中性", "contradiction", "contradicts", "矛盾"), 0),
}
# A decimal number without a sign and without zeros before it.
NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
# The scales of graded similarity; on that of 5, pairs from 4 on are similar, up to 2 not, and others are left out.
SCALES, SIMILAR_FROM, OTHER_TO = (1.0, 5.0), 0.8, 0.4
# Grades, unlike numbers of classes, are many.
FEWEST_GRADES = 4
# A share of the labelled rows that may have another label: each of them is a bad row.
MOST_OTHERS = 0.05


@dataclass(frozen=True)
class LabelKind:
    """kind: `binary`, `relations` (entailment, neutral, contradiction) or `grades`; meanings: label as written to 1
    similar, 0 not, or None where the row is left out; scale: the highest grade; others: labels that are none of these,
    whose rows are bad."""

    kind: Kind
    meanings: Mapping[str, int | None]
    scale: float | None = None
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = {1: "similar", 0: "not similar", None: "left out"}
        if self.kind == "grades":
            top = self.scale or 1.0
            return (
                f"grades from 0 to {top:g}: {SIMILAR_FROM * top:g} and more is similar, {OTHER_TO * top:g} and less is "
                "not similar, and what is between is left out"
            )
        return ", ".join(
            f"{label} is {shown[meaning]}" for label, meaning in self.meanings.items() if meaning is not None
        )


def kind_of_labels(counts: Mapping[str, int]) -> LabelKind | None:
    """What a column holds by its different texts and how often each occurs; None where that is not clear.

    Empty cells and words for a missing value say nothing, and their rows are left out.
    """
    filled = {text: count for text, count in counts.items() if text.strip() and text not in MISSING}
    missing = {text: None for text in counts if text in MISSING}
    found = [_words(filled, "binary", family) for family in _FAMILIES] + [
        _words(filled, "relations", RELATIONS),
        _grades(filled),
    ]
    clear = [
        one for one in found if one and sum(filled[text] for text in one.others) <= MOST_OTHERS * sum(filled.values())
    ]
    if len(clear) != 1:
        return None
    return LabelKind(clear[0].kind, {**clear[0].meanings, **missing}, clear[0].scale, clear[0].others)


def spelt(label: str) -> str:
    """A label in the spelling of WORDS."""
    return re.sub(r"[\s_\-]+", " ", label.strip().lower())


def says_nothing(label: str) -> bool:
    """Whether a label is a word for a missing value or "-", in SNLI, CMNLI and OCNLI: its annotators did not agree."""
    return label.strip() in ("", "-", *MISSING)


def class_numbers(labels: Iterable[str], classes: Sequence[str]) -> dict[str, int]:
    """By label as written the number of the class that it names; labels that name none are left out.

    A name in another spelling counts where no other class is spelt so.
    """
    exact, forms = {name: number for number, name in enumerate(classes)}, [spelt(name) for name in classes]
    clear = {form: number for number, form in enumerate(forms) if forms.count(form) == 1}
    found = {text: exact.get(text, clear.get(spelt(text))) for text in labels}
    return {text: number for text, number in found.items() if number is not None}


def written_forms(words: Mapping[str, int]) -> dict[str, int]:
    """Words of this module in the forms in which tables write them: lower, upper and title case."""
    forms = chain.from_iterable((word, word.upper(), word.capitalize()) for word in words)
    return {form: words[form.lower()] for form in forms}


def _words(counts: Mapping[str, int], kind: Kind, words: Mapping[str, int]) -> LabelKind | None:
    meanings = {text: words[spelt(text)] for text in counts if spelt(text) in words}
    others = tuple(text for text in counts if text not in meanings)
    return LabelKind(kind, meanings, None, others) if meanings else None


def _grades(counts: Mapping[str, int]) -> LabelKind | None:
    numbers = {text: float(text) for text in counts if NUMBER.fullmatch(text.strip())}
    top = max(numbers.values(), default=0.0)
    scale = next((one for one in SCALES if top <= one), None)
    if scale is None or len(set(numbers.values())) < FEWEST_GRADES or top < SIMILAR_FROM * scale:
        return None
    others = tuple(text for text in counts if text not in numbers)
    return LabelKind("grades", {text: _grade(number / scale) for text, number in numbers.items()}, scale, others)


def _grade(share: float) -> int | None:
    if share >= SIMILAR_FROM:
        return 1
    return 0 if share <= OTHER_TO else None


_FAMILIES: tuple[dict[str, int], ...] = tuple(
    {**dict.fromkeys(one, 1), **dict.fromkeys(other, 0)} for one, other in WORDS
)
BINARY_WORDS: dict[str, int] = {word: meaning for family in _FAMILIES for word, meaning in family.items()}
