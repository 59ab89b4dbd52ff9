"""The report on suspect labels: counts, the first ones with what speaks against them, and the data map."""

import polars as pl
import pytest
from unit.report.rendered import words
from unit.report.small_run import REAL, small_run

from yiju.base import tables
from yiju.base.language import speaking
from yiju.report.page import gather, render
from yiju.report.sections.suspects_section import POINTS, corners, data_map, read_suspects


@pytest.fixture
def inputs(tmp_path):
    return small_run(tmp_path)


def test_every_reason_is_said_in_words(inputs):
    found = read_suspects(inputs["suspects"], inputs["suspects_summary"])
    first, second = found.first
    assert first.reasons == (
        "models that have not learnt it give its label 3\N{NO-BREAK SPACE}%, clearly the other label; while it was "
        "learnt its label had a margin of -2.5 on average; no pass over it was right; similar pairs connect its two "
        "sentences"
    )
    assert second.reasons.endswith("a margin of +0.4 on average; it was forgotten 2 times")
    assert (first.label, first.place) == ("not similar", "train.tsv line 12 of A")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "7 are contradicted by the labels"), ("zh", "7 个与其他句对的标签矛盾")]
)
def test_the_page_says_how_many_and_shows_the_first_ones(inputs, tmp_path, language, said):
    with speaking(language):
        html = render(gather(inputs, tmp_path, REAL))
    text = words(html)
    assert said in text and "56" in text and "花呗怎么还款" in text
    assert 'href="#suspects"' in html and html.count('id="suspects"') == 1


def test_the_data_map_has_points_of_both_labels_and_not_too_many(inputs):
    found = tables.read(inputs["suspects"], tables.SUSPECTS)
    many = pl.concat([found] * 2_000).with_columns(
        pair=pl.int_range(pl.len()), confidence=pl.int_range(pl.len()) / 4_000
    )
    chart = data_map(many)
    assert [one.name for one in chart.named] == ["similar", "not similar"]
    assert POINTS // 2 < chart.svg.count("<use") < POINTS + 50
    assert data_map(found.with_columns(confidence=pl.lit(None, pl.Float64))) is None


def test_the_corners_of_the_map_show_the_pairs_that_lie_farthest_in_them(inputs):
    found = tables.read(inputs["suspects"], tables.SUSPECTS)
    one = found.head(1)
    rows = [(0.9, 0.1), (0.2, 0.3), (0.5, 0.45), (0.95, 0.02), (0.1, 0.05), (0.6, 0.4), (0.8, 0.2)]
    many = pl.concat(
        one.with_columns(
            pair=pl.lit(number, pl.Int64),
            line=pl.lit(number, one.schema["line"]),
            confidence=pl.lit(confidence),
            variability=pl.lit(variability),
        )
        for number, (confidence, variability) in enumerate(rows)
    )
    lines = [[int(pair.place.split()[2]) for pair in corner.pairs] for corner in corners(many)]
    assert lines == [[3, 0, 6], [2, 5, 1], [4, 1, 2]]
    assert corners(many.with_columns(confidence=pl.lit(None, pl.Float64))) == []
