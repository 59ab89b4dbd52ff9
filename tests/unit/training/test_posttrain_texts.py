"""What post-training reads: the held-out texts, rows that teach nothing, words by a list."""

import numpy as np
import pytest
from test_posttrain import DISTINCT, KINDS, MARKED, SETTINGS, rows_of, texts
from toys import SENTENCES, model_folder

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.models.folder import load_tokenizer
from yiju.training import posttrain_texts
from yiju.training.posttrain_texts import read_texts
from yiju.training.words import CONTINUES

COLUMNS = ("ids", "starts", "first", "second", "truncated")


def decoded(sequences, tokenizer):
    return [
        tokenizer.decode(sequences.batch(np.array([row])).input_ids[0] % CONTINUES) for row in range(len(sequences))
    ]


@pytest.mark.slow
def test_the_same_sentences_are_held_out_whatever_the_masking(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    path = texts(tmp_path / "texts.parquet", DISTINCT)
    kinds = [{}, {"masking": "words"}, {"packing": True}, {"packing": True, "masking": "words"}]
    read = [read_texts(path, tokenizer, SETTINGS | kind) for kind in kinds]
    held_out = [decoded(part, tokenizer) for _, part, _ in read]
    assert held_out == [held_out[0]] * 4 and len(held_out[0]) == 1
    assert [unit for *_, unit in read] == ["sentences", "sentences", "blocks", "blocks"]
    assert sorted(decoded(read[0][0], tokenizer) + held_out[0]) == sorted(
        tokenizer.decode(tokenizer(text).input_ids) for text in DISTINCT
    )
    assert set(read[2][0].lengths[:-1].tolist()) == {32}
    assert held_out[0] != decoded(read_texts(path, tokenizer, SETTINGS | {"seed": 9})[1], tokenizer)


def test_pairs_are_read_as_pairs_and_those_of_unseen_sentences_held_out_first(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    shared = [("怎么开通", f"怎么{ending}") for ending in SENTENCES] * 30
    rows = [*shared, ("北京天气", "上海天气"), ("多少钱", "一斤"), *shared]
    learnt, held_out, unit = read_texts(texts(tmp_path / "texts.parquet", rows), tokenizer, SETTINGS)
    assert unit == "pairs" and len(learnt) + len(held_out) == len(rows)
    assert {"[CLS] 北 京 天 气 [SEP] 上 海 天 气 [SEP]", "[CLS] 多 少 钱 [SEP] 一 斤 [SEP]"} <= set(
        decoded(held_out, tokenizer)
    )
    assert len(held_out) == 4
    batch = learnt.batch(np.array([0]))
    assert batch.token_type_ids[0].tolist() == [0] * 6 + [1] * (batch.input_ids.shape[1] - 6)


@pytest.mark.parametrize("kind", MARKED)
def test_what_is_read_does_not_depend_on_the_parts(tmp_path, monkeypatch, kind):
    changed, paired = KINDS[kind]
    tokenizer = load_tokenizer(model_folder(tmp_path))
    rows = [*rows_of(paired), ("😀", "😀") if paired else "😀"] * 3
    path = texts(tmp_path / "texts.parquet", rows)
    whole = read_texts(path, tokenizer, SETTINGS | changed)
    parts = tables.parts

    def in_threes(*given):
        for part in parts(*given):
            yield from part.iter_slices(3)

    monkeypatch.setattr(tables, "parts", in_threes)
    monkeypatch.setattr(posttrain_texts, "CHUNK", 5)
    in_parts = read_texts(path, tokenizer, SETTINGS | changed)
    for one, other in zip(whole[:2], in_parts[:2], strict=True):
        assert one.ids.dtype == other.ids.dtype == np.int32
        assert all(getattr(one, name).tolist() == getattr(other, name).tolist() for name in COLUMNS)


@pytest.mark.parametrize("packing", [False, True])
def test_rows_with_nothing_to_guess_are_left_out(tmp_path, packing):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    path = texts(tmp_path / "texts.parquet", ["😀" * 60, *DISTINCT, "😀", "😀😀"])
    learnt, _, _ = read_texts(path, tokenizer, SETTINGS | {"packing": packing})
    special = tokenizer.all_special_ids
    assert all(
        (~np.isin(learnt.ids[a:b], special)).any() for a, b in zip(learnt.starts, learnt.starts[1:], strict=False)
    )
    if not packing:
        assert len(learnt) == len(DISTINCT) - 1


@pytest.mark.parametrize(
    ("rows", "says"), [(["花呗"], "fewer than two texts"), (["😀", "😃", "😄"], "unknown to the vocabulary")]
)
def test_too_few_texts_are_an_error(tmp_path, rows, says):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    with pytest.raises(YijuError, match=says):
        read_texts(texts(tmp_path / "texts.parquet", rows), tokenizer, SETTINGS)


def test_a_list_of_words_is_what_is_cut_by(tmp_path):
    tokenizer = load_tokenizer(model_folder(tmp_path))
    (tmp_path / "words.txt").write_text("花呗\n", encoding="utf-8")
    settings = SETTINGS | {"masking": "words", "dictionary": str(tmp_path / "words.txt")}
    learnt, _, _ = read_texts(texts(tmp_path / "texts.parquet", SENTENCES), tokenizer, settings)
    words = learnt.ids[learnt.ids >= CONTINUES] % CONTINUES
    # "vip" is one word too, and the vocabulary has it in pieces.
    assert set(tokenizer.convert_ids_to_tokens(words.tolist())) == {"呗", "##i", "##p"}
