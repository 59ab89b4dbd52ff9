"""Sharded weights: two processes that each hold half learn what one does, and what cannot be sharded is refused."""

import os

import pytest
import torch
import yaml
from distributed import train, train_masked
from safetensors.torch import load_file
from toys import model_folder

from yiju.base.errors import YijuError
from yiju.job.accelerate_file import require_fsdp2, require_shardable
from yiju.job.code_version import SCRIPTS
from yiju.job.launch import launch

FSDP2 = {
    "compute_environment": "LOCAL_MACHINE",
    "distributed_type": "FSDP",
    "fsdp_config": {
        "fsdp_version": 2,
        "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        "fsdp_reshard_after_forward": True,
    },
}
UPDATES = 7


def written(path, **changes):
    config = FSDP2 | changes
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return str(path)


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a toy training in one process, or sharded over two; returns its final weights."""
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent / "tests"), prepend=os.pathsep)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    model = str(model_folder(tmp_path / "model"))

    def run(name, file=None, plan="plain", processes=None, function=train, **more):
        (tmp_path / name).mkdir(exist_ok=True)
        places = {"model": model, "work": str(tmp_path / name), "out": str(tmp_path / f"{name}.safetensors")}
        settings = {"settings": {"accelerate": file}} if file else {}
        launch(function, places | settings | {"plan": plan} | more, [], processes or (2 if file else 1))
        return load_file(places["out"])

    return run


def assert_close(got, wanted, rtol=1e-6, atol=1e-9):
    assert got.keys() == wanted.keys()
    for name, weight in wanted.items():
        torch.testing.assert_close(got[name], weight, rtol=rtol, atol=atol)


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["plain", "last"])
def test_sharded_weights_learn_what_whole_ones_do(tmp_path, start, plan):
    sharded = start("sharded", written(tmp_path / "fsdp.yaml"), plan)
    assert_close(sharded, start("whole", plan=plan))


@pytest.mark.slow
def test_weights_that_are_one_are_cut_as_one(tmp_path, start):
    """A language model's embedding is its decoder too."""
    sharded = start("sharded", written(tmp_path / "fsdp.yaml"), function=train_masked)
    assert_close(sharded, start("whole", function=train_masked))


@pytest.mark.slow
@pytest.mark.parametrize(
    "techniques",
    [{"rdrop_alpha": 2.0, "label_smoothing": 0.1}, {"mixup": "inner"}, {"mixup": "pooler"}, {"masking": "both"}],
)
def test_techniques_of_the_loss_work_on_sharded_weights(tmp_path, start, techniques):
    """Mixup's partners share a micro-batch, so that what is compared is two processes with two."""
    sharded = start("sharded", written(tmp_path / "fsdp.yaml"), techniques=techniques)
    assert_close(sharded, start("whole", processes=2, techniques=techniques))


@pytest.mark.slow
def test_saves_are_whole_and_a_killed_training_goes_on_from_them(tmp_path, start):
    file = written(tmp_path / "fsdp.yaml")
    undisturbed = start("undisturbed", file)
    with pytest.raises(SystemExit):
        start("killed", file, killed_at=5)
    whole = load_file(tmp_path / "killed" / "save-00000004" / "state.safetensors")
    assert {name: value.shape for name, value in whole.items() if name.startswith("weight/classifier.classifier")} == {
        "weight/classifier.classifier.weight": (2, 16),
        "weight/classifier.classifier.bias": (2,),
    }
    resumed = start("killed", file)
    assert all(torch.equal(resumed[name], weight) for name, weight in undisturbed.items())
    steps = [(tmp_path / name / "steps.jsonl").read_text().count("learning_rate") for name in ("undisturbed", "killed")]
    assert steps == [UPDATES, UPDATES]


@pytest.mark.slow
def test_it_starts_again_where_one_process_left_off(tmp_path, start):
    """Saves know nothing of sharding: the number of processes may change in between."""
    with pytest.raises(SystemExit):
        start("moved", written(tmp_path / "fsdp.yaml"), killed_at=5)
    assert_close(start("moved"), start("whole"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"distributed_type": "DEEPSPEED"}, "fsdp_reshard_after_forward: false for ZeRO-2, true for ZeRO-3"),
        ({"distributed_type": "MULTI_GPU"}, "distributed_type: MULTI_GPU, but only FSDP needs a file"),
        ({"fsdp_config": {"fsdp_sharding_strategy": "FULL_SHARD"}}, "FSDP 1; set fsdp_version: 2"),
        ({"fsdp_config": FSDP2["fsdp_config"] | {"fsdp_offload_params": True}}, "fsdp_offload_params"),
        ({"parallelism_config": {"parallelism_config_tp_size": 2}}, "parallelism_config"),
    ],
)
def test_other_kinds_of_sharding_are_refused_with_what_does_the_same(tmp_path, changes, told):
    with pytest.raises(YijuError, match=r"training\.accelerate: .*" + told):
        require_fsdp2(written(tmp_path / "other.yaml", **changes))


@pytest.mark.parametrize("text", ["- a list", "a: b: c", "\0"])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(YijuError, match=r"training\.accelerate: .*odd\.yaml"):
        require_fsdp2(str(tmp_path / "odd.yaml"))


@pytest.mark.parametrize("key", ["fgm", "pgd", "ema", "multi_dropout"])
def test_techniques_that_need_whole_weights_are_refused(tmp_path, key):
    settings = {"accelerate": written(tmp_path / "fsdp.yaml"), key: {"enabled": True}, "rdrop": {"enabled": True}}
    with pytest.raises(YijuError, match=rf"^finetune\.{key}: cannot work .* set finetune\.{key}\.enabled to false"):
        launch(train, {"settings": settings}, [], 2)


def test_others_are_not():
    require_shardable({"fgm": {"enabled": False}, "rdrop": {"enabled": True}, "layer_rates": {"enabled": True}})
