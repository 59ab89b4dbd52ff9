"""Segments and the tokens that go with them."""

import numpy as np
import polars as pl
from toys import model_folder

from yiju import tables
from yiju.attribution.units import segment_units, shares, token_units
from yiju.encoder.folder import load_tokenizer
from yiju.tokens import encode, pair_up


def items(*rows):
    columns = {name: [row.get(name) for row in rows] for name in tables.ITEMS}
    return pl.DataFrame(columns, schema=tables.ITEMS)


def test_a_segment_holds_every_token_it_touches(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    table = items(
        {"item": "1", "q": "怎么开通", "t": "花呗", "q_segments": ["怎么", "开", "通"], "t_segments": ["花呗"]},
        {"item": "2", "q": "", "t": "花呗"},
    )
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    pairs = pair_up(tokenizer, q, t, 32)
    first, second = segment_units(table, q, t, pairs)
    wanted = ["110000", "001000", "000100", "000011"]
    assert first.tolist() == [[flag == "1" for flag in row] for row in wanted]
    assert second.tolist() == [[True, False], [False, True]]
    assert [own.tolist() for own in token_units(pairs)] == [np.eye(6).astype(bool).tolist(), second.tolist()]


def test_of_what_was_cut_off_nothing_is_left_to_take(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    table = items({"item": "1", "q": "怎么开通花呗", "t": "花"})
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    (found,) = segment_units(table, q, t, pair_up(tokenizer, q, t, 7))
    assert found.shape == (7, 4)
    assert found.any(axis=1).tolist() == [True] * 3 + [False] * 3 + [True]


def test_a_token_over_several_segments_is_shared():
    found = shares([(0, 3), (3, 4), (0, 0)], [(0, 1), (1, 3), (3, 4)])
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0, 0, 1], [0, 0, 0]])
