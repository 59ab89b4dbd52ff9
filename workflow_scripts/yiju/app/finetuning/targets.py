"""What a column of labels teaches: two labels, several classes by name, or grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yiju.base.errors import YijuError
from yiju.data.corpora.label_kinds import NUMBER, LabelKind, kind_of_labels
from yiju.data.corpora.rows import MISSING
from yiju.data.pair_files import class_labels
from yiju.models.scorer import SINGLE

# A column of more different words holds no classes.
MOST_CLASSES = 50
SHOWN = 6


@dataclass(frozen=True)
class Target:
    """classes: their names, in the order of the outputs; values: label as written to the number of its class or, where
    `highest` is the highest grade, to its grade; of the labels of the train pairs."""

    classes: tuple[str, ...]
    values: Mapping[str, float]
    highest: float | None = None

    @property
    def graded(self) -> bool:
        return self.highest is not None

    def value(self, label: str) -> float | None:
        """What a label as written teaches, in any table; None of one that teaches nothing.

        Of grades, tables may hold others than the one that was looked at.
        """
        if self.highest is None:
            return self.values.get(label)
        return float(label) if NUMBER.fullmatch(label.strip()) and float(label) <= self.highest else None

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
    labels = [text for text in counts if text.strip() and text not in MISSING]
    if not labels:
        raise YijuError(f"{place}: no row has a label; give the column of labels with --label")
    if said.highest is not None:
        return _grades(labels, said.highest, place)
    if said.classes:
        return _of_classes(labels, said.classes, place)
    kind = kind_of_labels(counts)
    named = {text: class_labels(own).values.get(text) for text in labels} if len(own) > len(SINGLE) else {}
    if named and None not in named.values() and not (kind and kind.kind == "binary"):
        return _of_classes(labels, own, place)
    if kind is None or kind.kind == "relations":
        return _of_words(labels, place)
    return _of_kind(kind)


def _of_kind(kind: LabelKind) -> Target:
    known = {text: meaning for text, meaning in kind.meanings.items() if text not in MISSING}
    if kind.kind == "grades":
        return Target(SINGLE, {text: float(text) for text in known}, kind.scale)
    return Target(SINGLE, {text: float(meaning) for text, meaning in known.items() if meaning is not None})


def _grades(labels: Sequence[str], highest: float, place: str) -> Target:
    wrong = [text for text in labels if not NUMBER.fullmatch(text.strip()) or float(text) > highest]
    if wrong:
        raise YijuError(f"{place}: the label {wrong[0]!r} is no grade from 0 to {highest:g}; correct it, or --highest")
    return Target(SINGLE, {text: float(text) for text in labels}, highest)


def _of_classes(labels: Sequence[str], classes: Sequence[str], place: str) -> Target:
    if len(classes) < len(SINGLE) or len(set(classes)) < len(classes):
        raise YijuError(f"--classes names {', '.join(classes)}; name two or more, each once")
    values = class_labels(classes).values
    strange = [text for text in labels if text not in values]
    if strange:
        raise YijuError(
            f"{place}: the label {strange[0]!r} is none of the classes {', '.join(classes)}, nor a number of one; "
            "correct it, or name the classes with --classes"
        )
    return Target(tuple(classes), {text: float(values[text]) for text in labels})


def _of_words(labels: Sequence[str], place: str) -> Target:
    """Classes that are called as the labels are written, in alphabetical order. Numbers may be grades as well."""
    shown = ", ".join(map(repr, sorted(labels)[:SHOWN])) + (" …" if len(labels) > SHOWN else "")
    if any(NUMBER.fullmatch(text.strip()) for text in labels) or len(labels) > MOST_CLASSES or len(labels) < 2:
        raise YijuError(
            f"{place}: it is not clear what the labels mean: {shown}; name the classes that they number with --classes "
            "NAME,NAME,…, or give the highest grade with --highest"
        )
    classes = tuple(sorted(labels))
    return Target(classes, {text: float(number) for number, text in enumerate(classes)})
