"""Segments and the tokens that go with them."""

import numpy as np
import pytest
from ensembles import before, items, of_tokens
from scorers import reader
from token_games import make_pairs, own, subject_of
from toys import SENTENCES, model_folder

from yiju.data.segmentation import characters, segment_spans
from yiju.explain.ensemble import Reading
from yiju.explain.orders import orders_of
from yiju.explain.segments import segments_in, shares
from yiju.models.folder import load_tokenizer

TEXTS = [
    *SENTENCES,
    "ＶＩＰ 会员２０２２年🙂",
    "體驗\t臺灣",
    "a\u0301b 👨‍👩‍👧 iPhone14Pro？！",
    " 空 白 ",
    "\u200b零宽㎡①",
    "",
    "怎么开通花呗" * 4,
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tokenizer(model_folder(tmp_path_factory.mktemp("model")))


def orders(tokenizer, table, max_length, both=False):
    return orders_of(
        reader(tokenizer, max_length), table["q"].to_list(), table["t"].to_list(), both, segments_in(table)
    )


@pytest.mark.parametrize("cut", [characters, lambda text: [text] if text else [], str.split])
def test_tokens_of_a_segment_are_all_that_share_a_character_with_it(tokenizer, cut):
    rows = [
        {"item": f"{q}{t}", "q": q, "t": t, "q_segments": cut(q), "t_segments": cut(t)}
        for q in TEXTS[::2]
        for t in TEXTS[1::3]
    ]
    given, exchanged = orders(tokenizer, items(*rows), 24, both=True)
    assert given.pairs.truncated.any() and not given.pairs.truncated.all()
    for order in (given, exchanged):
        touched = Reading.of(subject_of(None), order)
        for row, item in enumerate(rows):
            first = int(order.pairs.first[row])
            # Where the tokens of q and of t begin among those of the pair.
            q_begin, t_begin = (first, 0) if order.exchanged else (0, first)
            wanted = []
            for side, sentences, begin, length in zip(
                "qt", (order.q, order.t), (q_begin, t_begin), order.kept(row), strict=True
            ):
                tokens = sentences.span_list(row, length)
                for start, end in segment_spans(item[side], item[f"{side}_segments"]):
                    wanted.append({begin + n for n, (a, b) in enumerate(tokens) if a < end and b > start})
            assert [set(np.flatnonzero(own).tolist()) for own in touched.touched(row)] == wanted
            # Nothing of a token is lost, and nothing is given twice, unless white space alone made it.
            sums = order.shares()[row].sum(axis=1)
            assert np.isin(np.round(sums, 12), [0, 1]).all()


def test_a_segment_holds_every_token_it_touches_in_both_orders(tokenizer):
    table = items(
        {"item": "1", "q": "怎么开通", "t": "花呗", "q_segments": ["怎么", "开", "通"], "t_segments": ["花呗"]},
        {"item": "2", "q": "", "t": "花呗"},
    )
    ensemble = before([subject_of(None)], orders(tokenizer, table, 32, both=True))
    given, exchanged = ensemble.readings
    assert [["".join(map(str, map(int, row))) for row in one.touched(0)] for one in (given, exchanged)] == [
        ["110000", "001000", "000100", "000011"],
        ["001100", "000010", "000001", "110000"],
    ]
    assert [one.touched(1).tolist() for one in (given, exchanged)] == [[[True, False], [False, True]]] * 2
    assert given.firsts.tolist() == exchanged.firsts.tolist() == [3, 0]
    assert ensemble.bounds.tolist() == [0, 4, 6]


def test_what_no_order_reads_is_no_player(tokenizer):
    # Four tokens have room; of two sides of three and four characters the longer one in front keeps the odd token.
    table = items({"item": "1", "q": "怎么开通花呗", "t": "花"}, {"item": "2", "q": "怎么开", "t": "花呗天气"})
    (given,) = orders(tokenizer, table, 8)
    one = before([subject_of(None)], [given])
    assert one.first.shares[0].shape == (5, 7)
    assert one.read(0).tolist() == [True] * 4 + [False] * 2 + [True]
    assert one.players[0].tolist() == [0, 1, 2, 3, 6]
    both = before([subject_of(None)], orders(tokenizer, table, 8, both=True))
    each = [before([subject_of(None)], [order]).read(1) for order in orders(tokenizer, table, 8, both=True)]
    assert both.read(1).tolist() == (each[0] | each[1]).tolist()
    assert not both.read(1).all()


def test_tokens_may_be_the_players():
    ensemble = of_tokens(subject_of(None), make_pairs(own(5), own(0), ([4, 5], [])))
    assert [one.tolist() for one in ensemble.players] == [[0, 1, 2, 3, 4], [], [0, 1]]
    assert [one.tolist() for one in ensemble.first.shares] == [np.eye(n).tolist() for n in (5, 0, 2)]


def test_a_token_over_several_segments_is_shared():
    found = shares([(0, 3), (3, 4), (0, 0)], [(0, 1), (1, 3), (3, 4)])
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0, 0, 1], [0, 0, 0]])
