"""The stages that variants may share, and the branch in which each stage of each variant is computed.

A stage is computed once for all variants that read the same there and in everything before it: in the branch of the
first one, the run as configured ("base") before the others. So a variant that changes only how pairs are weighted
shares augmentation and post-training with the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from yiju.config import rules
from yiju.config.schema import Settings


def _judging(settings: Settings) -> dict:
    return rules.predict_held_out(settings) | rules.calibrate_ensemble(settings)


# What a stage reads of the settings, and the stages before it.
STAGES: dict[str, tuple[Callable[[Settings], dict], tuple[str, ...]]] = {
    "augment": (rules.augment_pairs, ()),
    "start": (rules.start_encoder, ()),
    "posttrain": (rules.posttrain_encoder, ("start",)),
    "intermediate": (rules.finetune_intermediate, ("posttrain",)),
    "finetune": (rules.finetune_fold, ("augment", "intermediate")),
    "judge": (_judging, ("finetune",)),
}


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
