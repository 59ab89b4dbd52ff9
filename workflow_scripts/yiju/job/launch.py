"""The one launcher of trainings: in this process for one device, through torchrun or accelerate for several."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yiju.base.console import Shown, log_to_stderr, readable_errors
from yiju.base.errors import YijuError
from yiju.job import slurm
from yiju.job.code_version import SCRIPTS

log = logging.getLogger(__name__)
# Ports of the rendezvous on the first node: one for each job id, within the range that nothing else is given.
FIRST_PORT, PORTS = 20_000, 10_000
# Seconds after SIGTERM in which workers may finish their update and save; torchrun's own half a minute is too short.
PATIENCE = "600"
# What the variables of SLURM say of the job, not of a step.
OF_THE_JOB = ("SLURM_JOB_ID", "SLURM_CONF")


def launch(function: Callable, arguments: dict, gpus: Sequence[str], processes: int = 1, nodes: int = 1) -> None:
    """Call `function(**arguments)` on the given GPUs, one process each; without GPUs in `processes` CPU processes.

    function: a module-level function; arguments: JSON-able, as they may travel to other processes. With
    `arguments["settings"]["accelerate"]`, a file, accelerate starts the processes and sets up sharding by it.
    nodes: machines of the SLURM allocation, with as many processes on each; `arguments["work"]` is a folder they share.
    Raises YijuError, before anything starts, where the file or the allocation does not do.
    """
    settings = arguments.get("settings", {})
    sharding = settings.get("accelerate")
    if sharding:
        from yiju.job.accelerate_file import require_fsdp2, require_shardable

        require_fsdp2(sharding)
        require_shardable(settings)
    hosts = _hosts(nodes) if nodes > 1 else []
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    workers = len(gpus) or processes
    if workers * nodes == 1 and not sharding:
        function(**arguments)
        return
    with _spec(function, arguments, arguments["work"] if hosts else None) as spec:
        start = _accelerate(sharding, workers, hosts) if sharding else _torchrun(workers, hosts)
        log.info("processes: %d on %s", workers, " and on ".join(hosts) or "this machine")
        _run([*_on_every(hosts), sys.executable, "-m", *start, "-m", __name__, str(spec)])


def _torchrun(workers: int, hosts: Sequence[str]) -> list[str]:
    if not hosts:
        return ["torch.distributed.run", "--standalone", f"--nproc-per-node={workers}"]
    meeting = [
        "--rdzv-backend=c10d",
        f"--rdzv-id={os.environ['SLURM_JOB_ID']}",
        f"--rdzv-endpoint={hosts[0]}:{_port()}",
    ]
    return ["torch.distributed.run", f"--nnodes={len(hosts)}", f"--nproc-per-node={workers}", *meeting]


def _accelerate(file: str, workers: int, hosts: Sequence[str]) -> list[str]:
    """accelerate's launcher; what the file says of processes, devices and number format is overruled by yiju's own."""
    from yiju.job.accelerate_file import NUMBERS

    nodes = len(hosts) or 1
    ours = {
        "config_file": file,
        "num_processes": workers * nodes,
        "num_machines": nodes,
        "gpu_ids": "all",
        **NUMBERS,
        "num_cpu_threads_per_process": os.environ.get("OMP_NUM_THREADS", "1"),
    }
    options = ours | (_meeting_place(hosts) if hosts else {"main_process_port": 0, "machine_rank": 0})
    return ["accelerate.commands.launch", *(f"--{name}={value}" for name, value in options.items())]


def _meeting_place(hosts: Sequence[str]) -> dict[str, str | int]:
    """Where the nodes meet and get their ranks; one that is not 0 keeps accelerate from trying the port itself."""
    return {"main_process_ip": hosts[0], "main_process_port": _port(), "rdzv_backend": "c10d", "machine_rank": 1}


def _on_every(hosts: Sequence[str]) -> list[str]:
    """The command that starts what follows it once on every node; empty for this one alone."""
    if not hosts:
        return []
    nodes = len(hosts)
    # The job itself may be a step that holds what it was given: these share it.
    shared = ["--overlap", "--cpu-bind=none", f"--cpus-per-task={os.environ.get('SLURM_CPUS_ON_NODE', '1')}"]
    return ["srun", f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1", "--kill-on-bad-exit=1", *shared]


def _hosts(nodes: int) -> list[str]:
    """The names of the allocation's nodes."""
    held = slurm.nodes()
    if len(held) < nodes:
        raise YijuError(
            f"jobs.nodes: {nodes}, but this job has {', '.join(held) or 'this machine alone'}; several are had from "
            "SLURM only: run with --profile profiles/slurm, or set jobs.nodes to 1"
        )
    return held[:nodes]


def _port() -> int:
    return FIRST_PORT + int(os.environ["SLURM_JOB_ID"]) % PORTS


@contextmanager
def _spec(function: Callable, arguments: dict, folder: str | None) -> Iterator[Path]:
    """The call as a file, which other processes read; in `folder`, where other machines must see it."""
    call = {"function": f"{function.__module__}:{function.__name__}", "arguments": arguments, "logs": _log_files()}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8", dir=folder) as spec:
        json.dump(call, spec)
        spec.flush()
        yield Path(spec.name).absolute()


def _run(command: Sequence[str]) -> None:
    """Run to the end; SIGTERM is handed on, and a failure ends this process as it ended the other."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])
    # The variables that SLURM sets for a step would bind a step that it starts to the same node.
    outer = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_") or name in OF_THE_JOB}
    environment = {"TORCH_ELASTIC_SHUTDOWN_TIMEOUT": PATIENCE, **outer, "PYTHONPATH": path}
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    previous = signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
    try:
        status = child.wait()
    finally:
        signal.signal(signal.SIGTERM, previous)
    if status:
        # The workers have said what happened; a signal is passed on as shells do.
        raise SystemExit(128 - status if status < 0 else status)


def _log_files() -> list[str]:
    """Files that this process's log is appended to; one opened to be written anew would write over what others add."""
    handlers = [handler for handler in logging.getLogger("yiju").handlers if isinstance(handler, logging.FileHandler)]
    return [handler.baseFilename for handler in handlers if handler.mode == "a"]


def _log_to(files: Sequence[str]) -> None:
    """Log to the terminal and to the files; what all processes would say alike, the first one says."""
    log_to_stderr()
    log = logging.getLogger("yiju")
    if os.environ["RANK"] != "0":
        log.setLevel(logging.WARNING)
    for file in files:
        handler = logging.FileHandler(file, encoding="utf-8")
        handler.setFormatter(Shown("%(asctime)s %(message)s", "%H:%M:%S"))
        log.addHandler(handler)


def _worker(spec: Path) -> None:
    call = json.loads(spec.read_text(encoding="utf-8"))
    _log_to(call["logs"])
    module, name = call["function"].split(":")
    with readable_errors():
        getattr(importlib.import_module(module), name)(**call["arguments"])


if __name__ == "__main__":
    _worker(Path(sys.argv[1]))
