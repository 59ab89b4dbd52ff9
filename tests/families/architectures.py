"""The architectures of pair models: a tiny config of each, with its tokeniser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    AlbertConfig,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ErnieConfig,
    ModernBertConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen3Config,
    RobertaConfig,
    XLMRobertaConfig,
)

from families import tokenizer_kinds

# Tokens that an encoder reads at most; decoders read whole prompts.
POSITIONS, DECODER_POSITIONS = 128, 1024
WIDTH = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
# What is added to matrices, which start near zero, and to biases and scales, which all tokens share.
MATRIX, VECTOR = 0.3, 0.05


@dataclass(frozen=True)
class Architecture:
    """kind: the config's class; keys: what it is built with, besides the size of the vocabulary; decoder: whether a
    token sees only those before it."""

    kind: type[PreTrainedConfig]
    tokenizer: Callable[[], PreTrainedTokenizerBase]
    keys: dict[str, Any]
    decoder: bool = False

    @property
    def positions(self) -> int:
        return DECODER_POSITIONS if self.decoder else POSITIONS

    def config(self, tokenizer: PreTrainedTokenizerBase, **more: Any) -> PreTrainedConfig:
        """A tiny config for the tokeniser; more: keys of the family, such as num_labels."""
        names = ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id")
        ids = {name: getattr(tokenizer, name) for name in names}
        return self.kind(vocab_size=len(tokenizer), **ids, **self.keys, **more)

    def new_tokenizer(self) -> PreTrainedTokenizerBase:
        """The tokeniser, cut to what the model reads."""
        tokenizer = self.tokenizer()
        tokenizer.model_max_length = self.positions
        return tokenizer


def _encoder(
    kind: type[PreTrainedConfig], tokenizer: Callable[[], PreTrainedTokenizerBase], **more: Any
) -> Architecture:
    return Architecture(kind, tokenizer, WIDTH | {"max_position_embeddings": POSITIONS} | more)


DISENTANGLED = {
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 16,
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "position_biased_input": False,
    "type_vocab_size": 0,
}
ARCHITECTURES = {
    "bert": _encoder(BertConfig, tokenizer_kinds.bert),
    # RoBERTa's positions start after the id of the padding.
    "roberta": _encoder(
        RobertaConfig, tokenizer_kinds.roberta, max_position_embeddings=POSITIONS + 2, type_vocab_size=1
    ),
    "xlm-roberta": _encoder(
        XLMRobertaConfig, tokenizer_kinds.xlm_roberta, max_position_embeddings=POSITIONS + 2, type_vocab_size=1
    ),
    "deberta-v2": _encoder(DebertaV2Config, tokenizer_kinds.deberta_v2, **DISENTANGLED),
    "electra": _encoder(ElectraConfig, tokenizer_kinds.bert, embedding_size=16),
    "ernie": _encoder(ErnieConfig, tokenizer_kinds.bert, use_task_id=True, task_type_vocab_size=3),
    "albert": _encoder(AlbertConfig, tokenizer_kinds.albert, embedding_size=16),
    "distilbert": Architecture(
        DistilBertConfig,
        tokenizer_kinds.distilbert,
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": POSITIONS},
    ),
    # The second layer sees eight tokens at a time.
    "modernbert": _encoder(
        ModernBertConfig, tokenizer_kinds.modernbert, global_attn_every_n_layers=2, local_attention=8
    ),
    "qwen3": Architecture(
        Qwen3Config,
        tokenizer_kinds.qwen3,
        WIDTH
        | {
            "max_position_embeddings": DECODER_POSITIONS,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "tie_word_embeddings": True,
        },
        decoder=True,
    ),
}


def with_opinions(model: PreTrainedModel | torch.nn.Module, seed: int = 7) -> Any:
    """The model in evaluation mode with weights far enough from zero that different pairs get different scores."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * (MATRIX if weight.ndim > 1 else VECTOR))
    return model.eval()
