"""Attribution methods: one file each under `methods/`, known by its name; a new method is a new file."""

from pathlib import Path

METHODS = tuple(sorted(file.stem for file in (Path(__file__).parent / "methods").glob("[a-z]*.py")))
