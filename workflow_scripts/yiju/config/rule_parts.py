"""Parts of what rules read of the configuration, where several rules read the same (see `yiju.config.rules`)."""

from __future__ import annotations

from typing import Any

from yiju.config.schema import Settings
from yiju.config.source_keys import Corpus, CorpusFile, Source

# Keys of `training` that a result depends on. The others say how the job is watched and how long it may take.
TRAINING = ("precision", "compile", "gradient_checkpointing", "accelerate")
# What is asked of the machine makes no other result.
MACHINE: dict = {"device": True, "jobs": True, "training": {"max_minutes", "save_every", "trackers"}}


def section(settings: Settings, name: str, *keys: str) -> dict:
    """Keys of a section, all of them without `keys`."""
    values = getattr(settings, name).model_dump()
    return {key: values[key] for key in keys} if keys else values


def fetched(source: Source) -> dict:
    """What defines the content of a fetched file. Mirrors and the folder of downloads do not."""
    return source.model_dump(include={"source", "sha256", "md5", "hub", "revision"})


def fetched_corpus(corpus: Corpus, file: str) -> dict:
    """The same of a file of a corpus, and what is read of it: its members if it is an archive."""
    keys = {"member", "member_sha256", "member_md5", "second"}
    return fetched(corpus.source(file)) | {"members": [one.model_dump(include=keys) for one in corpus.members(file)]}


def corpus_file(file: CorpusFile) -> dict:
    """What the reader of a corpus needs to know of a file."""
    return file.model_dump(include={"split", "member"}) | {"file": file.file} | verified(file)


def verified(source: Source) -> dict:
    """The checksum of a local file, which its reader verifies; that of a remote one is verified where it is fetched."""
    return {"sha256": None if source.is_remote else source.sha256}


def near_similarity(settings: Settings) -> dict:
    """From where on sentences are nearly the same, for rules that read it only where near leaks are dropped."""
    return section(settings, "corpora", "near_similarity") if settings.corpora.filters.near_leaks else {}


def carving(settings: Settings) -> dict | None:
    corpora = settings.finetune.corpora
    given = {file.split for name in corpora for file in settings.corpora.catalogue[name].files}
    shares = {"dev": settings.corpora.dev_share, "test": settings.corpora.test_share}
    wanted = {split: share for split, share in shares.items() if share and split not in given}
    grouped = {"grouped": settings.finetune.grouped_folds, "seed": settings.seed}
    return {"corpora": list(corpora), "shares": wanted} | grouped if wanted else None


def repeated_pairs(settings: Settings) -> dict:
    """What becomes of pairs that several corpora hold."""
    return settings.corpora.filters.model_dump(include={"duplicates", "conflicts"})


def training(settings: Settings, name: str, *unread: str) -> dict:
    """A training's section without the keys of other jobs, and the keys that all trainings share."""
    own = {key: value for key, value in section(settings.resolved(), name).items() if key not in unread}
    shared = {"seed": settings.seed, "max_length": settings.encoder.max_length}
    return own | shared | section(settings, "training", *TRAINING)


def in_effect(value: Any) -> Any:
    """The value of a key; of a section that is switched off that alone."""
    off = isinstance(value, dict) and value.get("enabled") is False
    return {"enabled": False} if off else value


def judging(settings: Settings) -> dict:
    """What members read in order to judge: how much of a pair, and in which orders."""
    return section(settings, "encoder", "max_length") | section(settings, "finetune", "average_orders")


def explained(settings: Settings) -> dict:
    """What is explained, how much is read of it, and in which orders the members judge."""
    return section(settings, "explain", "target") | judging(settings) | {"seed": settings.seed}


def method_options(settings: Settings, key: str) -> dict:
    """The methods that a list of section `explain` names, each with all its options."""
    return {key: {name: settings.explain.chosen(name) for name in getattr(settings.explain, key)}}


def selected(settings: Settings) -> dict:
    """What ends a rationale, and its value, which a ratio found on dev brings in a file of its own."""
    by = settings.explain.select.by
    return {"by": by} if by in ("dev", "sufficient") else {"by": by, "value": getattr(settings.explain.select, by)}


def selected_by_size(settings: Settings) -> dict:
    """The same with one size for all methods, also where it is found for each of them or for each pair."""
    chosen = selected(settings)
    return chosen if "value" in chosen else {"by": "ratio", "value": settings.explain.select.ratio}
