"""Which devices a job computes on: GPU ids are claimed with lock files, so that no two jobs share one."""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from yiju.base.errors import YijuError

log = logging.getLogger(__name__)
# Threads at most of a job without a GPU, and of any where a cluster hands out the cores.
MANY = 16


def gpu_names() -> list[str]:
    """Names of this machine's NVIDIA GPUs, as the driver names them; none without the driver or its Python package."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except ImportError:
        return []
    except pynvml.NVMLError:
        return []
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return [str(pynvml.nvmlDeviceGetName(handle)) for handle in handles]
    finally:
        pynvml.nvmlShutdown()


def usable_gpus(preference: str) -> int:
    """How many GPUs jobs may use, without loading torch; preference: auto, cpu or cuda (`device` in config)."""
    if preference == "cpu":
        return 0
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return len(gpu_names()) if named is None else len([name for name in named.split(",") if name not in ("", "-1")])


def share_of_cores(jobs: int, reserved: int, cores: int | None, gpus: int, limit: int | None = None) -> int:
    """Threads of each of several jobs that may compute side by side.

    jobs: how many there may be; reserved: GPUs of each; cores: of all jobs together, None where a cluster hands them
    out; gpus: here; limit: GPUs that may be held at a time (`--resources gpu=4`), None for any number. With GPUs a job
    takes as large a share of the cores, but for one that is left to other jobs, as it takes of the GPUs: so no more
    jobs start than have GPUs. Without GPUs all jobs that may run at a time take the same share.
    """
    if cores is None:
        return MANY
    if gpus and reserved:
        return max(1, (cores - 1) * min(reserved, gpus) // gpus)
    at_once = jobs if limit is None or not reserved else min(jobs, max(1, limit // reserved))
    return max(1, min(MANY, cores // at_once))


def visible_gpus() -> list[str]:
    """Ids of the GPUs that this process may use; CUDA_VISIBLE_DEVICES is respected."""
    import torch

    count = torch.cuda.device_count()
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return named[:count] if named else [str(index) for index in range(count)]


def computing_device(name: str) -> str:
    """The device of torch that a name means: auto (a GPU where there is one, else the CPU), or one that is here.

    Raises YijuError, naming those that are here, for any other name.
    """
    import torch

    gpus = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    known = ["cpu", *(["cuda"] if gpus else []), *gpus, *(["mps"] if torch.backends.mps.is_available() else [])]
    chosen = ("cuda" if gpus else "cpu") if name == "auto" else str(name)
    if chosen not in known:
        raise YijuError(f"device {chosen!r} is not on this machine; there are auto, {', '.join(known)}")
    return chosen


def locks() -> Path:
    """Where the jobs of one user on one machine lock GPUs, whichever clone of the project they run in."""
    return Path(tempfile.gettempdir()) / f"yiju-gpus-{os.getuid()}"


@contextmanager
def claim(reserved: int, preference: str, locks: Path) -> Iterator[list[str]]:
    """Hold up to `reserved` GPU ids for the length of the block; an empty list means the CPU.

    preference: auto, cpu or cuda (`device` in config). Fewer GPUs than reserved: those there are. Under SLURM the
    ids are its own and are not locked. Locks end with the process, however it ends.
    Raises YijuError where cuda is asked for and there is none.
    """
    gpus = [] if preference == "cpu" else visible_gpus()
    if preference == "cuda" and not gpus:
        raise YijuError("config key device is 'cuda', but this machine shows no GPU to torch; set device: auto or cpu")
    wanted = min(reserved or 1, len(gpus))
    if gpus and wanted < reserved:
        log.info("%d GPUs reserved, %d here: using %d, same global batch", reserved, len(gpus), wanted)
    if not gpus:
        if reserved and preference == "auto":
            log.info("%d GPUs reserved, none here: computing on the CPU", reserved)
        yield []
    elif "SLURM_JOB_ID" in os.environ:
        yield gpus[:wanted]
    else:
        with _locked(gpus, wanted, locks) as ids:
            yield ids


@contextmanager
def _locked(gpus: list[str], wanted: int, locks: Path) -> Iterator[list[str]]:
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    if locks.is_symlink() or locks.stat().st_uid != os.getuid():
        # In a common temporary folder anybody can make a folder of this name.
        raise YijuError(
            f"{locks}: another account made this folder, in which GPUs are locked; remove it, or set TMPDIR"
        )
    with ExitStack() as held:
        ids: list[str] = []
        # One claimer at a time: two jobs that each hold half of what they want would wait for ever.
        queue = held.enter_context((locks / "queue").open("a"))
        fcntl.flock(queue, fcntl.LOCK_EX)
        files = {gpu: held.enter_context((locks / gpu).open("a")) for gpu in gpus}
        while len(ids) < wanted:
            for gpu, file in files.items():
                if gpu not in ids and len(ids) < wanted and _try_lock(file):
                    ids.append(gpu)
            if len(ids) < wanted:
                log.info("waiting for GPUs: %d of %d free", len(ids), wanted)
                time.sleep(5)
        fcntl.flock(queue, fcntl.LOCK_UN)
        yield sorted(ids, key=gpus.index)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
