"""What each job of a training reads of the configuration, as the plain dict that Snakemake compares whole.

A key that a job does not read would rerun it for nothing, and keep variants from sharing what is equal.
"""

from __future__ import annotations

from yiju.config.schema import Settings

# Keys of `training` that a result depends on; the others only say how the job is watched and how long it may take.
TRAINING = ("precision", "compile", "accelerate")


def section(settings: Settings, name: str, *keys: str) -> dict:
    """Keys of a section (all of them without `keys`)."""
    values = getattr(settings, name).model_dump()
    return {key: values[key] for key in keys} if keys else values


def carving(settings: Settings) -> dict | None:
    """What is set aside as dev; nothing where a corpus that is fine-tuned on has a dev split of its own."""
    corpora = settings.finetune.corpora
    if any(file.split == "dev" for name in corpora for file in settings.corpora.catalogue[name].files):
        return None
    grouped = {"grouped": settings.finetune.grouped_folds, "seed": settings.seed}
    return {"corpora": list(corpora), "share": settings.corpora.dev_share} | grouped


def augmenting(settings: Settings) -> dict:
    """What the augmentation reads: limits of a method that is not chosen make no other pairs."""
    own = section(settings, "augment")
    drawn = {"closure": own["closure"], "seed": settings.seed} if own["method"] == "closure" else {}
    filters = settings.corpora.filters
    near = section(settings, "corpora", "near_similarity") if filters.near_leaks else {}
    return {"method": own["method"], "leaks": filters.leaks, "near_leaks": filters.near_leaks} | drawn | near


def starting(settings: Settings) -> dict:
    """What the first model folder depends on; the vocabulary comes as a file."""
    own = {
        "head": "masked_lm" if settings.posttrain.enabled else "classifier",
        "marks_matches": settings.encoder.marks_matches,
        "seed": settings.seed,
    }
    if settings.encoder.source == "scratch":
        shape = section(settings, "encoder", "scratch")["scratch"]
        own["scratch"] = {key: value for key, value in shape.items() if not key.startswith("vocabulary")}
    return section(settings, "encoder", "source", "name", "revision", "max_length") | own


def checked_early(settings: Settings) -> list[str]:
    """Techniques that are switched on and do not go with every encoder: what the first job refuses."""
    return [key for key in ("layer_rates", "mixup", "multi_dropout") if getattr(settings.finetune, key).enabled]


def posttraining(settings: Settings) -> dict:
    """What post-training reads; nothing where there is none."""
    if not settings.posttrain.enabled:
        return {}
    return _training(settings, "posttrain", "enabled", "corpora", "transductive", "unit")


def finetuning(settings: Settings) -> dict:
    """What the training of a member reads, whichever it is."""
    unread = ("corpora", "folds", "grouped_folds", "seeds", "intermediate")
    return _training(settings, "finetune", *unread)


def finetuning_first(settings: Settings) -> dict:
    """What the training on intermediate corpora reads; nothing where there is none."""
    first = settings.finetune.intermediate
    # Nobody judges with the model that comes of it.
    own = {key: value for key, value in finetuning(settings).items() if key != "average_orders"}
    return own | {"epochs": first.epochs} if first.corpora else {}


def predicting(settings: Settings) -> dict:
    """What a member reads in order to judge."""
    return section(settings, "encoder", "max_length") | section(settings, "finetune", "average_orders")


def calibrating(settings: Settings) -> dict:
    """What the members' common temperature and margin depend on."""
    return section(settings, "finetune", "calibrate", "decision_threshold", "average_orders")


def explaining(settings: Settings, name: str) -> dict:
    """What members read in order to explain by the method of that name."""
    own = {"method": settings.explain.chosen(name), "sufficient": settings.explain.select.by == "sufficient"}
    return before_members(settings) | own


def studying(settings: Settings, name: str) -> dict:
    """What members read in order to explain for the study, which looks for smallest rationales by itself."""
    return explaining(settings, name) | {"sufficient": False}


def before_members(settings: Settings) -> dict:
    """What brings pairs before all members: what is explained, how much is read, in which orders."""
    return section(settings, "explain", "target") | predicting(settings) | {"seed": settings.seed}


def selecting(settings: Settings) -> dict:
    """What ends a rationale, and its value, which a ratio found on dev brings in a file of its own."""
    by = settings.explain.select.by
    return {"by": by} if by in ("dev", "sufficient") else {"by": by, "value": getattr(settings.explain.select, by)}


def choosing_method(settings: Settings) -> dict:
    """What the choice of the method that explains by default depends on."""
    candidates = {name: settings.explain.chosen(name) for name in settings.explain.candidates}
    return before_members(settings) | {"candidates": candidates} | section(settings, "evaluate", "bootstrap")


def submitting(settings: Settings) -> dict:
    """What ends a rationale, and where that is not a size of its own, the one of the competition's file."""
    chosen = selecting(settings)
    own = {"submitted": selecting_in_study(settings)} if chosen["by"] == "sufficient" else {}
    return chosen | own


def choosing(settings: Settings) -> dict:
    """What the choice of a ratio on dev depends on."""
    return predicting(settings) | {"kept": settings.explain.select.kept, "seed": settings.seed}


def fusing(settings: Settings) -> dict:
    """What the fusion reads: without relations nothing is shared, and each way of telling them has a key of its own."""
    chosen = settings.fusion
    keys = {"published": ["originals"], "found": ["similarity"]}.get(chosen.relations, [])
    shared = [] if chosen.relations == "none" else ["share", *keys]
    return section(settings, "fusion", "order", "relations", *shared)


def fuses_by_consensus(settings: Settings) -> bool:
    """Whether the fusion weighs labels, by the ensemble's calibration."""
    return fusing(settings).get("share") == "consensus"


def examining(settings: Settings) -> dict:
    """What everything that is told of single examples depends on."""
    methods = {name: settings.explain.chosen(name) for name in settings.explain.methods}
    return before_members(settings) | {"methods": methods, "select": selecting(settings)}


def drawing(settings: Settings, name: str) -> dict:
    """What decides which pairs of a set the study looks at."""
    known = settings.test_sets.catalogue.get(name)
    return section(settings, "study", "pairs") | {
        "seed": settings.seed,
        "last_original": known.last_original if known else None,
    }


def measuring(settings: Settings) -> dict:
    """What members read in order to measure explanations in use; what dev decides is measured as in the study."""
    chosen = selecting(settings)
    return before_members(settings) | {
        "select": chosen if chosen["by"] == "sufficient" else selecting_in_study(settings)
    }


def measuring_study(settings: Settings) -> dict:
    """What members read in order to measure explanations of the study."""
    own = {"select": selecting_in_study(settings), "gold_sets": settings.evaluate.gold_sets}
    return before_members(settings) | own


def selecting_in_study(settings: Settings) -> dict:
    """What ends a rationale in the study: one size for all methods, also where it is found for each of them or pair."""
    chosen = selecting(settings)
    return chosen if "value" in chosen else {"by": "ratio", "value": settings.explain.select.ratio}


def _training(settings: Settings, name: str, *unread: str) -> dict:
    """A training's section but the keys of other jobs, and the keys that all trainings share."""
    own = {key: value for key, value in section(settings.resolved(), name).items() if key not in unread}
    shared = {"seed": settings.seed, "max_length": settings.encoder.max_length}
    return own | shared | section(settings, "training", *TRAINING)
