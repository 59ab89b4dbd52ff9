"""What tests of checkpoints share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from toys import classifier


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier's folder, as yiju writes it."""
    folder = tmp_path_factory.mktemp("good")
    model, _ = classifier(folder)
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def propagated_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """yiju's log reaches pytest, whoever has set it up before."""
    logger = logging.getLogger("yiju")
    before, logger.propagate = logger.propagate, True
    caplog.set_level(logging.INFO, "yiju")
    yield
    logger.propagate = before
