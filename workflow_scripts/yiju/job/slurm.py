"""What a training asks of SLURM: its nodes, the time it has left, and to start the same job again after that."""

from __future__ import annotations

import logging
import os
import re
import subprocess

log = logging.getLogger(__name__)
# What is left for the last update, the save and the way out: a share of the time there is, within these seconds.
SHARE, LEAST, MOST = 0.05, 20.0, 300.0
# As squeue writes what is left: days-hours:minutes:seconds, the larger ones where there are any.
LEFT = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)")


def nodes() -> list[str]:
    """Names of the job's nodes; none where no queue runs it.

    Asked of SLURM itself: to a step of the job, which Snakemake's executor starts, the environment names the step's own
    node alone.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return []
    return _ask("scontrol", "show", "hostnames", _ask("squeue", "--noheader", "--job", job, "--format=%N")).split()


def seconds_left() -> float | None:
    """Seconds until the training should save and leave; None where no queue ends the job."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return None
    left = LEFT.fullmatch(_ask("squeue", "--noheader", "--job", job, "--format=%L"))
    if left is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in left.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return total - min(max(SHARE * total, LEAST), MOST)


def requeue() -> bool:
    """Have SLURM start this very job again, whose end Snakemake goes on waiting for; whether it will."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return False
    refusal = _ask("scontrol", "requeue", job)
    if refusal:
        log.warning("SLURM does not start job %s again: %s", job, refusal)
    else:
        log.info("SLURM starts job %s again, and it goes on", job)
    return not refusal


def _ask(*command: str) -> str:
    """What a command of SLURM says on both streams."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    return done.stdout.strip()
