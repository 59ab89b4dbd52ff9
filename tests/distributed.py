"""A training that test_launch.py starts in one process and in two."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.torch import save_file
from toys import PAIRS

from yiju.encoder.folder import load_model, load_tokenizer
from yiju.tokens import encode_pairs
from yiju.training.adversarial import Pgd
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan, fit
from yiju.training.optimiser import LayerRates

PLAN = Plan(
    epochs=1.0,
    batch_size=10,
    learning_rate=1e-3,
    warmup=0.1,
    weight_decay=0.01,
    clip=1.0,
    evaluate_every=100,
    save_every=100,
    seed=7,
    accumulation=3,
    precision="fp32",
    fgm_epsilon=0.5,
)
PLANS = {
    "fgm": PLAN,
    "pgd": replace(
        PLAN,
        fgm_epsilon=None,
        pgd=Pgd(3, 0.4, 0.7),
        adversarial_every=2,
        layer_rates=LayerRates(2.6, 3.0),
        ema_decay=0.9,
    ),
}


def train(model: str, work: str, out: str, plan: str) -> None:
    """Train a toy classifier in float64 without dropout and write its weights."""
    classifier = load_model(model, "classifier", seed=5).double()
    # 61 rows: the last update holds one, so that one of two processes has none.
    q, t, labels = zip(*PAIRS[:61], strict=True)
    pairs, truth = encode_pairs(load_tokenizer(model), q, t, 32), np.array(labels)
    machine = Machine("cpu", 1, 60)
    task = PairTask(classifier, pairs, truth, pairs, truth, 0.5, "toy", machine, "fp32")
    fit(task, PLANS[plan], machine, Path(work))
    save_file({name: value.detach() for name, value in classifier.named_parameters()}, out)


def fail(message: str) -> None:
    """Fail as bad input does."""
    from yiju.errors import YijuError

    raise YijuError(message)
