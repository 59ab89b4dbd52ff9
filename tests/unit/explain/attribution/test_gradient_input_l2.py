"""Gradient times input against its published formula, computed again by hand and by Captum's definition of a path."""

import numpy as np
import pytest
import torch
from toys import PAIRS, classifier

from yiju.explain.attribution import load_method
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def by_hand(model, batch, label, steps):
    """The model taken apart: embeddings, encoder, pooler, classifier; no hooks."""
    bert, scores = model.bert, 0
    with torch.no_grad():
        x = bert.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)
    for k in range(1, steps + 1):
        point = (x * k / steps).requires_grad_(True)
        logits = model.classifier(bert.pooler(bert.encoder(point, attention_mask=None).last_hidden_state))
        (gradient,) = torch.autograd.grad(torch.log_softmax(logits, -1)[0, label], point)
        scores = scores + gradient / steps
    return (scores * x).pow(2).sum(-1).sqrt()[0]


@pytest.mark.parametrize("steps", [1, 5])
def test_scores_equal_the_formula(judge, steps):
    model, tokenizer = judge
    q, t, labels = zip(*PAIRS[:12], strict=True)
    pairs, options = encode_pairs(tokenizer, q, t, 32), {"steps": steps, "smooth": None}
    scores = load_method("gradient_input_l2").attribute(
        Subject.of(model, tokenizer, 200), pairs, np.array(labels), options
    )
    for row, label in enumerate(labels):
        expected = by_hand(model, pairs.batch(np.array([row])), label, steps).double().numpy()
        found = scores.values[pairs.starts[row] : pairs.starts[row + 1]]
        assert np.abs(found - expected).max() < 1e-5
        assert found.max() > 1e-3
