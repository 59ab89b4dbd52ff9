"""The one launcher of trainings: in this process for one device, through torchrun for several."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from yiju.console import log_to_stderr, readable_errors
from yiju.provenance import SCRIPTS


def launch(function: Callable, arguments: dict, gpus: Sequence[str], processes: int = 1) -> None:
    """Call `function(**arguments)` on the given GPUs, one process each; without GPUs in `processes` CPU processes.

    function: a module-level function; arguments: JSON-able, as they may travel to other processes.
    """
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
    workers = len(gpus) or processes
    if workers == 1:
        function(**arguments)
    else:
        _torchrun(function, arguments, workers)


def _torchrun(function: Callable, arguments: dict, workers: int) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as spec:
        json.dump({"function": f"{function.__module__}:{function.__name__}", "arguments": arguments}, spec)
        spec.flush()
        command = ["torch.distributed.run", "--standalone", f"--nproc-per-node={workers}", "-m", __name__, spec.name]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])}
        child = subprocess.Popen([sys.executable, "-m", *command], env=environment)
        previous = signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
        try:
            status = child.wait()
        finally:
            signal.signal(signal.SIGTERM, previous)
    if status:
        # The workers have said what happened; a signal is passed on as shells do.
        raise SystemExit(128 - status if status < 0 else status)


def _worker(spec: Path) -> None:
    log_to_stderr()
    call = json.loads(spec.read_text(encoding="utf-8"))
    module, name = call["function"].split(":")
    with readable_errors():
        getattr(importlib.import_module(module), name)(**call["arguments"])


if __name__ == "__main__":
    _worker(Path(sys.argv[1]))
