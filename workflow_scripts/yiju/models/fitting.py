"""Whether a tokeniser and a model belong to each other: what cannot be right is refused, what looks wrong is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.folder_files import CONFIG
from yiju.models.weights import shown

log = logging.getLogger(__name__)
# Of models that name no limit.
LONGEST = 512
# Fewer tokens of a pair than this are hardly meant.
FEW = 32
# People round the number of embeddings up to a multiple of one of these, for speed.
ROUND = (8, 16, 32, 64, 128, 256, 512, 1000)
# Keys of a config and the attributes of a tokeniser that name the same id.
SPECIAL = ("pad_token_id", "cls_token_id", "sep_token_id", "mask_token_id", "unk_token_id")


def check_vocabulary(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokeniser whose tokens the model has no embedding for, or whose padding it counts as a text's.

    Raises YijuError with both numbers and the remedy.
    """
    words = {number: word for word, number in tokenizer.get_vocab().items()}
    # What surrounds a pair need not be in the vocabulary.
    ids = {*words, *tokenizer("", "")["input_ids"]}
    rows = _embeddings(model)
    if max(ids) >= rows:
        beyond = [words.get(number, str(number)) for number in sorted(ids) if number >= rows]
        raise YijuError(
            f"the tokeniser writes ids up to {max(ids)}, and the model has {rows} embeddings (0 to "
            f"{rows - 1}), so none for {shown(beyond)}; take the tokeniser of these "
            "weights, or give the model more rows (model.resize_token_embeddings) and train them"
        )
    positions = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    padding = getattr(positions, "padding_idx", None)
    if padding is not None and padding != tokenizer.pad_token_id:
        raise YijuError(
            f"the tokeniser pads with id {tokenizer.pad_token_id}, and this {model.config.model_type} model counts "
            f"positions from {padding}, its pad_token_id: the tokeniser belongs to another model, or model_type or "
            f"pad_token_id in {CONFIG} is wrong"
        )


def tell_doubts(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Warn of what is no error by itself and yet is probably none that anybody wants."""
    for doubt in (*_of_ids(model, tokenizer), *_of_length(model, tokenizer)):
        log.warning("%s: %s", tokenizer.name_or_path or "the tokeniser", doubt)


def positions(model: PreTrainedModel) -> int:
    """Tokens that a model has positions for: those of its table, else what its config names.

    RoBERTa's table begins after the number of its padding.
    """
    table = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    if table is None or not hasattr(table, "num_embeddings"):
        told = getattr(model.config, "max_position_embeddings", None)
        return told if isinstance(told, int) and told > 0 else LONGEST
    return table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)


def _embeddings(model: PreTrainedModel) -> int:
    """For how many ids a model has an embedding."""
    return len(model.get_input_embeddings().get_parameter("weight"))


def _of_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Iterator[str]:
    """A line that is missing from a vocabulary gives all tokens after it the embeddings of others."""
    tokens, rows = max(tokenizer.get_vocab().values()) + 1, _embeddings(model)
    rounded = {-(-tokens // size) * size for size in ROUND}
    if rows == tokens + 1 or (rows > tokens and rows not in rounded):
        yield (
            f"the vocabulary has {tokens} tokens and the model {rows} embeddings; if a line is missing from the "
            "vocabulary, all tokens after it have wrong embeddings: compare it with the file of the checkpoint"
        )
    for key in SPECIAL:
        told, own = getattr(model.config, key, None), getattr(tokenizer, key, None)
        if isinstance(told, int) and own is not None and told != own:
            yield (
                f"{key} is {told} in {CONFIG} and {own} of the tokeniser; unless that is meant, the vocabulary is "
                "another model's, or lines are missing from it"
            )


def _of_length(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Iterator[str]:
    longest = positions(model)
    if tokenizer.model_max_length < min(longest, FEW):
        yield (
            f"model_max_length is {tokenizer.model_max_length} in tokenizer_config.json, so that no more tokens of a "
            f"pair are read (special ones included), though the model has room for {longest}; correct it there unless "
            "that is meant"
        )
