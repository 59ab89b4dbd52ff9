"""Decoder rerankers: language models whose answer, "yes" or "no", is the score."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from families import prompts
from families.library import need_sentence_transformers
from families.transformers_models import causal


def plain(architecture: str, folder: Path) -> Path:
    """As Qwen3-Reranker was first published: a language model with a chat template that knows no pairs.

    Neither the prompt nor the answers are written in any file; the tokeniser alone has tokens "yes" and "no".
    """
    return causal(architecture, folder, prompts.CHAT_TEMPLATE)


def with_modules(architecture: str, folder: Path, contrast: bool = True, instruction: str | None = None) -> Path:
    """As sentence-transformers saves one: Transformer and LogitScore, and a chat template that renders a pair.

    contrast: whether the logit of "no" is taken off that of "yes"; instruction: of a default prompt, which takes the
    place of the one in the template.
    """
    need_sentence_transformers()
    from sentence_transformers import CrossEncoder
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.cross_encoder.modules import LogitScore

    with TemporaryDirectory() as before:
        causal(architecture, Path(before), prompts.PAIR_TEMPLATE)
        body = Transformer(before, transformer_task="text-generation")
    yes, no = (body.tokenizer.convert_tokens_to_ids(answer) for answer in prompts.ANSWERS)
    options = {"prompts": {"query": instruction}, "default_prompt_name": "query"} if instruction else {}
    score = LogitScore(true_token_id=yes, false_token_id=no if contrast else None)
    CrossEncoder(modules=[body, score], device="cpu", **options).save_pretrained(str(folder), create_model_card=False)
    return folder
