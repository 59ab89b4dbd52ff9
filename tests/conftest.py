"""How the tests run: two at a time, on one thread each, the same on every machine; what was skipped is said at the end.

A file's tests run in one process, and together those that share the run of a whole workflow. Three variables of the
environment try the suite under other conditions (`make test-hard`): OMP_NUM_THREADS, the threads of each process;
YIJU_TEST_BF16, 1 or 0, makes torch say that the processor computes bfloat16 or that it does not; YIJU_TEST_LOAD, the
number of busy loops that run beside the tests.
"""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Two workers share the cores; a second thread of a small model's arithmetic would only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests read what is said, whatever the locale of this machine is.
os.environ["YIJU_LANG"] = "en"
# The same examples at every run and no limit of time: a test fails because of a change, never because of a machine.
STEADY = settings(derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
# Hypothesis would try constants of the modules that are loaded. Which these are depends on the test files that ran
# before in the same worker, and so on how busy the machine is.
providers._get_local_constants = providers.Constants
settings.register_profile("steady", STEADY, max_examples=30)
# `make test-all` tries more of them.
settings.register_profile("thorough", STEADY, max_examples=200)
settings.load_profile("steady")
# They read one finished run, which takes minutes.
TOGETHER = [
    *(
        f"tests/workflow/test_{name}.py"
        for name in ("end_to_end", "faults", "rerun", "resume", "learning_curve_run", "corrected_run")
    ),
    *(f"tests/cluster/test_{name}.py" for name in ("slurm", "storage", "two_nodes")),
]
PROCESSOR = str(Path(__file__).with_name("processor"))
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    pass\n"
SEED = 5
LOOPS = pytest.StashKey[list[subprocess.Popen]]()


class Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER[0] if file in TOGETHER else file


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A command with `--lang zh` in an earlier test of this process leaves its language behind."""
    if "yiju.base.terminal_language" in sys.modules:
        sys.modules["yiju.base.terminal_language"].speak("en")


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup() -> None:
    _draw_alike()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call() -> None:
    _draw_alike()


def _draw_alike() -> None:
    """What a test draws without a seed of its own depends neither on the tests before it nor on the process."""
    random.seed(SEED)
    for library, seed in (("numpy", "random.seed"), ("torch", "manual_seed")):
        if library in sys.modules:
            attrgetter(seed)(sys.modules[library])(SEED)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    if "YIJU_TEST_BF16" in os.environ:
        _pretend_a_processor()
    loops = 0 if _is_worker(config) else int(os.environ.get("YIJU_TEST_LOAD", "0"))
    config.stash[LOOPS] = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(loops)]


def pytest_unconfigure(config: pytest.Config) -> None:
    for loop in config.stash.get(LOOPS, []):
        loop.kill()
        loop.wait()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no long file is left to one process at the end."""
    order = {"workflow": 0, "cluster": 0, "web": 1, "docs": 1}
    items.sort(key=lambda item: order.get(item.path.parent.name, 2))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was not run, and why: a line for every reason, with the number of tests."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    lines = [f"{count:5} {reason}" for reason, count in reasons.most_common()]
    if config.option.markexpr == "not slow":
        lines.append("      tests marked slow: `make test-all` runs them")
    if lines:
        terminalreporter.section("not run here")
        terminalreporter.write_line("\n".join(lines))


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """A failing test's text goes to the process that reports as UTF-8, which half of a surrogate pair would end."""
    return _encodable((yield))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_encodable, value))
    return value


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test or a whole file was skipped."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _pretend_a_processor() -> None:
    """In this process, and in all that it starts."""
    paths = [PROCESSOR, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    if "sitecustomize" not in sys.modules or sys.modules["sitecustomize"].__file__ != f"{PROCESSOR}/sitecustomize.py":
        sys.path.insert(0, PROCESSOR)
        sys.modules.pop("sitecustomize", None)
        __import__("sitecustomize")
        sys.path.remove(PROCESSOR)


@pytest.fixture
def yiju_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """yiju's log is in `caplog`; a command would send it to the terminal."""
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    caplog.set_level("INFO", logger="yiju")


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Generator[None]:
    """The log is what a library's is, whatever command a test before has called."""
    yield
    log = logging.getLogger("yiju")
    log.handlers, log.propagate = [], True
    log.setLevel(logging.NOTSET)


@pytest.fixture(scope="module")
def marked_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a toy classifier with match markers."""
    return _model_folder(tmp_path_factory, marker=True)


@pytest.fixture(scope="module")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a toy classifier without match markers."""
    return _model_folder(tmp_path_factory, marker=False)


def _model_folder(tmp_path_factory: pytest.TempPathFactory, marker: bool) -> Path:
    from toys import classifier

    from yiju.models.folder import save_folder
    from yiju.models.folder_files import FOLDER_FILES

    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder, marker=marker), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    """The folder of a row of `families.ROWS`, built once in a test process; tests must not change it."""
    from families import build_row

    return cache(lambda row: build_row(row, tmp_path_factory.mktemp("family")))
