"""Scripts that are run by hand: what they take from the package is there under the name that they use."""

import ast
from importlib import import_module

import pytest
from pages import ROOT

SCRIPTS = sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_what_a_benchmark_imports_is_there(script):
    tree = ast.parse(script.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    own = [node for node in found if node.module.split(".")[0] == "yiju"]
    missing = [(node.module, one.name) for node in own for one in node.names if not _there(node.module, one.name)]
    assert missing == []


def _there(module: str, name: str) -> bool:
    if hasattr(import_module(module), name):
        return True
    try:
        import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True
