"""What rules read of the configuration: every function is a rule's, and what ends a rationale reaches who needs it."""

import inspect
import re

import numpy as np
import pytest
from unit.config.configurations import CONFIG, merged, read

from yiju.base.errors import YijuError
from yiju.config import rules
from yiju.config.load import load
from yiju.explain.rationales.layout import Layout, choose

ENDS = ("sufficient", "ratio", "count", "threshold", "mass", "dev")
READ = {"ratio": 0.3, "count": 7, "threshold": 0.6, "mass": 0.1, "kept": 0.5}


def settings(**select):
    return load(merged(read(CONFIG), {"explain": {"select": select}}), [CONFIG]).resolved()


def all_of(found):
    """What every job reads that has to do with explanations, by name."""
    return {
        "attribute_tokens": rules.attribute_tokens(found, "occlusion"),
        "attribute_study": rules.attribute_study(found, "occlusion"),
        "choose_method": rules.choose_method(found),
        "select_rationales": rules.select_rationales(found),
        "choose_ratio": rules.choose_ratio(found),
        "examine_examples": rules.examine_examples(found),
        "evaluate_faithfulness": rules.evaluate_faithfulness(found),
        "measure_study": rules.measure_study(found, "occlusion"),
        "compare_members": rules.compare_members(found),
    }


def changed(first, second):
    return {name for name, own in all_of(first).items() if own != all_of(second)[name]}


RULE = re.compile(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", re.M | re.S)


def test_each_function_is_named_as_the_rule_whose_settings_it_gives():
    files = sorted((CONFIG.parent / "rules").glob("*.smk"))
    bodies = dict(found for file in files for found in RULE.findall(file.read_text(encoding="utf-8")))
    called = {name: set(re.findall(r"settings=[^\n]*config_of\.(\w+)\(", body)) for name, body in bodies.items()}
    own = {name for name, one in inspect.getmembers(rules, inspect.isfunction) if one.__module__ == rules.__name__}

    assert {name: functions for name, functions in called.items() if functions - {name}} == {}
    assert {name for name, functions in called.items() if functions} == {name for name in own if name[0] != "_"}
    # What is written out in a rule is no key of the configuration.
    written = {name for name, body in bodies.items() if "settings=" in body and not called[name]}
    assert written == set()


def test_evidence_changes_no_training():
    before, after = (load(merged(read(CONFIG), {"explain": {"evidence": number}}), [CONFIG]) for number in (0, 5))
    assert rules.examine_examples(before) != rules.examine_examples(after)
    for name in ("start_encoder", "posttrain_encoder", "finetune_fold", "finetune_intermediate", "predict_pairs"):
        assert getattr(rules, name)(before) == getattr(rules, name)(after)


def test_by_default_a_rationale_ends_where_it_suffices():
    assert settings().explain.select.by == "sufficient"


def test_a_changed_ratio_reruns_by_sufficient_what_hands_in_and_what_has_one_size_for_all_methods():
    found = changed(settings(by="sufficient"), settings(by="sufficient", ratio=0.3))
    assert found == {"select_rationales", "measure_study", "compare_members"}


@pytest.mark.parametrize("before", ["ratio", "dev", "mass"])
def test_smallest_rationales_are_looked_for_where_the_tokens_are_attributed(before):
    found = changed(settings(by=before), settings(by="sufficient"))
    assert {"attribute_tokens", "select_rationales", "examine_examples", "evaluate_faithfulness"} <= found
    # The study looks for them by itself, whatever is in use; so does the choice of the method.
    assert not found & {"attribute_study", "choose_method"}


@pytest.mark.parametrize("by", [one for one in ENDS if one not in ("sufficient", "dev")])
def test_only_the_value_of_the_chosen_end_is_read(by):
    for key, value in READ.items():
        found = changed(settings(by=by), settings(by=by, **{key: value}))
        read = {"select_rationales", "examine_examples", "evaluate_faithfulness", "measure_study", "compare_members"}
        assert found == (read if key == by else {"choose_ratio"} if key == "kept" else set())


@pytest.mark.parametrize("by", ENDS)
def test_whatever_measures_rationales_is_told_how_they_end(by):
    found = settings(by=by)
    layout, scores, ranks = Layout(np.array([[3, 2]])), np.array([0.3, 0.2, 0.1, 0.5, 0.4]), np.array([1, 0, 0, 1, 0])
    for job in ("evaluate_faithfulness", "measure_study", "compare_members"):
        assert choose(layout, scores, all_of(found)[job]["select"], ranks)[0]


def test_a_study_compares_methods_and_not_the_one_that_is_measured_best():
    with pytest.raises(YijuError, match=r"study.methods.*measured stands for one of explain.candidates"):
        load(merged(read(CONFIG), {"study": {"methods": ["occlusion", "measured"]}}), [CONFIG])


@pytest.mark.parametrize("posttrained", [False, True])
@pytest.mark.parametrize(("loss", "outputs"), [("cross_entropy", {}), ("bce", {"outputs": 1}), ("mse", {"outputs": 1})])
def test_the_first_folder_keeps_a_head_of_as_many_logits_as_are_trained_next(posttrained, loss, outputs):
    changes = {"finetune": {"loss": loss}, "posttrain": {"enabled": posttrained}}
    found = rules.start_encoder(load(merged(read(CONFIG), changes), [CONFIG]))
    assert {key: value for key, value in found.items() if key == "outputs"} == ({} if posttrained else outputs)
