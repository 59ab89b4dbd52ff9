"""Learning rates that are left to `auto`: by where the encoder comes from, and said where they are too high."""

import pytest
from configurations import CONFIG, merged, read

from yiju.config import rules
from yiju.config.load import load
from yiju.config.variants import branches

CHECKPOINT = {"encoder": {"source": "folder", "name": "checkpoint"}}


def settings(**changes):
    return load(merged(read(CONFIG), changes), [CONFIG])


def rates(of):
    return rules.posttrain_encoder(of)["learning_rate"], rules.finetune_fold(of)["learning_rate"]


def test_a_model_from_scratch_and_a_checkpoint_have_rates_of_their_own():
    assert rates(settings()) == (1e-3, 1e-3)
    assert rates(settings(**CHECKPOINT)) == (5e-5, 2e-5)


def test_a_rate_that_is_set_counts_for_either():
    own = {"posttrain": {"learning_rate": 1e-4}, "finetune": {"learning_rate": 3e-5}}
    assert rates(settings(**own)) == rates(settings(**CHECKPOINT, **own)) == (1e-4, 3e-5)


def test_what_is_recorded_holds_the_rates_that_were_used():
    resolved = settings(**CHECKPOINT).resolved()
    assert resolved.posttrain.learning_rate == 5e-5
    assert resolved.model_dump()["finetune"]["learning_rate"] == 2e-5
    assert resolved.resolved() == resolved


def test_a_variant_that_starts_elsewhere_has_the_rate_that_suits_it():
    found = branches(settings(variants={"pretrained": CHECKPOINT}))
    assert [rates(branch.resolved()) for branch in found.values()] == [(1e-3, 1e-3), (5e-5, 2e-5)]


def test_to_write_down_what_auto_stands_for_changes_no_training():
    own = {"posttrain": {"learning_rate": 1e-3}, "finetune": {"learning_rate": 1e-3}}
    assert rules.finetune_fold(settings(**own)) == rules.finetune_fold(settings())
    assert rules.posttrain_encoder(settings(**own)) == rules.posttrain_encoder(settings())


@pytest.mark.parametrize("rate", [5e-4, 1e-3])
def test_a_high_rate_for_a_checkpoint_is_warned_of(rate):
    (line,) = settings(**CHECKPOINT, finetune={"learning_rate": rate}).high_rates()
    assert line.startswith(f"finetune.learning_rate: {rate:g} is a rate for a model from scratch")
    assert line.endswith("Set it to auto (2e-05 for a checkpoint)")


def test_other_rates_are_not():
    assert settings(**CHECKPOINT).high_rates() == []
    assert settings(finetune={"learning_rate": 1e-3}).high_rates() == []
    off = {"enabled": False, "learning_rate": 1e-3}
    assert settings(**CHECKPOINT, posttrain=off).high_rates() == []


def test_how_often_a_training_saves_is_no_part_of_what_it_computes():
    rarely = settings(training={"save_every": 60})
    assert rules.finetune_fold(rarely) == rules.finetune_fold(settings())
    assert rules.posttrain_encoder(rarely) == rules.posttrain_encoder(settings())
