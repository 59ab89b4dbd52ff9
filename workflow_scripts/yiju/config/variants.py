"""Variants of a run: sets of keys that differ. Which of their stages are shared: `yiju.config.stages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from yiju.base.nested import leaves, overlaid
from yiju.config.schema import Settings

BASE = "base"
Override = Mapping[Any, Mapping[str, Any]]
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
        why = SHARED.get(".".join(map(str, path)))
        if why:
            yield path, f"{why}; change it for the whole run, or give it a run of its own"


def _at(values: dict, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values[key]
    return values
