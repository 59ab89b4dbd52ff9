"""One launcher: the same training in this process and in two."""

import pytest
import torch
from distributed import fail, train
from safetensors.torch import load_file
from toys import model_folder

from yiju.errors import YijuError
from yiju.launch import launch
from yiju.provenance import SCRIPTS


def test_one_process_is_this_one():
    with pytest.raises(YijuError, match="as it is"):
        launch(fail, {"message": "as it is"}, [])


@pytest.mark.parametrize("plan", ["fgm", "pgd"])
def test_two_processes_train_as_one(tmp_path, monkeypatch, plan):
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent / "tests"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    model = str(model_folder(tmp_path / "model"))
    for processes in (1, 2):
        (tmp_path / f"work{processes}").mkdir()
        paths = {"model": model, "work": str(tmp_path / f"work{processes}"), "out": str(tmp_path / f"{processes}")}
        launch(train, paths | {"plan": plan}, [], processes)
    one, two = (load_file(tmp_path / name) for name in ("1", "2"))
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=1e-6, atol=1e-9)
    steps = [(tmp_path / work / "steps.jsonl").read_text().count("learning_rate") for work in ("work1", "work2")]
    assert steps == [7, 7]


def test_bad_input_in_a_worker_ends_the_launch(monkeypatch, capfd):
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent / "tests"))
    with pytest.raises(SystemExit) as stop:
        launch(fail, {"message": "place and remedy"}, [], 2)
    assert stop.value.code == 1
    assert "error: place and remedy" in capfd.readouterr().err
