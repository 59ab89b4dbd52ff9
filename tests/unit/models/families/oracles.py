"""What the libraries that own the models make of pairs, one pair at a time and without padding.

Every function returns float64 [pairs, K]: the logits of K classes, or one number.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from families import Row, prompts
from torch import Tensor, nn
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

Pairs = tuple[tuple[str, str], ...]
IDENTITY = nn.Identity()


@cache
def outputs(row: Row, folder: Path, pairs: Pairs) -> np.ndarray:
    """What the owner of a row's folder says of pairs."""
    if row.family == "decoder":
        return qwen3_reranker(folder, pairs) if row.variant == "plain" else cross_encoder(folder, pairs)
    if row.family == "bi-encoder":
        return bi_encoder(folder, pairs)
    if row.family == "late interaction":
        return late_interaction(folder, pairs)
    return cross_encoder(folder, pairs) if row.variant == "chat template" else transformers_logits(folder, pairs)


def transformers_logits(folder: Path, pairs: Pairs) -> np.ndarray:
    """A classifier's, by transformers: pairs longer than the model reads are cut at their longer side."""
    model, tokenizer = _loaded(AutoModelForSequenceClassification, folder)
    # Lists of one text: transformers takes an empty second text that stands alone for none.
    return _stacked(
        model(**tokenizer([q], [t], truncation="longest_first", return_tensors="pt")).logits[0] for q, t in pairs
    )


def rendered_logits(folder: Path, pairs: Pairs) -> np.ndarray:
    """A classifier's that reads a pair within Qwen3-Reranker's prompt, by transformers: the prompt as one text."""
    model, tokenizer = _loaded(AutoModelForSequenceClassification, folder)
    texts = [prompts.PREFIX + prompts.content(q, t) + prompts.SUFFIX for q, t in pairs]
    return _stacked(model(**tokenizer([text], return_tensors="pt")).logits[0] for text in texts)


def cross_encoder(folder: Path, pairs: Pairs, activation: Any = IDENTITY) -> np.ndarray:
    """A cross-encoder's, by sentence-transformers. activation: applied to the logits; None for the folder's own."""
    from sentence_transformers import CrossEncoder

    found = _opened(CrossEncoder, folder).predict(
        list(pairs), batch_size=1, activation_fn=activation, convert_to_tensor=True
    )
    return _columns(found)


def bi_encoder(folder: Path, pairs: Pairs) -> np.ndarray:
    """The similarity of the two vectors, by sentence-transformers: q as a query, t as a document."""
    from sentence_transformers import SentenceTransformer

    return _similarity(_opened(SentenceTransformer, folder), pairs)


def late_interaction(folder: Path, pairs: Pairs) -> np.ndarray:
    """MaxSim, by sentence-transformers: q as a query, t as a document."""
    from sentence_transformers import MultiVectorEncoder

    return _similarity(_opened(MultiVectorEncoder, folder), pairs)


def token_similarities(folder: Path, q: str, t: str) -> np.ndarray:
    """The similarity of each scored token of q with each of t, of a late-interaction model: [query, document]."""
    from sentence_transformers import MultiVectorEncoder

    model = _opened(MultiVectorEncoder, folder)
    query, document = model.encode_query([q])[0], model.encode_document([t])[0]
    return (query.double() @ document.double().T).numpy()


def qwen3_reranker(folder: Path, pairs: Pairs, instruction: str = prompts.INSTRUCTION) -> np.ndarray:
    """The log-odds of "yes" against "no", as Qwen3-Reranker's model card computes them.

    The pair and its instruction are tokenised as one text, prefix and suffix apart from it.
    """
    model, tokenizer = _loaded(AutoModelForCausalLM, folder)
    prefix, suffix = (tokenizer.encode(text, add_special_tokens=False) for text in (prompts.PREFIX, prompts.SUFFIX))
    yes, no = (tokenizer.convert_tokens_to_ids(answer) for answer in prompts.ANSWERS)
    scores = []
    for q, t in pairs:
        ids = tokenizer(prompts.content(q, t, instruction))["input_ids"]
        logits = model(torch.tensor([prefix + ids + suffix])).logits[0, -1]
        both = torch.log_softmax(torch.stack([logits[no], logits[yes]]), dim=0)
        scores.append((both[1] - both[0])[None])
    return _stacked(scores)


def mean_pooled_cosine(folder: Path, pairs: Pairs) -> np.ndarray:
    """The cosine of the means of the last layer's states, by transformers alone."""
    model, tokenizer = _loaded(AutoModel, folder)
    vectors = [
        [model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0) for text in pair] for pair in pairs
    ]
    return _stacked(torch.cosine_similarity(q, t, dim=0)[None] for q, t in vectors)


def _similarity(model: Any, pairs: Pairs) -> np.ndarray:
    first = model.encode_query([q for q, _ in pairs], batch_size=1)
    second = model.encode_document([t for _, t in pairs], batch_size=1)
    return _columns(model.similarity_pairwise(first, second))


@cache
def _loaded(kind: Any, folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    return kind.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


@cache
def _opened(kind: Any, folder: Path) -> Any:
    return kind(str(folder), device="cpu")


def _columns(found: Tensor) -> np.ndarray:
    return found.double().cpu().numpy().reshape(len(found), -1)


@torch.no_grad()
def _stacked(scores: Any) -> np.ndarray:
    return torch.stack([score.double() for score in scores]).numpy()
