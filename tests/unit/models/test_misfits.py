"""Parts of a checkpoint that do not belong together, and names of models that would be overlooked: said, or refused."""

import json
import os
import pickle
import shutil
import warnings

import pytest
import torch
from toys import classifier, model_folder

from yiju import Explainer
from yiju.app.cli import main as yiju
from yiju.app.cli.models import load
from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.fitting import tell_doubts
from yiju.models.folder import load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.start_encoder import start_encoder
from yiju.models.weights import read_weights


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def tokens(plain):
    numbers = load_tokenizer(plain).get_vocab()
    return sorted(numbers, key=numbers.get)


@pytest.fixture
def folder(plain, tmp_path):
    return shutil.copytree(plain, tmp_path / "model")


def changed(file, **keys):
    known = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(known | keys), encoding="utf-8")


def with_vocabulary(folder, tokens, **keys):
    """The folder with a vocab.txt of these tokens in the place of its tokenizer.json."""
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    changed(folder / "tokenizer_config.json", **keys)
    return folder


def warned(caplog, folder):
    caplog.clear()
    Explainer.from_pretrained(folder)
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_a_vocabulary_that_fits_is_not_doubted(folder, tokens, caplog):
    assert warned(caplog, folder) == []
    assert warned(caplog, with_vocabulary(folder, tokens)) == []


def test_what_is_doubtful_of_a_tokeniser_is_told_once(tmp_path, caplog):
    save_folder(*classifier(tmp_path, marker=True), [tmp_path / name for name in FOLDER_FILES])
    changed(tmp_path / "tokenizer_config.json", do_lower_case=False)
    (told,) = [said for said in warned(caplog, tmp_path) if "otherwise than tokenizer.json says" in said]
    assert "BertTokenizer" in told


def test_a_line_that_is_missing_from_a_vocabulary_is_told_with_the_numbers(folder, tokens, caplog):
    short = [token for token in tokens if token != tokens[20]]
    (told,) = warned(caplog, with_vocabulary(folder, short))
    assert f"the vocabulary has {len(short)} tokens and the model {len(tokens)} embeddings" in told
    assert str(folder) in told


def test_a_missing_line_is_told_before_a_training_too(tmp_path, caplog):
    model_folder(tmp_path / "in")
    numbers = load_tokenizer(tmp_path / "in").get_vocab()
    tokens = sorted(numbers, key=numbers.get)
    with_vocabulary(tmp_path / "in", [token for token in tokens if token != tokens[20]])
    settings = {"source": "folder", "name": str(tmp_path / "in"), "revision": None, "head": "classifier", "seed": 1}
    outputs = [tmp_path / "out" / name for name in FOLDER_FILES]
    start_encoder(settings | {"marks_matches": False, "max_length": 16}, None, outputs)
    assert f"the vocabulary has {len(tokens) - 1} tokens and the model {len(tokens)} embeddings" in caplog.text


@pytest.mark.parametrize(
    ("tokens", "rows", "doubted"), [(30, 32, False), (31, 32, True), (32, 32, False), (30, 37, True)]
)
def test_embeddings_that_are_rounded_up_are_usual(plain, caplog, tokens, rows, doubted):
    explainer = Explainer.from_pretrained(plain)
    model, tokenizer = explainer.model, explainer.tokenizer
    model.resize_token_embeddings(rows)
    tokenizer.get_vocab = lambda: {str(number): number for number in range(tokens)}
    caplog.clear()
    tell_doubts(model, tokenizer)
    assert ("embeddings" in caplog.text) is doubted


def test_a_special_token_of_another_id_than_the_config_says_is_told(folder, tokens, caplog):
    moved = [tokens[1], tokens[0], *tokens[2:]]
    (told,) = warned(caplog, with_vocabulary(folder, moved))
    assert "pad_token_id is 0 in config.json and 1 of the tokeniser" in told


def test_a_vocabulary_that_belies_its_tokenizer_config_is_refused(folder, tokens):
    known = {str(number): {"content": token} for number, token in enumerate(tokens[:5])}
    with_vocabulary(folder, [tokens[0], *tokens[2:10], tokens[1], *tokens[10:]], added_tokens_decoder=known)
    with pytest.raises(
        YijuError, match=r"vocab.txt: \[UNK\] is in line 10, so its id is 9, .* says 1: lines before it"
    ):
        Explainer.from_pretrained(folder)


def test_a_length_that_cuts_nearly_everything_off_is_told(folder, caplog):
    changed(folder / "tokenizer_config.json", model_max_length=5)
    (told,) = warned(caplog, folder)
    assert "model_max_length is 5 in tokenizer_config.json" in told
    assert "though the model has room for 32" in told


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_names_no_model(name):
    with pytest.raises(YijuError, match=r"^--model is empty; name a model folder, or owner/name"):
        load(name, None, None, "cpu", seed=1)
    with pytest.raises(YijuError, match=r"^name is empty; name a model folder, or owner/name"):
        Explainer.from_pretrained(name)


def test_a_folder_has_no_commit(plain):
    with pytest.raises(YijuError, match=r"this is a folder, of which there are no commits; leave --revision out"):
        load(str(plain), "0" * 40, None, "cpu", seed=1)
    with pytest.raises(YijuError, match=r"this is a folder, of which there are no commits; leave revision out"):
        Explainer.from_pretrained(plain, "0" * 40)


def test_a_checkpoint_of_the_hub_is_asked_for_in_the_words_of_the_place():
    with pytest.raises(YijuError, match=r"give its commit too: --model owner/name --revision <40 hexadecimal digits>$"):
        load("owner/name", None, None, "cpu", seed=1)
    with pytest.raises(YijuError, match=r'give its commit too: from_pretrained\("owner/name", revision="<40'):
        Explainer.from_pretrained("owner/name")


@pytest.mark.parametrize(
    "address", ["http://me:hunter2pw@host.cn/model", "//me:hunter2pw@host.cn/m", "me:hunter2pw@host"]
)
@pytest.mark.parametrize("revision", [None, "0" * 40])
def test_an_address_is_no_model_and_its_secret_is_not_repeated(address, revision, caplog, monkeypatch):
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    options = ["--model", address, *(["--revision", revision] if revision else [])]
    with pytest.raises(SystemExit) as end:
        yiju(["explain", "甲", "乙", *options])
    assert end.value.code == 1
    assert "hunter2pw" not in caplog.text
    assert "host" in caplog.text


class Hostile:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


WRITERS = {
    "torch": lambda held, file: torch.save(held, file),
    "torch, protocol 4": lambda held, file: torch.save(held, file, pickle_protocol=4),
    "torch, old": lambda held, file: torch.save(held, file, _use_new_zipfile_serialization=False),
    **{f"pickle {n}": lambda held, file, n=n: file.write_bytes(pickle.dumps(held, protocol=n)) for n in (0, 2, 4, 5)},
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("nested", [False, True])
def test_a_hostile_pickle_is_refused_without_advice_to_run_it(folder, tmp_path, write, nested):
    (folder / "model.safetensors").unlink()
    hostile = Hostile(tmp_path / "ran")
    write({"a": hostile, "w": torch.zeros(2)} if nested else hostile, folder / "pytorch_model.bin")
    with pytest.raises(YijuError, match=r"weights: (it holds .*, which yiju never|torch cannot read)") as told:
        convert_checkpoint(folder, tmp_path / "out")
    assert "weights_only" not in str(told.value)
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("error")
def test_a_program_is_no_weights(tmp_path):
    with warnings.catch_warnings(action="ignore"):
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "pytorch_model.bin"))
    with pytest.raises(YijuError, match=r"it holds a program \(TorchScript\), which yiju never loads"):
        read_weights(tmp_path, pickled=True)
