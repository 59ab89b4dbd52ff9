"""Late-interaction models, as sentence-transformers saves them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from families.architectures import ARCHITECTURES, with_opinions
from families.json_files import write_json
from families.library import need_sentence_transformers
from families.transformers_models import encoder

WIDTH, PROJECTED = 32, 16
PROMPTS = {"query": "[Q] ", "document": "[D] "}
PYLATE = {
    "model_type": "ColBERT",
    "prompts": {},
    "default_prompt_name": None,
    "similarity_fn_name": "MaxSim",
    "query_prefix": PROMPTS["query"],
    "document_prefix": PROMPTS["document"],
    "query_length": 24,
    "document_length": 48,
    "attend_to_expansion_tokens": False,
    "do_query_expansion": True,
}


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
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


def pylate(architecture: str, folder: Path, skiplist: list[str] | None = None) -> Path:
    """As PyLate saves one: markers that are tokens, keys of its own in the config, two modules alone.

    skiplist: tokens that are not scored; the default is PyLate's own, which is ASCII punctuation.
    """
    need_sentence_transformers()
    from sentence_transformers.base.modules import Dense
    from torch import nn

    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    tokenizer.add_tokens(list(PROMPTS.values()))
    encoder(architecture, folder, tokenizer)
    dense = with_opinions(Dense(WIDTH, PROJECTED, bias=False, activation_function=nn.Identity()))
    (folder / "1_Dense").mkdir()
    dense.save(str(folder / "1_Dense"))
    keys = ("in_features", "out_features", "bias", "activation_function")
    write_json(folder / "1_Dense/config.json", {key: dense.get_config_dict()[key] for key in keys})
    write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Dense", "type": "pylate.models.Dense.Dense"},
        ],
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 31, "do_lower_case": False})
    config = PYLATE if skiplist is None else PYLATE | {"skiplist_words": skiplist}
    write_json(folder / "config_sentence_transformers.json", config)
    return folder
