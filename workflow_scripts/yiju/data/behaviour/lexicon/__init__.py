"""The project's own word lists, which stand beside this file as TAB-separated text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The fields of every line of a list, in order; words within a field stay together."""
    text = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines())


@cache
def words(name: str) -> frozenset[str]:
    """All words of a list of one word a line."""
    return frozenset(word for (word,) in rows(name))


@cache
def both_ways(name: str) -> Mapping[str, tuple[str, ...]]:
    """By word, its partners in a list of two words a line, whichever of them stands first."""
    found: dict[str, tuple[str, ...]] = {}
    for one, other in rows(name):
        found[one] = (*found.get(one, ()), other)
        found[other] = (*found.get(other, ()), one)
    return MappingProxyType(found)


@cache
def one_way(name: str) -> Mapping[str, tuple[str, ...]]:
    """By the first word of a line, all second ones."""
    found: dict[str, tuple[str, ...]] = {}
    for one, other in rows(name):
        found[one] = (*found.get(one, ()), other)
    return MappingProxyType(found)


@cache
def groups(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of each line, of its last field, which spaces part."""
    return tuple(tuple(row[-1].split(" ")) for row in rows(name))


@cache
def group_of(name: str) -> Mapping[str, tuple[str, ...]]:
    """By word, the group that it is of; a word of two groups has the first one."""
    found: dict[str, tuple[str, ...]] = {}
    for group in groups(name):
        for word in group:
            found.setdefault(word, group)
    return MappingProxyType(found)
