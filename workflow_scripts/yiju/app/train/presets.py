"""How much effort a training takes, by the name that --preset takes: keys that are laid over those chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRESETS: Mapping[str, dict[str, Any]] = {
    "small": {},
    "thorough": {"finetune": {"seeds": 3}, "study": {"sets": ["test"]}},
    "trial": {
        "encoder": {"scratch": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 64}},
        "posttrain": {"epochs": 0.2},
        "finetune": {"epochs": 1, "evaluate_every": 2},
        "explain": {"methods": ["gradient_input_l2"], "candidates": ["occlusion"], "pairs": 10},
        "evaluate": {"bootstrap": 100},
    },
}
