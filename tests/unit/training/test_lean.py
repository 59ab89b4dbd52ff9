"""What training leaves out or does by other means changes no logit, no gradient and no file."""

import copy

import numpy as np
import pytest
import torch
from toys import SENTENCES, classifier, model_folder
from transformers import ElectraConfig, ElectraForSequenceClassification

from yiju.models.folder import load_model, load_tokenizer
from yiju.models.template import template_of
from yiju.models.tokens import encode, encode_pairs, pair_up
from yiju.training import fast_bert
from yiju.training.fast_bert import STEPWISE, QuickDropout, attention, dropout_mask, optimise, read_chosen, read_first


@pytest.fixture
def pairs(tmp_path):
    """A classifier in float64, and pairs of different lengths."""
    model, tokenizer = classifier(tmp_path)
    inputs = encode_pairs(tokenizer, SENTENCES, SENTENCES[2:] + SENTENCES[:2], 32).batch(np.arange(len(SENTENCES)))
    return model.double(), inputs.inputs()


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def assert_same(got, wanted):
    assert got.keys() == wanted.keys()
    for name, gradient in wanted.items():
        assert torch.allclose(got[name], gradient, rtol=1e-9, atol=1e-12), name


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_the_first_token_is_what_it_is_in_the_whole_layer(pairs, attention):
    model, inputs = pairs
    model.set_attn_implementation(attention)
    lean = copy.deepcopy(model).train()
    read_first(lean)
    assert lean.bert(**inputs).last_hidden_state.shape[1] == 1
    wanted, got = model(**inputs).logits, lean(**inputs).logits
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)
    assert_same(gradients(lean, got.square().sum()), gradients(model, wanted.square().sum()))
    assert torch.equal(lean.eval()(**inputs).logits, wanted)


def test_chosen_tokens_are_what_they_are_in_the_whole_layer(tmp_path):
    model = load_model(model_folder(tmp_path), "masked_lm").double()
    tokenizer = load_tokenizer(tmp_path)
    inputs = (
        pair_up(template_of(tokenizer), encode(tokenizer, SENTENCES), None, 32)
        .batch(np.arange(len(SENTENCES)))
        .inputs()
    )
    lean, chosen = copy.deepcopy(model), torch.tensor([1, 5, 9, 24])
    wanted = model.bert(**inputs).last_hidden_state.flatten(0, 1)[chosen]
    read = read_chosen(lean)
    got = read(chosen, **inputs)
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)
    assert_same(gradients(lean, got.square().sum()), gradients(model, wanted.square().sum()))
    # Whoever asks for no positions gets them all.
    assert lean(**inputs).logits.shape == model(**inputs).logits.shape


def test_other_models_are_read_as_they_are():
    shape = {"num_hidden_layers": 1, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
    model = ElectraForSequenceClassification(ElectraConfig(vocab_size=9, embedding_size=8, **shape)).eval()
    inputs = {"input_ids": torch.arange(8).view(2, 4)}
    wanted = model.base_model(**inputs).last_hidden_state
    read_first(model)
    assert torch.equal(model.base_model(**inputs).last_hidden_state, wanted)
    assert torch.equal(read_chosen(model)(torch.tensor([6, 0]), **inputs), wanted.flatten(0, 1)[[6, 0]])


def test_autocast_computes_the_same_numbers(tmp_path):
    model, tokenizer = classifier(tmp_path)
    inputs = encode_pairs(tokenizer, SENTENCES, SENTENCES[::-1], 32).batch(np.arange(len(SENTENCES))).inputs()
    quick = copy.deepcopy(model)
    optimise(quick, "cpu", torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(quick(**inputs).logits, model(**inputs).logits)
    # Outside of it nothing is cast.
    assert torch.equal(quick(**inputs).logits, model(**inputs).logits)


@pytest.mark.parametrize("padded", [True, False])
def test_attention_is_that_of_the_formula(padded):
    query, key, value = torch.randn(3, 2, 4, 5, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    seen = torch.arange(5) < torch.tensor([3, 5])[:, None] if padded else torch.ones(2, 5, dtype=torch.bool)
    scores = torch.where(seen[:, None, None], query @ key.mT / 8**0.5, -torch.inf)
    torch.manual_seed(7)
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True) * dropout_mask(scores.shape, 0.3, scores.dtype)
    torch.manual_seed(7)
    got, _ = attention(torch.nn.Module(), query, key, value, seen[:, None, None] if padded else None, 0.3, 8**-0.5)
    torch.testing.assert_close(got, (weights @ value).transpose(1, 2))


def test_without_dropout_too_attention_in_training_is_not_the_fused_one(monkeypatch):
    """Its gradient takes several times as long, of short sequences in bfloat16."""
    fused = []
    monkeypatch.setattr(fast_bert, "sdpa_attention_forward", lambda *inputs, **_: fused.append(inputs))
    query = torch.randn(2, 4, 5, 8)
    got, _ = attention(torch.nn.Module().train(), query, query, query, None)
    torch.testing.assert_close(
        got, torch.nn.functional.scaled_dot_product_attention(query, query, query).transpose(1, 2)
    )
    assert not fused
    attention(torch.nn.Module().eval(), query, query, query, None)
    assert fused


def test_a_model_in_training_drops_attention_and_hidden_states(tmp_path):
    model, tokenizer = classifier(tmp_path)
    inputs = encode_pairs(tokenizer, SENTENCES, SENTENCES[::-1], 32).batch(np.arange(len(SENTENCES))).inputs()
    for name in ("attention.self", "output"):
        quick = copy.deepcopy(model).train()
        quick.bert.encoder.layer[0].get_submodule(name).dropout.p = 0.5
        optimise(quick, "cpu", torch.bfloat16)
        with torch.autocast("cpu", torch.bfloat16):
            assert not torch.equal(quick(**inputs).logits, quick(**inputs).logits)
            assert torch.equal(quick.eval()(**inputs).logits, model(**inputs).logits)


def test_a_hastened_model_is_stock_on_disk(tmp_path):
    model, _ = classifier(tmp_path / "start")
    names = list(model.state_dict())
    optimise(model, "cpu", torch.bfloat16)
    read_first(model)
    assert list(model.state_dict()) == names
    model.save_pretrained(tmp_path / "saved")
    assert STEPWISE not in (tmp_path / "saved" / "config.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_masks_keep_the_right_share_and_the_mean(dtype, share):
    torch.manual_seed(1)
    mask = dropout_mask(torch.Size([300, 1001]), share, dtype)
    kept = mask != 0
    # Six standard errors of a share of 300,300 draws.
    assert abs(kept.double().mean().item() - (1 - share)) < 6 * (share * (1 - share) / mask.numel()) ** 0.5
    assert torch.equal(mask[kept].unique(), torch.tensor([1 / (1 - share)], dtype=dtype))
    # Neighbours are independent, in rows and in columns.
    for first, second in ((kept[:, 1:], kept[:, :-1]), (kept[1:], kept[:-1])):
        assert abs(torch.corrcoef(torch.stack([first.flatten(), second.flatten()]).double())[0, 1]) < 0.012


def test_dropout_draws_anew_by_the_seed_and_masks_the_gradient_alike():
    dropout = QuickDropout(0.25)
    hidden = torch.randn(40, 30, requires_grad=True)
    torch.manual_seed(3)
    first, second = dropout(hidden), dropout(hidden)
    assert not torch.equal(first, second)
    torch.manual_seed(3)
    assert torch.equal(dropout(hidden), first)
    first.sum().backward()
    assert torch.equal(hidden.grad, torch.where(first == 0, 0.0, 1 / 0.75))
    assert dropout.eval()(hidden) is hidden
