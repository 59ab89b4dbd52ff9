"""Post-training: masks drawn anew yet resumed bit for bit, logits at guessed positions only, nothing leaked."""

import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from toy_trainings import MACHINE, PLAN, fit, fit_until, folder, same, weights
from toys import PAIRS, SENTENCES, SHAPE, model_folder

from yiju.base import tables
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.match_marker import mark_matches
from yiju.models.start_encoder import start_encoder
from yiju.models.vocabulary import learn_vocabulary
from yiju.training.masked_tokens import DRAWS, mask_tokens, uniform
from yiju.training.posttrain import MaskedTask, posttrain_encoder
from yiju.training.posttrain_texts import read_texts
from yiju.training.words import CONTINUES, split_ids

SETTINGS = {"masking": "tokens", "dictionary": None, "packing": False, "max_length": 32, "seed": 7}
SETTINGS |= {"gradient_checkpointing": False}
DISTINCT = [first + second for first in SENTENCES for second in SENTENCES]
KINDS = {
    "tokens": ({}, False),
    "words": ({"masking": "words"}, False),
    "pairs": ({"masking": "words"}, True),
    "packed": ({"packing": True, "masking": "words"}, False),
}
# The two that differ most are among the short tests.
MARKED = [pytest.param(kind, marks=[pytest.mark.slow] * (kind not in ("tokens", "packed"))) for kind in KINDS]


def texts(path, rows):
    """Write TEXTS of (text, second) rows, or of sentences."""
    rows = [(row, None) if isinstance(row, str) else row for row in rows]
    table = pl.DataFrame([(*row, "toy") for row in rows], schema=pl.Schema(tables.TEXTS), orient="row")
    tables.write(table, path, tables.TEXTS)
    return path


def rows_of(paired):
    return [(q, t) for q, t, _ in PAIRS if q < t] if paired else DISTINCT


def task(path, kind="tokens", dropout=0.1):
    changed, paired = KINDS[kind]
    model_folder(path, marker=True, dropout=dropout)
    tokenizer = load_tokenizer(path)
    table = texts(path / "texts.parquet", rows_of(paired))
    learnt, held_out, unit = read_texts(table, tokenizer, SETTINGS | changed)
    return MaskedTask(load_model(path, "masked_lm"), tokenizer, learnt, held_out, 0.3, 7, MACHINE, "fp32", unit)


def each_row(masked, rows, budget, seed):
    """What every row in which anything is to be guessed becomes, by its own tokens: inputs and chosen places."""
    found = {}
    for micro in masked.micro_batches(rows, budget, seed):
        ids, real = micro.inputs["input_ids"], micro.inputs["attention_mask"].bool()
        before, chosen = ids.clone(), torch.zeros_like(ids)
        before.view(-1)[micro.inputs["chosen"]] = micro.inputs["targets"]
        chosen.view(-1)[micro.inputs["chosen"]] = 1
        for row in range(len(ids)):
            mine = real[row]
            if chosen[row].any():
                found[tuple(before[row][mine].tolist())] = (ids[row][mine].tolist(), chosen[row][mine].tolist())
    return found


@pytest.mark.parametrize(
    ("kind", "killed_at"),
    [
        *(pytest.param(*one, marks=pytest.mark.slow) for one in (("tokens", 4), ("tokens", 11), ("pairs", 4))),
        ("packed", 3),
    ],
)
def test_a_killed_post_training_ends_as_the_undisturbed_one(tmp_path, monkeypatch, kind, killed_at):
    whole = task(tmp_path / "a", kind)
    best = fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(killed_at, task(tmp_path / "b", kind), work, monkeypatch)
    resumed = task(tmp_path / "c", kind)
    assert fit(resumed, PLAN, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))
    assert (work / "steps.jsonl").read_text() == (tmp_path / "whole" / "steps.jsonl").read_text()


@pytest.mark.parametrize("kind", MARKED)
def test_the_loss_is_that_of_the_stock_model(tmp_path, kind):
    masked = task(tmp_path / "a", kind)
    masked.model.eval()
    (micro,) = masked.micro_batches(np.arange(6), 1000, 3)
    labels = torch.full_like(micro.inputs["input_ids"], -100)
    labels.view(-1)[micro.inputs["chosen"]] = micro.inputs["targets"]
    inputs = {key: micro.inputs[key] for key in ("input_ids", "attention_mask", "token_type_ids")}
    stock = masked.model.language_model(**inputs, labels=labels)
    assert micro.terms == (labels != -100).sum() > 0
    loss, right = masked.model(**micro.inputs)
    assert loss.item() / micro.terms == pytest.approx(stock.loss.item(), rel=1e-6)
    assert right.shape == () and right == (stock.logits.argmax(-1) == labels).sum()


@pytest.mark.parametrize("kind", MARKED)
def test_rows_in_which_nothing_is_hidden_are_left_out_at_the_same_loss_and_gradient(tmp_path, kind):
    masked = task(tmp_path / "a", kind, dropout=0.0)
    masked.mask_share = 0.05
    masked.model.double().eval()
    rows = np.arange(len(masked.sentences))
    micros = masked.micro_batches(rows, 200, 3)
    computed = sum(len(micro.inputs["input_ids"]) for micro in micros)
    terms = sum(micro.terms for micro in micros)
    got = gradients_of(masked, lambda: sum(masked.model(**micro.inputs)[0] for micro in micros) / terms)
    wanted = gradients_of(masked, lambda: loss_of_all_rows(masked, rows, 3))

    assert 0 < computed < len(rows)
    assert all(micro.terms for micro in micros)
    torch.testing.assert_close(got, wanted, rtol=1e-6, atol=1e-9)


def gradients_of(masked, loss):
    masked.model.zero_grad()
    value = loss()
    value.backward()
    return [value.detach(), *(weight.grad for weight in masked.model.parameters() if weight.grad is not None)]


def loss_of_all_rows(masked, rows, seed):
    """The stock model's mean loss over the hidden tokens, every row computed."""
    batch = masked.sentences.batch(rows)
    ids, continues = split_ids(batch.input_ids)
    draws = torch.from_numpy(uniform(seed, rows, ids.shape[1], DRAWS))
    maskable = ~torch.isin(ids, masked.special_ids)
    options = (masked.mask_share, masked.mask_id, masked.vocabulary)
    changed, chosen = mask_tokens(ids, maskable, continues, draws, *options)
    inputs = batch.inputs() | {"input_ids": changed, "labels": torch.where(chosen, ids, -100)}
    return masked.model.language_model(**inputs).loss


def test_an_update_in_which_nothing_is_hidden_guesses_one_word(tmp_path):
    masked = task(tmp_path / "a", dropout=0.0)
    masked.mask_share = 1e-9
    assert masked.micro_batches(np.arange(8), 100, 3) == []
    before = weights(masked)
    fit(masked, replace(PLAN, epochs=0.2), MACHINE, folder(tmp_path / "work"))
    assert not same(before, weights(masked))
    lines = [json.loads(line) for line in (tmp_path / "work" / "steps.jsonl").read_text().split("\n") if line]
    assert all(np.isfinite(line["loss"]) for line in lines if "loss" in line)


def test_the_count_of_right_guesses_has_no_gradient(tmp_path):
    masked = task(tmp_path / "a")
    (micro,) = masked.micro_batches(np.arange(6), 1000, 3)
    # A model that always says the same token is right where that is asked for.
    masked.model.language_model.cls.predictions.bias.data[micro.inputs["targets"][0]] += 100
    _, right = masked.model(**micro.inputs)
    assert right == (micro.inputs["targets"] == micro.inputs["targets"][0]).sum() > 0
    assert not right.requires_grad


@pytest.mark.parametrize("kind", MARKED)
def test_what_is_drawn_depends_on_row_and_seed_alone(tmp_path, kind):
    """Not on the budget, nor on the other rows: so two processes mask what one would."""
    masked = task(tmp_path / "a", kind)
    rows = np.arange(12)
    whole = each_row(masked, rows, 10_000, 3)
    assert each_row(masked, rows[::-1], 40, 3) == whole
    halves = each_row(masked, rows[::2], 10_000, 3) | each_row(masked, rows[1::2], 10_000, 3)
    assert halves == whole
    assert each_row(masked, rows, 10_000, 4) != whole


@pytest.mark.slow
def test_words_are_masked_whole(tmp_path):
    masked = task(tmp_path / "a", "words")
    ids, starts = masked.sentences.ids, masked.sentences.starts
    assert (ids >= CONTINUES).any()
    seen = set()
    for seed in range(40):
        for before, (_, chosen) in each_row(masked, np.arange(len(starts) - 1), 10_000, seed).items():
            row = next(k for k in range(len(starts) - 1) if tuple(ids[starts[k] : starts[k + 1]] % CONTINUES) == before)
            continues = ids[starts[row] : starts[row + 1]] >= CONTINUES
            assert all(chosen[place] == chosen[place - 1] for place in np.flatnonzero(continues))
            seen |= {tuple(chosen)}
    assert len(seen) > 100


def test_held_out_sentences_are_masked_the_same_every_time(tmp_path):
    masked = task(tmp_path / "a")
    masked.model.eval()
    first, second = masked.evaluate(), masked.evaluate()
    assert first == second
    assert first["perplexity"] == pytest.approx(np.exp(-first["log_likelihood"]))


def test_markers_of_a_pair_tell_nothing_of_what_is_masked(tmp_path):
    """Whatever stood where now [MASK] or a random token stands, the model reads the same."""
    masked = task(tmp_path / "a", "pairs", dropout=0.0)
    masked.model.eval()
    seen = []
    embeddings = masked.model.language_model.bert.embeddings.token_type_embeddings
    embeddings.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    rows = np.array([int(np.argmax(masked.lengths))])
    micro = masked.filler(int(rows[0]), 5)
    ids, sides = micro.inputs["input_ids"][0], micro.inputs["token_type_ids"]
    before = ids.clone()
    before[micro.inputs["chosen"]] = micro.inputs["targets"]
    hidden = (ids != before).nonzero().flatten()
    other = next(
        place for place in range(1, len(ids)) if sides[0, place] != sides[0, hidden[0]] and place not in hidden
    )
    leaky = before.clone()
    leaky[hidden[0]] = before[other]
    special = torch.tensor(masked.tokenizer.all_special_ids)
    # Markers of the text as it was would tell.
    assert not torch.equal(*(mark_matches(text[None], sides, special)[0][other] for text in (leaky, ids)))
    start = masked.sentences.starts[rows[0]]
    masked.sentences.ids[start + hidden[0]] = leaky[hidden[0]] + CONTINUES * (
        masked.sentences.ids[start + hidden[0]] >= CONTINUES
    )
    again = masked.filler(int(rows[0]), 5)
    assert again.inputs["targets"].tolist() != micro.inputs["targets"].tolist()
    for name in ("input_ids", "token_type_ids", "attention_mask", "chosen"):
        assert torch.equal(micro.inputs[name], again.inputs[name])
    masked.model(**micro.inputs)
    masked.model(**again.inputs)
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], mark_matches(ids[None], sides, special))


def test_a_row_is_described_by_its_text(tmp_path):
    assert task(tmp_path / "a", "words").describe(0) == "sentences 0: [CLS] 怎 么 开 通 花 呗 怎 么 开 通 花 呗 [SEP]"


def train(start, out, **changed):
    """Post-train the model in folder `start`; returns its figures and the folder of the result."""
    path = texts(out / "texts.parquet", rows_of(changed.pop("unit", "") == "pairs"))
    plan = {name: getattr(PLAN, name) for name in ("batch_size", "warmup", "weight_decay", "clip", "seed", "precision")}
    own = {"epochs": 25, "stop_after": None, "learning_rate": 1e-2, "mask_share": 0.15, "evaluate_every": 5}
    settings = SETTINGS | plan | own | changed
    weights_out = [str(out / "model" / name) for name in FOLDER_FILES]
    machine = {"device": "cpu", "threads": 1, "batch_tokens": 500}
    posttrain_encoder(
        str(path), str(start), settings, weights_out, str(out / "steps.jsonl"), str(folder(out / "work")), machine
    )
    lines = [json.loads(line) for line in (out / "steps.jsonl").read_text().split("\n") if line]
    return lines, out / "model"


def scratch(out, dropout=0.0):
    """The folder of a model from scratch, as the rule of that name makes it."""
    vocabulary = out / "vocab.txt"
    vocabulary.write_text("".join(f"{token}\n" for token in learn_vocabulary(DISTINCT, 500)), encoding="utf-8")
    settings = {"source": "scratch", "scratch": SHAPE | {"dropout": dropout}, "marks_matches": True}
    start_encoder(settings | {"max_length": 32, "seed": 1}, str(vocabulary), [out / "start" / n for n in FOLDER_FILES])
    return out / "start"


def losses(lines):
    return [line["loss"] for line in lines if "loss" in line]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        pytest.param({"masking": "words", "unit": "pairs"}, marks=pytest.mark.slow),
        pytest.param({"packing": True, "epochs": 60}, marks=pytest.mark.slow),
        pytest.param({"stop_after": 20}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_a_model_from_scratch_learns_to_guess(tmp_path, changed):
    lines, out = train(scratch(tmp_path), tmp_path, **changed)
    perplexities = [line["perplexity"] for line in lines if "perplexity" in line]
    vocabulary = len(load_tokenizer(out))
    assert min(perplexities) < perplexities[0] < 2 * vocabulary
    assert np.mean(losses(lines)[-5:]) < 0.9 * math.log(vocabulary)
    assert load_model(out, "masked_lm").config.match_marker


@pytest.mark.slow
def test_a_checkpoint_goes_on_from_where_it_was(tmp_path):
    first, second = folder(tmp_path / "first"), folder(tmp_path / "second")
    lines, checkpoint = train(scratch(first), first)
    settings = {"source": "folder", "name": str(checkpoint), "revision": None, "marks_matches": False, "seed": 1}
    start = [second / "start" / name for name in FOLDER_FILES]
    start_encoder(settings | {"max_length": 32, "head": "masked_lm"}, None, start)
    again, out = train(second / "start", second, learning_rate=1e-4, seed=9, epochs=1)
    # Its encoder and its head: what it has learnt shows from the first updates on.
    assert np.mean(losses(again)[:5]) < 0.8 * np.mean(losses(lines)[:5])
    before, after = (load_model(path, "masked_lm") for path in (checkpoint, out))
    moved = [(a - b).abs().max().item() for a, b in zip(before.parameters(), after.parameters(), strict=True)]
    assert 0 < max(moved) < 0.05
