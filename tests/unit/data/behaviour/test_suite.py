"""The suite: enough items of each category, none twice, none against another, the same for the same seed."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from at_hand import real
from projects import ROOT

from yiju.data.behaviour.categories import CATEGORIES
from yiju.data.behaviour.frames import SLOT, frames
from yiju.data.behaviour.lexicon import FOLDER, rows
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.behaviour.suite import build, missing
from yiju.data.behaviour.writing import FULL

EFFECTS = {"turns", "stays", "rises"}


def pairs_of(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(q, t) for q, t, *_ in (line.split("\t") for line in lines)]


@pytest.fixture(scope="module")
def sample() -> list[Item]:
    return build(pairs_of(ROOT / "data/sample/LCQMC/dev.tsv"), 111, 200)


def check(items: list[Item]) -> None:
    counts = Counter(one.category for one in items)
    assert set(counts) == set(CATEGORIES)
    assert min(counts.values()) == 200
    for name in CATEGORIES:
        own = [one.change for one in items if one.category == name]
        keys = [(*sorted((one.q, one.t)), one.before) for one in own]
        assert len(set(keys)) == len(keys), name
        effects: dict[tuple[str, ...], set[str]] = {}
        for one in own:
            effects.setdefault(tuple(sorted((one.q, one.t))), set()).add(one.effect)
        assert all(len(found) == 1 for found in effects.values()), name
    for one in items:
        assert one.change.effect in EFFECTS
        assert one.change.q.strip()
        assert one.change.t.strip()
        assert one.change.q != one.change.t
        assert (one.change.effect == "rises") <= (one.change.before is not None)


def test_the_sample_has_two_hundred_items_of_each_category(sample):
    check(sample)


@pytest.mark.slow
def test_lcqmc_has_two_hundred_items_of_each_category():
    check(build(pairs_of(real("LCQMC/dev.tsv")), 111, 200))


def test_the_frames_alone_have_two_hundred_items_of_each_category():
    check(build([], 111, 200))


def test_the_same_seed_gives_the_same_items_and_another_one_others(sample):
    pairs = pairs_of(ROOT / "data/sample/LCQMC/dev.tsv")
    assert build(pairs, 111, 200) == sample
    assert build(pairs, 112, 200) != sample


def test_items_name_the_row_and_the_sentence_that_they_were_made_from(sample):
    pairs = pairs_of(ROOT / "data/sample/LCQMC/dev.tsv")
    own = [one for one in sample if one.row >= 0]
    assert len(own) > 1000
    for one in own:
        assert one.parent in pairs[one.row]
        assert {one.change.q, one.change.t, *(one.change.before or ())} & set(pairs[one.row])


def test_an_odd_table_breaks_nothing():
    odd = [
        "",
        " ",
        "？",
        "😀😀",
        "a" * 3000,
        "怎么" * 500,
        "\u3000",
        "不",
        "比",
        "把",
        "从到",
        "12345年" * 20,
        "A转A",
    ]
    build([(one, other) for one in odd for other in odd], 1, 20)


def test_frames_use_slots_that_are_there_and_differ_on_both_sides():
    known = {name for name, _ in rows("slots")}
    for one in frames():
        assert one.category in CATEGORIES
        assert one.effect in EFFECTS
        assert {name for name, _ in SLOT.findall(one.q + one.t)} <= known
        assert not re.search("[{}]", SLOT.sub("", one.q + one.t)), one
        assert one.q != one.t


def test_lexicons_are_tables_without_blanks_or_repeated_lines():
    for file in sorted(FOLDER.glob("*.tsv")):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert len(set(lines)) == len(lines), file
        assert len({len(line.split("\t")) for line in lines}) == 1, file
        assert all(cell.strip() == cell and cell for line in lines for cell in line.split("\t")), file


def test_full_width_forms_are_those_of_unicode():
    assert "Az09!~".translate(FULL) == "Ａｚ０９！～"


@pytest.mark.parametrize(("library", "category"), [("opencc", "traditional"), ("pypinyin", "misspelling")])
def test_without_a_library_the_other_categories_are_made_and_the_remedy_is_known(monkeypatch, library, category):
    monkeypatch.setitem(sys.modules, library, None)
    assert set(missing()) == {category}
    assert f"pip install {library}" in missing()[category]
    assert {one.category for one in build([], 1, 3)} == set(CATEGORIES) - {category}
