"""What each rule reads of the configuration: one function a rule, named as the rule.

A function returns the plain dict that becomes the rule's `params.settings`, which Snakemake compares as a whole. A key
that a rule does not read would rerun it for nothing, and would keep variants from sharing what is equal. Rules that are
not here read nothing of the configuration but the names in their paths.
"""

from __future__ import annotations

from yiju.config.readers import complete_options
from yiju.config.schema import Settings, Source
from yiju.config.variants import BASE, changes

# Keys of `training` that a result depends on. The others say how the job is watched and how long it may take.
TRAINING = ("precision", "compile", "accelerate")
# What is asked of the machine makes no other result.
MACHINE: dict = {"device": True, "jobs": True, "training": {"max_minutes", "save_every", "trackers"}}


def fetch_corpus(settings: Settings, corpus: str, file: str) -> dict:
    return _fetched(settings, settings.corpora.catalogue[corpus].source(file))


def fetch_test_set(settings: Settings, name: str, file: str) -> dict:
    return _fetched(settings, settings.test_sets.catalogue[name].source(file))


def normalise_corpus(settings: Settings, corpus: str) -> dict:
    chosen = settings.corpora.catalogue[corpus]
    return {
        "reader": chosen.reader,
        "options": complete_options(chosen.reader, chosen.options),
        "files": [{"file": file.file, "split": file.split, "member": file.member} for file in chosen.files],
        **_section(settings, "corpora", "max_rejected", "nli_labels", "sts_scores"),
    }


def merge_corpora(settings: Settings) -> dict:
    """carving: what is set aside as dev; None where a corpus of finetune.corpora has a dev split of its own."""
    filters = _section(settings, "corpora", "use", "filters")
    return filters | _near_similarity(settings) | {"carving": _carving(settings)}


def find_near_leaks(settings: Settings) -> dict:
    return _section(settings, "corpora", "near_similarity")


def compare_corpora(settings: Settings) -> dict:
    return _section(settings, "corpora", "near_similarity") | audit_shortcuts(settings)


def audit_shortcuts(settings: Settings) -> dict:
    return _section(settings, "audit", "sample") | {"seed": settings.seed}


def describe_corpora(settings: Settings) -> dict:
    return _section(settings, "encoder", "max_length") | audit_shortcuts(settings)


def write_texts(settings: Settings) -> dict:
    return _section(settings, "posttrain", "corpora", "transductive", "unit")


def prepare_split(settings: Settings, split: str) -> dict:
    return _section(settings, "finetune", "corpora") | {"split": split}


def assign_folds(settings: Settings) -> dict:
    own = _section(settings, "finetune", "corpora", "folds", "grouped_folds")
    return own | {"seed": settings.seed} | _repeated_pairs(settings)


def collect_intermediate(settings: Settings) -> dict:
    first = {"corpora": settings.finetune.intermediate.corpora}
    return _section(settings, "finetune", "folds") | first | _repeated_pairs(settings)


def augment_pairs(settings: Settings) -> dict:
    """Limits of a method that is not chosen make no other pairs."""
    own, filters = _section(settings, "augment"), settings.corpora.filters
    drawn = {"closure": own["closure"], "seed": settings.seed} if own["method"] == "closure" else {}
    kept_out = {"leaks": filters.leaks, "near_leaks": filters.near_leaks}
    return {"method": own["method"]} | kept_out | drawn | _near_similarity(settings)


def train_tokenizer(settings: Settings) -> dict:
    return {"size": settings.encoder.scratch.vocabulary_size}


def start_encoder(settings: Settings) -> dict:
    """The vocabulary comes as a file."""
    own = {
        "head": "masked_lm" if settings.posttrain.enabled else "classifier",
        "marks_matches": settings.encoder.marks_matches,
        "seed": settings.seed,
    }
    if settings.encoder.source == "scratch":
        shape = _section(settings, "encoder", "scratch")["scratch"]
        own["scratch"] = {key: value for key, value in shape.items() if not key.startswith("vocabulary")}
    return _section(settings, "encoder", "source", "name", "revision", "max_length") | own


def posttrain_encoder(settings: Settings) -> dict:
    """Nothing where there is no post-training."""
    if not settings.posttrain.enabled:
        return {}
    return _training(settings, "posttrain", "enabled", "corpora", "transductive", "unit")


def finetune_fold(settings: Settings) -> dict:
    """The same for all members."""
    return _training(settings, "finetune", "corpora", "folds", "grouped_folds", "seeds", "intermediate")


def finetune_intermediate(settings: Settings) -> dict:
    """Nothing where no other corpora are learnt first."""
    first = settings.finetune.intermediate
    # Nobody judges with the model that comes of it.
    own = {key: value for key, value in finetune_fold(settings).items() if key != "average_orders"}
    return own | {"epochs": first.epochs} if first.corpora else {}


def predict_held_out(settings: Settings) -> dict:
    return _section(settings, "encoder", "max_length") | _section(settings, "finetune", "average_orders")


def predict_pairs(settings: Settings, name: str) -> dict:
    """swap: whether each pair is judged in the other order too, so that the order's influence can be measured."""
    return predict_held_out(settings) | {"swap": name in settings.splits}


def calibrate_ensemble(settings: Settings) -> dict:
    return _section(settings, "finetune", "calibrate", "decision_threshold", "average_orders")


def combine_folds(settings: Settings) -> dict:
    return _section(settings, "finetune", "average_orders")


def choose_method(settings: Settings) -> dict:
    return _explained(settings) | _options(settings, "candidates") | _section(settings, "evaluate", "bootstrap")


def attribute_tokens(settings: Settings, method: str) -> dict:
    own = {"method": settings.explain.chosen(method), "sufficient": settings.explain.select.by == "sufficient"}
    return _explained(settings) | own


def choose_ratio(settings: Settings) -> dict:
    return predict_held_out(settings) | {"kept": settings.explain.select.kept, "seed": settings.seed}


def select_rationales(settings: Settings) -> dict:
    """submitted: the size in the competition's file, where smallest rationales have none in common."""
    chosen = _selected(settings)
    own = {"submitted": _selected_by_size(settings)} if chosen["by"] == "sufficient" else {}
    return chosen | own


def fuse_rationales(settings: Settings) -> dict:
    """Without relations nothing is shared, and each way of finding them has a key of its own."""
    relations = settings.fusion.relations
    keys = {"published": ["originals"], "found": ["similarity"]}.get(relations, [])
    shared = [] if relations == "none" else ["share", *keys]
    return _section(settings, "fusion", "order", "relations", *shared)


def examine_examples(settings: Settings) -> dict:
    sets = {"select": _selected(settings), "sets": settings.judged_sets, "splits": settings.splits}
    return _explained(settings) | _options(settings, "methods") | sets


def draw_study(settings: Settings, name: str) -> dict:
    known = settings.test_sets.catalogue.get(name)
    own = {"seed": settings.seed, "last_original": known.last_original if known else None}
    return _section(settings, "study", "pairs") | own


def attribute_study(settings: Settings, method: str) -> dict:
    """The study looks for smallest rationales by itself."""
    return attribute_tokens(settings, method) | {"sufficient": False}


def attribute_randomised(settings: Settings, method: str) -> dict:
    return attribute_study(settings, method)


def measure_trivial(settings: Settings) -> dict:
    own = {"select": _selected_by_size(settings), "gold_sets": settings.evaluate.gold_sets}
    return _explained(settings) | own


def measure_study(settings: Settings, method: str) -> dict:
    return measure_trivial(settings) | {"name": method}


def compare_methods(settings: Settings, name: str) -> dict:
    own = {"set": name, "methods": settings.study.methods, "members": settings.members}
    explained = {"select": _selected_by_size(settings), "target": settings.explain.target}
    return own | explained | evaluate_predictions(settings)


def evaluate_predictions(settings: Settings) -> dict:
    return {"seed": settings.seed} | _section(settings, "evaluate", "bootstrap")


def evaluate_rationales(settings: Settings, name: str) -> dict:
    own = {"last_original": settings.test_sets.catalogue[name].last_original}
    return evaluate_predictions(settings) | _section(settings, "evaluate", "gold_sets") | own


def evaluate_faithfulness(settings: Settings) -> dict:
    """What dev decides is measured as in the study."""
    chosen = _selected(settings)
    select = chosen if chosen["by"] == "sufficient" else _selected_by_size(settings)
    own = {"select": select, "methods": settings.explain.methods}
    return _explained(settings) | own | evaluate_predictions(settings)


def compare_members(settings: Settings) -> dict:
    own = {"sets": settings.judged_sets, "explained": settings.test_sets.use, "methods": settings.explain.methods}
    members = {"members": settings.members, "select": _selected_by_size(settings)}
    return own | members | evaluate_predictions(settings)


def compare_variants(settings: Settings) -> dict:
    found = {BASE: []} | {name: changes(settings, one) for name, one in settings.variants.items()}
    own = {"sets": settings.judged_sets, "variants": found, "members": settings.members}
    return own | evaluate_predictions(settings)


def write_card(settings: Settings) -> dict:
    return {"run": record_run(settings)}


def record_run(settings: Settings) -> dict:
    return settings.model_dump(exclude=MACHINE)


def plot_corpora(settings: Settings) -> dict:
    return _section(settings, "corpora", "use")


def plot_thresholds(settings: Settings) -> dict:
    return {"sets": settings.judged_sets}


def plot_metrics(settings: Settings) -> dict:
    own = {"sets": settings.judged_sets, "explained": settings.test_sets.use}
    return own | {"methods": settings.explain.methods}


def _section(settings: Settings, name: str, *keys: str) -> dict:
    """Keys of a section, all of them without `keys`."""
    values = getattr(settings, name).model_dump()
    return {key: values[key] for key in keys} if keys else values


def _fetched(settings: Settings, source: Source) -> dict:
    """What defines the content of a fetched file. Mirrors and the folder of downloads do not."""
    pinned = source.model_dump(include={"sha256", "hub", "revision"})
    return {"source": source.located(settings.corpora.folder)} | pinned


def _near_similarity(settings: Settings) -> dict:
    """From where on sentences are nearly the same, for rules that read it only where near leaks are dropped."""
    return find_near_leaks(settings) if settings.corpora.filters.near_leaks else {}


def _carving(settings: Settings) -> dict | None:
    corpora = settings.finetune.corpora
    if any(file.split == "dev" for name in corpora for file in settings.corpora.catalogue[name].files):
        return None
    grouped = {"grouped": settings.finetune.grouped_folds, "seed": settings.seed}
    return {"corpora": list(corpora), "share": settings.corpora.dev_share} | grouped


def _repeated_pairs(settings: Settings) -> dict:
    """What becomes of pairs that several corpora hold."""
    return settings.corpora.filters.model_dump(include={"duplicates", "conflicts"})


def _training(settings: Settings, name: str, *unread: str) -> dict:
    """A training's section without the keys of other jobs, and the keys that all trainings share."""
    own = {key: value for key, value in _section(settings.resolved(), name).items() if key not in unread}
    shared = {"seed": settings.seed, "max_length": settings.encoder.max_length}
    return own | shared | _section(settings, "training", *TRAINING)


def _explained(settings: Settings) -> dict:
    """What is explained, how much is read of it, and in which orders the members judge."""
    return _section(settings, "explain", "target") | predict_held_out(settings) | {"seed": settings.seed}


def _options(settings: Settings, key: str) -> dict:
    """The methods that a list of section `explain` names, each with all its options."""
    return {key: {name: settings.explain.chosen(name) for name in getattr(settings.explain, key)}}


def _selected(settings: Settings) -> dict:
    """What ends a rationale, and its value, which a ratio found on dev brings in a file of its own."""
    by = settings.explain.select.by
    return {"by": by} if by in ("dev", "sufficient") else {"by": by, "value": getattr(settings.explain.select, by)}


def _selected_by_size(settings: Settings) -> dict:
    """The same with one size for all methods, also where it is found for each of them or for each pair."""
    chosen = _selected(settings)
    return chosen if "value" in chosen else {"by": "ratio", "value": settings.explain.select.ratio}
