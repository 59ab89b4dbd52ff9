"""How a program that lies beside this Python is called in commands that a message proposes."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def program(name: str) -> str:
    """A program by its place below this folder, where it has one, so that no environment need be active."""
    beside = Path(sys.executable).parent / name
    place = os.path.relpath(beside)
    return place if beside.is_file() and not place.startswith(os.pardir) else name
