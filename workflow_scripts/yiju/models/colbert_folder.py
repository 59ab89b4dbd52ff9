"""Opening checkpoints of Stanford's ColBERT: an encoder and its projection in one file, and `artifact.metadata`.

What the file says of markers, lengths, expansion and punctuation is taken as it stands; nothing of it has a default.
Sources: Khattab and Zaharia 2020, Santhanam and others 2022 (ColBERTv2).
"""

from __future__ import annotations

import string
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn
from transformers import PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border
from yiju.models.fitting import check_vocabulary, positions, tell_doubts
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.json_parts import Part, read_part
from yiju.models.scorer import SINGLE
from yiju.models.scorers.late_interaction import Expansion, LateInteraction
from yiju.models.template import PROBES, Template, separate_template_of
from yiju.models.text_encoder import Dense, Normalize, TextEncoder
from yiju.models.weights import read_weights

METADATA = "artifact.metadata"
PROJECTION = "linear.weight"
# [CLS], a marker, a token and [SEP].
SHORTEST = 4
Length = Annotated[int, Field(ge=SHORTEST, le=8192)]
Token = Annotated[str, Field(min_length=1, max_length=100)]


class Metadata(Part):
    """What decides of the vectors: markers of query and document, tokens that either may have, the width of a vector,
    whether punctuation of documents counts, and whether the encoder attends to the [MASK] that fill a query up."""

    query_token_id: Token
    doc_token_id: Token
    query_maxlen: Length
    doc_maxlen: Length
    dim: Annotated[int, Field(ge=1, le=8192)]
    mask_punctuation: bool
    attend_to_mask_tokens: bool
    similarity: Literal["cosine"]
    interaction: Literal["colbert"] = "colbert"


def is_colbert(folder: Path) -> bool:
    """Whether a folder without modules is such a checkpoint."""
    return (folder / METADATA).is_file()


def open_colbert(folder: Path, device: str) -> LateInteraction:
    """The model of a folder. Raises YijuError, naming file and remedy, for one whose parts do not belong together."""
    told = read_part(folder / METADATA, Metadata, "Stanford's ColBERT", "fetch the checkpoint again")
    encoder = load_model(folder, "encoder", whole=True, pickled=True, besides=(PROJECTION,))
    tokenizer = load_tokenizer(folder)
    check_vocabulary(encoder, tokenizer)
    tell_doubts(encoder, tokenizer)
    projection = _projection(folder, encoder.config.hidden_size, told.dim)
    model = TextEncoder(encoder, [Dense(projection, nn.Identity()), Normalize()]).eval().to(device)
    longest = positions(encoder)
    limits = min(told.query_maxlen, longest), min(told.doc_maxlen, longest)
    scorer = LateInteraction(
        model,
        tokenizer,
        _marked(folder, tokenizer, told),
        max(limits),
        SINGLE,
        limits=limits,
        mean=False,
        skipped=((), _punctuation(tokenizer) if told.mask_punctuation else ()),
        expansion=Expansion(limits[0], _mask(folder, tokenizer), told.attend_to_mask_tokens),
        normalised=True,
    )
    with border(folder, "the model cannot judge a pair", "fetch the whole checkpoint again"):
        q, t = (scorer.encode([text], side) for side, text in enumerate(PROBES))
        scorer.predict(scorer.pair_up(q, t), 1)
    return scorer


def _projection(folder: Path, width: int, dim: int) -> nn.Linear:
    weights = read_weights(folder, pickled=True)
    if PROJECTION not in weights:
        raise YijuError(f"{folder}: its weights hold no {PROJECTION}, which projects each token; fetch them again")
    matrix = weights[PROJECTION].float()
    if tuple(matrix.shape) != (dim, width) or not torch.isfinite(matrix).all():
        raise YijuError(
            f"{folder}: {PROJECTION} has the shape {list(matrix.shape)}, and {METADATA} says {dim} numbers of each "
            f"token's {width}, all finite; take both from one checkpoint"
        )
    linear = nn.Linear(width, dim, bias=False)
    linear.load_state_dict({"weight": matrix})
    return linear


def _marked(folder: Path, tokenizer: PreTrainedTokenizerBase, told: Metadata) -> Template:
    """How a text alone is written, with the marker of its side after the first token."""
    template = separate_template_of(tokenizer, ("", ""), f"{folder}: ")
    vocabulary, marks = tokenizer.get_vocab(), (told.query_token_id, told.doc_token_id)
    for mark in marks:
        if mark not in vocabulary:
            raise YijuError(f"{folder}: {METADATA} names the marker {mark}, which the vocabulary does not hold")
    (first, *more), after = template.single
    q, t = ((first, vocabulary[mark], *more) for mark in marks)
    special = tuple(dict.fromkeys([*template.special_ids, *q, *t]))
    return replace(template, before=q, between=(*after, *t), special_ids=special, single=(q, after))


def _mask(folder: Path, tokenizer: PreTrainedTokenizerBase) -> int:
    if tokenizer.mask_token_id is None:
        raise YijuError(f"{folder}: the tokeniser has no mask_token, with which queries are filled up; fetch it again")
    return int(tokenizer.mask_token_id)


def _punctuation(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """The tokens of documents that do not count: the first one of each ASCII punctuation mark, as ColBERT has it."""
    ids = (tokenizer.encode(mark, add_special_tokens=False)[:1] for mark in string.punctuation)
    return tuple(dict.fromkeys(number for one in ids for number in one))
