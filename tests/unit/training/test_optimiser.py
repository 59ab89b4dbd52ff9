"""Layer-wise rates: which weight learns at which multiple; apex's optimizer in the place of torch's."""

import importlib
import sys

import pytest
import torch
from toys import classifier

from yiju.base.errors import YijuError
from yiju.training import resume
from yiju.training.optimizer import LayerRates, adamw, has_apex, rate_scales
from yiju.training.resume import Best

RATES = LayerRates(2.0, 10.0)
# As apex does: one count of updates a group, and no entry of it in the state of a weight.
FUSED_ADAM = """
import torch


class FusedAdam(torch.optim.Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, adam_w_mode=False, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        self.adam_w_mode = adam_w_mode

    @torch.no_grad()
    def step(self):
        assert self.adam_w_mode
        for group in self.param_groups:
            group["step"] = group.get("step", 0) + 1
            (b1, b2), count, rate = group["betas"], group["step"], group["lr"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if len(state) == 0:
                    state |= {name: torch.zeros_like(weight) for name in ("exp_avg", "exp_avg_sq")}
                state["exp_avg"].lerp_(weight.grad, 1 - b1)
                state["exp_avg_sq"].lerp_(weight.grad**2, 1 - b2)
                move = state["exp_avg"] / (1 - b1**count)
                move /= (state["exp_avg_sq"] / (1 - b2**count)).sqrt() + group["eps"]
                weight.sub_(rate * (move + group["weight_decay"] * weight))
"""
UNBUILT = "def FusedAdam(*_, **__):\n    raise RuntimeError('requires cuda extensions')\n"


@pytest.mark.parametrize(
    ("depth", "thirds"),
    [
        (1, (0, 1, 0)),
        (2, (1, 0, 1)),
        (3, (1, 1, 1)),
        (4, (1, 2, 1)),
        (5, (2, 1, 2)),
        (6, (2, 2, 2)),
        (12, (4, 4, 4)),
        (24, (8, 8, 8)),
    ],
)
def test_layers_fall_into_thirds_from_bottom_to_top(depth, thirds):
    names = [f"classifier.bert.encoder.layer.{layer}.output.dense.weight" for layer in range(depth)]
    expected = [rate for rate, count in zip((0.5, 1.0, 2.0), thirds, strict=True) for _ in range(count)]
    # In any order of the names: "10" sorts before "2".
    scales = rate_scales(sorted(names), RATES)
    assert [scales[name] for name in names] == expected


def test_every_weight_is_in_one_group_with_its_rate_and_decay(tmp_path):
    model, _ = classifier(tmp_path)
    groups = adamw(model, 1e-3, 0.01, RATES).param_groups
    placed = {id(weight): group for group in groups for weight in group["params"]}
    assert len(placed) == sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    for name, weight in model.named_parameters():
        scale = {"bert.embeddings": 1.0, "bert.encoder.layer.0": 0.5, "bert.encoder.layer.1": 2.0}
        expected = next((value for key, value in scale.items() if name.startswith(key + ".")), 10.0)
        assert placed[id(weight)]["scale"] == expected, name
        plain = name.endswith("bias") or "LayerNorm" in name
        assert placed[id(weight)]["weight_decay"] == (0.0 if plain else 0.01), name


def test_without_layers_the_rates_are_refused():
    with pytest.raises(YijuError, match=r"finetune\.layer_rates: this model has no numbered layers"):
        adamw(torch.nn.Linear(2, 2), 1e-3, 0.0, RATES)


def apex_folder(folder, optimizers, monkeypatch):
    """Put a package called apex on the path; without text for `optimizers`, the one of the package index."""
    (folder / "apex").mkdir(parents=True)
    (folder / "apex" / "__init__.py").write_text("")
    if optimizers:
        (folder / "apex" / "optimizers").mkdir()
        (folder / "apex" / "optimizers" / "__init__.py").write_text(optimizers)
    # What a test imports leaves with it.
    for name in ("apex", "apex.optimizers"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()


def learn(model, optimizer, updates):
    """Updates on a made-up loss, each of another gradient."""
    for update in updates:
        optimizer.zero_grad()
        torch.manual_seed(update)
        sum((weight * torch.randn_like(weight)).sum() for weight in model.parameters()).backward()
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * group["scale"]
        optimizer.step()


def toy(tmp_path, name):
    return classifier(tmp_path / name)[0]


def assert_equal_weights(one, other):
    for (name, weight), wanted in zip(one.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(weight, wanted, rtol=1e-4, atol=1e-6, msg=name)


def test_apex_learns_as_torch_does_in_the_same_groups(tmp_path, monkeypatch):
    apex_folder(tmp_path, FUSED_ADAM, monkeypatch)
    one, other = toy(tmp_path, "one"), toy(tmp_path, "other")
    ours, torchs = adamw(one, 1e-3, 0.1, RATES, apex=True), adamw(other, 1e-3, 0.1, RATES)
    assert type(ours).__name__ == "FusedAdam" and isinstance(torchs, torch.optim.AdamW)
    for group, wanted in zip(ours.param_groups, torchs.param_groups, strict=True):
        assert (group["scale"], group["weight_decay"]) == (wanted["scale"], wanted["weight_decay"])
        assert [weight.shape for weight in group["params"]] == [weight.shape for weight in wanted["params"]]
    learn(one, ours, range(5))
    learn(other, torchs, range(5))
    assert_equal_weights(one, other)


@pytest.mark.parametrize("then_apex", [True, False])
def test_a_save_of_apex_is_continued_where_it_was(tmp_path, monkeypatch, then_apex):
    """By apex, to the bit, and by torch: a save does not tell which optimizer made it."""
    apex_folder(tmp_path, FUSED_ADAM, monkeypatch)
    whole, broken, resumed = (toy(tmp_path, name) for name in ("whole", "broken", "resumed"))
    learn(whole, adamw(whole, 1e-3, 0.1, RATES, apex=True), range(6))
    first = adamw(broken, 1e-3, 0.1, RATES, apex=True)
    learn(broken, first, range(3))
    (tmp_path / "work").mkdir()
    resume.save(tmp_path / "work", broken, first, 3, Best(), {})
    second = adamw(resumed, 1e-3, 0.1, RATES, apex=then_apex)
    assert resume.restore(tmp_path / "work", resumed, second, {})[0] == 3
    learn(resumed, second, range(3, 6))
    if then_apex:
        assert all(map(torch.equal, resumed.parameters(), whole.parameters()))
    assert_equal_weights(resumed, whole)


def test_without_a_gpu_apex_is_not_even_imported(tmp_path, monkeypatch):
    apex_folder(tmp_path, "raise AssertionError('imported')", monkeypatch)
    assert has_apex()
    assert isinstance(adamw(torch.nn.Linear(2, 2), 1e-3, 0.0), torch.optim.AdamW)
    assert "apex" not in sys.modules


@pytest.mark.parametrize("apex", [True, False])
def test_the_other_package_called_apex_is_refused(tmp_path, monkeypatch, apex):
    apex_folder(tmp_path, None, monkeypatch)
    with pytest.raises(YijuError, match=r"not NVIDIA's.*pip uninstall apex.*github\.com/NVIDIA/apex"):
        adamw(torch.nn.Linear(2, 2), 1e-3, 0.0, apex=apex)


def test_an_apex_without_its_extensions_says_how_to_build_it(tmp_path, monkeypatch):
    apex_folder(tmp_path, UNBUILT, monkeypatch)
    with pytest.raises(YijuError, match=r"without its CUDA extensions.*APEX_CUDA_EXT=1"):
        adamw(torch.nn.Linear(2, 2), 1e-3, 0.0, apex=True)


def test_without_apex_torch_does_the_work():
    assert not has_apex()
    assert isinstance(adamw(torch.nn.Linear(2, 2), 1e-3, 0.0, apex=True), torch.optim.AdamW)
