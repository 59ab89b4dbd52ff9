"""Folders in the forms in which hubs have them: each function changes a copy that the test may alter.

`SAME` hold the same model as before; a model cannot be read from those of `BROKEN`, or not without running their code.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from families.architectures import ARCHITECTURES
from families.json_files import read_json, write_json

WEIGHTS, INDEX, PICKLE = "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json")
# What the encoders' names begin with in a model with a head.
BASE = re.compile(r"^(?:bert|roberta|deberta|electra|ernie|albert|distilbert|model)\.")
HEAD = re.compile(r"^(?:classifier|pre_classifier|score|head)\.")
SENTENCEPIECE = {"xlm-roberta": "sentencepiece.bpe.model", "deberta-v2": "spm.model", "albert": "spiece.model"}
REMOTE = "modeling_special.py"
RAN = "code-ran"

Form = Callable[[Path], None]


def rewritten(folder: Path, out: Path, form: Form) -> Path:
    """A copy of a folder in another form."""
    shutil.copytree(folder, out)
    form(out)
    return out


def pickle_alone(folder: Path) -> None:
    """pytorch_model.bin in place of safetensors."""
    torch.save(load_file(folder / WEIGHTS), folder / PICKLE)
    (folder / WEIGHTS).unlink()


def old_names(folder: Path) -> None:
    """LayerNorm.gamma and LayerNorm.beta, as the first checkpoints of BERT have them."""
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    _rename(folder, lambda name: re.sub("|".join(old), lambda found: old[found[0]], name))


def without_prefix(folder: Path) -> None:
    """The encoder's weights without `bert.` before their names, the head's as they were."""
    _rename(folder, lambda name: BASE.sub("", name))


def with_prefix(folder: Path) -> None:
    """The weights of a bare encoder with the name of its kind before theirs."""
    kind = read_json(folder / "config.json")["model_type"].split("-")[0]
    _rename(folder, lambda name: f"{kind}.{name}")


def more_heads(folder: Path) -> None:
    """What pretraining leaves in the file beside the model, and a table of positions in order."""
    width = next(value.shape[1] for name, value in load_file(folder / WEIGHTS).items() if "word_embeddings" in name)
    beside = {
        "cls.predictions.transform.dense.weight": torch.ones(width, width),
        "cls.predictions.bias": torch.ones(7),
        "cls.seq_relationship.weight": torch.ones(2, width),
        "bert.embeddings.position_ids": torch.arange(128)[None],
    }
    save_file(load_file(folder / WEIGHTS) | beside, folder / WEIGHTS, {"format": "pt"})


def shards(folder: Path) -> None:
    """Two files of weights with an index that says which holds what."""
    state = load_file(folder / WEIGHTS)
    names = sorted(state)
    parts = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, held in parts.items():
        save_file({name: state[name] for name in held}, folder / file, {"format": "pt"})
    index = {
        "metadata": {"total_size": sum(value.nbytes for value in state.values())},
        "weight_map": {name: file for file, held in parts.items() for name in held},
    }
    write_json(folder / INDEX, index)
    (folder / WEIGHTS).unlink()


def pickled_shards(folder: Path) -> None:
    """The same as pickles."""
    shards(folder)
    index = read_json(folder / INDEX)
    for file in set(index["weight_map"].values()):
        torch.save(load_file(folder / file), folder / _pickle_of(file))
        (folder / file).unlink()
    index["weight_map"] = {name: _pickle_of(file) for name, file in index["weight_map"].items()}
    write_json(folder / f"{PICKLE}.index.json", index)
    (folder / INDEX).unlink()


def half_precision(folder: Path) -> None:
    """Weights in float16, which the config says too: another model than before, as numbers are rounded."""
    state = {name: value.half() for name, value in load_file(folder / WEIGHTS).items()}
    save_file(state, folder / WEIGHTS, {"format": "pt"})
    _change(folder / "config.json", dtype="float16")


def tokenizer_json_alone(folder: Path) -> None:
    """No file of a tokeniser but tokenizer.json."""
    for name in TOKENIZER_FILES[1:]:
        (folder / name).unlink(missing_ok=True)


def vocabulary_alone(folder: Path) -> None:
    """vocab.txt, or vocab.json and merges.txt, and no other file of a tokeniser."""
    model = read_json(folder / "tokenizer.json")["model"]
    if model["type"] == "WordPiece":
        tokens = sorted(model["vocab"], key=model["vocab"].get)
        (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    else:
        write_json(folder / "vocab.json", model["vocab"])
        merges = "".join(f"{first} {second}\n" for first, second in model["merges"])
        (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")
    _drop_tokenizer(folder)


def sentencepiece_alone(folder: Path) -> None:
    """A file of SentencePiece, and no other file of a tokeniser."""
    pytest.importorskip("google.protobuf", reason="protobuf is not installed")
    from transformers.utils import sentencepiece_model_pb2_new as messages

    architecture, tokenizer = read_json(folder / "config.json")["model_type"], read_json(folder / "tokenizer.json")
    pieces = [tuple(piece) for piece in tokenizer["model"]["vocab"]]
    if architecture == "xlm-roberta":
        # Its tokeniser puts <pad> in, exchanges the first ones, and adds <mask>.
        pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), *pieces[4:-1]]
    file = messages.ModelProto()
    unknown = AutoTokenizer.from_pretrained(folder).unk_token
    for piece, score in pieces:
        file.pieces.add(piece=piece, score=score, type=_type_of(piece, unknown))
    file.trainer_spec.model_type = messages.TrainerSpec.UNIGRAM
    file.trainer_spec.unk_id = [piece for piece, _ in pieces].index(unknown)
    table = (tokenizer["normalizer"] or {}).get("precompiled_charsmap", "")
    file.normalizer_spec.precompiled_charsmap = base64.b64decode(table)
    (folder / SENTENCEPIECE[architecture]).write_bytes(file.SerializeToString())
    _drop_tokenizer(folder)


def without_head(folder: Path) -> None:
    """A bare encoder under the config of a classifier."""
    state = {name: value for name, value in load_file(folder / WEIGHTS).items() if not HEAD.match(name)}
    save_file(state, folder / WEIGHTS, {"format": "pt"})


def remote_code(folder: Path) -> None:
    """A model of its own kind, whose code lies beside it and would write a file when it is run."""
    code = f"from pathlib import Path\nPath({str(folder / RAN)!r}).touch()\nclass Config: ...\nclass Model: ...\n"
    (folder / REMOTE).write_text(code, encoding="utf-8")
    module = REMOTE.removesuffix(".py")
    auto_map = {"AutoConfig": f"{module}.Config", "AutoModelForSequenceClassification": f"{module}.Model"}
    _change(folder / "config.json", model_type="special", auto_map=auto_map)


ALL = tuple(ARCHITECTURES)
# Of a name of its own for the table of words, or with a vocabulary that is more than its words.
WITH_WORD_EMBEDDINGS = tuple(name for name in ALL if name not in ("modernbert", "qwen3"))
OF_WORDS = ("bert", "electra", "ernie", "distilbert", "roberta", "qwen3")
SAME: dict[str, tuple[Form, tuple[str, ...]]] = {
    "pickle alone": (pickle_alone, ALL),
    "old names": (old_names, WITH_WORD_EMBEDDINGS),
    "without prefix": (without_prefix, ALL),
    "more heads": (more_heads, WITH_WORD_EMBEDDINGS),
    "shards": (shards, ALL),
    "pickled shards": (pickled_shards, ALL),
    "tokenizer.json alone": (tokenizer_json_alone, ALL),
    "vocabulary alone": (vocabulary_alone, OF_WORDS),
}
BROKEN: dict[str, Form] = {"without head": without_head, "remote code": remote_code}


def _rename(folder: Path, new: Callable[[str], str]) -> None:
    state = {new(name): value for name, value in load_file(folder / WEIGHTS).items()}
    save_file(state, folder / WEIGHTS, {"format": "pt"})


def _change(path: Path, **keys: object) -> None:
    write_json(path, read_json(path) | keys)


def _drop_tokenizer(folder: Path) -> None:
    for name in TOKENIZER_FILES:
        (folder / name).unlink(missing_ok=True)


def _pickle_of(file: str) -> str:
    return file.replace("model-", "pytorch_model-").replace(".safetensors", ".bin")


def _type_of(piece: str, unknown: str) -> int:
    """The kind of a piece in a file of SentencePiece: 1 usual, 2 unknown, 3 control."""
    special = piece.startswith(("<", "[")) and piece.endswith((">", "]")) and len(piece) > 2
    return 2 if piece == unknown else 3 if special else 1
