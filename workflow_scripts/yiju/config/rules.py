"""What each rule reads of the configuration: one function a rule, named as the rule.

A function returns the plain dict that becomes the rule's `params.settings`, which Snakemake compares as a whole. A key
that a rule does not read would rerun it for nothing, and would keep variants from sharing what is equal. Rules that are
not here read nothing of the configuration but the names in their paths.
"""

from __future__ import annotations

from yiju.config import rule_parts as parts
from yiju.config.defaults import default_settings
from yiju.config.distill_keys import OWN
from yiju.config.readers import complete_options
from yiju.config.schema import Settings
from yiju.config.student import student_of
from yiju.config.variants import BASE, changes


def fetch_corpus(settings: Settings, corpus: str, file: str) -> dict:
    return parts.fetched_corpus(settings.corpora.catalogue[corpus], file)


def fetch_test_set(settings: Settings, name: str, file: str) -> dict:
    return parts.fetched(settings.test_sets.catalogue[name].source(file))


def normalise_corpus(settings: Settings, corpus: str) -> dict:
    chosen = settings.corpora.catalogue[corpus]
    own = {"reader": chosen.reader, "options": complete_options(chosen.reader, chosen.options)}
    files = {"files": [parts.corpus_file(file) for file in chosen.files]}
    return own | files | parts.section(settings, "corpora", "max_rejected", "nli_labels", "sts_scores")


def prepare_test_set(settings: Settings, name: str) -> dict:
    return {"sha256": [parts.verified(source)["sha256"] for source in settings.test_sets.catalogue[name].sources]}


def merge_corpora(settings: Settings) -> dict:
    """carving: what is set aside as dev and test; None where nothing is, as corpora have splits of their own."""
    filters = parts.section(settings, "corpora", "use", "filters")
    return filters | parts.near_similarity(settings) | {"carving": parts.carving(settings)}


def find_near_leaks(settings: Settings) -> dict:
    return parts.section(settings, "corpora", "near_similarity")


def compare_corpora(settings: Settings) -> dict:
    return parts.section(settings, "corpora", "near_similarity") | audit_shortcuts(settings)


def audit_shortcuts(settings: Settings) -> dict:
    return parts.section(settings, "audit", "sample") | {"seed": settings.seed}


def describe_corpora(settings: Settings) -> dict:
    return parts.section(settings, "encoder", "max_length") | audit_shortcuts(settings)


def write_texts(settings: Settings) -> dict:
    return parts.section(settings, "posttrain", "corpora", "transductive", "unit")


def prepare_split(settings: Settings, split: str) -> dict:
    return parts.section(settings, "finetune", "corpora") | {"split": split}


def assign_folds(settings: Settings) -> dict:
    own = parts.section(settings, "finetune", "corpora", "folds", "grouped_folds")
    return own | {"seed": settings.seed} | parts.repeated_pairs(settings)


def collect_intermediate(settings: Settings) -> dict:
    first = {"corpora": settings.finetune.intermediate.corpora}
    return parts.section(settings, "finetune", "folds") | first | parts.repeated_pairs(settings)


def augment_pairs(settings: Settings) -> dict:
    """Limits of a method that is not chosen make no other pairs."""
    own, filters = parts.section(settings, "augment"), settings.corpora.filters
    drawn = {"closure": own["closure"], "seed": settings.seed} if own["method"] == "closure" else {}
    drawn |= {"behaviour": own["behaviour"], "seed": settings.seed} if own["behaviour"] else {}
    kept_out = {"leaks": filters.leaks, "near_leaks": filters.near_leaks}
    return {"method": own["method"]} | kept_out | drawn | parts.near_similarity(settings)


def train_tokenizer(settings: Settings) -> dict:
    return {"size": settings.encoder.scratch.vocabulary_size}


def start_encoder(settings: Settings) -> dict:
    """The vocabulary comes as a file."""
    own: dict = {
        "head": "masked_lm" if settings.posttrain.enabled else "classifier",
        "marks_matches": settings.encoder.marks_matches,
        "seed": settings.seed,
    }
    if own["head"] == "classifier" and settings.finetune.outputs != 2:
        own["outputs"] = settings.finetune.outputs
    if settings.encoder.source == "scratch":
        shape = parts.section(settings, "encoder", "scratch")["scratch"]
        own["scratch"] = {key: value for key, value in shape.items() if not key.startswith("vocabulary")}
    return parts.section(settings, "encoder", "source", "name", "revision", "max_length") | own


def posttrain_encoder(settings: Settings) -> dict:
    """Nothing where there is no post-training."""
    if not settings.posttrain.enabled:
        return {}
    return parts.training(settings, "posttrain", "enabled", "corpora", "transductive", "unit")


def finetune_fold(settings: Settings) -> dict:
    """The same for all members. Of a technique that is off nothing else is read."""
    own = parts.training(settings, "finetune", "corpora", "folds", "grouped_folds", "seeds", "intermediate")
    adversarial = {"fgm", "pgd"} & set(settings.finetune.techniques)
    idle = [] if adversarial else ["adversarial_every"]
    # What a training without them does not read, so that it is not repeated for their sake.
    idle += ["patience"] if own["patience"] is None else []
    idle += ["select"] if own["select"] == "accuracy" else []
    idle += [] if own["checkpoints"] else ["checkpoints"]
    return {key: parts.in_effect(value) for key, value in own.items() if key not in idle}


def draw_subset(settings: Settings, share: str) -> dict:
    return {"share": float(share), "seed": settings.seed}


def finetune_intermediate(settings: Settings) -> dict:
    """Nothing where no other corpora are learnt first."""
    first = settings.finetune.intermediate
    # Nobody judges with the model that comes of it.
    unread = ("average_orders", "checkpoints")
    own = {key: value for key, value in finetune_fold(settings).items() if key not in unread}
    return own | {"epochs": first.epochs} if first.corpora else {}


def score_for_student(settings: Settings) -> dict:
    """teacher, revision: of one that is no part of the run."""
    named = () if settings.distill.teacher == OWN else ("teacher", "revision")
    return parts.section(settings, "distill", "corpora", "both_orders", *named)


def train_student(settings: Settings, learner: str) -> dict:
    """The training of a student, or of the same one that learns labels alone."""
    student, distill = student_of(settings), settings.distill
    keys = {"kl": ("loss", "temperature", "weight"), "mse": ("loss", "weight")}[distill.loss]
    own = parts.section(settings, "distill", "both_orders", *(keys if learner == "student" else ()))
    learnt = {key: value for key, value in finetune_fold(student).items() if key != "checkpoints"}
    return learnt | {"distill": {"temperature": 1.0} | own}


def predict_student(settings: Settings) -> dict:
    return parts.judging(student_of(settings)) | {"swap": [name in settings.splits for name in settings.judged_sets]}


def predict_teacher(settings: Settings) -> dict:
    return parts.section(settings, "distill", "teacher", "revision") | {
        "swap": [name in settings.splits for name in settings.judged_sets]
    }


def compare_student(settings: Settings) -> dict:
    """lengths: tokens that teacher and students read; method: with which both are explained."""
    own = {"sets": settings.judged_sets, "learners": settings.distill.learners}
    student = parts.judging(student_of(settings))
    method = settings.explain.chosen(settings.explain.candidates[0])
    named = {} if settings.distill.teacher == OWN else parts.section(settings, "distill", "teacher", "revision")
    return own | student | {"method": method, "teacher": named} | evaluate_predictions(settings)


def predict_held_out(settings: Settings) -> dict:
    return parts.judging(settings)


def predict_pairs(settings: Settings) -> dict:
    """swap: for each set, whether its pairs are judged in the other order too, to measure what the order changes."""
    return predict_held_out(settings) | {"swap": [name in settings.splits for name in settings.judged_sets]}


def calibrate_ensemble(settings: Settings) -> dict:
    return parts.section(settings, "finetune", "calibrate", "decision_threshold", "average_orders")


def combine_folds(settings: Settings) -> dict:
    return parts.section(settings, "finetune", "average_orders")


def choose_method(settings: Settings) -> dict:
    own = parts.method_options(settings, "candidates")
    return parts.explained(settings) | own | parts.section(settings, "evaluate", "bootstrap")


def attribute_tokens(settings: Settings, method: str) -> dict:
    own = {"method": settings.explain.chosen(method), "sufficient": settings.explain.select.by == "sufficient"}
    return parts.explained(settings) | own


def choose_ratio(settings: Settings) -> dict:
    return predict_held_out(settings) | {"kept": settings.explain.select.kept, "seed": settings.seed}


def select_rationales(settings: Settings) -> dict:
    """submitted: the size in the competition's file, where smallest rationales have none in common."""
    chosen = parts.selected(settings)
    own = {"submitted": parts.selected_by_size(settings)} if chosen["by"] == "sufficient" else {}
    return chosen | own


def fuse_rationales(settings: Settings) -> dict:
    """Without relations nothing is shared, and each way of finding them has a key of its own."""
    relations = settings.fusion.relations
    keys = {"published": ["originals"], "found": ["similarity"]}.get(relations, [])
    shared = [] if relations == "none" else ["share", *keys]
    return parts.section(settings, "fusion", "order", "relations", *shared)


def examine_examples(settings: Settings) -> dict:
    sets = {"select": parts.selected(settings), "sets": settings.judged_sets, "splits": settings.splits}
    own = sets | {"evidence": settings.explain.evidence}
    return parts.explained(settings) | parts.method_options(settings, "methods") | own


def draw_study(settings: Settings, name: str) -> dict:
    known = settings.test_sets.catalogue.get(name)
    own = {"seed": settings.seed, "last_original": known.last_original if known else None}
    return parts.section(settings, "study", "pairs") | own


def attribute_study(settings: Settings, method: str) -> dict:
    """The study looks for smallest rationales by itself."""
    return attribute_tokens(settings, method) | {"sufficient": False}


def attribute_randomised(settings: Settings, method: str) -> dict:
    return attribute_study(settings, method)


def measure_trivial(settings: Settings) -> dict:
    gold_sets = settings.evaluate.gold_sets
    return parts.explained(settings) | {"select": parts.selected_by_size(settings), "gold_sets": gold_sets}


def measure_study(settings: Settings, method: str) -> dict:
    return measure_trivial(settings) | {"name": method}


def measure_matrix(settings: Settings, estimator: str) -> dict:
    return parts.explained(settings) | {"estimator": estimator}


def compare_methods(settings: Settings, name: str) -> dict:
    own = {"set": name, "methods": settings.study.methods, "members": settings.members}
    explained = {"select": parts.selected_by_size(settings), "target": settings.explain.target}
    return own | explained | evaluate_predictions(settings)


def evaluate_predictions(settings: Settings) -> dict:
    return {"seed": settings.seed} | parts.section(settings, "evaluate", "bootstrap")


def draw_explained(settings: Settings) -> dict:
    return {"pairs": settings.explain.pairs, "seed": settings.seed, "last_original": None}


def test_behaviour(settings: Settings) -> dict:
    own = {"per_category": settings.evaluate.behaviour, "seed": settings.seed}
    return parts.judging(settings) | own


def evaluate_rationales(settings: Settings, name: str) -> dict:
    """submitted: whether the set is one of the competition's kind, whose file holds labels of its own."""
    known = settings.test_sets.catalogue.get(name)
    own = {"last_original": known.last_original if known else None, "submitted": name in settings.test_sets.use}
    return evaluate_predictions(settings) | parts.section(settings, "evaluate", "gold_sets") | own


def evaluate_faithfulness(settings: Settings) -> dict:
    """What dev decides is measured as in the study."""
    chosen = parts.selected(settings)
    select = chosen if chosen["by"] == "sufficient" else parts.selected_by_size(settings)
    own = {"select": select, "methods": settings.explain.methods}
    return parts.explained(settings) | own | evaluate_predictions(settings)


def compare_members(settings: Settings) -> dict:
    own = {"sets": settings.judged_sets, "explained": settings.explained_sets, "methods": settings.explain.methods}
    members = {"members": settings.members, "select": parts.selected_by_size(settings)}
    return own | members | evaluate_predictions(settings)


def compare_variants(settings: Settings) -> dict:
    found: dict[str, list] = {BASE: []} | {name: changes(settings, one) for name, one in settings.variants.items()}
    own = {"sets": settings.judged_sets, "variants": found, "members": settings.members}
    return own | evaluate_predictions(settings)


def compare_sizes(settings: Settings) -> dict:
    own = {"sets": settings.judged_sets, "sizes": settings.learning_curve.sizes, "members": settings.curve_members}
    return own | evaluate_predictions(settings)


def write_card(settings: Settings) -> dict:
    """defaults: by content, as another place of the project would make the card stale."""
    return {"run": record_run(settings), "defaults": default_settings().resolved().model_dump()}


def write_student_card(settings: Settings) -> dict:
    return write_card(student_of(settings))


def record_run(settings: Settings) -> dict:
    return settings.model_dump(exclude=parts.MACHINE)


def render_report(settings: Settings) -> dict:
    return {"language": settings.language}
