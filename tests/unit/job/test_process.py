"""What a process tells of itself counts from its beginning."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from yiju.job import process

SLEPT = 0.5
CODE = f"import time; time.sleep({SLEPT}); from yiju.job import process; print(process.age(), process.cpu_seconds())"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
def test_what_came_before_the_module_counts():
    before = time.monotonic()
    said = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
    age, cpu = map(float, said.split())

    # The system tells the start in hundredths of a second.
    assert SLEPT - 0.02 <= age <= time.monotonic() - before + 0.02
    assert cpu > 0


def test_without_proc_it_counts_from_the_module_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process.Path, "exists", lambda _: False)
    before = time.monotonic() - process.LOADED

    assert before <= process.age() <= time.monotonic() - process.LOADED
    assert process.peak_memory() > 0
