"""The steps of `yiju finetune`: look at the tables, set pairs aside, train, measure, write the folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from yiju.app.explainer import Explainer
from yiju.app.finetuning.figures import figures_of, figures_said
from yiju.app.finetuning.given_tables import Learnt, read, see
from yiju.app.finetuning.setting_aside import overlaps, split_pairs
from yiju.app.finetuning.targets import Said, Target, target_of
from yiju.app.train.workflow import alone
from yiju.base.errors import YijuError
from yiju.base.files import sha256, write_json
from yiju.data.table_look import Wanted
from yiju.job.devices import computing_device
from yiju.models.folder_files import CONFIG
from yiju.models.inspect import read_json
from yiju.models.module_files import read_modules
from yiju.training.loop import Machine
from yiju.training.pair_model import finetune_pairs

BEGUN, FIGURES, MODEL, SAVES = "begun.json", "figures.json", "model", "saves"
ONE_LOGIT = ("bce", "mse")


@dataclass(frozen=True)
class Request:
    """What the command line asks for. model: a folder of it, called `name`; tables: by split, train first; labels: what
    the user says of them; config: the sections `finetune` and `training`."""

    model: Path
    name: str
    tables: Mapping[str, Path]
    wanted: Wanted
    labels: Said
    max_bad: float
    config: Mapping[str, Mapping[str, Any]]
    seed: int
    device: str
    out: Path

    @property
    def work(self) -> Path:
        """Where a training is kept until it has ended, beside what it becomes."""
        return self.out.with_name(f".{self.out.name}.finetune")

    @property
    def begun(self) -> dict[str, Any]:
        """What the same command has in common with itself; the device is not among it."""
        files = {split: {"file": str(path), "sha256": sha256(path)} for split, path in self.tables.items()}
        said = {"classes": list(self.labels.classes), "highest": self.labels.highest}
        given = {key: str(value) for key, value in vars(self.wanted).items()}
        facts = {"model": self.name, "labels": said, "read": given, "config": dict(self.config), "seed": self.seed}
        return facts | {"tables": files, "max_bad": self.max_bad}


def finetune(request: Request, say: Callable[[str], None]) -> None:
    """Fine-tune, measure and write the folder. The same call goes on where it was stopped. Raises YijuError."""
    _not_there(request.out)
    body, own = _checkpoint(request.model)
    seen = {split: see(path, request.wanted, request.max_bad) for split, path in request.tables.items()}
    target = target_of(seen["train"].counts.labels, own, request.labels, str(request.tables["train"]))
    pairs = {split: read(one, target) for split, one in seen.items()}
    for line in (line for one in pairs.values() for line in one.said):
        say(line)
    pairs = split_pairs(pairs, target, request.tables["train"], request.seed, say)
    config = _config(request.config, target, own)
    with alone(request.work):
        _learn(request, body, target, pairs, config, say)


def _learn(
    request: Request,
    body: Path,
    target: Target,
    pairs: Mapping[str, Learnt],
    config: Mapping[str, Any],
    say: Callable[[str], None],
) -> None:
    """Train, measure and write the folder."""
    _not_there(request.out)
    _begin(request)
    device = computing_device(request.device)
    machine = Machine(device.split(":")[0], torch.get_num_threads(), 2048)
    draft = request.work / MODEL
    finetune_pairs(
        *(body, pairs["train"].given, pairs["dev"].given, draft, request.work / SAVES, config, target.classes),
        highest=1.0 if target.highest is None else target.highest,
        seed=request.seed,
        machine=machine,
    )
    figures = _measured(draft, device, target, {split: pairs[split] for split in pairs if split != "train"}, say)
    for line in overlaps(pairs):
        say(line)
    write_json(draft / FIGURES, {"learnt": str(target), "pairs": len(pairs["train"]), **figures})
    draft.rename(request.out)
    shutil.rmtree(request.work)
    say(f"{request.out}: written; yiju explain, predict, calibrate and serve open it (--model {request.out})")


def _not_there(folder: Path) -> None:
    if folder.exists():
        raise YijuError(f"{folder}: is there already; name a folder that is not, with -o")


def _checkpoint(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder of the transformer of a checkpoint, and the names of the outputs of the head that it has, if any."""
    modules = read_modules(folder)
    if modules is not None and modules.names != ("Transformer",):
        listed = ", ".join(modules.names)
        raise YijuError(
            f"{folder}: its modules are {listed}; yiju finetune trains classifiers and cross-encoders, whose only "
            "module is a Transformer, and plain encoders"
        )
    body = folder if modules is None else modules.steps[0].folder
    names = read_json(body / CONFIG).get("id2label") if (body / CONFIG).is_file() else None
    if not isinstance(names, dict) or not all(str(number) in names for number in range(len(names))):
        return body, ()
    return body, tuple(str(names[str(number)]) for number in range(len(names)))


def _config(given: Mapping[str, Mapping[str, Any]], target: Target, own: tuple[str, ...]) -> dict[str, Any]:
    """The sections, with the loss that goes with the labels and the head where nobody names one.

    Raises YijuError for a loss that does not go with the labels.
    """
    finetune, two = dict(given.get("finetune", {})), len(target.classes) == 2
    loss = finetune.setdefault("loss", "bce" if target.graded or (two and len(own) == 1) else "cross_entropy")
    if target.graded and loss == "cross_entropy":
        raise YijuError("--loss cross_entropy learns classes, and the labels are grades; take bce or mse")
    if not two and loss in ONE_LOGIT:
        raise YijuError(f"--loss {loss} learns one logit, and there are {len(target.classes)} classes; leave it out")
    return {**given, "finetune": finetune}


def _begin(request: Request) -> None:
    """Write down what is begun, or see that it is the same. Raises YijuError where another training was begun here."""
    file, begun = request.work / BEGUN, request.begun
    learning = file.is_file() and (request.work / SAVES).is_dir()
    if learning and json.loads(file.read_text(encoding="utf-8")) != json.loads(json.dumps(begun)):
        raise YijuError(
            f"{request.work}: another training was begun for {request.out}; give its command again to go on, delete "
            "this folder to begin anew, or name another folder with -o"
        )
    write_json(file, begun)


def _measured(
    folder: Path, device: str, target: Target, sets: Mapping[str, Learnt], say: Callable[[str], None]
) -> dict[str, Any]:
    """Figures of the sets by the model of a folder, as it is opened later."""
    explainer = Explainer.from_pretrained(folder, device=device)
    found = {}
    for split, pairs in sets.items():
        outputs, _ = explainer.outputs(pairs.table.select("q", "t").iter_rows())
        found[split] = figures_of(target, outputs, pairs)
        for line in figures_said(split, found[split]):
            say(line)
    return found


def with_options(config: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The sections of a configuration file under options of the command line, which count more.

    options: keys of `finetune`, and `gradient_checkpointing` of `training`; those that are None are not given.
    """
    strange = [key for key in config if key not in ("finetune", "training")]
    if strange:
        raise YijuError(f"--config: the section {strange[0]} is read in a run of the workflow only; leave it out")
    sections = {name: dict(config.get(name) or {}) for name in ("finetune", "training")}
    for key, value in options.items():
        if value is not None:
            sections["training" if key == "gradient_checkpointing" else "finetune"][key] = value
    return sections
