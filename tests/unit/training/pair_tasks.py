"""Toy tasks for the tests of the techniques, in float64, and a training that runs in any number of processes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from toys import PAIRS, classifier

from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan, fit
from yiju.training.objective import PLAIN, Techniques
from yiju.training.weighting import contradictions, edit_distance_weights

MACHINE = Machine("cpu", 1, 60)
PLAN = Plan(
    epochs=1.0,
    batch_size=10,
    learning_rate=1e-3,
    warmup=0.1,
    weight_decay=0.01,
    clip=1.0,
    evaluate_every=100,
    seed=7,
    precision="fp32",
)
Q, T, LABELS = (list(column) for column in zip(*PAIRS[:31], strict=True))
TRUTH = np.array(LABELS)
WEIGHTS = edit_distance_weights(contradictions(Q, T, TRUTH))


class Halves(torch.nn.Module):
    """Stands for dropout that draws nothing: of a batch that comes twice, the second copy is halved."""

    def forward(self, pooled):
        first, second = pooled.chunk(2)
        return torch.cat([first, second / 2])


def pair_task(model, tokenizer, techniques=PLAIN, weights=None, truth=TRUTH, dynamics=None):
    """The toy pairs, learnt by `model`, which becomes float64."""
    pairs = encode_pairs(tokenizer, Q, T, 32)
    named = {"weights": weights, "dynamics": dynamics}
    return PairTask(model.double(), pairs, truth, pairs, truth, 0.5, "toy", MACHINE, "fp32", techniques, **named)


def toy_task(folder, techniques=PLAIN, weights=None, marker=False):
    """The same with a new toy classifier, without dropout."""
    return pair_task(*classifier(folder, marker), techniques, weights)


def gradients(task, rows, budget, seed=5):
    """Mean loss over the rows and its gradients, gathered over micro-batches as the loop does."""
    task.model.zero_grad()
    total = 0.0
    for micro in task.micro_batches(rows, budget, seed):
        loss = task.model(**micro.inputs)[0] / len(rows)
        loss.backward()
        total += loss.item()
    return torch.tensor(total, dtype=torch.float64), named_gradients(task.model.classifier)


def expected(task, loss):
    """The same of a loss computed elsewhere."""
    task.model.zero_grad()
    loss.backward()
    return loss.detach(), named_gradients(task.model.classifier)


def named_gradients(model):
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def assert_same(got, wanted):
    torch.testing.assert_close(got[0], wanted[0], rtol=1e-10, atol=1e-12)
    assert got[1].keys() == wanted[1].keys()
    for name, gradient in wanted[1].items():
        torch.testing.assert_close(got[1][name], gradient, rtol=1e-9, atol=1e-12)


def logits_of(task, rows):
    """Logits of one pair at a time, so that nothing can hide in padding."""
    return torch.cat([task.model.classifier(**task.pairs.batch(rows[[k]]).inputs()).logits for k in range(len(rows))])


def train(model: str, work: str, out: str, accumulation: int = 1) -> None:
    """Train with R-Drop, edit-distance weights and label smoothing and write the weights."""
    learner = load_model(model, "classifier", seed=5)
    learner.dropout = Halves()
    task = pair_task(learner, load_tokenizer(model), Techniques(0.1, rdrop_alpha=2.0), WEIGHTS)
    # In evaluation too the stand-in would halve; only the last weights are compared.
    task.evaluate = lambda: {"accuracy": 0.0}
    fit(task, replace(PLAN, accumulation=accumulation), MACHINE, Path(work))
    save_file({name: value.detach() for name, value in learner.named_parameters()}, out)
