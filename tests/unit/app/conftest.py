"""The model that the tests of `Explainer` share."""

from __future__ import annotations

from typing import Any

import pytest
from toys import classifier


@pytest.fixture(scope="module", params=[False, True], ids=["stock", "marker"])
def judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A toy classifier and its tokeniser, without and with match markers."""
    return classifier(tmp_path_factory.mktemp("model"), marker=request.param)
