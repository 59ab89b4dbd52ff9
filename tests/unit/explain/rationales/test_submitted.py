"""The faithful rationale ends where it suffices; the competition's file keeps a share of each sentence."""

import polars as pl
import pytest

from yiju.base import tables
from yiju.explain.rationales.faithful import select_rationales
from yiju.explain.rationales.rationale_lines import read_rationales
from yiju.models.scores import score_table

# Scores and ranks in the smallest rationale, by side; the last character was not read.
SIDES = {
    "q": ("甲乙丙丁", [0.1, 0.4, 0.3, 0.2], [None, 1, None, 2]),
    "t": ("戊己庚", [0.5, 0.6, None], [2, 1, None]),
}
SUFFICIENT = {"by": "sufficient", "submitted": {"by": "ratio", "value": 0.7}}


def selected(folder, settings, ratio=None):
    rows = [
        {"item": "1", "side": side, "index": place, "start": place, "end": place + 1, "text": text[place]}
        | {"score": scores[place], "error": 0.0, "rank": ranks[place]}
        for side, (text, scores, ranks) in SIDES.items()
        for place in range(len(text))
    ]
    tables.write(
        pl.DataFrame(rows, schema=pl.Schema(tables.ATTRIBUTIONS)), folder / "attributions.parquet", tables.ATTRIBUTIONS
    )
    judged = score_table(["1"], pl.DataFrame({"0": [0.0], "1": [1.0]}).to_numpy(), 0.0, [False])
    tables.write(judged, folder / "scores.parquet", tables.SCORES)
    out, submitted = str(folder / "faithful.jsonl"), str(folder / "submitted.jsonl")
    select_rationales(
        str(folder / "scores.parquet"), str(folder / "attributions.parquet"), settings, out, submitted, ratio
    )
    (faithful,), (handed_in,) = read_rationales(out), read_rationales(submitted)
    assert {key: handed_in[key] for key in handed_in if key not in "qt"} == {
        key: faithful[key] for key in faithful if key not in "qt"
    }
    return faithful, handed_in


def test_by_sufficient_the_ranks_are_the_faithful_rationale_and_the_share_is_handed_in(tmp_path):
    faithful, handed_in = selected(tmp_path, SUFFICIENT)
    assert (faithful["q"], faithful["t"]) == ([1, 3], [1, 0])
    # ceil(.7 * 4) of q and, of t, ceil(.7 * 3) that were read.
    assert (handed_in["q"], handed_in["t"]) == ([1, 2, 3], [1, 0])
    assert faithful["q_scores"] == [0.1, 0.4, 0.3, 0.2]
    assert faithful["t_scores"] == [0.5, 0.6, None]
    assert (faithful["label"], faithful["probability"]) == (1, pytest.approx(0.731059))


def test_another_share_changes_what_is_handed_in_alone(tmp_path):
    first, _ = selected(tmp_path, SUFFICIENT)
    again, handed_in = selected(tmp_path, SUFFICIENT | {"submitted": {"by": "ratio", "value": 0.3}})
    assert again == first
    assert (handed_in["q"], handed_in["t"]) == ([1, 2], [1])


# What is measured on dev is a share of what was read, here of two of three segments.
@pytest.mark.parametrize(
    ("settings", "t"),
    [({"by": "ratio", "value": 0.5}, [1, 0]), ({"by": "count", "value": 2}, [1, 0]), ({"by": "dev"}, [1])],
)
def test_what_has_a_size_of_its_own_is_handed_in_as_it_is(tmp_path, settings, t):
    (tmp_path / "ratio.json").write_text('{"ratio": 0.5}', encoding="utf-8")
    faithful, handed_in = selected(tmp_path, settings, str(tmp_path / "ratio.json"))
    assert faithful == handed_in
    assert (faithful["q"], faithful["t"]) == ([1, 2], t)
