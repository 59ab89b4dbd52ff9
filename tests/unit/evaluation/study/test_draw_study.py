"""Which pairs a study looks at: distinct, seeded, in order, related ones together."""

from pathlib import Path

import polars as pl
import pytest

from yiju.base import tables
from yiju.evaluation.study.draw_study import draw_families, draw_study

SAMPLE = Path(__file__).parents[4] / "data/sample/test_sets"


def drawn(folder, rows, pairs, seed=1, last_original=None):
    table = pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS))
    scores = pl.DataFrame(
        [{"item": row["item"], "logit_1": float(place)} for place, row in enumerate(rows)],
        schema=pl.Schema(tables.SCORES),
    )
    tables.write(table, folder / "items.parquet", tables.ITEMS)
    tables.write(scores, folder / "scores.parquet", tables.SCORES)
    out, judged = folder / "drawn.parquet", folder / "judged.parquet"
    settings = {"pairs": pairs, "seed": seed, "last_original": last_original}
    draw_study(str(folder / "items.parquet"), str(folder / "scores.parquet"), settings, str(out), str(judged))
    found, known = tables.read(out, tables.ITEMS), tables.read(judged, tables.SCORES)
    places = [next(place for place, row in enumerate(rows) if row["item"] == item) for item in found["item"]]
    assert places == sorted(places)
    assert known.select("item", "logit_1").rows() == [(rows[place]["item"], float(place)) for place in places]
    return found


def plain(count):
    return [{"item": f"i{n}", "q": f"甲{n} VIP", "t": "乙", "label": n % 2} for n in range(count)]


def related():
    """Ten originals of two forms each, and ten others."""
    rows = plain(40)
    for n in range(10):
        forms = [f"i{10 + 2 * n}", f"i{11 + 2 * n}"]
        rows[n] |= {"kind": "ori", "related": forms}
        for form in forms:
            rows[int(form[1:])]["kind"] = "disturb"
    return rows


def test_pairs_come_by_seed_and_once(tmp_path):
    rows = plain(30) + [row | {"item": f"again {row['item']}"} for row in plain(30)]
    first, again, other = (drawn(tmp_path, rows, 12, seed)["item"].to_list() for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 12
    assert drawn(tmp_path, rows, 1000)["item"].to_list() == [row["item"] for row in plain(30)]


def test_segments_are_given_where_there_are_none(tmp_path):
    rows = plain(2)
    rows[1] |= {"q_segments": ["甲1", "VIP"], "t_segments": ["乙"]}
    found = drawn(tmp_path, rows, 2)
    assert found["q_segments"].to_list() == [["甲", "0", "VIP"], ["甲1", "VIP"]]
    assert found["t_segments"].to_list() == [["乙"], ["乙"]]


def test_originals_come_with_all_their_forms_and_before_others(tmp_path):
    found = drawn(tmp_path, related(), 14)
    originals = found.filter(kind="ori")
    assert originals.height == 4
    forms = originals["related"].explode().to_list()
    assert found.filter(kind="disturb")["item"].to_list() == sorted(forms, key=lambda item: int(item[1:]))
    # Two places are left for what hangs together with nothing, or only with what was not drawn.
    assert found["kind"].null_count() == 2
    assert set(found["item"]) > set(forms)


def test_a_pair_that_is_there_twice_is_related_as_its_first_one(tmp_path):
    rows = related()
    rows[11] |= {"q": rows[10]["q"]}
    found = drawn(tmp_path, rows, 1000)
    assert len(found) == 39
    assert found.row(0, named=True)["related"] == ["i10"]


def test_relations_are_guessed_where_the_set_tells_none(tmp_path):
    rows = [{"item": str(n), "q": f"怎么开通{word}", "t": f"{word}如何开通"} for n, word in enumerate("花呗天气", 1)]
    rows += [{"item": str(n + 10), "q": f"请问怎么开通{w}", "t": f"{w}如何开通"} for n, w in enumerate("花呗天气", 1)]
    found = drawn(tmp_path, rows, 5, last_original=4)
    pairs = found.filter(kind="ori").select("item", "related").rows()
    assert [(item, [str(int(item) + 10)]) for item, _ in pairs] == pairs
    assert len(pairs) == 2
    assert drawn(tmp_path, rows, 5)["kind"].null_count() == 5


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_families_are_whole_as_far_as_they_fit(limit):
    rows = draw_families([[0, 1, 2], [3, 4, 5], [2, 6]], 10, limit, 1)
    assert rows == sorted(set(rows))
    assert len(rows) == min(limit, 10)
