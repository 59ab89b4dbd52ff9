"""A real SLURM on this machine, for the tests: one node or several, each with four GPUs that are files, no accounting.

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
from pathlib import Path

import psutil
from patience import wait_for

GPUS = 4
ETC = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "scancel", "squeue")
# A killed job has five seconds to save; a dead node is noticed in ten; jobs stay on record while the tests look.
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
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
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
# Every node is this machine under an address of its own, which needs no name service.
NODE = (
    "NodeName={node} NodeAddr={node} NodeHostname={host} Port={port} CPUs={cores} RealMemory={memory} Gres=gpu:{gpus} "
    "State=UNKNOWN\n"
)


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
    """The daemons of the nodes, and what is asked of them."""

    def __init__(self, folder: Path, nodes: int = 1) -> None:
        self.folder = folder
        self.nodes = [f"127.0.0.{number + 2}" for number in range(nodes)]

    def start(self) -> None:
        """Write the configuration, start the daemons, wait for the nodes. Raises AssertionError if they do not come."""
        for name in ("state", *(f"spool-{node}" for node in self.nodes)):
            (self.folder / name).mkdir()
        # munged reads its key as its own user, so nothing on the way may be closed to it.
        for folder in (self.folder, *self.folder.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o055)
        devices = [self.folder / f"gpu{number}" for number in range(GPUS)]
        for device in devices:
            device.touch()
        facts = {
            "host": socket.gethostname(),
            "folder": self.folder,
            "cores": os.cpu_count(),
            "memory": psutil.virtual_memory().total // 2**20 * 9 // 10,
            "gpus": GPUS,
        }
        port, *ports = _free_ports(1 + len(self.nodes))
        places = zip(self.nodes, ports, strict=True)
        lines = [CONFIGURATION.format(port=port, **facts), *(NODE.format(node=n, port=p, **facts) for n, p in places)]
        (self.folder / "slurm.conf").write_text("".join(lines))
        (self.folder / "gres.conf").write_text(f"Name=gpu File={self.folder}/gpu[0-{GPUS - 1}]\n")
        ETC.mkdir(exist_ok=True)
        for name in FILES:
            (ETC / name).unlink(missing_ok=True)
            (ETC / name).symlink_to(self.folder / name)
        self._start_munge()
        self._call("slurmctld", "-f", str(self.folder / "slurm.conf"))
        self.start_nodes()

    def start_nodes(self) -> None:
        """Start every slurmd and wait until the nodes take jobs."""
        for node in self.nodes:
            self._call("slurmd", "-N", node, "-f", str(self.folder / "slurm.conf"))
        states = ("sinfo", "--noheader", "--Node", "--format=%T")
        wait_for(lambda: set(self._call(*states).split("\n")) <= {"idle", "mixed", "allocated"})

    def stop_nodes(self) -> None:
        """End every slurmd and all that it runs at once, as when machines lose their power."""
        for process in self._daemons("slurmd", "slurmstepd"):
            for child in [*process.children(recursive=True), process]:
                child.send_signal(signal.SIGKILL)

    def stop(self) -> None:
        self.stop_nodes()
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
