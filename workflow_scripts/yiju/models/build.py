"""A model from nothing: weights drawn from a seed."""

from __future__ import annotations

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

from yiju.models.match_marker import SEGMENT_IDS, declare


def build_tokenizer(vocabulary: list[str], max_length: int) -> BertTokenizer:
    """A stock BERT tokeniser over `vocabulary`."""
    numbered = {token: index for index, token in enumerate(vocabulary)}
    return BertTokenizer(vocab=numbered, do_lower_case=True, model_max_length=max_length)


def build_model(shape: dict, vocabulary_size: int, max_length: int, match_marker: bool, seed: int) -> BertForMaskedLM:
    """A BERT of the given shape with random weights.

    shape: the keys of `encoder.scratch`; match_marker: four segment ids instead of two, said in the config.
    """
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary_size,
        num_hidden_layers=shape["layers"],
        hidden_size=shape["width"],
        num_attention_heads=shape["heads"],
        intermediate_size=shape["feed_forward"],
        hidden_dropout_prob=shape["dropout"],
        attention_probs_dropout_prob=shape["dropout"],
        max_position_embeddings=max_length,
        type_vocab_size=SEGMENT_IDS if match_marker else 2,
        pad_token_id=0,
    )
    if match_marker:
        declare(config)
    return BertForMaskedLM(config)
