"""What a search may vary: how it is written, what the default is, and what is refused by its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.config.configurations import CONFIG, merged, read

from yiju.app.search.dimensions import Choices, Range, parse_dimension
from yiju.app.search.space import default_dimensions, evaluates_unevenly, nested, read_space
from yiju.base.errors import YijuError
from yiju.config.load import load


def settings(**changes):
    return load(merged(read(CONFIG), changes), [CONFIG]).resolved()


@pytest.mark.parametrize(
    ("given", "dimension"),
    [
        ("log:1e-5:1e-3", Range(1e-5, 1e-3, log=True)),
        ("uniform:0:0.2", Range(0.0, 0.2)),
        ("32, 64", Choices((32, 64))),
        ("1e-5,2e-5", Choices((1e-5, 2e-5))),
        ("true,false", Choices((True, False))),
        ("none,edit_distance", Choices(("none", "edit_distance"))),
        ("null,3", Choices((None, 3))),
        ([0.0, 0.1], Choices((0.0, 0.1))),
    ],
)
def test_a_dimension_is_read_as_it_is_written_and_written_as_it_is_read(given, dimension):
    found = parse_dimension("key", given)

    assert found == dimension
    assert parse_dimension("key", str(found)) == dimension


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("log:0:1", "begins at 0, and a logarithmic range begins above 0; write uniform:"),
        ("log:1", "has no two numbers; write log:LOW:HIGH"),
        ("log:1:inf", "has no two numbers"),
        ("uniform:2:1", "its low end is not below its high one"),
        ("normal:0:1", "normal: is no kind of range; write log:LOW:HIGH, uniform:LOW:HIGH"),
        ("", "there is no value; write log:LOW:HIGH"),
        ("3", "there is only one value"),
        (3, "there is only one value"),
        ([1, 1], "there is only one value"),
        ([1, {"a": 2}], "is a value of several parts"),
        ([1, [2]], "[2] is a list, and lists are not searched"),
    ],
)
def test_a_bad_dimension_names_its_key_and_what_to_write(given, told):
    with pytest.raises(YijuError, match=r"^finetune\.x: ") as error:
        parse_dimension("finetune.x", given)
    assert told in str(error.value)


def test_the_default_space_holds_the_configuration_as_it_stands_and_the_schema_allows_all_of_it():
    own = settings(finetune={"learning_rate": "auto", "batch_size": 1}, jobs={"gpus": 0})
    space = read_space([], own)

    rate = space.dimensions["finetune.learning_rate"]
    assert isinstance(rate, Range) and rate.log and rate.low < own.finetune.learning_rate < rate.high
    assert space.dimensions["finetune.batch_size"] == Choices((1, 2))
    assert own.finetune.weight_decay in space.dimensions["finetune.weight_decay"].values
    assert set(default_dimensions(own)) == set(space.dimensions)


def test_batches_are_no_smaller_than_the_processes_that_share_them():
    found = default_dimensions(settings(finetune={"batch_size": 4}, jobs={"gpus": 4}))
    assert found["finetune.batch_size"] == Choices((4, 8))


def test_options_and_files_make_one_space_in_their_order(tmp_path: Path):
    file = tmp_path / "space.yaml"
    file.write_text("finetune:\n  epochs: [2, 4]\n  fgm: {enabled: [true, false]}\n", encoding="utf-8")

    space = read_space([str(file), "finetune.batch_size=uniform:16:64"], settings())

    assert list(space.dimensions) == ["finetune.epochs", "finetune.fgm.enabled", "finetune.batch_size"]
    assert space.whole == {"finetune.batch_size"}
    assert space.written()["finetune.fgm.enabled"] == "true,false"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("finetune.lr=1,2", "finetune.lr (--space): no such key"),
        (
            "finetune.lerning_rate=1,2",
            "no such key (did you mean finetune.learning_rate?); keys that can be searched: ",
        ),
        (
            "finetune.epochs=eins,2",
            "found 'eins'; after --space finetune.epochs= write only values that this key takes",
        ),
        ("finetune.epochs=uniform:0:3", "finetune.epochs (--space): Input should be greater than 0; found 0.0"),
        ("finetune.fgm=true,false", "finetune.fgm (--space): a section is expected here"),
        ("finetune.batch_size=uniform:1.5:3", "--space finetune.batch_size: uniform:1.5:3 has ends that are no whole"),
        ("finetune.folds=1,2", "cannot be searched: all variants have the same folds"),
        ("finetune.select=loss,f1", "--space finetune.select: this key cannot be searched"),
        ("finetune.masking.enabled=true,false", "with it the figure is a mean over whole and masked pairs"),
        ("finetune.masking.operator=mask,delete", "with it the figure is a mean over whole and masked pairs"),
        ("finetune.evaluate_every=5,10", "more of them have a higher best one by chance"),
        ("finetune.patience=2,null", "more of them have a higher best one by chance"),
        (
            "finetune.average_orders=true,false",
            "finished models judge by it, and the figure of a trial is the best while",
        ),
        ("finetune.calibrate=true,false", "it fits temperature and threshold when a model has learnt"),
        ("finetune.checkpoints=0,3", "it keeps earlier states of a model and changes no weight"),
        (
            "finetune.fgm.epsilon=0.5,1",
            "finetune.fgm.epsilon: this key cannot be searched: with this configuration and",
        ),
        ("augment.closure.share=0.1,0.2", "no training reads it, so that all trials would be alike; switch on what it"),
        ("augment.behaviour=negation,number", "it takes a list, and lists are not searched"),
        ("corpora.dev_share=0.1,0.2", "only keys of finetune, augment, posttrain, encoder are searched"),
        ("finetune=1,2", "only keys of"),
        ("nowhere.yaml", "--space nowhere.yaml: neither KEY=VALUES nor a file"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_its_key(given, told):
    with pytest.raises(YijuError) as error:
        read_space([given], settings())
    assert told in str(error.value)


def test_the_loss_is_not_searched_where_it_is_the_figure():
    assert read_space(["finetune.loss=bce,mse"], settings()).dimensions
    with pytest.raises(YijuError, match=r"^--space finetune\.loss: .* with finetune\.select: loss it") as refused:
        read_space(["finetune.loss=bce,mse"], settings(finetune={"select": "loss"}))
    assert str(refused.value).endswith(", or set it in the configuration")


def test_the_threshold_is_searched_only_where_decisions_are_the_figure():
    given = ["finetune.decision_threshold=0.4,0.5"]
    assert read_space(given, settings(finetune={"calibrate": False})).dimensions
    with pytest.raises(YijuError, match=r"decision_threshold: .* finetune\.select is auc, which no decision goes into"):
        read_space(given, settings(finetune={"calibrate": False, "select": "auc"}))


def test_a_key_of_what_is_off_can_be_searched_together_with_what_switches_it_on():
    given = ["finetune.fgm.epsilon=0.5,1", "finetune.adversarial_every=1,2", "finetune.fgm.enabled=true,false"]
    assert len(read_space(given, settings()).dimensions) == 3
    assert read_space(given[:2], settings(finetune={"fgm": {"enabled": True}})).dimensions
    # With mean squared errors there is no label smoothing, so that some values do not go together with others.
    assert read_space(["finetune.label_smoothing=0,0.1", "finetune.loss=mse,cross_entropy"], settings()).dimensions


def test_a_wrong_key_of_a_file_is_named_with_its_line(tmp_path: Path):
    file = tmp_path / "space.yaml"
    file.write_text("finetune:\n  epochs: [2, 4]\n  warmup: [0.1, 2]\n", encoding="utf-8")

    with pytest.raises(YijuError) as error:
        read_space([str(file)], settings())
    assert f"finetune.warmup ({file} line 3): " in str(error.value)


def test_keys_are_nested_as_sections_are():
    assert nested({"a.b": 1, "a.c.d": 2, "e.f": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": {"f": 3}}


def test_keys_that_are_named_beside_a_wrong_one_can_be_searched():
    with pytest.raises(YijuError) as error:
        read_space(["finetune.lerning_rate=1,2"], settings())
    named = str(error.value).partition("can be searched: ")[2].split(", ")
    assert {"finetune.epochs", "finetune.fgm.enabled"} <= set(named)
    assert not [
        one
        for one in named
        if one.split(".")[1] in ("patience", "evaluate_every", "masking", "select", "folds", "calibrate", "checkpoints")
    ]


@pytest.mark.parametrize(
    ("every", "searched", "uneven"),
    [
        (1000, "finetune.epochs=1,2", True),
        ("auto", "finetune.epochs=1,2", False),
        (1000, "finetune.warmup=0,0.1", False),
    ],
)
def test_trials_that_are_evaluated_more_often_than_others_are_found(every, searched, uneven):
    own = settings(finetune={"evaluate_every": every})
    assert evaluates_unevenly(read_space([searched], own), own) is uneven
