"""Which tokens touch which segments, of any text, cut short or not."""

import numpy as np
import polars as pl
import pytest
from toys import SENTENCES, model_folder

from yiju import tables
from yiju.attribution import segments
from yiju.attribution.segments import blocks, covered, segmented
from yiju.encoder.folder import load_tokenizer
from yiju.rationale.items import characters, segment_spans
from yiju.tokens import encode, pair_up

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


def prepared(tokenizer, cut):
    pairs = [(q, t) for q in TEXTS[::2] for t in TEXTS[1::3]]
    rows = [
        {"item": str(n), "q": q, "t": t, "q_segments": cut(q), "t_segments": cut(t)} for n, (q, t) in enumerate(pairs)
    ]
    table = pl.DataFrame(rows, schema_overrides=tables.ITEMS)
    q, t = (encode(tokenizer, table[side].to_list(), spans=True) for side in "qt")
    return rows, q, t, segmented(table, q, t, pair_up(tokenizer, q, t, 24))


@pytest.mark.parametrize("cut", [characters, lambda text: [text] if text else [], str.split])
def test_tokens_of_a_segment_are_all_that_share_a_character_with_it(tokenizer, cut):
    rows, q, t, found = prepared(tokenizer, cut)
    begins, ends = (found.layout.split(one) for one in (found.begin, found.end))
    assert found.pairs.truncated.any() and not found.pairs.truncated.all()
    for row, item in enumerate(rows):
        first, second = int(found.pairs.first[row]), int(found.pairs.second[row])
        for side, sentences, offset, length in ((0, q, 1, first), (1, t, 2 + first, second)):
            tokens = sentences.span_list(row, length)
            spans = segment_spans(item["qt"[side]], item["qt"[side] + "_segments"])
            for number, (start, end) in enumerate(spans):
                touching = [offset + n for n, (a, b) in enumerate(tokens) if a < end and b > start]
                given = list(range(begins[2 * row + side][number], ends[2 * row + side][number]))
                assert given == touching


def test_parts_are_bounded_and_hold_every_pair_once(tokenizer, monkeypatch):
    _, _, _, found = prepared(tokenizer, characters)
    copies = found.layout.counts.sum(axis=1)
    for tokens in (1, 2_000, 10**9):
        monkeypatch.setattr(segments, "TOKENS", tokens)
        parts = list(blocks(found, copies))
        assert np.array_equal(np.concatenate([part.pairs.ids for _, _, part in parts]), found.pairs.ids)
        assert np.array_equal(np.concatenate([part.begin for _, _, part in parts]), found.begin)
        for rows, own, part in parts:
            assert np.array_equal(part.layout.counts, found.layout.counts[rows])
            assert len(part.end) == own.stop - own.start
            assert len(part.layout) == 1 or (part.pairs.lengths * copies[rows]).sum() <= tokens
    assert len(parts) == 1


def test_covered_places():
    assert covered(6, np.array([1, 2, 5]), np.array([3, 3, 5])).tolist() == [False, True, True, False, False, False]
    assert covered(2, np.array([], dtype=int), np.array([], dtype=int)).tolist() == [False, False]
