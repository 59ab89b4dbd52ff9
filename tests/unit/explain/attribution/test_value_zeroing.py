"""Value zeroing against a loop over layers and tokens, with attention computed by hand."""

import numpy as np
import pytest
import torch
from ensembles import of_tokens, token_shares
from toys import PAIRS, classifier

from yiju.explain.attribution import score_pairs
from yiju.explain.methods.value_zeroing import rollout
from yiju.explain.subject import Subject
from yiju.models.tokens import encode_pairs


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request, tmp_path_factory):
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)


def layer_output(layer, states, zeroed=None):
    """A layer's output for one text, [tokens, width], with the value vector of one token set to zero."""
    attention, heads = layer.attention.self, layer.attention.self.num_attention_heads
    query, key, value = (getattr(attention, name)(states) for name in ("query", "key", "value"))
    if zeroed is not None:
        value[zeroed] = 0
    query, key, value = (one.unflatten(-1, (heads, -1)).transpose(0, 1) for one in (query, key, value))
    weights = (query @ key.transpose(1, 2) / query.shape[-1] ** 0.5).softmax(-1)
    mixed = (weights @ value).transpose(0, 1).flatten(1)
    attended = layer.attention.output(mixed, states)
    return layer.output(layer.intermediate(attended), attended)


def by_loops(model, batch):
    with torch.no_grad():
        states = model.bert.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)[0]
        product = np.eye(len(states))
        for layer in model.bert.encoder.layer:
            output, matrix = layer_output(layer, states), np.zeros_like(product)
            for token in range(len(states)):
                changed = layer_output(layer, states, token)
                cosine = torch.cosine_similarity(changed.double(), output.double(), dim=-1)
                matrix[:, token] = 1 - cosine.numpy()
            product = matrix / matrix.sum(axis=1, keepdims=True) @ product
            states = output
    return product[0]


def test_scores_equal_a_loop_over_layers_and_tokens(judge):
    model, tokenizer = judge
    q, t, labels = zip(*PAIRS[3:30:6], strict=True)
    pairs, labels = encode_pairs(tokenizer, q, t, 32), np.array(labels)
    ensemble = of_tokens(Subject.of(model, tokenizer, 100), pairs)
    found = score_pairs(ensemble, labels, {"method": "value_zeroing"}, bar=False).values[0]
    for row in range(len(pairs)):
        expected = by_loops(model, pairs.batch(np.array([row])))
        first = int(pairs.first[row])
        own = np.delete(expected[1:-1], first)
        assert len(own) == len(token_shares(pairs)[row])
        np.testing.assert_allclose(found[ensemble.own(row)], own, rtol=2e-3, atol=1e-6)
        assert expected.sum() == pytest.approx(1) and np.ptp(own) > 1e-3


def test_two_layers_by_hand():
    first = torch.tensor([[[0.5, 0.5], [0.2, 0.8]]])
    second = torch.tensor([[[0.6, 0.4]]])
    # Of the last layer the row of the first token is known: (0.6, 0.4) times ((0.5, 0.5), (0.2, 0.8)).
    assert rollout([first, second])[0].tolist() == pytest.approx([0.38, 0.62])
