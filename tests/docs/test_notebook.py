"""The notebook runs from its first cell to its last, and lies in the repository with what it printed."""

import json
import os
import re

import nbformat
import patience
import pytest
from nbclient import NotebookClient
from pages import NOTEBOOK
from toys import classifier

from yiju.job.code_version import SCRIPTS
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES


def test_it_lies_here_with_what_one_run_printed():
    text = NOTEBOOK.read_text(encoding="utf-8")
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    remedy = "run `python -m tools.notebook` after `make run`"
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1)), remedy
    assert all(cell["outputs"] for cell in cells), remedy
    outputs = [out for cell in cells for out in cell["outputs"]]
    assert not [out for out in outputs if out["output_type"] == "error" or out.get("name") == "stderr"]
    kinds = [kind for out in outputs for kind in out.get("data", {})]
    assert kinds.count("text/html") >= 8 and "image/png" in kinds
    # Explanations are shown with their legend; nothing says on whose machine it ran.
    assert text.count('class=\\"legend\\"') >= 7
    assert not re.search(r'["\s(](/home|/Users|/root|/tmp|/work)/', text)


@pytest.mark.slow
def test_it_runs_and_shows_what_it_promises(tmp_path, monkeypatch):
    save_folder(*classifier(tmp_path, marker=True), [tmp_path / name for name in FOLDER_FILES])
    monkeypatch.setenv("YIJU_MODEL", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS), prepend=os.pathsep)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # As Jupyter does it: in the notebook's folder.
    NotebookClient(notebook, timeout=patience.SECONDS, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = [kind for cell in notebook.cells for out in cell.get("outputs", []) for kind in out.get("data", {})]
    assert shown.count("text/html") >= 8
    assert "image/png" in shown
    assert any("<table" in out["data"].get("text/html", "") for out in notebook.cells[-2]["outputs"])
