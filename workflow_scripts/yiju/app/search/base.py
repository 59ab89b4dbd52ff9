"""What a search starts from: the configuration of a run, and what it was begun with."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiju.app.search.space import Space
from yiju.app.train.begun import CONFIG
from yiju.app.train.run_names import RESULTS
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.base.nested import leaves, overlaid
from yiju.base.plurals import verb
from yiju.base.yaml_files import read_mapping
from yiju.config.load import load
from yiju.config.places import with_sample
from yiju.config.schema import Settings
from yiju.job.workflow_files import workflow_folder
from yiju.models.sources import check_sources

FILE, STEPS = "search.json", "steps.jsonl"
# Sections on which a figure of a trial depends. How its training is watched and how long it may take is no part.
READ = {"seed", "corpora", "test_sets", "encoder", "training", "posttrain", "augment", "finetune"}
WATCHED = {"max_minutes", "save_every", "trackers"}
# What a search calls the variants that are its trials.
TRIAL = "trial-{}"


@dataclass(frozen=True)
class Base:
    """files: of the configuration, later ones overriding; settings: what they say."""

    files: list[Path]
    settings: Settings

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return RESULTS / self.settings.run

    @property
    def tables(self) -> list[Path]:
        """The tables that all trials share: what is learnt and what chooses, as far as the configuration reads them."""
        wanted = ["augmented", "dev"]
        if self.settings.posttrain.enabled:
            wanted.append("texts")
        if self.settings.finetune.intermediate.corpora:
            wanted.append("intermediate")
        return [self.run / "data" / f"{name}.parquet" for name in wanted]

    def steps(self, branch: str = "") -> list[Path]:
        """What the trainings of a branch write about their steps; the run's own without a branch."""
        return [self.run / branch.strip("/") / "folds" / member / STEPS for member in self.settings.members]


def read_base(given: Sequence[Path]) -> Base:
    """The configuration that files say together; a folder of a run stands for the file that `yiju train` left there.

    Raises YijuError where it is not valid, or where something that it needs is missing.
    """
    files = [_file(path) for path in given]
    config: dict[Any, Any] = {}
    for file in files:
        config = overlaid(config, read_mapping(file))
    settings = load(with_sample(config, workflow_folder()), files)
    check_sources(settings.resolved())
    if settings.training.max_minutes is not None:
        raise YijuError(
            "training.max_minutes: a training that stops by itself would count as a trial that failed; set it to null, "
            "and limit the search with --minutes"
        )
    taken = [name for name in settings.variants if re.fullmatch(TRIAL.format(r"\d+"), name)]
    if taken:
        raise YijuError(
            f"variants.{taken[0]}: a search calls its own trials so, and deletes their folders when they have ended; "
            "give the variant another name"
        )
    return Base(files, settings)


def begin(folder: Path, base: Base, space: Space, seed: int) -> bool:
    """Write down what a search is begun with; whether it was begun before, by the same configuration and space.

    Raises YijuError where the folder holds a search that was begun otherwise.
    """
    own = base.settings.resolved().model_dump(mode="json", include=READ)
    for key in WATCHED:
        own["training"].pop(key)
    asked = {"configuration": own, "space": space.written(), "seed": seed}
    file = folder / FILE
    if not file.is_file():
        write_json(file, asked)
        return False
    found = json.loads(file.read_text(encoding="utf-8"))
    if found != json.loads(json.dumps(asked)):
        keys = _differing(found, asked)
        raise YijuError(
            f"{folder}: the search in this folder was begun with other settings: {', '.join(keys)} "
            f"{verb(len(keys), 'differs', 'differ')}. Give the same settings to go on with it, or name another folder "
            "with -o to begin another search"
        )
    return True


def _file(path: Path) -> Path:
    if path.is_dir() and not (path / CONFIG).is_file():
        raise YijuError(
            f"{path}: the folder holds no {CONFIG}, as yiju train leaves it in the folder of a run; name the files "
            "that the run was configured with"
        )
    return path / CONFIG if path.is_dir() else path


def _differing(found: dict, asked: dict) -> list[str]:
    before, now = ({**one["configuration"], "space": one["space"], "seed": one["seed"]} for one in (found, asked))
    keys = dict.fromkeys([*leaves(before), *leaves(now)])
    return [".".join(path) for path in keys if _at(before, path) != _at(now, path)]


def _at(values: Any, path: Sequence[str]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values
