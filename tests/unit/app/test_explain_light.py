"""What `yiju explain` of one pair loads: no library of tables, and where an ONNX graph computes, nothing of torch."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.onnx_folder import export_folder
from yiju.base.garbage import collector_paused
from yiju.models.folder import name_labels, save_folder
from yiju.models.folder_files import FOLDER_FILES

TABLES = {"polars", "pyarrow", "pandas", "openpyxl"}
# transformers loads scipy with a BERT.
COMPUTING = {"torch", "scipy", "sklearn", "accelerate"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    model, tokenizer = classifier(folder)
    name_labels(model.config, 0.25)
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    return folder


def loaded(folder: Path, names: set[str], *more: str) -> set[str]:
    """Which of some libraries a process has loaded that explained a pair."""
    arguments = ["explain", *SENTENCES[:2], "--device", "cpu", "--model", str(folder), *more]
    code = (
        "import sys\nfrom yiju.app.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit as end: status = end.code\n"
        f"print('loaded:', *({names!r} & set(sys.modules)))\nsys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("more", [(), ("--json",), ("--method", "lime")])
def test_one_pair_needs_no_library_of_tables(model: Path, more: tuple[str, ...]):
    assert loaded(model, TABLES | {"torch", "sklearn"}, *more) == {"torch"}


def test_a_graph_needs_neither_tables_nor_torch_nor_scipy(model: Path, tmp_path: Path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    export_folder(Explainer.from_pretrained(model, device="cpu"), tmp_path / "graph")
    assert loaded(tmp_path / "graph", TABLES | COMPUTING) == set()


def test_the_collector_runs_again_after_loading_and_spares_what_was_loaded():
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    try:
        with pytest.raises(ValueError, match="unreadable"), collector_paused():
            assert not gc.isenabled()
            raise ValueError("unreadable")
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.unfreeze()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
