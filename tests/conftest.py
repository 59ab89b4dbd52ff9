"""Two tests at a time: a file's tests in one process, and together those that share the run of a whole workflow."""

from __future__ import annotations

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Two workers share the cores; a second thread of a small model's arithmetic would only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# They read one finished run, which takes minutes.
TOGETHER = [
    *(f"tests/workflow/test_{name}.py" for name in ("end_to_end", "faults", "rerun", "resume")),
    "tests/cluster/test_slurm.py",
]


class Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER[0] if file in TOGETHER else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.path.parent.name not in ("workflow", "cluster"))
