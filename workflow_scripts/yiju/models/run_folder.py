"""The models of a run: which folders below it hold one, and which run is the newest."""

from __future__ import annotations

from pathlib import Path

from yiju.base.errors import YijuError
from yiju.models.folder_files import CONFIG, FOLDER_FILES, WEIGHTS

# Where a run keeps the model of each member, from the run's folder on.
MEMBERS = "folds/*/model"
# Where runs lie, from the current folder on: those of the workflow, and those that were written elsewhere.
RUNS = ("results/*", "*")
RESOLVED = "config.resolved.yaml"
# What a run fits for all its members together.
CALIBRATED = "calibration.json"


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run, and no model folder itself."""
    return not (folder / CONFIG).is_file() and ((folder / RESOLVED).is_file() or (folder / "folds").is_dir())


def members_of(run: Path) -> list[Path]:
    """The model folders of a run that are complete, by member."""
    found = [one for one in run.glob(MEMBERS) if all((one / file).is_file() for file in FOLDER_FILES)]
    return sorted(found, key=lambda one: (len(one.parent.name), one.parent.name))


def member_of(run: Path) -> Path:
    """The model folder of a run's first member. Raises YijuError where no member is complete."""
    members = members_of(run)
    if not members:
        raise YijuError(
            f"{run}: this is the folder of a run that holds no finished model ({MEMBERS}); let the run end, or name a "
            "model folder"
        )
    return members[0]


def finished_members(run: Path) -> list[Path]:
    """The model folders of a finished run. Raises YijuError for one that was stopped before all of them were there.

    A run writes the calibration of all members together once the last one is trained.
    """
    members = members_of(run)
    if not members or not (run / CALIBRATED).is_file():
        raise YijuError(
            f"{run}: this is the folder of a run that is not finished: it has {len(members)} finished models, and no "
            f"{CALIBRATED} of all its models together; let the run end, or name a model folder"
        )
    return members


def told_member(run: Path, member: Path) -> str:
    """Which member of a run is taken, in a sentence without a full stop."""
    count = len(members_of(run))
    others = "its one model" if count == 1 else f"the first of its {count} members, which judges by itself here"
    return f"{run} is a run; taken is {member}, {others}"


def newest_run(here: Path) -> Path | None:
    """The run below a folder whose first model was written last; None where no run has a complete one."""
    runs = [one for pattern in RUNS for one in here.glob(pattern) if is_run(one)]
    finished = [(members[0] / WEIGHTS, run) for run in runs if (members := members_of(run))]
    return max(finished, key=lambda one: (one[0].stat().st_mtime_ns, str(one[1])))[1] if finished else None
