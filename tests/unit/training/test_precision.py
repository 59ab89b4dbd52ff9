"""Number formats: which is taken where, and fp16's loss scaler with adversarial steps and over a save."""

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from yiju.base.errors import YijuError
from yiju.training import resume
from yiju.training.accelerator import set_up
from yiju.training.adversarial import Pgd, fgm, pgd
from yiju.training.plan import Machine, Plan
from yiju.training.precision import autocast_dtype, mixed_precision
from yiju.training.resume import Best

ALL = pytest.mark.parametrize("move", [None, "fgm", "pgd"])


class Toy(torch.nn.Module):
    """Words, whose embedding FGM and PGD move, and a head."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.words, self.head = torch.nn.Embedding(6, 4), torch.nn.Linear(4, 2)

    def forward(self, ids):
        return self.head(torch.tanh(self.words(ids)))


def weights(model):
    return [weight.detach().clone() for weight in model.parameters()]


def update(model, optimizer, scaler, move=None, overflow=False):
    """What one update does with a loss scaler: clean pass, moved passes, gradients unscaled and clipped, step."""

    def backward():
        loss = (model(torch.tensor([1, 2, 3])).logsumexp(1)).sum()
        if overflow:
            # Finite itself, as a loss that fp16 holds is; what flows back through the largest scales is not.
            loss = loss * 1e35
        (scaler.scale(loss) if scaler else loss).backward()

    clean = weights(model)
    backward()
    if move == "fgm":
        with fgm(model.words.weight, model.words.weight.grad, 0.5):
            backward()
    if move == "pgd":
        pgd(model, model.words.weight, Pgd(3, 0.3, 0.7), lambda gradient: gradient, lambda _: backward())
    assert all(map(torch.equal, weights(model), clean))
    if scaler:
        scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    if scaler:
        scaler.step(optimizer)
        scaler.update()
    else:
        optimizer.step()
    optimizer.zero_grad()


def learner():
    model = Toy()
    return model, torch.optim.AdamW(model.parameters(), lr=0.01, fused=True)


def scaled(scale=2.0**16, growth_interval=4):
    return torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=growth_interval)


def test_fp16_needs_a_gpu():
    with pytest.raises(YijuError, match=r"training\.precision: fp16 needs a GPU.*bf16 or fp32"):
        autocast_dtype("fp16", "cpu")
    assert autocast_dtype("fp16", "cuda") == torch.float16


# What torch says of AMD Zen 4 or Intel Cooper Lake, Sapphire Rapids, the same without AMX, Arm, and an older processor.
PROCESSORS = [
    ({"avx512_bf16": True, "avx512_fp16": False, "amx_bf16": False}, torch.bfloat16),
    ({"avx512_bf16": True, "avx512_fp16": True, "amx_bf16": True}, torch.bfloat16),
    ({"avx512_bf16": True, "avx512_fp16": True, "amx_bf16": False}, None),
    ({"bf16": True}, torch.bfloat16),
    ({"avx2": True}, None),
]


@pytest.mark.parametrize(("can", "taken"), PROCESSORS)
def test_auto_takes_bfloat16_where_it_is_faster(monkeypatch, can, taken):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert autocast_dtype("auto", "cpu") == taken
    assert autocast_dtype("bf16", "cpu") == torch.bfloat16


def test_each_format_has_accelerates_name():
    assert [mixed_precision(autocast_dtype(name, "cuda")) for name in ("fp32", "bf16", "fp16")] == [
        "no",
        "bf16",
        "fp16",
    ]
    assert autocast_dtype("fp32", "cpu") is None and autocast_dtype("bf16", "cpu") == torch.bfloat16


@ALL
def test_a_scale_changes_nothing_of_what_is_learnt(move):
    """Moves are along the direction of a gradient, which a scale leaves as it is."""
    (plain, one), (other, two), scaler = learner(), learner(), scaled()
    for _ in range(6):
        update(plain, one, None, move)
        update(other, two, scaler, move)
    assert scaler.get_scale() == 2.0**17
    for weight, wanted in zip(other.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(weight, wanted, rtol=1e-5, atol=1e-6)


@ALL
def test_an_overflow_skips_the_update_and_halves_the_scale(move):
    (model, optimizer), scaler = learner(), scaled()
    update(model, optimizer, scaler, move)
    before, moments = weights(model), [value.clone() for value in optimizer.state[model.words.weight].values()]
    update(model, optimizer, scaler, move, overflow=True)
    assert scaler.get_scale() == 2.0**15
    assert all(map(torch.equal, weights(model), before))
    assert all(map(torch.equal, optimizer.state[model.words.weight].values(), moments))
    update(model, optimizer, scaler, move)
    assert not any(map(torch.equal, weights(model), before))
    assert all(weight.isfinite().all() for weight in model.parameters())


def test_a_resumed_scaler_goes_on_as_the_undisturbed_one(tmp_path):
    """Its scale and how long that has held are in the save: the scale grows at the same update."""
    whole, resumed = scaled(), scaled()
    model, optimizer = learner()
    for number in range(7):
        update(model, optimizer, whole, overflow=number == 1)
        if number == 3:
            resume.save(tmp_path, model, optimizer, 4, Best(), {}, scaler=whole)
            assert (whole.get_scale(), whole._growth_tracker.item()) == (2.0**15, 2)
    assert whole.get_scale() == 2.0**16
    other, optimizer = learner()
    assert resume.restore(tmp_path, other, optimizer, {}, resumed)[0] == 4
    for _ in range(3):
        update(other, optimizer, resumed)
    assert resumed.state_dict() == whole.state_dict()
    assert all(map(torch.equal, weights(other), weights(model)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="fp16 needs a GPU")
def test_fp16_comes_with_a_scaler_on_a_gpu():
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(mixed_precision="fp16")
    AcceleratorState._reset_state(reset_partial_state=True)
    assert accelerator.scaler.get_scale() == 2.0**16


def test_a_process_may_train_again_in_another_number_format():
    def taken(precision):
        plan = Plan(1, 8, 1e-3, 0.1, 0.0, 1.0, "auto", 1, precision)
        return set_up(plan, Machine("cpu", 1, 64)).mixed_precision

    assert [taken("fp32"), taken("bf16"), taken("fp32")] == ["no", "bf16", "no"]
