"""Decoder rerankers: language models whose next token, "yes" or "no", is the judgement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from typing_extensions import override

from yiju.base.errors import YijuError
from yiju.models.outputs import check_finite
from yiju.models.scorer import SINGLE, widened
from yiju.models.scorers.joint import JointScorer
from yiju.models.stock import longest_of
from yiju.models.template import Template
from yiju.models.tokens import Batch, TokenizedPairs, by_length


@dataclass(frozen=True)
class Decoder(JointScorer):
    """A causal language model: its score is a logit at the last token of the prompt, less that of another if asked.

    yes: the token whose logit it is; no: the one whose logit is taken off, or None. Batches are padded at the right,
    which a causal model does not see.
    """

    yes: int = field(kw_only=True)
    no: int | None = field(kw_only=True)
    activation: nn.Module = field(default_factory=nn.Sigmoid, kw_only=True)
    single: ClassVar[bool] = True
    family: ClassVar[str] = "decoder reranker"

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        outputs = np.zeros((len(pairs), 2))
        with self.evaluating(), torch.inference_mode():
            for rows in by_length(pairs.lengths, batch_tokens):
                outputs[rows] = self.outputs_of(pairs.batch(rows).to(self.device)).cpu().double().numpy()
        check_finite(outputs, "logits")
        return outputs

    @override
    def outputs_of(self, batch: Batch) -> Tensor:
        with last_token_only(self.model, batch):
            logits = self.model(**batch.inputs(), use_cache=False).logits[:, 0]
        numbers = logits[:, [self.yes]]
        return widened(numbers if self.no is None else numbers - logits[:, [self.no]])


@contextmanager
def last_token_only(model: PreTrainedModel, batch: Batch) -> Iterator[None]:
    """Let the language-modelling head compute one token of each pair, the last that is no padding."""
    rows, last = torch.arange(len(batch.input_ids), device=batch.input_ids.device), batch.attention_mask.sum(1) - 1
    handle = model.get_output_embeddings().register_forward_pre_hook(
        lambda module, args: (args[0][rows, last][:, None], *args[1:])
    )
    try:
        yield
    finally:
        handle.remove()


def decoder_of(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, template: Template, yes: int, no: int | None
) -> Decoder:
    """The scorer of a causal language model. Raises YijuError for an answer that it has no token for."""
    rows = cast("nn.Embedding", model.get_input_embeddings()).num_embeddings
    for answer in (yes, no):
        if answer is not None and not (type(answer) is int and 0 <= answer < rows):
            raise YijuError(f"the answer is token {answer!r}, and the model has 0 to {rows - 1}; correct its number")
    return Decoder(model, tokenizer, template, longest_of(model, tokenizer), SINGLE, yes=yes, no=no)


def answer_tokens(tokenizer: PreTrainedTokenizerBase, answers: tuple[str, str] | str) -> tuple[int, int | None]:
    """The tokens of answers as a caller names them: those of yes and of no. answers: ("no", "yes"), or "yes" alone.

    Raises YijuError for anything else, and for an answer that is not one token.
    """
    named = (answers,) if isinstance(answers, str) else answers
    if not (isinstance(named, tuple | list) and 1 <= len(named) <= 2 and all(isinstance(one, str) for one in named)):
        raise YijuError(f'answers is {answers!r}; give the two answers, such as ("no", "yes"), or "yes" alone')
    ids = [tokenizer.encode(answer, add_special_tokens=False) for answer in named]
    for answer, own in zip(named, ids, strict=True):
        if len(own) != 1:
            raise YijuError(f"the answer {answer!r} is {len(own)} tokens of the model's, and must be one")
    return ids[-1][0], ids[0][0] if len(ids) == 2 else None
