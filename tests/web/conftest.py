"""One model and one server for all tests of the page and its API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import PATIENT, Served, limited
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
