"""The library that is not needed to use yiju, only to compare with."""

import pytest


def need_sentence_transformers() -> None:
    """Skip the test where sentence-transformers is not installed."""
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
