"""Figures of the corpora: the same bytes for the same numbers, small enough for one page, for any shape of data."""

import copy
from xml.etree import ElementTree

import pytest
from unit.report import small_corpora
from unit.report.small_run import SENTENCES, Saver

from yiju.report.corpora_figures import REASON_COLOURS, bar_parts, plot_labels, plot_ledger, plot_shortcuts
from yiju.report.corpora_panels import plot_duplicates, plot_lengths, plot_overlap
from yiju.report.sections.ledger_section import read_ledger

MANY = [f"Corpus_{place}" for place in range(19)]
LARGEST = 150_000


def draw(folder, out, names, **changes):
    files = small_corpora.write(Saver(folder), names, SENTENCES, changes)
    paths = {
        name: folder / f"{out}.{name}.svg" for name in ("ledger", "labels", "lengths", "overlap", "same", "shortcuts")
    }
    plot_ledger(files["ledger"], names, paths["ledger"])
    plot_labels(files["statistics"], paths["labels"])
    plot_lengths(files["statistics"], paths["lengths"])
    plot_overlap(files["statistics"], paths["overlap"])
    plot_duplicates(files["duplicates"], paths["same"])
    plot_shortcuts(files["shortcuts"], paths["shortcuts"])
    return {name: path.read_bytes() for name, path in paths.items()}


@pytest.mark.slow
def test_many_corpora_make_the_same_bytes_and_few_of_them(tmp_path):
    first, second = (draw(tmp_path, out, MANY, warned=("Corpus_3 train",)) for out in "ab")
    assert first == second
    assert {name: len(figure) for name, figure in first.items() if len(figure) > LARGEST} == {}


@pytest.mark.parametrize(("names", "changes"), [(["A"], {}), (["A", "B"], {"bare": True})])
def test_data_of_other_shapes(tmp_path, names, changes):
    for figure in draw(tmp_path, "a", names, **changes).values():
        ElementTree.fromstring(figure)
        assert b"<!--" not in figure


def test_the_parts_of_each_bar_add_up_to_the_rows_read():
    names = ["A", "B"]
    ledger = copy.deepcopy(small_corpora.ledger(names, {}, "no agreement", None))
    for place, name in enumerate(names):
        own = ledger["corpora"][name]
        own["rejected"] |= {f"reason {reason}": reason + place for reason in range(1, 12)}
        own["read"] = own["kept"] + sum(own["dropped"].values()) + sum(own["rejected"].values())
    corpora, _ = read_ledger(ledger, names)
    parts = list(bar_parts(corpora))
    assert [label for label, *_ in parts][-1] == "other reasons"
    assert len(parts) == len(REASON_COLOURS) + 2
    assert [sum(rows) for rows in zip(*(rows for *_, rows in parts), strict=True)] == [one.read for one in corpora]
