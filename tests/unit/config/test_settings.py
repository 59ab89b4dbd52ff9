"""The default configuration and the presets are valid, complete and explained."""

import pytest
import yaml
from configurations import CONFIG, KEYS, LINES, ROOT, key_lines, merged, read
from pydantic import BaseModel

from yiju.config import rules
from yiju.config.load import Settings, load

PRESETS = sorted((ROOT / "presets").glob("*.yaml"))
# Presets that lie over another one.
OVER = {
    "ablation": ["offline"],
    "distilled": ["base"],
    "offline-long": ["offline"],
    "posttrained": ["competition"],
}


def layers(preset):
    """The configuration files of a preset, in order."""
    return [CONFIG, *(preset.with_stem(name) for name in OVER.get(preset.stem, [])), preset]


def test_the_default_configuration_is_valid():
    assert load(read(CONFIG), [CONFIG]).run == "sample"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda file: file.stem)
def test_a_preset_is_valid_over_the_default_configuration_and_names_a_run_of_its_own(preset):
    assert load(read(*layers(preset)), layers(preset)).run == preset.stem


@pytest.mark.parametrize("preset", PRESETS, ids=lambda file: file.stem)
def test_a_preset_only_overrides(preset):
    said = dict(key_lines(yaml.compose(preset.read_text(encoding="utf-8"))))

    # A student's encoder has the keys of section encoder.
    said = [path[1:] if path[:2] == ("distill", "encoder") and path[2:] else path for path in said]
    # What stands in a catalogue or among the variants has a name of its own.
    assert [path for path in said if not {"catalogue", "variants"} & set(path[:-1]) and path not in LINES] == []


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_a_key_of_the_schema_stands_in_config_yaml(path):
    assert path in LINES


@pytest.mark.parametrize("path", [path for path in LINES if "catalogue" not in path[:-1]], ids=".".join)
def test_a_key_of_config_yaml_is_explained_on_the_line_above_it_or_by_all_its_keys(path):
    text = CONFIG.read_text(encoding="utf-8").split("\n")
    explained = text[LINES[path] - 1].strip().startswith("#")
    inside = [LINES[other] for other in LINES if other[:-1] == path and LINES[other] != LINES[path]]

    assert explained or (inside and all(text[line - 1].strip().startswith("#") for line in inside))


@pytest.mark.parametrize("model_path", KEYS, ids=".".join)
def test_a_key_of_the_schema_that_holds_a_value_is_described(model_path):
    model = Settings
    for name in model_path[:-1]:
        model = model.model_fields[name].annotation
    field = model.model_fields[model_path[-1]]
    is_section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)

    assert field.description or is_section


@pytest.mark.parametrize("path", KEYS, ids=".".join)
def test_a_missing_key_has_its_default(path):
    config = read(CONFIG)
    section = config
    for name in path[:-1]:
        section = section[name]
    del section[path[-1]]

    assert load(config, [CONFIG]) == load(read(CONFIG), [CONFIG])


@pytest.mark.parametrize(
    "idle",
    ["{rdrop: {alpha: 2.0}}", "{adversarial_every: 2}", "{masking: {operator: both}, multi_dropout: {samples: 2}}"],
)
def test_a_value_of_a_technique_that_is_off_is_no_error_and_reruns_nothing(idle):
    changed = load(merged(read(CONFIG), {"finetune": yaml.safe_load(idle)}), [CONFIG])
    assert changed != load(read(CONFIG), [CONFIG])
    assert rules.finetune_fold(changed) == rules.finetune_fold(load(read(CONFIG), [CONFIG]))
