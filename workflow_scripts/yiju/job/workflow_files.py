"""Where the workflow lies: beside the package in a clone of the project, inside it where a wheel brought both."""

from __future__ import annotations

from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parents[1]


def workflow_folder() -> Path:
    """The folder of the Snakefile, of config.yaml, `rules` and `presets`."""
    clone = PACKAGE_FOLDER.parents[1]
    return clone if (clone / "Snakefile").is_file() else PACKAGE_FOLDER / "workflow"
