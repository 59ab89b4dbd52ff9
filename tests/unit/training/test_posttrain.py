"""Post-training: resumed equal to undisturbed though masks are drawn anew, logits at guessed positions only."""

import numpy as np
import pytest
import torch
from test_loop import MACHINE, PLAN, fit_until, folder, same, weights
from toys import SENTENCES, model_folder

from yiju.encoder.folder import load_model, load_tokenizer
from yiju.tokens import encode, pair_up
from yiju.training.loop import fit
from yiju.training.posttrain import MaskedTask


def task(path):
    model_folder(path, dropout=0.1)
    tokenizer = load_tokenizer(path)
    sentences = pair_up(tokenizer, encode(tokenizer, SENTENCES * 8), None, 32)
    held_out = pair_up(tokenizer, encode(tokenizer, SENTENCES[:3]), None, 32)
    return MaskedTask(load_model(path, "masked_lm"), tokenizer, sentences, held_out, 0.3, 7, MACHINE, "fp32")


@pytest.mark.parametrize("killed_at", [4, 11])
def test_a_killed_post_training_ends_as_the_undisturbed_one(tmp_path, monkeypatch, killed_at):
    whole = task(tmp_path / "a")
    best = fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(killed_at, task(tmp_path / "b"), work, monkeypatch)
    resumed = task(tmp_path / "c")
    assert fit(resumed, PLAN, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))


def test_the_loss_is_that_of_the_stock_model(tmp_path):
    masked = task(tmp_path / "a")
    masked.model.eval()
    (micro,) = masked.micro_batches(np.arange(6), 1000, 3)
    labels = torch.full_like(micro.inputs["input_ids"], -100)
    labels.view(-1)[micro.inputs["chosen"]] = micro.inputs["targets"]
    inputs = {key: micro.inputs[key] for key in ("input_ids", "attention_mask", "token_type_ids")}
    stock = masked.model.language_model(**inputs, labels=labels).loss
    assert micro.terms == (labels != -100).sum() > 0
    assert masked.model(**micro.inputs).item() / micro.terms == pytest.approx(stock.item(), rel=1e-6)


def test_held_out_sentences_are_masked_the_same_every_time(tmp_path):
    masked = task(tmp_path / "a")
    masked.model.eval()
    first, second = masked.evaluate(), masked.evaluate()
    assert first == second
    assert first["perplexity"] == pytest.approx(np.exp(-first["log_likelihood"]))
