"""Late-interaction models, as sentence-transformers saves them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from families.architectures import with_opinions
from families.library import need_sentence_transformers
from families.transformers_models import encoder

WIDTH, PROJECTED = 32, 16
PROMPTS = {"query": "[Q] ", "document": "[D] "}


def late_interaction(
    architecture: str,
    folder: Path,
    expansion: dict[str, Any] | None = None,
    skiplist: list[str] | None = None,
    prompts: dict[str, str] | None = None,
    **options: Any,
) -> Path:
    """A folder of Transformer, a projection of each token, the mask of scored tokens, and Normalize.

    expansion: of queries, as sentence-transformers names it; skiplist: tokens of a document that are not scored;
    options: of MultiVectorEncoder, such as similarity_fn_name.
    """
    need_sentence_transformers()
    from sentence_transformers import MultiVectorEncoder
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
    from torch import nn

    with TemporaryDirectory() as before:
        encoder(architecture, Path(before))
        body = Transformer(before, query_expansion=expansion)
    tokens = {"module_input_name": "token_embeddings"}
    modules = [
        body,
        with_opinions(Dense(WIDTH, PROJECTED, bias=False, activation_function=nn.Identity(), **tokens)),
        MultiVectorMask(skiplist_words=skiplist),
        Normalize(**tokens),
    ]
    model = MultiVectorEncoder(modules=modules, prompts=prompts or PROMPTS, device="cpu", **options)
    model.save_pretrained(str(folder))
    return folder
