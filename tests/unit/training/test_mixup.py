"""Mixup against its formula, one pair of partners at a time."""

import numpy as np
import pytest
import torch
from pair_tasks import WEIGHTS, assert_same, expected, gradients, logits_of, toy_task
from torch.nn import functional
from transformers import BertConfig, BertForSequenceClassification, ElectraConfig, ElectraForSequenceClassification

from yiju.base.errors import YijuError
from yiju.models.build import build_tokenizer
from yiju.models.vocabulary import SPECIALS
from yiju.training.objective import Techniques
from yiju.training.techniques.mixup import Mixup

ROWS = np.arange(17)
OFF = {"enabled": False}


def mixing(at, smoothing=0.0):
    return Techniques(smoothing, mixup=Mixup(at, 0.8, layers=2))


def hidden_states(task, row, tokens):
    """Pair `row`, padded to `tokens`, at every place: embeddings, after each layer, pooled. Written out, own mask."""
    encoder, batch = task.model.classifier.bert, task.pairs.batch(np.array([row]))
    padding = tokens - batch.input_ids.shape[1]
    ids, sides, real = (
        functional.pad(value, (0, padding)) for value in (batch.input_ids, batch.token_type_ids, batch.attention_mask)
    )
    mask = torch.zeros(1, 1, tokens, tokens, dtype=torch.float64).masked_fill(real[:, None, None] == 0, -1e30)
    states = [encoder.embeddings(input_ids=ids, token_type_ids=sides)]
    for layer in encoder.encoder.layer:
        states.append(layer(states[-1], mask))
    return [*states, encoder.pooler(states[-1])]


def blended_logits(task, row, partner, place, share):
    """As long as the longer partner; above the place, every position of that length is seen."""
    model = task.model.classifier
    tokens = int(max(task.lengths[row], task.lengths[partner]))
    hidden, other = (hidden_states(task, one, tokens)[place] for one in (row, partner))
    hidden = share * hidden + (1 - share) * other
    if place <= 2:
        for layer in model.bert.encoder.layer[place:]:
            hidden = layer(hidden, None)
        hidden = model.bert.pooler(hidden)
    return model.classifier(hidden)[0]


def soft_cross_entropy(logits, target):
    return -(target * logits.log_softmax(-1)).sum()


def by_the_formula(task, rows, budget, seed, smoothing, weights):
    """Clean loss and soft cross-entropy of the blended pairs, given what was drawn."""
    targets = (1 - smoothing) * functional.one_hot(task.labels, 2).double() + smoothing / 2
    targets = targets * torch.from_numpy(weights)[:, None]
    clean = torch.stack(
        [soft_cross_entropy(logits, targets[row]) for row, logits in zip(rows, logits_of(task, rows), strict=True)]
    ).sum()
    mixed = 0.0
    for micro, members in with_rows(task, rows, budget, seed):
        share, place = micro.inputs["share"].item(), int(micro.inputs["place"])
        for row, partner in zip(members, members[micro.inputs["order"].numpy()], strict=True):
            target = share * targets[row] + (1 - share) * targets[partner]
            mixed += soft_cross_entropy(blended_logits(task, row, partner, place, share), target)
    return (clean + mixed) / len(rows)


def with_rows(task, rows, budget, seed):
    """Micro-batches with the rows that they hold: longest first."""
    ordered, start = rows[np.argsort(-task.lengths[rows], kind="stable")], 0
    for micro in task.micro_batches(rows, budget, seed):
        yield micro, ordered[start : start + micro.terms]
        start += micro.terms


@pytest.mark.parametrize("at", ["embedding", "inner", "last", "pooler"])
@pytest.mark.parametrize("budget", [120, 10_000])
def test_loss_and_gradients_are_those_of_the_formula(tmp_path, at, budget):
    task = toy_task(tmp_path, mixing(at, 0.2), WEIGHTS)
    lengths = {len(set(task.lengths[members])) for _, members in with_rows(task, ROWS, budget, 5)}
    assert max(lengths) > 1
    wanted = expected(task, by_the_formula(task, ROWS, budget, 5, 0.2, WEIGHTS))
    assert_same(gradients(task, ROWS, budget, 5), wanted)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in task.model.modules())


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_the_mask_of_either_attention_is_widened(tmp_path, attention):
    task = toy_task(tmp_path, mixing("embedding"))
    task.model.classifier.set_attn_implementation(attention)
    wanted = expected(task, by_the_formula(task, ROWS, 200, 5, 0.0, np.ones(len(task.lengths))))
    assert_same(gradients(task, ROWS, 200, 5), wanted)


def test_an_inner_layer_is_drawn_among_all_and_one_draw_serves_a_step(tmp_path):
    task = toy_task(tmp_path, mixing("inner"))
    drawn = [[micro.inputs for micro in task.micro_batches(ROWS, 100, seed)] for seed in range(30)]
    assert {int(inputs["place"]) for step in drawn for inputs in step} == {1, 2}
    assert all(len({(int(inputs["place"]), float(inputs["share"])) for inputs in step}) == 1 for step in drawn)
    other = [micro.inputs for micro in task.micro_batches(ROWS, 10_000, 3)]
    assert other[0]["share"] == drawn[3][0]["share"] and other[0]["place"] == drawn[3][0]["place"]


def test_shares_follow_the_beta_distribution():
    shares = [Mixup("last", 0.5, 2).draw(np.random.default_rng(seed))["share"].item() for seed in range(2000)]
    # Mean 1/2 and variance 1/(4(2 beta + 1)) = 1/8; four standard deviations of each estimate.
    assert abs(np.mean(shares) - 0.5) < 4 * np.sqrt(0.125 / 2000)
    assert abs(np.var(shares) - 0.125) < 0.01


def test_the_same_micro_batch_blends_the_same_twice(tmp_path):
    task = toy_task(tmp_path, mixing("embedding"))
    first, second = (task.micro_batches(ROWS, 100, 11) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert all(torch.equal(one.inputs[name], other.inputs[name]) for name in one.inputs)
        assert task.model(**one.inputs) == task.model(**one.inputs)
    assert any((one.inputs["order"] != torch.arange(one.terms)).any() for one in first)


def test_a_pair_without_a_partner_is_blended_with_itself(tmp_path):
    task = toy_task(tmp_path, mixing("inner"))
    clean = functional.cross_entropy(logits_of(task, ROWS), task.labels[ROWS])
    assert_same(gradients(task, ROWS, 1), expected(task, 2 * clean))


@pytest.mark.parametrize("key", ["mixup", "multi_dropout"])
def test_a_head_that_is_not_berts_is_refused(key):
    settings = {"rdrop": OFF, "mixup": OFF, "multi_dropout": OFF, "masking": OFF, "label_smoothing": 0.0}
    settings["loss"], tokenizer = "cross_entropy", build_tokenizer([*SPECIALS, "今"], 32)
    shape = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    settings[key] = {"enabled": True, "at": "last", "beta": 1.0, "samples": 2, "combine": "sum"}
    other = ElectraForSequenceClassification(ElectraConfig(vocab_size=9, embedding_size=8, **shape))
    with pytest.raises(YijuError, match=rf"finetune\.{key}: needs BERT's head.*Electra.*encoder\.name"):
        Techniques.of(settings, other, tokenizer)
    bert = BertForSequenceClassification(BertConfig(vocab_size=9, **shape))
    assert Techniques.of(settings, bert, tokenizer).mixup == (Mixup("last", 1.0, 1) if key == "mixup" else None)
