"""One launcher: the same training in this process, in two, and on two nodes of SLURM."""

import logging
import os
import signal
import subprocess
import sys
import textwrap

import patience
import pytest
import torch
import yaml
from distributed import fail, train
from safetensors.torch import load_file
from toys import model_folder

from yiju.base.errors import YijuError
from yiju.job.code_version import SCRIPTS
from yiju.job.launch import launch


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A toy model, and where each training by name keeps its progress and writes its weights."""
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent / "tests"), prepend=os.pathsep)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    model = str(model_folder(tmp_path / "model"))

    def of(name):
        (tmp_path / f"work-{name}").mkdir(exist_ok=True)
        return {"model": model, "work": str(tmp_path / f"work-{name}"), "out": str(tmp_path / name)}

    return of


def assert_same(got, wanted):
    one, two = load_file(wanted["out"]), load_file(got["out"])
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=1e-6, atol=1e-9)


def test_one_process_is_this_one():
    with pytest.raises(YijuError, match="as it is"):
        launch(fail, {"message": "as it is"}, [])


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["fgm", "pgd"])
def test_two_processes_train_as_one(tmp_path, places, plan):
    for processes in (1, 2):
        launch(train, places(str(processes)) | {"plan": plan}, [], processes)
    assert_same(places("2"), places("1"))
    steps = [(tmp_path / work / "steps.jsonl").read_text().count("learning_rate") for work in ("work-1", "work-2")]
    assert steps == [7, 7]


@pytest.fixture
def log_file(tmp_path):
    """A file that the log is appended to, as that of a job is."""
    handler = logging.FileHandler(tmp_path / "job.log", mode="a", encoding="utf-8")
    logging.getLogger("yiju").addHandler(handler)
    yield tmp_path / "job.log"
    logging.getLogger("yiju").removeHandler(handler)
    handler.close()


@pytest.mark.slow
def test_bad_input_in_a_worker_ends_the_launch(monkeypatch, capfd, log_file):
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent / "tests"), prepend=os.pathsep)
    with pytest.raises(SystemExit) as stop:
        launch(fail, {"message": "place and remedy"}, [], 2)
    assert stop.value.code == 1
    for told in (capfd.readouterr().err, log_file.read_text(encoding="utf-8")):
        assert "error: place and remedy" in told
        # What both would say alike, one says.
        assert told.count("at work") == 1


# What the commands of SLURM do, with both nodes on this machine: start the rest of the line once for each.
SRUN = """
    import os, signal, subprocess, sys
    print("srun", *sys.argv[1:], file=open(os.environ["SRUN_LOG"], "a"))
    nodes = int(next(word for word in sys.argv if word.startswith("--nodes=")).split("=")[1])
    command = sys.argv[next(i for i in range(1, len(sys.argv)) if sys.argv[i][0] != "-"):]
    children = [subprocess.Popen(command, env={**os.environ, "SLURM_NODEID": str(node)}) for node in range(nodes)]
    signal.signal(signal.SIGTERM, lambda number, _: [child.send_signal(number) for child in children])
    sys.exit(max(abs(child.wait()) for child in children))
"""
SCONTROL = """
    import sys
    assert sys.argv[1:] == ["show", "hostnames", "local[host,host]"]
    print("localhost\\nlocalhost")
"""


SQUEUE = """
    import os, sys
    assert sys.argv[1:] == ["--noheader", "--job", os.environ["SLURM_JOB_ID"], "--format=%N"]
    print("local[host,host]")
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """An allocation of two nodes, both this machine; returns the file that tells of what srun was asked."""
    (tmp_path / "bin").mkdir()
    for name, code in (("srun", SRUN), ("scontrol", SCONTROL), ("squeue", SQUEUE)):
        script = tmp_path / "bin" / name
        script.write_text(f"#!{sys.executable}\n{textwrap.dedent(code)}", encoding="utf-8")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for name, value in (("JOB_ID", str(os.getpid())), ("CPUS_ON_NODE", "1")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("SRUN_LOG", str(tmp_path / "srun.log"))
    return tmp_path / "srun.log"


@pytest.mark.slow
def test_two_nodes_train_as_one(places, cluster):
    launch(train, places("one") | {"plan": "fgm"}, [])
    launch(train, places("two") | {"plan": "fgm"}, [], nodes=2)
    assert_same(places("two"), places("one"))
    asked = cluster.read_text()
    assert asked.startswith("srun --nodes=2 --ntasks=2 --ntasks-per-node=1 ")
    # The call lies where every node sees it, and is gone afterwards.
    assert f" {places('two')['work']}/" in asked
    assert not list((cluster.parent / "work-two").glob("tmp*"))


@pytest.mark.slow
def test_two_nodes_train_sharded_weights_as_one_process_whole_ones(tmp_path, places, cluster):
    config = {"distributed_type": "FSDP", "fsdp_config": {"fsdp_version": 2}, "compute_environment": "LOCAL_MACHINE"}
    (tmp_path / "fsdp.yaml").write_text(yaml.safe_dump(config))
    launch(train, places("one") | {"plan": "plain"}, [])
    sharded = {"plan": "plain", "settings": {"accelerate": str(tmp_path / "fsdp.yaml")}}
    launch(train, places("two") | sharded, [], nodes=2)
    assert_same(places("two"), places("one"))
    assert "accelerate.commands.launch" in cluster.read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("saving", [0, 35], ids=["", "longer than torchrun waits"])
def test_sigterm_reaches_the_workers_on_every_node_and_they_may_save(tmp_path, places, saving):
    whole = places("whole") | {"plan": "fgm"}
    launch(train, whole, [])
    stopped = places("stopped") | {"plan": "fgm", "pause": str(tmp_path / "paused"), "saving": saving}
    code = f"from yiju.job.launch import launch; from distributed import train; launch(train, {stopped!r}, [], nodes=2)"
    path = os.pathsep.join([str(SCRIPTS), os.environ["PYTHONPATH"]])
    job = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path})
    # Both processes: one that is late would not notice the signal, and the other would wait for it.
    patience.wait_for(lambda: len(list(tmp_path.glob("paused/*"))) == 2 or job.poll() is not None)
    assert job.poll() is None
    job.send_signal(signal.SIGTERM)
    assert job.wait(patience.SECONDS) != 0
    saves = [path.name for path in (tmp_path / "work-stopped").iterdir() if path.name.startswith("save-")]
    assert saves and "save-00000007" not in saves
    del stopped["pause"], stopped["saving"]
    launch(train, stopped, [], nodes=2)
    assert_same(stopped, whole)


def test_several_nodes_need_an_allocation(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    with pytest.raises(YijuError, match=r"jobs\.nodes: 2, but this job has this machine alone"):
        launch(fail, {"message": "never"}, [], nodes=2)


def test_a_missing_file_of_accelerate_ends_before_anything_starts(tmp_path):
    settings = {"accelerate": str(tmp_path / "nowhere.yaml")}
    with pytest.raises(YijuError, match=r"training\.accelerate: cannot read .*nowhere\.yaml"):
        launch(fail, {"message": "never", "settings": settings}, [], 2)
