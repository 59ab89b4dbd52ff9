"""Where a run finds the project's own files, if it lies elsewhere than the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.config.corpora_keys import Corpora


def with_sample(config: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """The configuration with the project's own folder of corpora, where the working directory has none of that name.

    root: the project's folder. A relative `corpora.folder` is looked up in the working directory and then in the
    project, so that the sample is found wherever the workflow runs.
    """
    corpora = config.get("corpora", {})
    folder = corpora.get("folder", Corpora.model_fields["folder"].default) if isinstance(corpora, dict) else None
    # What is wrong with a value of another type is said where the configuration is read.
    if not isinstance(folder, str) or Path(folder).is_dir() or not (root / folder).is_dir():
        return dict(config)
    return {**config, "corpora": {**corpora, "folder": str(root / folder)}}
