"""The space of a search: keys that a variant may change, each with a range or choices that the schema allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from yiju.app.search.dimensions import Choices, Dimension, Range, Value, parse_dimension
from yiju.base.errors import YijuError
from yiju.base.nested import leaves
from yiju.base.suggestions import hint
from yiju.base.yaml_files import read_mapping
from yiju.config.messages import GIVEN, OF_GIVEN, explained, place_of
from yiju.config.schema import Settings
from yiju.config.stages import read_by
from yiju.config.variants import merged, refused

SECTIONS = ("finetune", "augment", "posttrain", "encoder")
# Keys that a search must not change, because they change what the figure of a trial is; a section stands for its keys.
MEASURE = {
    "finetune.select": "it says what is searched for; set it in the configuration",
    "finetune.masking": "with it the figure is a mean over whole and masked pairs, which is no measure of a model "
    "without it; set it in the configuration",
    "finetune.evaluate_every": "the figure is the best of all evaluations, and more of them have a higher best one by "
    "chance; set it in the configuration",
    "finetune.patience": "the figure is the best of all evaluations, and more of them have a higher best one by "
    "chance; set it in the configuration",
}
# Keys that change no figure of a trial: it is taken while a model learns.
LATER = "{}, and the figure of a trial is the best while it learns; set it in the configuration"
UNUSED = {
    "finetune.average_orders": LATER.format("finished models judge by it"),
    "finetune.calibrate": LATER.format("it fits temperature and threshold when a model has learnt"),
    "finetune.checkpoints": "it keeps earlier states of a model and changes no weight; set it in the configuration",
}
THRESHOLD = "finetune.decision_threshold"
WHY_THRESHOLD = (
    "finetune.select is {}, which no decision goes into, so that all trials would be alike; set it in the configuration"
)
UNREAD = (
    "with this configuration and these values no training reads it, so that all trials would be alike; switch on what "
    "it belongs to, or leave the key out"
)
# So many combinations of the values of other keys are looked at for one in which a key is read.
MOST = 200
LOSS = "finetune.loss"
WHY_LOSS = (
    "with finetune.select: loss it changes what is searched for; choose by another figure, or set it in the "
    "configuration"
)
OPTION = "--space"
# By these a training has more or fewer updates.
LENGTHS = frozenset({"finetune.epochs", "finetune.batch_size"})


@dataclass(frozen=True)
class Space:
    """Dimensions by key (finetune.learning_rate ...); whole: the keys of whole numbers."""

    dimensions: Mapping[str, Dimension]
    whole: frozenset[str]

    def written(self) -> dict[str, str]:
        """Each dimension as a user would write it."""
        return {key: str(one) for key, one in self.dimensions.items()}


def evaluates_unevenly(space: Space, settings: Settings) -> bool:
    """Whether some trials are evaluated more often than others, so that their best figure is higher by chance."""
    return settings.finetune.evaluate_every != "auto" and not LENGTHS.isdisjoint(space.dimensions)


def read_space(given: Sequence[str], settings: Settings) -> Space:
    """The space that the options say, each KEY=VALUES or a YAML file of them; without options the default one.

    Raises YijuError for a key that is none, that no search may change, or whose values the schema refuses.
    """
    if not given:
        return _checked(default_dimensions(settings), settings, [])
    found: dict[str, Dimension] = {}
    files = []
    for text in given:
        key, mark, values = text.partition("=")
        if mark:
            found[key.strip()] = parse_dimension(f"{OPTION} {key.strip()}", values.strip())
        else:
            files.append(text)
            found |= _read_file(text)
    return _checked(found, settings, files)


def default_dimensions(settings: Settings) -> dict[str, Dimension]:
    """Around what is configured, which is among them. settings: resolved."""
    own = settings.finetune
    rate, least = float(own.learning_rate), settings.jobs.gpus * settings.jobs.nodes
    batches = [size for size in (own.batch_size // 2, own.batch_size, 2 * own.batch_size) if size >= max(1, least)]
    return {
        "finetune.learning_rate": Range(rate / 4, rate * 4, log=True),
        "finetune.epochs": Choices((own.epochs / 2, own.epochs, own.epochs * 1.5)),
        "finetune.batch_size": Choices(tuple(batches)),
        "finetune.weight_decay": Choices(tuple(dict.fromkeys((own.weight_decay, 0.0, 0.01, 0.1)))),
    }


def nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values by dotted key as sections with keys."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        place, (*sections, last) = found, key.split(".")
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return found


def _read_file(file: str) -> dict[str, Dimension]:
    if not Path(file).is_file():
        raise YijuError(f"{OPTION} {file}: neither KEY=VALUES nor a file; such as {OPTION} finetune.epochs=2,4,8")
    content = read_mapping(file)
    found = {}
    for path in leaves(content):
        value: Any = content
        for part in path:
            value = value[part]
        key = ".".join(map(str, path))
        found[key] = parse_dimension(f"{file}: {key}", value)
    if not found:
        raise YijuError(f"{OPTION} {file}: the file holds no keys")
    return found


def _checked(dimensions: Mapping[str, Dimension], settings: Settings, files: Sequence[str]) -> Space:
    for key, dimension in dimensions.items():
        _require_searchable(key, settings, files)
        for value in _extremes(key, dimension):
            _require_allowed(key, value, settings, files)
    for key in dimensions:
        if _is_unread(key, dimensions, settings):
            raise YijuError(f"{OPTION} {key}: this key cannot be searched: {UNREAD}")
    return Space(dict(dimensions), frozenset(key for key in dimensions if _is_whole(key)))


def _require_searchable(key: str, settings: Settings, files: Sequence[str]) -> None:
    if key.split(".")[0] not in SECTIONS or "." not in key:
        raise YijuError(f"{OPTION} {key}: only keys of {', '.join(SECTIONS)} are searched, such as finetune.epochs")
    if _annotation(key) is None:
        place, known = place_of(key.split("."), files, None).replace(GIVEN, OPTION), _searchable(key, settings)
        raise YijuError(
            f"{key} ({place}): no such key{hint(key, known)}; keys that can be searched: {', '.join(known)}"
        )
    why = _why_not(key, settings)
    if why:
        raise YijuError(f"{OPTION} {key}: this key cannot be searched: {why}")


def _why_not(key: str, settings: Settings) -> str | None:
    """Why a search must not change a key; None of one that it may."""
    if key == LOSS and settings.finetune.select == "loss":
        return WHY_LOSS
    if key == THRESHOLD and settings.finetune.select in ("loss", "auc"):
        return WHY_THRESHOLD.format(settings.finetune.select)
    shared = next((why for _, why in refused(nested({key: None}))), None)
    why = shared or UNUSED.get(key) or _of_measure(key)
    if not why and list in _kinds(_annotation(key)):
        return "it takes a list, and lists are not searched"
    return why


def _of_measure(key: str) -> str | None:
    return next((why for part, why in MEASURE.items() if f"{key}.".startswith(f"{part}.")), None)


def _is_unread(key: str, dimensions: Mapping[str, Dimension], settings: Settings) -> bool:
    """Whether a training is the same for all values of a key, whatever those of the others.

    Where the others have too many combinations, or none that goes together, this is not found.
    """
    values = {name: _extremes(name, one) for name, one in dimensions.items()}
    others = [[(name, value) for value in each] for name, each in values.items() if name != key]
    alike = False
    for number, chosen in enumerate(product(*others)):
        read = [_read(settings, {**dict(chosen), key: value}) for value in values[key]]
        known = [one for one in read if one is not None]
        if number == MOST or any(one != known[0] for one in known):
            return False
        alike |= len(known) > 1
    return alike


def _extremes(key: str, dimension: Dimension) -> list[Value]:
    """Values of a key that must be allowed, whole ones where it takes only these."""
    if isinstance(dimension, Range) and _is_whole(key):
        return [_as_whole(key, dimension, value) for value in dimension.extremes]
    return dimension.extremes


def _read(settings: Settings, values: Mapping[str, Value]) -> list | None:
    """What the trainings of a trial read of the settings; None where its values do not go together."""
    try:
        return read_by("finetune", Settings.model_validate(merged(settings, nested(values))))
    except ValidationError:
        return None


def _searchable(key: str, settings: Settings) -> list[str]:
    """The keys beside a key, or beside the first section of it that there is none of, that can be searched."""
    section = key.rpartition(".")[0]
    while not _is_section(_annotation(section)):
        section = section.rpartition(".")[0]
    return [one for one in _keys_below(section) if not _why_not(one, settings)]


def _keys_below(section: str) -> Iterator[str]:
    for name in _annotation(section).model_fields:
        key = f"{section}.{name}"
        if _is_section(_annotation(key)):
            yield from _keys_below(key)
        else:
            yield key


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _require_allowed(key: str, value: Value, settings: Settings, files: Sequence[str]) -> None:
    try:
        Settings.model_validate(merged(settings, nested({key: value})))
    except ValidationError as error:
        lines = explained(error.errors(), files)
        remedy = f"; after {OPTION} {key}= write only values that this key takes"
        said = (line.replace(f"({GIVEN})", f"({OPTION})").replace(OF_GIVEN, remedy) for line in lines)
        raise YijuError("\n".join(said)) from None


def _as_whole(key: str, dimension: Range, value: Value) -> int:
    if not isinstance(value, float) or not value.is_integer():
        raise YijuError(
            f"{OPTION} {key}: {dimension} has ends that are no whole numbers, and this key takes only those"
        )
    return int(value)


def _is_whole(key: str) -> bool:
    """Whether a key takes whole numbers and no fractions."""
    kinds = _kinds(_annotation(key))
    return int in kinds and float not in kinds


def _annotation(key: str) -> Any:
    """The type of a key's values, None of a key that is none."""
    model: Any = Settings
    for part in key.split("."):
        field = model.model_fields.get(part) if _is_section(model) else None
        if field is None:
            return None
        model = field.annotation
    return model


def _kinds(annotation: Any) -> set[Any]:
    """A type and all types inside it, of a list[int] list and int."""
    own = get_origin(annotation) or annotation
    return {own}.union(*(_kinds(part) for part in get_args(annotation) if own is not Literal))
