"""Variants of a run: sets of keys that differ, and the branch in which each stage of each of them is computed.

A stage is computed once for all variants that read the same there and in everything before it: in the branch of the
first one, the run as configured ("base") before the others. So a variant that changes only how pairs are weighted
shares augmentation and post-training with the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yiju.base.nested import leaves
from yiju.config.jobs import augmenting, calibrating, finetuning, finetuning_first, posttraining, predicting, starting
from yiju.config.schema import Settings

BASE = "base"
Override = Mapping[str, Mapping[str, Any]]
# What a stage reads of the settings, and the stages before it. The rules take their parameters from the same functions.
STAGES: dict[str, tuple[Callable[[Settings], dict], tuple[str, ...]]] = {
    "augment": (augmenting, ()),
    "start": (starting, ()),
    "posttrain": (posttraining, ("start",)),
    "intermediate": (finetuning_first, ("posttrain",)),
    "finetune": (finetuning, ("augment", "intermediate")),
    "judge": (lambda settings: predicting(settings) | calibrating(settings), ("finetune",)),
}
# Keys that are read before the branches part, and why no variant has its own.
SHARED = {
    "encoder.scratch.vocabulary_size": "all variants share one vocabulary",
    "encoder.scratch.vocabulary": "all variants share one vocabulary",
    "posttrain.corpora": "all variants share the texts of post-training",
    "posttrain.transductive": "all variants share the texts of post-training",
    "posttrain.unit": "all variants share the texts of post-training",
    "finetune.corpora": "all variants learn, and are judged on, the same pairs",
    "finetune.folds": "all variants have the same folds",
    "finetune.grouped_folds": "all variants have the same folds",
    "finetune.seeds": "variants are compared seed by seed",
    "finetune.intermediate.corpora": "all variants share the pairs that are learnt first",
}


def folder_of(name: str) -> str:
    """Folder of a variant, below that of the run; the base has none of its own."""
    return "" if name == BASE else f"/variants/{name}"


def branches(settings: Settings) -> dict[str, Settings]:
    """The settings of every branch by its folder, those of the base first. The variants must be valid."""
    own = {
        folder_of(name): Settings.model_validate(merged(settings, override))
        for name, override in settings.variants.items()
    }
    return {folder_of(BASE): settings} | own


def merged(settings: Settings, override: Override) -> dict:
    """A variant as the whole configuration that it stands for; sections are merged key by key, as presets are."""
    return overlaid(settings.model_dump(exclude={"variants"}), override) | {"variants": {}}


def changes(settings: Settings, override: Override) -> list[dict]:
    """What a variant changes, in its own order: key, its value in the base, its value in the variant."""
    base, variant = settings.model_dump(), Settings.model_validate(merged(settings, override)).model_dump()
    values = [(".".join(path), _at(base, path), _at(variant, path)) for path in leaves(override)]
    return [{"key": key, "base": before, "variant": after} for key, before, after in values if before != after]


def refused(override: Override) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys that no variant may change, as paths, each with the reason."""
    for path in leaves(override):
        why = SHARED.get(".".join(path))
        if why:
            yield path, f"{why}; change it for the whole run, or give it a run of its own"


def repeated(found: Mapping[str, Settings]) -> Iterator[tuple[str, str]]:
    """Folders of branches in which nothing is computed that an earlier one does not compute, each with that one."""
    for branch in found:
        first = home("judge", branch, found)
        if first != branch:
            yield branch, first


def home(stage: str, branch: str, found: Mapping[str, Settings]) -> str:
    """Folder of the branch that computes a stage for this one. found: all branches, as `branches` gives them."""
    wanted = read_by(stage, found[branch])
    return next(one for one, settings in found.items() if read_by(stage, settings) == wanted)


def read_by(stage: str, settings: Settings) -> list:
    """All that a stage and those before it read of the settings."""
    reads, before = STAGES[stage]
    return [reads(settings), *(read_by(one, settings) for one in before)]


def overlaid(values: Any, override: Any) -> Any:
    """Values with those of `override` in their place; nested sections are laid over one another key by key."""
    if not (isinstance(values, dict) and isinstance(override, Mapping)):
        return override
    return values | {key: overlaid(values.get(key), value) for key, value in override.items()}


def _at(values: dict, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values
