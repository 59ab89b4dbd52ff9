"""What a test needs that a machine may lack: the test is skipped then, and says what is missing and how to get it."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from yiju.job.code_version import SCRIPTS

# Real corpora are in no repository.
CORPORA = Path(os.environ.get("YIJU_CORPORA", SCRIPTS.parents[1] / "shared/corpora"))
NO_CORPORA = "the real corpora are not here: set YIJU_CORPORA to their folder"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no browser is here: apt-get install chromium")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a file system needs root")


def real(name: str) -> Path:
    """A file of the real corpora."""
    if not (CORPORA / name).is_file():
        pytest.skip(NO_CORPORA)
    return CORPORA / name


def package(name: str) -> ModuleType:
    """A module that results are compared with. It is never skipped: `make test-all` installs it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.fail(f"{error}; `make test-all` installs it from requirements/equality.txt")
