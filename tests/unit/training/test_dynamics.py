"""Training dynamics: what was said of each pair while it was learnt, and that nothing is learnt otherwise."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from pair_tasks import MACHINE, PLAN, TRUTH, logits_of, pair_task
from safetensors.torch import load_file
from test_finetune_fold import trained
from toys import model_folder

from yiju.base import tables
from yiju.models.folder import load_model, load_tokenizer
from yiju.training import loop
from yiju.training.dynamics import Dynamics, margins_of, summarised
from yiju.training.objective import PLAIN, Techniques
from yiju.training.step import Learner
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup

ROWS = len(TRUTH)
TECHNIQUES = {
    "plain": PLAIN,
    "masking": Techniques(masking=Masking("both", 4, 7)),
    "rdrop": Techniques(0.1, rdrop_alpha=1.0),
    "mixup": Techniques(mixup=Mixup("inner", 1.0, 2)),
}


def learnt(folder, techniques=PLAIN, epochs=2.0, plan=PLAN, dynamics=True, work="work"):
    """A toy task after its training, without dropout."""
    model_folder(folder / "model", dropout=0.0)
    (folder / work).mkdir(exist_ok=True)
    kept = Dynamics(int(np.ceil(epochs)), ROWS) if dynamics else None
    classifier = load_model(folder / "model", "classifier", seed=5)
    task = pair_task(classifier, load_tokenizer(folder / "model"), techniques, dynamics=kept)
    loop.fit(task, replace(plan, epochs=epochs, evaluate_every=4), MACHINE, folder / work)
    return task


def test_the_margin_is_the_logit_of_the_label_less_the_largest_other_one():
    logits = torch.tensor([[1.0, 3.0, 2.0], [0.5, -1.0, 4.0]])
    assert margins_of(logits, torch.tensor([1, 0])).tolist() == [1.0, -3.5]
    assert margins_of(logits[:, :2], torch.tensor([0, 0])).tolist() == [-2.0, 1.5]


def test_what_is_noted_is_what_the_model_says_as_it_comes_to_the_pair(tmp_path, monkeypatch):
    said, plain = {}, Learner.update

    def update(self, number, rows, rate):
        self.task.model.eval()
        with torch.no_grad():
            logits = logits_of(self.task, rows)
        said.update({(number // 4, int(row)): one for row, one in zip(rows, logits, strict=True)})
        return plain(self, number, rows, rate)

    monkeypatch.setattr(Learner, "update", update)
    margins = learnt(tmp_path).dynamics.margins
    assert margins.shape == (2, ROWS) and not torch.isnan(margins).any()
    for (epoch, row), logits in said.items():
        own = TRUTH[row]
        assert margins[epoch, row] == pytest.approx(float(logits[own] - logits[1 - own]), abs=1e-5)


@pytest.mark.parametrize("techniques", TECHNIQUES.values(), ids=TECHNIQUES)
def test_weights_are_the_same_bit_for_bit_with_and_without_it(tmp_path, techniques):
    with_it, without = (learnt(tmp_path, techniques, dynamics=kept, work=str(kept)) for kept in (True, False))
    others = dict(without.model.classifier.named_parameters())
    for name, weight in with_it.model.classifier.named_parameters():
        assert torch.equal(weight, others[name]), name
    assert without.dynamics is None


def test_of_masked_pairs_nothing_is_noted(tmp_path):
    margins = learnt(tmp_path, TECHNIQUES["masking"]).dynamics.margins
    # Of 31 pairs in updates of 10 half are whole, of the one in an update of its own it is.
    assert (~torch.isnan(margins)).sum(dim=1).tolist() == [16, 16]


def test_adversarial_passes_are_not_noted(tmp_path):
    plain = learnt(tmp_path, epochs=0.25).dynamics.margins
    moved = learnt(tmp_path, epochs=0.25, plan=replace(PLAN, fgm_epsilon=5.0), work="moved").dynamics.margins
    torch.testing.assert_close(plain, moved, equal_nan=True)


def test_a_killed_training_says_what_the_undisturbed_one_does(tmp_path, monkeypatch):
    whole = learnt(tmp_path, work="whole").dynamics.margins
    plain = Learner.update

    def killed(self, number, rows, rate):
        if number == 6:
            raise KeyboardInterrupt
        return plain(self, number, rows, rate)

    saves = replace(MACHINE, save_every=0.0)
    monkeypatch.setattr("test_dynamics.MACHINE", saves)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Learner, "update", killed)
        learnt(tmp_path)
    torch.testing.assert_close(learnt(tmp_path).dynamics.margins, whole)


def test_what_the_margins_of_a_pair_say():
    nan = np.nan
    margins = np.array(
        [[2.0, -1, nan, nan, -1], [-1.0, -2, nan, 3, nan], [1.0, -3, nan, nan, nan], [-2.0, nan, nan, 1, 1]]
    )
    found = summarised(margins)
    assert found["passes"].to_list() == [4, 3, 0, 2, 2]
    assert found["forgotten"].to_list() == [2, None, None, 0, 0]
    assert found["right"].to_list() == [0.5, 0.0, None, 1.0, 0.5]
    assert found["margin"].to_list() == [0.0, -2.0, None, 2.0, 0.0]
    assert found["last"].to_list() == [-2.0, -3.0, None, 1.0, 1.0]
    shares = 1 / (1 + np.exp(-margins[:, 0]))
    assert found["confidence"][0] == pytest.approx(shares.mean())
    assert found["variability"][0] == pytest.approx(shares.std())
    assert found["confidence"][2] is None and found["variability"][2] is None


def test_a_member_writes_it_of_the_pairs_that_it_learnt(tmp_path):
    model_folder(tmp_path / "start")
    out, *_ = trained(
        tmp_path, "member", tmp_path / "start", {"masking": {"enabled": False, "operator": "mask"}}, fold=1
    )
    found = tables.read(tmp_path / "member-dynamics", tables.DYNAMICS)
    assert found["pair"].to_list() == [number for number in range(48) if number % 3]
    assert found["passes"].to_list() == [3] * 32
    assert found["confidence"].is_between(0, 1).all()
    # What dev pairs, copies and held-out pairs say is not in it.
    assert found.filter(pl.col("margin").is_null()).is_empty() and load_file(out / "model.safetensors")
