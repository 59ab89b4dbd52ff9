"""Bi-encoders, as sentence-transformers saves them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import load_file

from families.architectures import ARCHITECTURES, with_opinions
from families.json_files import read_json, write_json
from families.library import need_sentence_transformers
from families.tokenizer_kinds import qwen3_embedding
from families.transformers_models import encoder

WIDTH = 32


def bi_encoder(
    architecture: str,
    folder: Path,
    pooling: str | None = None,
    normalize: bool = False,
    dense: int | None = None,
    max_length: int | None = None,
    include_prompt: bool = True,
    **options: Any,
) -> Path:
    """A folder of Transformer, Pooling, Dense where its width is given, and Normalize where that is asked for.

    pooling: cls, mean, max or lasttoken; the default is the last token for decoders, else the mean. max_length: tokens
    that are read at most; include_prompt: whether a prompt's tokens are pooled too; options: of SentenceTransformer, as
    prompts, default_prompt_name and similarity_fn_name.
    """
    need_sentence_transformers()
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    decoder = ARCHITECTURES[architecture].decoder
    with TemporaryDirectory() as before:
        encoder(architecture, Path(before), qwen3_embedding() if decoder else None)
        modules = [Transformer(before, max_seq_length=max_length)]
    mode = pooling or ("lasttoken" if decoder else "mean")
    modules.append(Pooling(WIDTH, mode, include_prompt=include_prompt))
    if dense:
        modules.append(with_opinions(Dense(WIDTH, dense)))
    if normalize:
        modules.append(Normalize())
    SentenceTransformer(modules=modules, device="cpu", **options).save_pretrained(str(folder), create_model_card=False)
    return folder


def older(architecture: str, folder: Path, **options: Any) -> Path:
    """The same as sentence-transformers before 5.4 saved it, which is how most bi-encoders of the hub are."""
    bi_encoder(architecture, folder, **options)
    for part in read_json(folder / "modules.json"):
        _OLDER[part["type"].rsplit(".", 1)[1]](folder / part["path"])
    kinds = [part | {"type": _older_type(part["type"])} for part in read_json(folder / "modules.json")]
    write_json(folder / "modules.json", kinds)
    kept = read_json(folder / "config_sentence_transformers.json")
    del kept["model_type"]
    write_json(folder / "config_sentence_transformers.json", kept)
    return folder


def _older_type(name: str) -> str:
    return f"sentence_transformers.models.{name.rsplit('.', 1)[1]}"


def _older_transformer(folder: Path) -> None:
    """The length stands in a file of its own, and the tokeniser's is longer."""
    told = read_json(folder / "tokenizer_config.json")
    write_json(
        folder / "sentence_bert_config.json", {"max_seq_length": told["model_max_length"], "do_lower_case": False}
    )
    write_json(folder / "tokenizer_config.json", told | {"model_max_length": 512})


def _older_pooling(folder: Path) -> None:
    """A key for each mode, true for the one that is meant."""
    mode = read_json(folder / "config.json")["pooling_mode"]
    keys = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "lasttoken": "lasttoken"}
    modes = {f"pooling_mode_{key}": name == mode for name, key in keys.items()}
    write_json(folder / "config.json", {"word_embedding_dimension": WIDTH} | modes)


def _older_dense(folder: Path) -> None:
    """Weights in a pickle, and no names of what goes in and out."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    told = read_json(folder / "config.json")
    write_json(folder / "config.json", {key: value for key, value in told.items() if not key.startswith("module_")})


def _older_normalize(folder: Path) -> None:
    """An empty folder."""
    (folder / "config.json").unlink()


_OLDER = {
    "Transformer": _older_transformer,
    "Pooling": _older_pooling,
    "Dense": _older_dense,
    "Normalize": _older_normalize,
}
