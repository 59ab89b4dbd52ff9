"""The committed sample as its tests read it."""

import json
import math
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "data" / "sample"


def items_of(name: str) -> list[dict]:
    return [json.loads(line) for line in (COMMITTED / name).read_text(encoding="utf-8").split("\n")[:-1]]


def kept(own: list[str]) -> int:
    return math.ceil(0.705 * len(own))
