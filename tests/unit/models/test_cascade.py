"""Weights drawn anew from the top down: which ones at which step, in models of several kinds."""

import copy

import pytest
import torch
from families import Row
from toys import classifier
from transformers import (
    AlbertConfig,
    AlbertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ModernBertConfig,
    ModernBertForSequenceClassification,
)

from yiju import Explainer
from yiju.models.folder import load_model
from yiju.models.randomisation import cascade, drawn_anew
from yiju.models.randomisation_steps import STEPS

ENDS = ("weight", "bias")
SMALL = {"vocab_size": 30, "hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2}


def weights(model):
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def changed(model, seed=5):
    """By step, the weights that are others than before the cascade."""
    before, found = weights(model), {}
    for step in cascade(model, seed):
        found[step] = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    return found


def learnt(model):
    """With no weight left as a new model has it."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.5)
    return model


def test_bert_changes_from_the_classifier_down_to_the_embeddings(tmp_path):
    classifier(tmp_path, marker=True)
    found = changed(learnt(load_model(tmp_path, "classifier")))
    assert list(found) == list(STEPS)
    head = {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"}
    assert found["classifier"] == head
    upper, lower = (
        {name for name in found["all"] if name.startswith(f"bert.encoder.layer.{number}.")} for number in (1, 0)
    )
    assert found["upper_half"] == head | upper
    assert found["layers"] == head | upper | lower
    rest = found["all"] - found["layers"]
    assert rest and all(name.startswith("bert.embeddings.") for name in rest)


def test_other_kinds_of_models_have_layers_too():
    distil = DistilBertConfig(vocab_size=30, dim=8, hidden_dim=8, n_heads=2, n_layers=4)
    found = changed(learnt(DistilBertForSequenceClassification(distil)))
    assert list(found) == list(STEPS)
    assert found["classifier"] == {f"{part}.{kind}" for part in ("pre_classifier", "classifier") for kind in ENDS}
    assert {name.split(".")[3] for name in found["upper_half"] if ".layer." in name} == {"2", "3"}
    modern = ModernBertConfig(**SMALL, num_hidden_layers=3, pad_token_id=0, bos_token_id=1, eos_token_id=2)
    found = changed(learnt(ModernBertForSequenceClassification(modern)))
    assert {name.split(".")[2] for name in found["upper_half"] if ".layers." in name} == {"1", "2"}
    assert "model.final_norm.weight" in found["classifier"]
    assert {name for name in found["all"] - found["layers"] if "embeddings" not in name} == set()


def test_a_model_without_a_list_of_layers_changes_at_once():
    albert = AlbertConfig(**SMALL, embedding_size=8, num_hidden_layers=4)
    model = learnt(AlbertForSequenceClassification(albert))
    found = changed(model)
    assert list(found) == ["all"]
    assert found["all"] == {name for name, _ in model.named_parameters()}


def test_the_last_step_has_the_weights_of_a_new_model(tmp_path):
    classifier(tmp_path, marker=True)
    model = load_model(tmp_path, "classifier")
    hooks = len(model.bert.embeddings._forward_pre_hooks)
    list(cascade(model, 3))
    first = weights(model)
    list(cascade(model, 4))
    again = model.state_dict()
    for name, weight in first.items():
        if "LayerNorm.weight" in name:
            assert (weight == 1).all()
        elif name.endswith("bias"):
            assert (weight == 0).all()
        else:
            assert not torch.equal(weight, again[name])
            assert weight.std() < 2 * model.config.initializer_range
    list(cascade(model, 3))
    assert all(torch.equal(weight, first[name]) for name, weight in model.state_dict().items())
    assert len(model.bert.embeddings._forward_pre_hooks) == hooks == 1


@pytest.mark.parametrize("layers", [1, 2])
def test_one_layer_has_no_upper_half(layers):
    distil = DistilBertConfig(vocab_size=30, dim=8, hidden_dim=8, n_heads=2, n_layers=layers)
    found = list(cascade(DistilBertForSequenceClassification(distil), 1))
    assert ("upper_half" in found) == (layers > 1)


def test_a_text_encoder_has_layers_and_the_steps_behind_them(family_folder):
    scorer = Explainer.from_pretrained(family_folder(Row("bi-encoder", "bert", "dense"))).scorer
    before = weights(scorer.model)
    found = changed(learnt(copy.deepcopy(scorer.model)))
    assert list(found) == list(STEPS)
    assert any(name.startswith("steps.") for name in found["classifier"])
    assert {name.split(".")[0] for name in found["all"] - found["layers"]} == {"encoder"}
    state = torch.get_rng_state()
    other = drawn_anew(scorer.model, 5)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(weight, before[name]) for name, weight in scorer.model.state_dict().items())
    assert not torch.equal(next(iter(weights(other).values())), next(iter(before.values())))
