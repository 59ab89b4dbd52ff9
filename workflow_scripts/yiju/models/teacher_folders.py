"""Where a teacher lies: one model folder, all members of a run, or a checkpoint of the hub."""

from __future__ import annotations

from pathlib import Path

from yiju.base.errors import YijuError
from yiju.config.distill_keys import OWN, Distill
from yiju.models.folder_files import CONFIG, is_graph
from yiju.models.module_files import MODULES
from yiju.models.named import Arguments, find_model
from yiju.models.run_folder import CALIBRATED, finished_members, is_run, members_of

KEYS = Arguments("distill.teacher", "distill.revision", "distill: {teacher: owner/name, revision: <40 hexadecimal>}")


def teacher_folders(name: str, revision: str | None) -> list[Path]:
    """The model folders of a teacher: of a run all its members. Raises YijuError where one is missing."""
    if revision is None and Path(name).is_dir() and is_run(Path(name)):
        return finished_members(Path(name))
    return [find_model(name, revision, KEYS)]


def teacher_files(distill: Distill) -> list[str]:
    """Files of a teacher in a folder, or of all members of a run, that a change of may matter."""
    if distill.teacher in (None, OWN) or distill.revision is not None:
        return []
    folder = Path(distill.teacher)
    folders = members_of(folder) if folder.is_dir() and is_run(folder) else [folder]
    found = [str(file) for one in folders for file in sorted(one.rglob("*")) if file.is_file()]
    return [*found, *(str(file) for file in [folder / CALIBRATED] if file.is_file())]


def check_teacher(distill: Distill) -> None:
    """Raise YijuError for a teacher in a folder that is not there, or that holds nothing that can teach."""
    if distill.teacher in (None, OWN) or distill.revision is not None:
        return
    folder = Path(distill.teacher)
    if not folder.is_dir():
        raise YijuError(
            f"distill.teacher: there is no folder {folder}; name the folder of a model or of a run, or, for a model of "
            "the hub (owner/name), give its commit too, in distill.revision"
        )
    if is_run(folder):
        try:
            finished_members(folder)
        except YijuError as error:
            raise YijuError(f"distill.teacher: {error}") from None
        return
    refuse_graph(folder)
    if not any((folder / name).is_file() for name in (CONFIG, MODULES)):
        raise YijuError(
            f"distill.teacher: {folder} holds no model ({CONFIG} is missing); name the folder of a model or of a run"
        )


def refuse_graph(folder: Path) -> None:
    """Raise YijuError for an ONNX folder."""
    if is_graph(folder):
        raise YijuError(
            f"distill.teacher: {folder} holds an ONNX graph, which cannot teach a student; name the model folder that "
            "it was exported from"
        )
