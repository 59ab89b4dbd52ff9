"""A real SLURM on this machine, for the tests: one node, four GPUs that are files, no accounting.

Needs root and Debian's packages slurm-wlm and munge. Everything lies in one folder, but for two links in /etc/slurm:
steps of a job look there, whatever SLURM_CONF says.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

GPUS = 4
ETC = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel", "squeue")
PATIENCE_SECONDS = 60
# A killed job has five seconds to save; a dead node is noticed in ten; jobs stay on record while the tests look.
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdTimeout=10
KillWait=5
MinJobAge=86400
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Why SLURM cannot be run here, or None."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"no {', '.join(absent)}: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "a SLURM of one's own needs root"
    if any((ETC / name).exists() and not (ETC / name).is_symlink() for name in FILES):
        return f"this machine has a SLURM already, by {ETC}"
    return None


class Cluster:
    """The daemons of one node, and what is asked of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> None:
        """Write the configuration, start the daemons, wait for the node. Raises TimeoutError if it does not come."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        # munged reads its key as its own user, so nothing on the way may be closed to it.
        for folder in (self.folder, *self.folder.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o055)
        devices = [self.folder / f"gpu{number}" for number in range(GPUS)]
        for device in devices:
            device.touch()
        host = socket.gethostname()
        ports = _free_ports(2)
        text = CONFIGURATION.format(
            host=host,
            folder=self.folder,
            port=ports[0],
            node_port=ports[1],
            cores=os.cpu_count(),
            memory=psutil.virtual_memory().total // 2**20 * 9 // 10,
            gpus=GPUS,
        )
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File={self.folder}/gpu[0-{GPUS - 1}]\n")
        ETC.mkdir(exist_ok=True)
        for name in FILES:
            (ETC / name).unlink(missing_ok=True)
            (ETC / name).symlink_to(self.folder / name)
        self._start_munge()
        self._call("slurmctld", "-f", str(self.folder / "slurm.conf"))
        self.start_node()

    def start_node(self) -> None:
        """Start slurmd and wait until the node takes jobs."""
        self._call("slurmd", "-f", str(self.folder / "slurm.conf"))
        wait_for(lambda: self._call("sinfo", "--noheader", "--format=%T") in {"idle", "mixed", "allocated"})

    def stop_node(self) -> None:
        """End slurmd and all that it runs at once, as when a machine loses its power."""
        for process in self._daemons("slurmd", "slurmstepd"):
            for child in [*process.children(recursive=True), process]:
                child.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        self.stop_node()
        for process in self._daemons("slurmctld", "munged"):
            process.kill()
        for name in FILES:
            (ETC / name).unlink()

    def jobs(self) -> list[dict[str, str]]:
        """Every job there was, in order, by the names that scontrol uses."""
        lines = self._call("scontrol", "show", "jobs", "--oneliner").split("\n")
        found = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]
        return sorted(found, key=lambda job: int(job["JobId"]))

    def cancel(self, job: str) -> None:
        self._call("scancel", job)

    def _start_munge(self) -> None:
        key, socket_file = self.folder / "munge.key", self.folder / "munge.sock"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = [f"--{name}-file={self.folder / f'munge.{name}'}" for name in ("key", "pid", "log", "seed")]
        # As root, which owns the folder; munge warns of folders that others may write to, and goes on.
        self._call("munged", "--force", f"--socket={socket_file}", *files)

    def _daemons(self, *names: str) -> list[psutil.Process]:
        found = [process for process in psutil.process_iter(["name"]) if process.info["name"] in names]
        return [process for process in found if _has(process, str(self.folder)) or process.info["name"] == "slurmstepd"]

    def _call(self, *command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


def wait_for(condition, seconds: float = PATIENCE_SECONDS) -> None:
    """Ask again and again. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.2)


def _has(process: psutil.Process, text: str) -> bool:
    try:
        return any(text in value for value in process.cmdline())
    except psutil.Error:
        return False


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
