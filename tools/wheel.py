"""The wheel carries the workflow: what lies beside the package in the repository goes into a folder of the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

CARRIED = (
    *("Snakefile", "config.yaml", "rules/*.smk", "envs/*.yaml", "presets/*.yaml", "profiles/*/*", "report/*.rst"),
    "workflow_scripts/*.py",
)


class BuildWithWorkflow(build_py):
    """The build of the package; setuptools is told of it in pyproject.toml."""

    def run(self) -> None:
        super().run()
        # An editable installation finds the workflow where it lies.
        if not self.editable_mode:
            for file in (file for pattern in CARRIED for file in sorted(Path().glob(pattern))):
                target = Path(self.build_lib, "yiju", "workflow", file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
