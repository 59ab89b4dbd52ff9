"""A vocabulary of another language: refused before a training begins, with how much it lacks and what to do."""

import polars as pl
import pytest
from test_finetune_fold import CONFIG, trained
from test_posttrain import SETTINGS, texts
from tokenizers import Tokenizer, models
from toys import SENTENCES, model_folder
from transformers import PreTrainedTokenizerFast

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.models.build import build_tokenizer
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.vocabulary import SPECIALS
from yiju.training import known
from yiju.training.known import require_known, unknown_characters
from yiju.training.posttrain import posttrain_encoder

# 4 of 16 characters are in no sentence of the toys.
PARTLY = ["怎么 开通龘", "花呗怎样开通", "龘 手机龘靐"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return model_folder(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """A model whose vocabulary knows no Chinese, as BERT's English one hardly does."""
    folder = model_folder(tmp_path_factory.mktemp("foreign"))
    tokenizer = build_tokenizer([*SPECIALS, *"abcdefghijklmnop", "花"], 32)
    save_folder(load_model(folder, "masked_lm"), tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


def test_unknown_characters_are_counted_without_white_space(plain):
    found, characters = unknown_characters(load_tokenizer(plain), [*PARTLY, "", " \u3000"])
    assert (dict(found), characters) == ({"龘": 3, "靐": 1}, 16)


def test_characters_of_a_word_that_is_unknown_as_a_whole_count_each(plain):
    found, characters = unknown_characters(load_tokenizer(plain), ["花 xyzxy"])
    assert (dict(found), characters) == ({"x": 2, "y": 2, "z": 1}, 6)


def test_a_tokeniser_without_an_unknown_token_knows_everything():
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({"a": 0}, [])))
    assert unknown_characters(tokenizer, ["花呗"]) == ({}, 2)


@pytest.mark.parametrize(("unknown", "level"), [(0, None), (2, None), (3, "WARNING"), (20, "WARNING"), (21, "ERROR")])
def test_a_few_unknown_characters_are_nothing_more_are_told_and_many_are_refused(
    plain, tmp_path, caplog, unknown, level
):
    table = texts(tmp_path / "texts.parquet", ["花" * (100 - unknown), "龘" * unknown])
    arguments = load_tokenizer(plain), table, tables.TEXTS, ("text", "second"), "posttrain.corpora"
    said = f"lacks {unknown}.0% of the characters in a sample of 2 texts of posttrain.corpora, first of all 龘"
    if level == "ERROR":
        with pytest.raises(YijuError, match=rf"{said}; more than 20% cannot be learnt from: .*\(encoder.name\)"):
            require_known(*arguments)
        return
    require_known(*arguments)
    assert [record.levelname for record in caplog.records] == ([level] if level else [])
    assert (said in caplog.text) == bool(level)


def test_the_sample_is_spread_over_the_whole_table(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(known, "SAMPLE", 10)
    rows = pl.DataFrame(
        {"text": ["花"] * 500 + ["龘"] * 500, "second": None, "corpus": "toy"}, schema=pl.Schema(tables.TEXTS)
    )
    tables.write(rows, tmp_path / "texts", tables.TEXTS)
    with pytest.raises(YijuError, match=r"lacks 50.0% of the characters in a sample of 10 texts"):
        require_known(load_tokenizer(plain), tmp_path / "texts", tables.TEXTS, ("text", "second"), "posttrain.corpora")


def test_post_training_with_a_vocabulary_of_another_language_does_not_begin(foreign, tmp_path):
    table = texts(tmp_path / "texts.parquet", SENTENCES)
    machine = {"device": "cpu", "threads": 1, "batch_tokens": 200}
    settings = CONFIG["posttrain"] | CONFIG["training"] | SETTINGS
    places = [str(tmp_path / "out" / name) for name in FOLDER_FILES], str(tmp_path / "steps"), str(tmp_path / "work")
    with pytest.raises(YijuError, match=r"posttrain\.corpora, first of all .*the language of the corpora"):
        posttrain_encoder(str(table), str(foreign), settings, *places, machine)
    assert not (tmp_path / "out").exists()


def test_fine_tuning_with_a_vocabulary_of_another_language_does_not_begin(foreign, tmp_path):
    with pytest.raises(YijuError, match=r"finetune\.corpora, first of all .*the language of the corpora"):
        trained(tmp_path, "out", foreign, {})
    assert not list((tmp_path / "out").iterdir())
