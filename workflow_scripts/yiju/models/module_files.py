"""A folder as sentence-transformers writes it: which modules make the model, and what their files say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.json_text import loads
from yiju.models.border import border
from yiju.models.inspect import DAMAGED, read_json, refuse_code

MODULES = "modules.json"
OF_LIBRARY = "config_sentence_transformers.json"
# What the transformer's settings are called, by the age and the kind of the folder.
OF_TRANSFORMER = ("sentence_bert_config.json", "sentence_roberta_config.json", "sentence_xlm-roberta_config.json")
# What a hub is asked for beside the encoder: these, and the folders of the modules, which begin with a number.
PATTERNS = (
    MODULES,
    OF_LIBRARY,
    *OF_TRANSFORMER,
    *(f"[0-9]*_*/{name}" for name in ("*.json", "*.txt", "*.model", "*.safetensors", "pytorch_model.bin")),
)
# Packages whose modules are known; any other name asks for code that comes with the checkpoint.
PACKAGES = ("sentence_transformers", "pylate")
CONFIG = "config.json"


@dataclass(frozen=True)
class Module:
    """A step of the model. name: its class, such as Transformer or Pooling; folder: where its files lie; config: what
    its own config.json says, empty where it has none (and of the transformer, whose config.json is the model's)."""

    name: str
    folder: Path
    config: dict[str, Any]


@dataclass(frozen=True)
class Modules:
    """steps: in order; library: config_sentence_transformers.json; transformer: its settings (max_seq_length ...)."""

    steps: tuple[Module, ...]
    library: dict[str, Any]
    transformer: dict[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps)

    def step(self, name: str) -> Module | None:
        """The first step of a class."""
        return next((step for step in self.steps if step.name == name), None)


def read_modules(folder: Path) -> Modules | None:
    """The modules of a folder; None where it has no modules.json, as a plain folder of transformers.

    Raises YijuError, naming file and remedy, for a damaged file, for a module outside sentence-transformers (it would
    run code that comes with the checkpoint), and for a module whose folder lies elsewhere.
    """
    file = folder / MODULES
    if not file.is_file():
        return None
    steps = tuple(_step(folder, one, file) for one in _listed(file))
    if not steps or steps[0].name != "Transformer":
        first = steps[0].name if steps else "nothing"
        raise YijuError(
            f"{file}: its first module is {first}; yiju reads models that begin with a Transformer, and explains any "
            "other by its scores alone, from Python (docs/any-model.md)"
        )
    settings = next((steps[0].folder / name for name in OF_TRANSFORMER if (steps[0].folder / name).is_file()), None)
    return Modules(steps, _read(folder / OF_LIBRARY), {} if settings is None else _read(settings))


def _listed(file: Path) -> list[dict[str, Any]]:
    with border(file, "not a JSON file", DAMAGED):
        listed = loads(file.read_bytes().decode("utf-8"))
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise YijuError(f"{file}: not a list of modules; fetch it again")
    for one in listed:
        if not all(isinstance(one.get(key), str) for key in ("type", "path")):
            raise YijuError(f"{file}: a module without type or path; fetch it again")
    return listed


def _step(folder: Path, listed: dict[str, Any], file: Path) -> Module:
    package, name = listed["type"].split(".")[0], listed["type"].split(".")[-1]
    if package not in PACKAGES:
        raise YijuError(
            f"{file}: {listed['type'][:100]} asks for code that comes with the checkpoint, and yiju never runs such "
            "code; take a checkpoint of modules of sentence-transformers"
        )
    own = folder / listed["path"]
    if not own.resolve().is_relative_to(folder.resolve()) or not own.is_dir():
        raise YijuError(f"{file}: {listed['path'][:100]!r} is no folder in it; fetch the whole checkpoint")
    return Module(name, own, {} if name == "Transformer" else _read(own / CONFIG))


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    content = read_json(file)
    refuse_code(content, file)
    return content
