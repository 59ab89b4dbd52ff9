"""torch.compile: what is traced does what the plain model does, with every technique; really compiled, it learns alike.

Tracing decides what becomes of hooks, branches and shapes, so all but one test run the traced graph without compiling.
"""

import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from pair_tasks import MACHINE, PLAN, WEIGHTS, Halves, toy_task
from test_posttrain import task as masked_task

from yiju.training.loop import fit
from yiju.training.objective import PLAIN, Techniques
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup
from yiju.training.techniques.multi_dropout import several_masks

ROWS = np.arange(31)
TECHNIQUES = {
    "plain": PLAIN,
    "rdrop": Techniques(0.1, rdrop_alpha=2.0),
    "mixup, pooler": Techniques(mixup=Mixup("pooler", 1.0, 2)),
    "mixup, inner": Techniques(mixup=Mixup("inner", 1.0, 2)),
    "masking": Techniques(masking=Masking("both", 4, 7)),
}


pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_traced_before():
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def losses(task, compiled, updates=6):
    """Loss, right pairs and the embedding's gradient of every micro-batch, of many shapes."""
    if compiled:
        task.model.compile(dynamic=True, backend="eager")
    task.model.train()
    found = []
    for update in range(updates):
        # What dropout draws is the same for both.
        torch.manual_seed(update)
        for micro in task.micro_batches(ROWS[update % 3 :: 2], (90, 150)[update % 2], update):
            task.model.zero_grad()
            loss, right = task.model(**micro.inputs)
            loss.backward()
            found.append(torch.cat([torch.stack([loss, right]).detach().double(), task.embedding.grad.flatten()]))
    return torch.stack(found)


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_traced_model_does_what_the_plain_one_does(tmp_path, name):
    plain, traced = (toy_task(tmp_path / part, TECHNIQUES[name], WEIGHTS) for part in ("a", "b"))
    for task in (plain, traced) if name == "rdrop" else ():
        task.model.classifier.dropout = Halves()
    wanted = losses(plain, compiled=False)
    torch.testing.assert_close(losses(traced, compiled=True), wanted, rtol=1e-9, atol=1e-12)
    if name != "plain":
        without = losses(toy_task(tmp_path / "c", PLAIN, WEIGHTS), compiled=False)
        assert not torch.isclose(without[:, 0].sum(), wanted[:, 0].sum(), rtol=1e-3)


def test_beyond_the_limit_of_tracings_mixup_still_blends_where_it_should(tmp_path):
    """Every layer is traced by itself, a deep model's beyond what torch keeps; the rest then runs as it stands."""
    plain, traced = (toy_task(tmp_path / part, TECHNIQUES["mixup, inner"], WEIGHTS) for part in ("a", "b"))
    with torch._dynamo.config.patch(recompile_limit=1):
        got = losses(traced, compiled=True)
    torch.testing.assert_close(got, losses(plain, compiled=False), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_traced_model_has_the_masks_and_the_factor_of_multi_sample_dropout(tmp_path, samples):
    found = {}
    for compiled in (False, True):
        task = toy_task(tmp_path / str(compiled))
        task.model.classifier.dropout.p = 0.5
        several = several_masks(task.model.classifier, samples, "sum") if samples > 1 else nullcontext()
        with several:
            found[compiled] = losses(task, compiled)
    torch.testing.assert_close(found[True], found[False], rtol=1e-9, atol=1e-12)


def test_a_traced_language_model_does_what_the_plain_one_does(tmp_path):
    plain, traced = (masked_task(tmp_path / part, dropout=0.0) for part in ("a", "b"))
    wanted = losses(plain, compiled=False)
    torch.testing.assert_close(losses(traced, compiled=True), wanted, rtol=1e-5, atol=1e-6)


def trained(task, folder, plan):
    folder.mkdir()
    fit(task, plan, MACHINE, folder)
    return {name: weight.detach() for name, weight in task.model.named_parameters()}


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile on a CPU needs g++")
def test_a_compiled_training_ends_with_the_weights_of_the_plain_one(tmp_path):
    """With FGM and the average of weights, in float64; names of weights stay, so that saves do."""
    plan = replace(PLAN, epochs=2.0, fgm_epsilon=0.5, ema_decay=0.9, accumulation=2)
    plain = trained(toy_task(tmp_path / "a"), tmp_path / "plain", plan)
    task = toy_task(tmp_path / "b")
    compiled = trained(task, tmp_path / "compiled", replace(plan, compile=True))
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert plain.keys() == compiled.keys()
    for name, weight in plain.items():
        torch.testing.assert_close(compiled[name], weight, rtol=1e-6, atol=1e-8, msg=name)
