"""Tokenisers of checkpoints: the ids that their files mean, before and after, or a refusal that names the file."""

import base64
import json
import os
import shutil
import struct
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch

import pytest
import torch
from tokenizers import AddedToken, normalizers
from toys import model_folder
from transformers import AlbertTokenizer, BertTokenizer

from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES, TOKENIZER_SOURCES
from yiju.models.start_encoder import download
from yiju.models.token_growth import _growth
from yiju.models.tokens import encode
from yiju.models.vocabulary import read_vocabulary

TEXTS = ["怎么开通花呗", "ＶＩＰ　手機😀", "Café naïve ÉCOLE", "微粒贷怎么还款", "微粒 贷", "[MASK] 花", "", "##p p"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return model_folder(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def tokens(plain):
    numbers = load_tokenizer(plain).get_vocab()
    return sorted(numbers, key=numbers.get)


def checkpoint(plain, folder, files, **config):
    """A folder with the model of another one, the given tokeniser files and changes of its config."""
    folder.mkdir()
    shutil.copy(plain / "model.safetensors", folder)
    known = json.loads((plain / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(known | config), encoding="utf-8")
    for name, content in files.items():
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / name).write_bytes(data)
    return folder


def ids(tokenizer):
    return [tokenizer(text)["input_ids"] for text in TEXTS]


def lined(tokens, end="\n"):
    return "".join(f"{token}{end}" for token in tokens)


SAME = {
    "as it should be": lambda tokens: lined(tokens).encode(),
    "no newline at the end": lambda tokens: lined(tokens).rstrip("\n").encode(),
    "blank lines at the end": lambda tokens: (lined(tokens) + "\n\n").encode(),
    "carriage returns": lambda tokens: lined(tokens, "\r\n").encode(),
    "byte-order mark": lambda tokens: lined(tokens).encode("utf-8-sig"),
    "mark and carriage returns": lambda tokens: lined(tokens, "\r\n").encode("utf-8-sig"),
    "spaces at the ends": lambda tokens: lined(tokens, " \n").encode(),
}
REFUSED = {
    "GBK": (lambda tokens: lined(tokens).encode("gbk"), r"not UTF-8 at byte \d+; .* iconv -f GB18030"),
    "UTF-16": (lambda tokens: lined(tokens).encode("utf-16"), r"not UTF-8 at byte 0; .* iconv -f UTF-16 "),
    "UTF-16 without a mark": (lambda tokens: lined(tokens).encode("utf-16-le"), "iconv -f UTF-16LE"),
    "a blank line": (lambda tokens: lined(tokens).replace("花", "\n花", 1).encode(), r"line \d+: empty"),
    "carriage returns alone": (lambda tokens: lined(tokens, "\r").encode(), "end with a carriage return alone; .*tr "),
    "numbers beside the tokens": (lambda tokens: lined(tokens, "\t7\n").encode(), "line 1: .* is more than a token"),
    "nothing": (lambda _: b"", "empty"),
    **{
        f"no [{name}]": (
            lambda tokens, name=name: lined(token for token in tokens if token != f"[{name}]").encode(),
            rf"\[{name}\] missing",
        )
        for name in ("PAD", "UNK", "CLS", "SEP", "MASK")
    },
}


@pytest.mark.parametrize("written", SAME.values(), ids=SAME)
def test_a_vocabulary_means_the_same_however_its_lines_end(plain, tokens, tmp_path, written):
    folder = checkpoint(plain, tmp_path / "new", {"vocab.txt": written(tokens)})
    tokenizer = load_tokenizer(folder)
    assert tokenizer.get_vocab() == load_tokenizer(plain).get_vocab()
    assert ids(tokenizer) == ids(load_tokenizer(plain))
    assert read_vocabulary(folder / "vocab.txt") == tokens
    save_folder(load_model(folder, "masked_lm"), tokenizer, [tmp_path / "out" / name for name in FOLDER_FILES])
    assert ids(load_tokenizer(tmp_path / "out")) == ids(load_tokenizer(plain))


@pytest.mark.parametrize(("written", "said"), REFUSED.values(), ids=REFUSED)
def test_a_vocabulary_that_is_read_as_another_one_is_refused_by_file_and_line(plain, tokens, tmp_path, written, said):
    folder = checkpoint(plain, tmp_path / "new", {"vocab.txt": written(tokens)})
    for read in (lambda: load_tokenizer(folder), lambda: read_vocabulary(folder / "vocab.txt")):
        with pytest.raises(YijuError, match=f"vocab.txt.*{said}"):
            read()


def test_a_token_that_stands_there_twice_has_its_last_line_as_transformers_has_it(plain, tokens, tmp_path, caplog):
    folder = checkpoint(plain, tmp_path / "new", {"vocab.txt": lined([*tokens, "花"]).encode()})
    assert load_tokenizer(folder).get_vocab()["花"] == len(tokens)
    assert f"vocab.txt: '花' is in lines {tokens.index('花') + 1} and {len(tokens) + 1}" in caplog.text
    with pytest.raises(YijuError, match=r"vocab.txt: '花' is in line .* and again in line"):
        read_vocabulary(folder / "vocab.txt")


def test_white_space_that_is_a_token_stays_one(plain, tokens, tmp_path):
    more = [*tokens, "\u2028", "##\u2028", "\u3000", "龘"]
    folder = checkpoint(plain, tmp_path / "new", {"vocab.txt": lined(more).encode()})
    assert load_tokenizer(folder).get_vocab()["龘"] == len(tokens) + 3
    assert read_vocabulary(folder / "vocab.txt") == more


@pytest.mark.parametrize("kind", ["albert", "roberta", "deberta-v2"])
def test_a_vocabulary_that_the_class_does_not_read_is_refused_with_the_class_that_does(plain, tokens, tmp_path, kind):
    files = {"vocab.txt": lined(tokens).encode()}
    folder = checkpoint(plain, tmp_path / "new", files, model_type=kind)
    with pytest.raises(YijuError, match=r'vocab.txt: \S+ does not read it.*\{"tokenizer_class": "BertTokenizer"\}'):
        load_tokenizer(folder)
    # As the message says.
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}', encoding="utf-8")
    assert ids(load_tokenizer(folder)) == ids(load_tokenizer(plain))


OPTIONS = {
    "as BERT has them": {},
    "cased": {"do_lower_case": False},
    "accents kept": {"strip_accents": False},
    "accents stripped, cased": {"strip_accents": True, "do_lower_case": False},
    "Chinese characters in words": {"tokenize_chinese_chars": False},
    "another padding": {"pad_token": "[unused1]"},
}
EXTRA = ["é", "##é", "花呗", "VIP", "E", "[unused1]"]


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("added", [False, True], ids=["plain", "with added tokens"])
def test_what_is_saved_gives_the_ids_of_what_was_loaded(plain, tokens, tmp_path, options, added):
    more = [*tokens, *EXTRA]
    files = {"vocab.txt": lined(more).encode(), "tokenizer_config.json": options | {"tokenizer_class": "BertTokenizer"}}
    if added:
        files["added_tokens.json"] = {"微粒贷": len(more), "[NEW]": len(more) + 1}
        files["special_tokens_map.json"] = {"additional_special_tokens": ["[NEW]"], "mask_token": "[MASK]"}
    folder = checkpoint(plain, tmp_path / "old", files)
    loaded = load_tokenizer(folder)
    assert loaded.get_vocab()["花呗"] == more.index("花呗")
    if added:
        assert loaded("微粒贷", add_special_tokens=False)["input_ids"] == [len(more)]
        assert "[NEW]" in loaded.all_special_tokens
    save_folder(load_model(folder, "masked_lm"), loaded, [tmp_path / "out" / name for name in FOLDER_FILES])
    saved = load_tokenizer(tmp_path / "out")
    assert ids(saved) == ids(loaded)
    assert saved.all_special_ids == loaded.all_special_ids
    assert saved.get_vocab() == loaded.get_vocab()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FOLDER_FILES)


def test_tokens_that_were_added_with_transformers_survive(plain, tmp_path):
    tokenizer = BertTokenizer.from_pretrained(plain)
    tokenizer.add_tokens(["微粒贷", AddedToken("蚂蚁", single_word=True)])
    tokenizer.add_special_tokens({"additional_special_tokens": ["[Q]"]})
    model = load_model(plain, "masked_lm")
    model.resize_token_embeddings(len(tokenizer))
    for name in ("one", "two"):
        save_folder(model, tokenizer, [tmp_path / name / file for file in FOLDER_FILES])
        assert ids(load_tokenizer(tmp_path / name)) == ids(tokenizer)
        tokenizer = load_tokenizer(tmp_path / name)


PIECES = [(piece, -0.1 * number) for number, piece in enumerate(["▁", "怎", "么", "花呗", "▁vip", "开", "通", "花"])]
SPECIAL_PIECES = [(piece, 0.0) for piece in ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")]


@pytest.mark.parametrize("options", [{}, {"do_lower_case": False}, {"keep_accents": True}], ids=str)
def test_a_tokeniser_of_sentencepiece_is_saved_whole(plain, tmp_path, options):
    given = AlbertTokenizer(vocab=SPECIAL_PIECES + PIECES, **options)
    given.add_tokens(["微粒贷"])
    assert given.tokenize("怎么开通花呗")[-1] == "花呗"
    folder = checkpoint(plain, tmp_path / "old", {}, model_type="albert")
    given.save_pretrained(folder)
    loaded = load_tokenizer(folder)
    assert ids(loaded) == ids(given)
    save_folder(load_model(plain, "masked_lm"), loaded, [tmp_path / "out" / name for name in FOLDER_FILES])
    # With the config of an ALBERT, as the workflow would save it.
    shutil.copy(folder / "config.json", tmp_path / "out")
    assert ids(load_tokenizer(tmp_path / "out")) == ids(given)


@pytest.mark.parametrize("name", ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model"])
def test_a_damaged_model_of_sentencepiece_is_refused_with_how_to_get_a_tokenizer_json(plain, tmp_path, name):
    kind = "albert" if name == "spiece.model" else "xlm-roberta"
    folder = checkpoint(plain, tmp_path / "new", {name: b"none"}, model_type=kind)
    with pytest.raises(YijuError, match=rf"{name}: the tokeniser cannot be loaded .*; tokenizer.json is needed"):
        load_tokenizer(folder)


def test_a_tokenizer_json_that_the_class_reads_otherwise_is_told(plain, tmp_path, caplog):
    told = json.loads((plain / "tokenizer.json").read_text(encoding="utf-8"))
    told["normalizer"]["lowercase"] = False
    folder = checkpoint(plain, tmp_path / "new", {"tokenizer.json": told})
    load_tokenizer(folder)
    assert "BertTokenizer, which" in caplog.text and "otherwise than tokenizer.json says" in caplog.text
    caplog.clear()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', encoding="utf-8")
    load_tokenizer(folder)
    assert not caplog.text


def test_every_file_of_a_tokeniser_is_converted_and_downloaded(plain, tokens, tmp_path, monkeypatch):
    files = {"vocab.txt": lined(tokens).encode(), "added_tokens.json": {"微粒贷": len(tokens)}}
    files |= {"special_tokens_map.json": {"mask_token": "[MASK]"}, "merges.txt": b"", "spiece.model": b"none"}
    model = load_model(plain, "masked_lm")
    model.resize_token_embeddings(len(tokens) + 1)
    old = checkpoint(plain, tmp_path / "old", files, vocab_size=len(tokens) + 1)
    (old / "model.safetensors").unlink()
    torch.save(model.state_dict(), old / "pytorch_model.bin")
    convert_checkpoint(old, tmp_path / "new")
    assert all((tmp_path / "new" / name).read_bytes() == (old / name).read_bytes() for name in files)
    assert ids(load_tokenizer(tmp_path / "new")) == ids(load_tokenizer(old))

    asked = {}
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **options: asked.update(options) or name)
    download("owner/name", "0" * 40)
    assert {*TOKENIZER_SOURCES, "modules.json", "artifact.metadata"} <= {*asked["allow_patterns"]}
    listed = ("1_LogitScore/config.json", "0_Transformer/model.safetensors", "chat_template.jinja", "onnx/config.json")
    fetched = [any(fnmatch(name, pattern) for pattern in asked["allow_patterns"]) for name in listed]
    assert fetched == [True, True, True, False]


GROWING = {
    "one for ten thousand": {"type": "Replace", "pattern": {"String": "花"}, "content": "花" * 10_000},
    "ten times ten times ten": {
        "type": "Sequence",
        "normalizers": [{"type": "Replace", "pattern": {"Regex": "."}, "content": "花" * 10}] * 9,
    },
    "before every text": {"type": "Prepend", "prepend": "花" * 100_000},
    "bytes of bytes of bytes": {"type": "Sequence", "normalizers": [{"type": "ByteLevel"}] * 30},
}


@pytest.mark.parametrize("normalizer", GROWING.values(), ids=GROWING)
@pytest.mark.parametrize("kind", ["PreTrainedTokenizerFast", "BertTokenizer"])
def test_a_tokeniser_that_multiplies_its_input_is_refused_before_it_reads_any(plain, tmp_path, kind, normalizer):
    told = json.loads((plain / "tokenizer.json").read_text(encoding="utf-8")) | {"normalizer": normalizer}
    files = {"tokenizer.json": told, "tokenizer_config.json": {"tokenizer_class": kind}}
    with pytest.raises(YijuError, match=r"tokenizer\.json: the tokeniser makes up to [\d,]+ characters of one"):
        load_tokenizer(checkpoint(plain, tmp_path / "new", files))


def test_more_tokens_than_any_text_has_are_refused_where_they_are_made(plain):
    tokenizer = load_tokenizer(plain)
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("花", "花 " * 500)
    with pytest.raises(YijuError, match=r"500 tokens of the 1 characters '花'"):
        encode(tokenizer, ["怎么", "花"], spans=True)


def test_a_pattern_with_too_many_ways_to_read_a_text_is_refused(plain, tmp_path, capfd):
    told = json.loads((plain / "tokenizer.json").read_text(encoding="utf-8"))
    told |= {
        "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated", "invert": False},
    }
    files = {"tokenizer.json": told, "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}
    with pytest.raises(YijuError, match=r"tokenizer\.json: the tokeniser fails on a short text \(.*retry-limit"):
        load_tokenizer(checkpoint(plain, tmp_path / "new", files))
    assert capfd.readouterr().err == ""


def test_standard_error_is_as_before_after_many_threads_have_loaded_a_tokeniser(plain, capfd):
    with ThreadPoolExecutor(8) as pool:
        assert len({len(one) for one in pool.map(load_tokenizer, [plain] * 16)}) == 1
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"


def test_a_tokeniser_is_loaded_without_a_standard_error(plain):
    kept = os.dup(2)
    os.close(2)
    try:
        found = load_tokenizer(plain)("花")["input_ids"]
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    assert len(found) == 3


def test_a_panic_over_a_text_names_the_model_and_is_an_error_for_people(plain, monkeypatch):
    panic = type("PanicException", (BaseException,), {})

    def spell(*_):
        raise panic("index out of bounds")

    monkeypatch.setattr("yiju.models.tokenized_texts._spell", spell)
    with pytest.raises(YijuError, match=rf"{plain}: the tokeniser fails on a text \(index out of bounds\)"):
        encode(load_tokenizer(plain), ["花"], spans=True)


def test_a_table_of_sentencepiece_that_is_too_long_a_text_for_a_character_counts():
    table = struct.pack("<I", 8) + bytes(8) + "صلى الله".encode() + b"\0" + ("长" * 300).encode() + b"\0"
    assert _growth({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(table).decode()}) == 300
