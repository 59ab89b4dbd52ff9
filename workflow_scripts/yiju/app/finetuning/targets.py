"""What a column of labels teaches: two labels, several classes by name, or grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from yiju.base.errors import YijuError
from yiju.data.corpora.label_kinds import (
    BINARY_WORDS,
    NUMBER,
    class_numbers,
    kind_of_labels,
    says_nothing,
    spelt,
)
from yiju.data.pair_files import class_labels
from yiju.models.scorer import SINGLE

# A column of more different words holds no classes.
MOST_CLASSES = 50
SHOWN = 6


@dataclass(frozen=True)
class Target:
    """classes: their names, in the order of the outputs; highest: the highest grade, None of classes; forms: other ways
    in which tables may write a class, to its number; left_out: labels of a few train rows that belong to no class, in
    the spelling of `spelt`."""

    classes: tuple[str, ...]
    highest: float | None = None
    forms: Mapping[str, int] | None = None
    left_out: frozenset[str] = frozenset()

    @property
    def graded(self) -> bool:
        return self.highest is not None

    def values(self, labels: Iterable[str], place: str) -> dict[str, float]:
        """By label as written what it teaches, in any table; labels of rows that are left out are not in it.

        Raises YijuError for a label that is neither a class nor a grade: without such rows, the figures of a model that
        cannot give this class would be too good.
        """
        known = [text for text in labels if not says_nothing(text) and spelt(text) not in self.left_out]
        if self.highest is not None:
            return _grades(known, self.highest, place)
        found = _numbers(known, self.classes, self.forms)
        strange = [text for text in known if text not in found]
        if strange:
            raise YijuError(
                f"{place}: the label {strange[0]!r} is none of the classes {', '.join(self.classes)}; correct it, or "
                "name all classes with --classes"
            )
        return {text: float(number) for text, number in found.items()}

    def __str__(self) -> str:
        if self.highest is not None:
            return f"grades from 0 to {self.highest:g}, higher is more similar"
        return f"{len(self.classes)} classes: {', '.join(self.classes)}"


@dataclass(frozen=True)
class Said:
    """What the user says of the labels: names of the classes in the order of their numbers, or the highest grade."""

    classes: tuple[str, ...] = ()
    highest: float | None = None


def target_of(counts: Mapping[str, int], own: Sequence[str], said: Said, place: str) -> Target:
    """What the labels of a table teach. counts: of each label as written; own: classes that the checkpoint's head has;
    place: for messages.

    Raises YijuError, naming the option that would say it, where that is not clear.
    """
    labels = [text for text in counts if not says_nothing(text)]
    if not labels:
        raise YijuError(f"{place}: no row has a label; give the column of labels with --label")
    if said.highest is not None:
        return Target(SINGLE, said.highest)
    if said.classes:
        return _of_classes(said.classes)
    kind = kind_of_labels({text: counts[text] for text in labels})
    others = frozenset(map(spelt, kind.others)) if kind else frozenset()
    words = [text for text in labels if spelt(text) not in others]
    if len(own) > len(SINGLE) and not (kind and kind.kind == "binary"):
        forms = class_labels(own).values
        for chosen, left_out in ((labels, frozenset[str]()), (words, others)):
            if len(_numbers(chosen, own, forms)) == len(chosen):
                return Target(tuple(own), None, forms, left_out)
    if kind and kind.kind == "binary":
        return Target(SINGLE, None, BINARY_WORDS, others)
    if kind and kind.kind == "grades" and _fractional(words):
        return Target(SINGLE, kind.scale, None, others)
    if kind and kind.kind == "relations":
        return Target(_words({text: counts[text] for text in words}), None, None, others)
    return Target(_of_words({text: counts[text] for text in labels}, place))


def _numbers(labels: Collection[str], classes: Sequence[str], forms: Mapping[str, int] | None) -> dict[str, int]:
    """By label as written the number of its class, by the name of the class or another form of it."""
    others = {text: (forms or {}).get(spelt(text)) for text in labels}
    return {text: number for text, number in others.items() if number is not None} | class_numbers(labels, classes)


def _fractional(labels: Iterable[str]) -> bool:
    """Whether some of the numbers are fractions. Whole numbers may be those of classes, and say no highest grade."""
    return any(NUMBER.fullmatch(text.strip()) and not float(text).is_integer() for text in labels)


def _grades(labels: Sequence[str], highest: float, place: str) -> dict[str, float]:
    wrong = [text for text in labels if not NUMBER.fullmatch(text.strip()) or float(text) > highest]
    if wrong:
        raise YijuError(f"{place}: the label {wrong[0]!r} is no grade from 0 to {highest:g}; correct it, or --highest")
    return {text: float(text) for text in labels}


def _of_classes(classes: Sequence[str]) -> Target:
    if len(classes) < len(SINGLE) or len(set(classes)) < len(classes):
        raise YijuError(f"--classes names {', '.join(classes)}; name two or more, each once")
    return Target(tuple(classes), None, class_labels(classes).values)


def _of_words(counts: Mapping[str, int], place: str) -> tuple[str, ...]:
    """Classes that are called as the labels are written. Numbers may be grades as well."""
    labels = sorted(counts)
    shown = ", ".join(map(repr, labels[:SHOWN])) + (" …" if len(labels) > SHOWN else "")
    classes = _words(counts)
    if any(NUMBER.fullmatch(text.strip()) for text in labels) or not len(SINGLE) <= len(classes) <= MOST_CLASSES:
        raise YijuError(
            f"{place}: it is not clear what the labels mean: {shown}; name the classes that they number with --classes "
            "NAME,NAME,…, or give the highest grade with --highest"
        )
    return classes


def _words(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Labels as names of classes, in alphabetical order; of several spellings of one label the most frequent one."""
    forms: dict[str, Counter[str]] = {}
    for text, count in counts.items():
        forms.setdefault(spelt(text), Counter())[text.strip()] += count
    return tuple(sorted(min(found, key=lambda text: (-found[text], text)) for found in forms.values()))
