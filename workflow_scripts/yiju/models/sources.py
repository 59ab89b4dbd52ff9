"""Files that a person must bring: named before anything runs, all at once, with where to get them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.config.encoder_keys import Encoder
from yiju.config.schema import Settings
from yiju.config.source_keys import Corpus, Source, TestSet
from yiju.data.fetching.origin import origin
from yiju.models.folder_files import CONFIG, FOLDER_FILES, TOKENIZER_SOURCES
from yiju.models.inspect import read_json
from yiju.models.run_folder import is_run, members_of
from yiju.models.teacher_folders import check_teacher

# How transformers ends the name of such a class.
CLASSIFIER = "ForSequenceClassification"
# In a folder, or in one above it, this file says that the rows there were written by a generator.
SYNTHETIC = "SYNTHETIC.md"
CHECKPOINT = tuple(dict.fromkeys([*FOLDER_FILES, "pytorch_model.bin", *TOKENIZER_SOURCES]))
# Weights in several files, and the index that names them.
SHARDS = ("model.safetensors.index.json", "model-*.safetensors", "pytorch_model.bin.index.json", "pytorch_model-*.bin")


def checkpoint_files(encoder: Encoder) -> list[str]:
    """Files of a checkpoint folder that a change of may matter: those that it holds."""
    folder = encoder.folder
    if folder is None:
        return []
    shards = [file for pattern in SHARDS for file in sorted(folder.glob(pattern))]
    return [str(file) for file in (*(folder / name for name in CHECKPOINT), *shards) if file.is_file()]


def check_sources(settings: Settings) -> None:
    """Raise YijuError naming every local source in use that is not in its place.

    Grouped by corpus, each with its publisher and terms as far as its catalogue entry tells them. Remote sources are
    nobody's to bring.
    """
    rows = list(_missing_rows(settings))
    missing = [*rows, *_missing_encoder("encoder", settings.encoder), *_missing_for_training(settings)]
    if settings.distill.teacher is not None and settings.distill.encoder is not None:
        missing += _missing_encoder("distill.encoder", settings.distill.encoder)
    listed = "\n".join(missing)
    if rows:
        raise YijuError(
            f"files are missing\n{listed}\n"
            "get each from its publisher, whose terms apply (docs/data.md), and put it there; or point corpora.folder "
            "at where they lie; or take a corpus out of corpora.use, and a test set out of test_sets.use"
        )
    if missing:
        raise YijuError(f"files are missing\n{listed}\nput each in its place, or name where it lies")
    check_teacher(settings.distill)


def lost_classifier(settings: Settings) -> str | None:
    """A warning where post-training replaces the classifier of a model that is fine-tuned already."""
    folder = settings.encoder.folder
    if folder is None or not settings.posttrain.enabled or not (folder / CONFIG).is_file():
        return None
    kinds = read_json(folder / CONFIG).get("architectures")
    if not isinstance(kinds, list) or not any(str(one).endswith(CLASSIFIER) for one in kinds):
        return None
    return (
        f"encoder.name: {folder} is a classifier, and post-training keeps its encoder alone; to train the classifier "
        "further, set posttrain.enabled: false"
    )


def synthetic(settings: Settings) -> dict[str, list[str]]:
    """Corpora and test sets in use that hold rows of a generator, by section of the configuration.

    A local source tells it by a file SYNTHETIC.md in its folder or in one above it, which goes wherever the rows go.
    """
    found: dict[str, list[str]] = {"corpora": [], "test_sets": []}
    for section, name, _, sources in _in_use(settings):
        if any(_is_synthetic(settings, source) for source in sources):
            found[section].append(name)
    return found


def _is_synthetic(settings: Settings, source: Source) -> bool:
    if source.is_remote:
        return False
    return any((folder / SYNTHETIC).is_file() for folder in Path(source.located(settings.corpora.folder)).parents)


def _in_use(settings: Settings) -> Iterator[tuple[str, str, Corpus | TestSet, Sequence[Source]]]:
    """Section of the configuration, name, catalogue entry and sources of every corpus and test set in use."""
    for name in settings.corpora.use:
        corpus = settings.corpora.catalogue[name]
        yield "corpora", name, corpus, corpus.files
    for name in settings.test_sets.use:
        chosen = settings.test_sets.catalogue[name]
        yield "test_sets", name, chosen, chosen.sources


def _missing_rows(settings: Settings) -> Iterator[str]:
    """Places of local sources where nothing lies; one archive may be the source of several files."""
    for section, name, chosen, sources in _in_use(settings):
        places = dict.fromkeys(source.located(settings.corpora.folder) for source in sources if not source.is_remote)
        missing = [place for place in places if not Path(place).is_file()]
        yield from (f"  {section}.catalogue.{name}: {place}" for place in missing)
        if missing and (chosen.home or chosen.terms):
            yield f"    {origin(chosen.home, chosen.terms)}"


def _missing_encoder(key: str, encoder: Encoder) -> list[str]:
    if encoder.source == "scratch" and encoder.scratch.vocabulary and not Path(encoder.scratch.vocabulary).is_file():
        return [f"  {key}.scratch.vocabulary: {encoder.scratch.vocabulary}"]
    if encoder.folder is None or (encoder.folder / CONFIG).is_file():
        return []
    hint = ""
    if (encoder.folder / "bert_config.json").is_file():
        hint = " (bert_config.json is there: rename it, and add model_type)"
    elif encoder.folder.is_dir() and is_run(encoder.folder):
        members = members_of(encoder.folder)
        hint = f" (this is the folder of a run: name {members[0] if members else 'a model folder'})"
    return [f"  {key}.name: {encoder.name}/{CONFIG}{hint}"]


def _missing_for_training(settings: Settings) -> list[str]:
    wanted = {
        "posttrain.dictionary": settings.posttrain.dictionary,
        "training.accelerate": settings.training.accelerate,
    }
    return [f"  {key}: {file}" for key, file in wanted.items() if file and not Path(file).is_file()]
