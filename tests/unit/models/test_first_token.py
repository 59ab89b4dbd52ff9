"""The last layer of models built like BERT computes for their head the first token alone."""

import numpy as np
import pytest
import torch
from families import Row
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from yiju.models.inference import LIKE_BERT, first_token_only

# As the table of families calls them; CamemBERT is RoBERTa under another name.
ARCHITECTURES = [name for name in LIKE_BERT if name != "camembert"]


@pytest.mark.parametrize("family", ["two labels", "cross-encoder"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_are_the_same_from_one_token(family, architecture, family_folder):
    folder = family_folder(Row(family, architecture))
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = AutoTokenizer.from_pretrained(folder)(
        ["花呗怎么还款", "你好"], ["如何还款", "你好吗"], padding=True, return_tensors="pt"
    )
    computed = []
    last = list(model.base_model.encoder.layer)[-1]
    last.intermediate.register_forward_hook(lambda module, args, output: computed.append(output.shape[1]))
    with torch.inference_mode():
        whole = model(**inputs).logits
        with first_token_only(model):
            lean = model(**inputs).logits
        after = model(**inputs).logits
    length = inputs["input_ids"].shape[1]
    assert computed == [length, 1, length]
    np.testing.assert_allclose(lean, whole, rtol=1e-5, atol=1e-5)
    assert torch.equal(after, whole)


@pytest.mark.parametrize("architecture", ["albert", "deberta-v2", "distilbert", "modernbert"])
def test_other_layers_are_left_alone(architecture, family_folder):
    model = AutoModelForSequenceClassification.from_pretrained(family_folder(Row("two labels", architecture)))
    with first_token_only(model):
        assert not any(module._forward_pre_hooks for module in model.modules())
