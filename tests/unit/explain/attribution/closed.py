"""Models to explain: closed forms of their token vectors in float64, and a BERT that is far from linear."""

from types import SimpleNamespace

import numpy as np
import torch
from scorers import scorer_of, template
from torch import nn

from yiju.explain.subject import Subject
from yiju.models.tokens import TokenizedPairs

PAD, CLS, SEP, MASK = range(4)
TEMPLATE = template(PAD, CLS, SEP, MASK, (PAD, CLS, SEP, MASK))


class Table(nn.Embedding):
    """Token vectors, positive, and nothing else."""

    def __init__(self, width):
        generator = torch.Generator().manual_seed(5)
        super().__init__(10, width, _weight=0.1 + torch.rand(10, width, generator=generator, dtype=torch.float64))

    def forward(self, input_ids, **_):
        return super().forward(input_ids)


class Closed(nn.Module):
    """log p(1) = function of the token vectors [batch, tokens, width], which has to be negative."""

    def __init__(self, function, width=3):
        super().__init__()
        self.embeddings, self.function, self.device = Table(width), function, torch.device("cpu")
        self.base_model = SimpleNamespace(embeddings=self.embeddings)

    def get_input_embeddings(self):
        return self.embeddings

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        value = self.function(x * attention_mask[..., None])
        return SimpleNamespace(logits=torch.stack([torch.log(-torch.expm1(value)), value], -1))


def explained(function, budget=100):
    """A subject of that closed form."""
    return Subject(scorer_of(Closed(function), TEMPLATE), budget)


def pair_of(q, t):
    """One pair of token ids: [CLS] q [SEP] t [SEP]."""
    ids = np.array([CLS, *q, SEP, *t, SEP], np.int32)
    return TokenizedPairs(
        ids, np.array([0, len(ids)]), np.array([len(q)]), np.array([len(t)]), np.array([False]), TEMPLATE
    )


def sharpened(model):
    """The model itself, its attention and its classifier made steep."""
    with torch.no_grad():
        model.classifier.weight.mul_(10)
        for layer in model.bert.encoder.layer:
            layer.attention.self.query.weight.mul_(4)
    return model
