"""A training in a queue that ends jobs after a while: it stops in time, and has SLURM start the same job again."""

from __future__ import annotations

import logging
import os
import subprocess
import time

log = logging.getLogger(__name__)
# What is left for the last update, the save and the way out: a share of the time there is, within these seconds.
SHARE, LEAST, MOST = 0.05, 20.0, 300.0


def seconds_left() -> float | None:
    """Seconds until the training should leave; None where no queue ends the job (SLURM tells since 22.05)."""
    end = os.environ.get("SLURM_JOB_END_TIME")
    if not end:
        return None
    left = float(end) - time.time()
    return left - min(max(SHARE * left, LEAST), MOST)


def requeue() -> bool:
    """Have SLURM start this very job again, whose end Snakemake goes on waiting for; whether it will."""
    job = os.environ.get("SLURM_JOB_ID")
    if job is None:
        return False
    done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
    if done.returncode:
        log.warning("SLURM does not start job %s again: %s", job, done.stderr.strip())
        return False
    log.info("SLURM starts job %s again, which goes on", job)
    return True
