"""The match marker: the segment id of a token says whether its text also stands on the other side."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from yiju.base.errors import YijuError

# Segment ids 0/1 are the side; a token that also occurs on the other side gets 2/3.
SEGMENT_IDS = 4
# What a config says to who opens the folder with anything else.
THROUGH = "yiju: its segment ids tell what both sides share; without them, transformers alone judges otherwise"


def declare(config: PreTrainedConfig) -> None:
    """Say in a model's config that its segment ids are markers, and that so it loads through yiju only."""
    config.match_marker = True
    config.loads_through = THROUGH


def mark_matches(input_ids: Tensor, sides: Tensor, special_ids: Tensor) -> Tensor:
    """Segment ids with matches marked.

    input_ids, sides: [batch, tokens], sides 0 or 1; special_ids: [k], tokens that match nothing ([UNK] and [MASK] stand
    for different characters, [PAD] for none). Returns [batch, tokens]: side + 2 where the token occurs on both sides.
    """
    # Not torch.isin, which ONNX has no word for.
    ordinary = (input_ids[:, :, None] != special_ids).all(-1)
    across = sides[:, :, None] != sides[:, None, :]
    equal = input_ids[:, :, None] == input_ids[:, None, :]
    matched = (equal & across).any(-1) & ordinary
    return sides + 2 * matched.long()


def install(model: PreTrainedModel, special_ids: list[int]) -> None:
    """Make `model` compute its markers from whatever input it is given.

    The embedding layer is told sides only; a hook before it turns them into markers. So an input that was masked,
    shortened or otherwise disturbed is marked anew, on both sides, whoever disturbed it. Raises YijuError for a model
    without four segment ids.
    """
    embeddings = getattr(model.base_model, "embeddings", None)
    segments = getattr(embeddings, "token_type_embeddings", None)
    if embeddings is None or segments is None or segments.num_embeddings < SEGMENT_IDS:
        raise YijuError(
            f"config.json: match_marker is true, but a {model.config.model_type} model has not {SEGMENT_IDS} segment "
            "ids; delete match_marker, or take the config that belongs to the weights"
        )
    declare(model.config)
    embeddings.register_buffer("unmatched_ids", torch.tensor(special_ids), persistent=False)

    def mark(module: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        sides = kwargs.get("token_type_ids")
        if kwargs.get("input_ids") is not None and sides is not None:
            kwargs["token_type_ids"] = mark_matches(kwargs["input_ids"], sides, module.get_buffer("unmatched_ids"))
        return args, kwargs

    embeddings.register_forward_pre_hook(mark, with_kwargs=True)
