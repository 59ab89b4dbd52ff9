"""Files of JSON in folders of models."""

import json
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """What a file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Put a value in place of what the file holds."""
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
