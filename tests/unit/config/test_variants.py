"""Variants: what they are, and which of their stages are computed once for several."""

import pytest
import yaml
from unit.config.configurations import CONFIG, LINES, merged, read

from yiju.base.nested import leaves
from yiju.config.load import load
from yiju.config.schema import Settings
from yiju.config.stages import STAGES, home, read_by
from yiju.config.variants import SHARED, branches, changes

SECTIONS = ("encoder", "posttrain", "augment", "finetune")
KEYS = [".".join(path) for path in LINES if path[0] in SECTIONS]
HUB = {"encoder": {"source": "hub", "name": "a/b", "revision": "0" * 40}}
# What has to be set before a key does anything; a technique that is a section has to be enabled.
NEEDED = {
    "encoder.source": {"encoder": {"source": "folder", "name": "a/b", "revision": "0" * 40}},
    "encoder.name": HUB,
    "encoder.revision": HUB,
    "posttrain.dictionary": {"posttrain": {"masking": "words"}},
    "augment.closure.share": {"augment": {"method": "closure"}},
    "augment.closure.per_component": {"augment": {"method": "closure"}},
    "finetune.intermediate.corpora": {"finetune": {"intermediate": {"corpora": ["AFQMC"]}}},
    "finetune.intermediate.epochs": {"finetune": {"intermediate": {"corpora": ["AFQMC"]}}},
    "finetune.adversarial_every": {"finetune": {"fgm": {"enabled": True}}},
    "finetune.decision_threshold": {"finetune": {"calibrate": False}},
}
# Where doubling, or the other of two values, would be no other value, or none that is allowed.
OTHER = {
    "augment.behaviour": ["negation"],
    "encoder.source": "hub",
    "encoder.name": "a/c",
    "encoder.revision": "1" * 40,
    "encoder.scratch.dropout": 0.1,
    "encoder.scratch.vocabulary": "vocab.txt",
    "encoder.match_marker": False,
    "posttrain.corpora": ["LCQMC"],
    "posttrain.learning_rate": 1e-4,
    "posttrain.batches": "random",
    "posttrain.evaluate_every": 50,
    "posttrain.stop_after": 1.0,
    "posttrain.masking": "words",
    "posttrain.dictionary": "words.txt",
    "posttrain.unit": "pairs",
    "augment.method": "published",
    "finetune.corpora": ["LCQMC", "AFQMC"],
    "finetune.intermediate.corpora": ["OCNLI"],
    "finetune.learning_rate": 1e-4,
    "finetune.batches": "by_length",
    "finetune.evaluate_every": 50,
    "finetune.multi_dropout.combine": "sum",
    "finetune.mixup.at": "last",
    "finetune.masking.operator": "delete",
    "finetune.weighting": "edit_distance",
    "finetune.label_smoothing": 0.1,
    "finetune.loss": "bce",
    "finetune.select": "auc",
    "finetune.patience": 3,
    "finetune.checkpoints": 3,
    "finetune.lora.dropout": 0.1,
    "finetune.ema.decay": 0.9,
}
WEIGHTED = {"finetune": {"weighting": "edit_distance"}}
CLOSURE = {"augment": {"method": "closure"}}
NO_MARKER = {"encoder": {"match_marker": False}}


def valid(*overrides):
    config = read(CONFIG)
    for override in overrides:
        config = merged(config, override)
    return load(config, [CONFIG])


def value_of(settings, key):
    values = settings.model_dump()
    for part in key.split("."):
        values = values[part]
    return values


def under(key, value):
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def other(key, value):
    if key in OTHER:
        return OTHER[key]
    return not value if isinstance(value, bool) else 2 * value


def needed(key):
    technique = key.rsplit(".", 1)[0] + ".enabled"
    return NEEDED.get(key, under(technique, True) if technique in KEYS and not key.endswith(".enabled") else {})


def homes(variants, *overrides):
    """Where each stage of each variant is computed; the stages of a variant that are its own are left out."""
    found = branches(valid(*overrides, {"variants": variants}))
    names = {folder: folder.rpartition("/")[2] or "base" for folder in found}
    places = {names[one]: {stage: names[home(stage, one, found)] for stage in STAGES} for one in found}
    return {name: {stage: place for stage, place in stages.items() if place != name} for name, stages in places.items()}


@pytest.mark.parametrize("key", [key for key in KEYS if not any(other.startswith(f"{key}.") for other in KEYS)])
def test_a_variant_may_change_exactly_the_keys_that_a_stage_of_its_own_reads(key):
    before = valid(needed(key))

    after = valid(needed(key), under(key, other(key, value_of(before, key))))

    assert value_of(after, key) != value_of(before, key)
    assert (read_by("judge", before) == read_by("judge", after)) == (key in SHARED)


def test_a_stage_is_computed_in_the_first_branch_that_reads_the_same_up_to_there():
    shared = homes(
        {
            "weighted": WEIGHTED,
            "closure": CLOSURE,
            "closure_weighted": CLOSURE | WEIGHTED,
            "unmarked": NO_MARKER,
            "unmarked_weighted": NO_MARKER | WEIGHTED,
            "averaged": {"finetune": {"average_orders": True}},
            "untrained": {"posttrain": {"enabled": False}},
        }
    )

    start = {"start": "base", "posttrain": "base", "intermediate": "base"}
    unmarked = dict.fromkeys(start, "unmarked")
    assert shared == {
        "base": {},
        "weighted": start | {"augment": "base"},
        "closure": start,
        "closure_weighted": start | {"augment": "closure"},
        "unmarked": {"augment": "base"},
        "unmarked_weighted": unmarked | {"augment": "base"},
        "averaged": start | {"augment": "base"},
        "untrained": {"augment": "base"},
    }


def test_where_other_corpora_are_learnt_first_what_changes_fine_tuning_changes_that_too():
    first = {"finetune": {"intermediate": {"corpora": ["AFQMC"]}}}

    shared = homes({"weighted": WEIGHTED, "averaged": {"finetune": {"average_orders": True}}}, first)

    assert shared["weighted"] == dict.fromkeys(("augment", "start", "posttrain"), "base")
    assert shared["averaged"] == dict.fromkeys(("augment", "start", "posttrain", "intermediate"), "base")


def test_the_order_of_the_variants_tells_who_computes_what_two_have_in_common():
    one, two = {"closure": CLOSURE}, {"both": CLOSURE | WEIGHTED}

    assert homes(one | two)["both"]["augment"] == "closure"
    assert homes(two | one)["closure"]["augment"] == "both"


def test_a_variant_is_merged_key_by_key_into_the_whole_run_and_lies_in_a_folder_of_its_own():
    settings = valid({"variants": {"one": {"finetune": {"fgm": {"enabled": True}}}}})

    base, one = branches(settings).items()

    assert (base[0], one[0]) == ("", "/variants/one")
    assert base[1] is settings
    wanted = merged(settings.model_dump(), {"finetune": {"fgm": {"enabled": True}}})
    assert one[1] == Settings.model_validate(wanted | {"variants": {}})


def test_what_a_variant_changes_is_told_flat_and_in_order_and_nothing_else():
    text = "{finetune: {fgm: {enabled: true}, epochs: 8, weighting: edit_distance}, augment: {method: closure}}"
    settings = valid({"variants": {"one": yaml.safe_load(text)}})

    told = [tuple(change.values()) for change in changes(settings, settings.variants["one"])]

    assert told == [
        ("finetune.fgm.enabled", False, True),
        ("finetune.weighting", "none", "edit_distance"),
        ("augment.method", "none", "closure"),
    ]


def test_the_settings_of_the_run_itself_are_read_the_same_with_and_without_variants():
    alone, beside = valid(), valid({"variants": {"one": WEIGHTED}})

    assert all(read_by(stage, alone) == read_by(stage, beside) for stage in STAGES)


def test_leaves_are_paths_of_values():
    assert list(leaves({"a": {"b": 1, "c": {"d": [2]}}, "e": None})) == [("a", "b"), ("a", "c", "d"), ("e",)]
