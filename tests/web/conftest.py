"""One model and one server for all tests of the page and its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import PATIENT, Served, limited, running
from toys import classifier

from yiju import Explainer
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder, marker=True), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="session")
def explainer(model: Path) -> Explainer:
    return Explainer.from_pretrained(model)


@pytest.fixture(scope="session")
def server(model: Path) -> Iterator[Served]:
    """With a rate that no test reaches by chance, and answers that no load can make too late."""
    with limited(model, rate=5000.0, burst=10_000, **PATIENT) as served:
        yield served


@pytest.fixture(scope="module")
def chrome():
    """A browser; of one file of tests, for there can be only one in a process at a time."""
    from browsing import browser

    with browser() as found:
        yield found


@pytest.fixture
def page(chrome, server):
    """A page of the server, in English, that must neither fail in its scripts nor ask any other server."""
    from browsing import opened

    with opened(chrome, server) as page:
        yield page


@pytest.fixture(scope="session")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model than `model`."""
    folder = tmp_path_factory.mktemp("other")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="session")
def both(model: Path, other_model: Path) -> Iterator[Served]:
    """A server of two models."""
    with running(model, "--against", str(other_model), "--rate", "5000") as served:
        yield served
