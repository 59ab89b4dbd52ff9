"""Layer-wise rates: which weight learns at which multiple."""

import pytest
import torch
from toys import classifier

from yiju.errors import YijuError
from yiju.training.optimiser import LayerRates, adamw, rate_scales

RATES = LayerRates(2.0, 10.0)


@pytest.mark.parametrize(
    ("depth", "thirds"),
    [
        (1, (0, 1, 0)),
        (2, (1, 0, 1)),
        (3, (1, 1, 1)),
        (4, (1, 2, 1)),
        (5, (2, 1, 2)),
        (6, (2, 2, 2)),
        (12, (4, 4, 4)),
        (24, (8, 8, 8)),
    ],
)
def test_layers_fall_into_thirds_from_bottom_to_top(depth, thirds):
    names = [f"classifier.bert.encoder.layer.{layer}.output.dense.weight" for layer in range(depth)]
    expected = [rate for rate, count in zip((0.5, 1.0, 2.0), thirds, strict=True) for _ in range(count)]
    # In any order of the names: "10" sorts before "2".
    scales = rate_scales(sorted(names), RATES)
    assert [scales[name] for name in names] == expected


def test_every_weight_is_in_one_group_with_its_rate_and_decay(tmp_path):
    model, _ = classifier(tmp_path)
    groups = adamw(model, 1e-3, 0.01, RATES).param_groups
    placed = {id(weight): group for group in groups for weight in group["params"]}
    assert len(placed) == sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    for name, weight in model.named_parameters():
        scale = {"bert.embeddings": 1.0, "bert.encoder.layer.0": 0.5, "bert.encoder.layer.1": 2.0}
        expected = next((value for key, value in scale.items() if name.startswith(key + ".")), 10.0)
        assert placed[id(weight)]["scale"] == expected, name
        plain = name.endswith("bias") or "LayerNorm" in name
        assert placed[id(weight)]["weight_decay"] == (0.0 if plain else 0.01), name


def test_without_layers_the_rates_are_refused():
    with pytest.raises(YijuError, match=r"finetune\.layer_rates: this model has no encoder\.layer"):
        adamw(torch.nn.Linear(2, 2), 1e-3, 0.0, RATES)
