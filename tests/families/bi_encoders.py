"""Bi-encoders, as sentence-transformers saves them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from families.architectures import ARCHITECTURES, with_opinions
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
    **options: Any,
) -> Path:
    """A folder of Transformer, Pooling, Dense where its width is given, and Normalize where that is asked for.

    pooling: cls, mean, max or lasttoken; the default is the last token for decoders, else the mean. max_length: what
    sentence_bert_config.json says; options: of SentenceTransformer: prompts, default_prompt_name, similarity_fn_name.
    """
    need_sentence_transformers()
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    decoder = ARCHITECTURES[architecture].decoder
    with TemporaryDirectory() as before:
        encoder(architecture, Path(before), qwen3_embedding() if decoder else None)
        modules = [Transformer(before, max_seq_length=max_length)]
    modules.append(Pooling(WIDTH, pooling or ("lasttoken" if decoder else "mean")))
    if dense:
        modules.append(with_opinions(Dense(WIDTH, dense)))
    if normalize:
        modules.append(Normalize())
    SentenceTransformer(modules=modules, device="cpu", **options).save_pretrained(str(folder))
    return folder
