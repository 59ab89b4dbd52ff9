"""Model folders that are damaged or made to do harm: one sentence that names the file, whoever opens them."""

import json
import re
import shutil
import struct

import pytest
import torch
from toys import SENTENCES

from yiju import Explainer
from yiju.app.cli import main as yiju
from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.start_encoder import start_encoder

pytestmark = pytest.mark.usefixtures("yiju_log")


def replaced(name, content):
    return name, lambda _: content


def changed(name, **keys):
    return name, lambda data: json.dumps(json.loads(data) | keys).encode()


def reworked(change):
    """tokenizer.json with a change, taken as it stands by the tokeniser's class."""

    def new(data):
        told = json.loads(data)
        change(told)
        return json.dumps(told).encode()

    return "tokenizer.json", new


def header(data, change):
    """Weights with another header: eight bytes of its length, JSON, then the numbers."""
    length = struct.unpack("<Q", data[:8])[0]
    told = json.loads(data[8 : 8 + length])
    change(told)
    written = json.dumps(told).encode()
    return struct.pack("<Q", len(written)) + written + data[8 + length :]


def first_shape(told, shape):
    told[min(name for name in told if name != "__metadata__")]["shape"] = shape


def half_prefixed(told):
    for name in sorted(name for name in told if name != "__metadata__")[1::2]:
        told[f"module.{name}"] = told.pop(name)


JSON_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json")
DEEP = b'{"a":' * 200_000
# name: (file, what becomes of it), what the message says
DAMAGED = {
    **{f"{name} is a brace": (replaced(name, b"{"), f"{name}: not a JSON file") for name in JSON_FILES},
    **{f"{name} is empty": (replaced(name, b""), f"{name}: not a JSON file") for name in JSON_FILES},
    **{f"{name} is a list": (replaced(name, b"[]"), f"{name}: not a JSON object") for name in JSON_FILES},
    **{f"{name} is a number": (replaced(name, b"7"), f"{name}: not a JSON object") for name in JSON_FILES},
    **{f"{name} is no text": (replaced(name, b"\xff\xfe{}"), f"{name}: not a JSON file") for name in JSON_FILES},
    **{f"{name} is as deep as a well": (replaced(name, DEEP), f"{name}: not a JSON file") for name in JSON_FILES},
    **{f"{name} with a mark": (replaced(name, b"\xef\xbb\xbf{}"), f"{name}: not a JSON file") for name in JSON_FILES},
    "no keys in the config": (replaced("config.json", b"{}"), ""),
    "unknown kind": (
        changed("config.json", model_type="evil"),
        'model_type is "evil"; transformers knows no such kind',
    ),
    "kind in capitals": (changed("config.json", model_type="BERT"), 'of model; write "bert" if that is meant'),
    "kind is a number": (changed("config.json", model_type=7), "config.json: model_type is 7;"),
    "kind is a list": (changed("config.json", model_type=["bert"]), 'model_type is ["bert"];'),
    **{
        f"margin {margin}": (changed("config.json", decision_margin=margin), "config.json: decision_margin is")
        for margin in ("0.5", None, True, [], {}, float("nan"), float("inf"), 10**400)
    },
    **{
        f"marker {marker}": (changed("config.json", match_marker=marker), "config.json: match_marker is")
        for marker in ("true", 1, None, {})
    },
    "marker without segment ids": (changed("config.json", match_marker=True), "config.json: match_marker needs four"),
    **{
        f"{key} {size}": (changed("config.json", **{key: size}), f"config.json: {key} is ")
        for key, sizes in {
            "hidden_size": (10**6, 10**12, 10**30),
            "num_hidden_layers": (10**4, 10**9),
            "vocab_size": (10**9, 1e12),
            "intermediate_size": (10**9,),
            "max_position_embeddings": (10**9,),
            "type_vocab_size": (10**9,),
            "num_attention_heads": (10**9,),
        }.items()
        for size in sizes
    },
    **{
        f"{key} is {value!r}": (
            changed("config.json", **{key: value}),
            f"config.json: {key} is {json.dumps(value)}; it must be a whole number from 1 on, without quotes",
        )
        for key, value in (
            *(("hidden_size", "large"), ("hidden_size", -16), ("hidden_size", 0), ("vocab_size", None)),
            *(("num_attention_heads", 0), ("num_hidden_layers", "2"), ("vocab_size", 37.0), ("num_labels", "2")),
        )
    },
    "heads that do not divide": (changed("config.json", num_attention_heads=3), ""),
    "padding beyond the vocabulary": (
        changed("config.json", pad_token_id=10**6),
        "config.json: pad_token_id is 1000000; it must be below vocab_size, which is",
    ),
    **{
        f"an activation that {'nobody knows' if value == 'evil' else f'is {value}'}": (
            changed("config.json", hidden_act=value),
            f"config.json: hidden_act is {json.dumps(value)}; transformers knows no such activation; BERT's is gelu",
        )
        for value in ("evil", None, 7, {})
    },
    **{
        f"{key} is {value!r}": (
            changed("config.json", **{key: value}),
            f"config.json: {key} is {json.dumps(value)}; it must be a number from 0 to below 1, without quotes",
        )
        for key, value in (
            *(("layer_norm_eps", "1e-12"), ("layer_norm_eps", None), ("hidden_dropout_prob", 7)),
            *(("attention_probs_dropout_prob", "0.1"), ("initializer_range", True)),
        )
    },
    "numbers of no type": (changed("config.json", dtype="float99"), 'config.json: dtype is "float99"; torch knows no'),
    "labels that are a list": (
        changed("config.json", id2label=[1, 2]),
        "; it must name labels by their numbers, such as",
    ),
    "labels that are a text": (
        changed("config.json", id2label="no"),
        "; it must name labels by their numbers, such as",
    ),
    "labels by other keys": (
        changed("config.json", id2label={"a": "b", "c": "d"}),
        "config.json: id2label numbers its two labels",
    ),
    "numbers of labels that are a list": (changed("config.json", label2id=[0, 1]), "config.json: label2id is "),
    "a tokeniser of nothing": (
        replaced("tokenizer.json", b"{}"),
        "tokenizer.json: not a tokeniser, for it lacks model and",
    ),
    "a key twice": (replaced("config.json", b'{"a": 1, "a": 2}'), "config.json: the key 'a' is in one object twice"),
    "half of the names with a prefix": (
        ("model.safetensors", lambda data: header(data, half_prefixed)),
        "some of its names begin with module. and the others do not: take it off the names",
    ),
    "no weights": (replaced("model.safetensors", b""), ""),
    "weights that are text": (replaced("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"), ""),
    "a header longer than the file": (replaced("model.safetensors", struct.pack("<Q", 10**15) + b"{}"), ""),
    "a header that is no JSON": (replaced("model.safetensors", struct.pack("<Q", 2) + b"{{"), ""),
    "a shape beyond the file": (
        ("model.safetensors", lambda data: header(data, lambda told: first_shape(told, [10**9, 10**9]))),
        "",
    ),
    "a shape that is none": (
        ("model.safetensors", lambda data: header(data, lambda told: first_shape(told, [-1]))),
        "",
    ),
    **{
        f"length {length}": (
            changed("tokenizer_config.json", model_max_length=length),
            "tokenizer_config.json: model_max_length is",
        )
        for length in (-5, 0, 4, "512", True, [512], float("nan"), float("-inf"))
    },
    "no pad_token": (changed("tokenizer_config.json", pad_token=None), ""),
    "a special token that is a number": (changed("tokenizer_config.json", cls_token=7), ""),
    "added tokens that are a text": (changed("tokenizer_config.json", added_tokens_decoder="x"), ""),
    "a class that is a number": (changed("tokenizer_config.json", tokenizer_class=7), ""),
    "tokens that are drawn at random": (
        reworked(lambda told: told["model"].update(dropout=0.1)),
        "tokenizer.json: model.dropout is 0.1, so that the same text",
    ),
    "no model of a tokeniser": (reworked(lambda told: told.update(model=None)), "tokenizer.json: "),
    "a vocabulary that is a list": (reworked(lambda told: told["model"].update(vocab=[1])), "tokenizer.json: "),
    "an id below zero": (reworked(lambda told: told["model"]["vocab"].update(x=-5)), "tokenizer.json: "),
    "no added tokens": (reworked(lambda told: told.pop("added_tokens")), ""),
    "a normaliser that nobody knows": (reworked(lambda told: told.update(normalizer={"type": "E"})), "tokenizer.json"),
    "a table that is none": (
        reworked(lambda told: told.update(normalizer={"type": "Precompiled", "precompiled_charsmap": "////fwAA"})),
        "tokenizer.json: ",
    ),
    "one character for ten thousand": (
        reworked(
            lambda told: told.update(
                normalizer={"type": "Replace", "pattern": {"String": "花"}, "content": "花" * 10_000}
            )
        ),
        "tokenizer.json: the tokeniser makes up to 10,000 characters of one",
    ),
}


@pytest.fixture(params=DAMAGED)
def damaged(request, plain_model, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(plain_model, folder)
    (name, change), said = DAMAGED[request.param]
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    return request.param, folder, said


def settings(folder, head="masked_lm"):
    own = {"source": "folder", "name": str(folder), "revision": None, "marks_matches": False}
    return own | {"max_length": 32, "seed": 1, "head": head}


def test_a_damaged_folder_is_refused_by_the_explainer_with_the_file(damaged, capfd):
    _, folder, said = damaged
    with pytest.raises(YijuError) as refused:
        Explainer.from_pretrained(folder)
    message = str(refused.value)
    assert str(folder) in message and said in message
    assert "\n" not in message and len(message) < 1000
    assert "panicked" not in capfd.readouterr().err


# What the doors share is tried at one of them; these at each.
FEW = ["config.json is a brace", "tokenizer.json is a brace", "hidden_size 1000000", "margin nan", "length -5"]
FEW += ["one character for ten thousand"]
MORE = ["unknown kind", "num_hidden_layers 10000", "no weights", "a header longer than the file", "no pad_token"]
MORE += ["a class that is a number", "an activation that nobody knows", "tokenizer_config.json is empty"]


@pytest.mark.parametrize("damaged", FEW + MORE, indirect=True)
def test_a_damaged_folder_starts_no_run(damaged, tmp_path):
    _, folder, said = damaged
    out = [tmp_path / "out" / file for file in FOLDER_FILES]
    for head in ("masked_lm", "classifier"):
        with pytest.raises(YijuError) as refused:
            start_encoder(settings(folder, head), None, out)
        assert str(folder) in str(refused.value) and said in str(refused.value)
        assert not (tmp_path / "out").exists()


COMMANDS = {
    "explain": ["explain", SENTENCES[0], SENTENCES[1], "--model"],
    "serve": ["serve", "--port", "0", "--model"],
    "export": ["export-onnx", "-o", "model.onnx"],
    "predict": ["predict", "pairs.tsv", "-o", "judged.csv", "--model"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damaged", FEW, indirect=True)
def test_a_command_ends_with_one_sentence_and_status_1(damaged, command, tmp_path, monkeypatch, caplog):
    _, folder, said = damaged
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.tsv").write_text("怎么开通花呗\t花呗怎样开通\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as end:
        yiju([*COMMANDS[command], str(folder)])
    assert end.value.code == 1
    (problem,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert str(folder) in problem.getMessage() and said in problem.getMessage()
    assert "defect" not in caplog.text and problem.exc_info is None
    assert sorted(tmp_path.rglob("*")) == before


CONVERTED = ["config.json is a brace", "tokenizer.json is a brace", "tokenizer.json is empty", "length -5"]
CONVERTED += ["one character for ten thousand", "margin nan"]


@pytest.mark.parametrize("damaged", CONVERTED, indirect=True)
def test_a_damaged_folder_is_not_converted(damaged, tmp_path):
    _, folder, said = damaged
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(YijuError, match=re.escape(said)):
        convert_checkpoint(folder, tmp_path / "out")
    assert not list(tmp_path.glob("*out*")) and not list(tmp_path.glob(".*"))
