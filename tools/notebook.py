"""Run docs/notebook.ipynb and keep what it printed: `python -m tools.notebook`, after `make run`."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from yiju.base.files import write_text

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs/notebook.ipynb"
SECONDS = 600


def refresh(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the outputs of its cells, as it is run in its folder, without times and messages of stderr."""
    NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    return notebook


def main() -> None:
    # The kernel finds the package beside this file, installed or not.
    sources = str(NOTEBOOK.parents[1] / "workflow_scripts")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (sources, os.environ.get("PYTHONPATH"))))
    found = refresh(nbformat.read(NOTEBOOK, as_version=4))
    write_text(NOTEBOOK, nbformat.writes(found, version=4) + "\n")


if __name__ == "__main__":
    main()
