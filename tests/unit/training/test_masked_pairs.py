"""Masked fine-tuning: what a classifier learns from, and the switches of all techniques in the configuration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from pair_tasks import TRUTH, WEIGHTS, assert_same, gradients, toy_task
from scorers import template
from torch.nn import functional
from toys import classifier

from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.models.folder import load_tokenizer
from yiju.models.inference import predict_logits
from yiju.models.removal import keep_tokens, ordinary
from yiju.models.template import template_of
from yiju.models.tokens import TokenizedPairs
from yiju.training.batches import Update
from yiju.training.objective import PLAIN, Techniques
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup

CONFIG = Path(__file__).resolve().parents[3] / "config.yaml"
OPERATORS = ("mask", "delete", "both")
ROWS, SEED, MASK = np.arange(20), 5, 4
# So many pairs of so many tokens on either side.
MANY, SIDE = 4000, 20


@pytest.fixture(scope="module")
def many():
    """Pairs of distinct own tokens (from 10 on): [CLS] is 2, [SEP] 3."""
    own = 10 + np.arange(MANY * 2 * SIDE, dtype=np.int32).reshape(MANY, 2, SIDE)
    first, last = np.full((MANY, 1), 2, np.int32), np.full((MANY, 1), 3, np.int32)
    ids = np.concatenate([first, own[:, 0], last, own[:, 1], last], axis=1)
    sides = np.full(MANY, SIDE)
    return TokenizedPairs(
        ids.ravel(),
        np.arange(MANY + 1) * ids.shape[1],
        sides,
        sides,
        np.zeros(MANY, dtype=bool),
        template(0, 2, 3, MASK, (0, 2, 3, MASK)),
    )


def rows_of(pairs):
    return [pairs.ids[start:end] for start, end in zip(pairs.starts[:-1], pairs.starts[1:], strict=True)]


def same_rows(one, other):
    return all(np.array_equal(*two) for two in zip(rows_of(one), rows_of(other), strict=True))


def taken(before, after):
    """Own tokens of each pair that are not left, int64 [pairs]."""
    left = [np.isin(old, new).sum() for old, new in zip(rows_of(before), rows_of(after), strict=True)]
    return before.lengths - np.array(left)


def update_of(count, seed=SEED, step=3):
    """An update of so many rows that do not lie side by side."""
    return Update(step * np.random.default_rng(1).permutation(count), seed)


@pytest.mark.parametrize("operator", OPERATORS)
def test_half_of_every_update_is_whole_and_the_other_half_has_rates_from_0_to_1(many, operator):
    update = update_of(MANY, step=1)
    before, after = many.select(update.rows), Masking(operator, MASK, 7)(many, update.rows, update)
    gone = taken(before, after)
    # A pair whose rate is low loses nothing by chance: one in 41, as all numbers of lost tokens are equally likely.
    touched = np.sort(gone[gone > 0])
    assert len(touched) <= MANY / 2
    assert abs(len(touched) / (MANY / 2) - 40 / 41) < 4 * np.sqrt(40 / 41**2 / (MANY / 2))
    expected = np.arange(1, 41) / 40
    found = np.searchsorted(touched, np.arange(1, 41), side="right") / len(touched)
    # The Kolmogorov-Smirnov distance that one in a thousand samples exceeds.
    assert np.abs(found - expected).max() < 1.95 / np.sqrt(len(touched))


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_exactly_half_of_an_update_is_masked_and_another_half_in_another(many, count):
    """A masked pair is known by what it lacks: of 40 tokens, one pair in 41 loses none."""
    masked = np.zeros(count)
    for seed in range(200):
        update = update_of(count, seed)
        after = Masking("mask", MASK, 7)(many, update.rows, update)
        changed = (after.ids != many.select(update.rows).ids).reshape(count, -1).any(1)
        assert changed.sum() <= count // 2
        masked[np.argsort(update.rows)] += changed
    wanted = count // 2 / count * 40 / 41
    assert np.abs(masked / 200 - wanted).max() <= 4.5 * np.sqrt(wanted * (1 - wanted) / 200)


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_becomes_of_a_pair_depends_on_the_update_alone(many, operator):
    masking, update = Masking(operator, MASK, 7), update_of(50)
    together = rows_of(masking(many, update.rows, update))
    for places in (np.arange(50)[1::3][::2], np.array([17]), np.arange(50)[::-1]):
        apart = rows_of(masking(many, update.rows[places], update))
        assert all(np.array_equal(one, together[place]) for one, place in zip(apart, places, strict=True))
    other = masking(many, update.rows, update._replace(seed=SEED + 1))
    assert not all(np.array_equal(*two) for two in zip(rows_of(other), together, strict=True))


@pytest.mark.parametrize("operator", OPERATORS)
def test_only_the_sentences_own_tokens_are_taken_away(many, operator):
    update = update_of(1000, step=1)
    after = Masking(operator, MASK, 7)(many, update.rows, update)
    assert (after.ids[~ordinary(after)].reshape(-1, 3) == [2, 3, 3]).all()
    gone, masks = taken(many.select(update.rows), after), np.array([(ids == MASK).sum() for ids in rows_of(after)])
    by_mask, by_deletion = gone[after.lengths == many.lengths[0]], gone[after.lengths < many.lengths[0]]
    assert (len(by_mask) == 1000) == (operator == "mask")
    if operator == "mask":
        assert (masks == gone).all()
    else:
        # An emptied sentence keeps one [MASK]; all other tokens are gone.
        shorter = after.lengths < many.lengths[0]
        assert (after.lengths + gone - masks == many.lengths[0])[shorter].all()
        emptied = (after.first == 1) & (masks > 0) & shorter
        assert emptied.any() and (after.ids[after.starts[:-1] + 1][emptied] == MASK).any()
    if operator == "both":
        # Of 500 masked pairs 250 each, but for those (one in 41) that lose nothing.
        assert 230 <= len(by_deletion) <= 250 and 230 <= (by_mask > 0).sum() <= 250


def test_unknown_characters_are_taken_away_too(tmp_path):
    _, tokenizer = classifier(tmp_path)
    ids = np.array([2, *[tokenizer.unk_token_id] * 30, 3, 20, 3], np.int32)
    one = TokenizedPairs(
        ids, np.array([0, len(ids)]), np.array([30]), np.array([1]), np.array([False]), template_of(tokenizer)
    )
    copy = Masking("mask", tokenizer.mask_token_id, 7).copies(one)
    assert (copy.ids == tokenizer.mask_token_id).any()


def masked_task(folder, operator="both", weights=None, **others):
    masking = Masking(operator, MASK, 7)
    return toy_task(folder, Techniques(masking=masking, **others), weights)


def written_out(folder, task, weights=None, **others):
    """A task without masking, whose pairs are those that are left of the first ones in an update of them."""
    plain = toy_task(folder, Techniques(**others), weights)
    left = task.techniques.masking(task.pairs, np.arange(len(task.pairs)), Update(ROWS, SEED))
    # Micro-batches are cut by the lengths of the whole pairs.
    plain.pairs, plain.lengths = left, task.lengths
    return plain


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(
    ("others", "weights"),
    [
        ({}, None),
        ({"label_smoothing": 0.1, "rdrop_alpha": 2.0}, WEIGHTS),
        ({"mixup": Mixup("embedding", 0.8, 2)}, WEIGHTS),
        ({"mixup": Mixup("inner", 0.8, 2)}, None),
    ],
    ids=["alone", "R-Drop, weights and smoothing", "mixup of embeddings", "mixup inside"],
)
def test_the_loss_is_that_of_pairs_written_without_these_tokens(tmp_path, operator, others, weights):
    task = masked_task(tmp_path / "masked", operator, weights, **others)
    plain = written_out(tmp_path / "plain", task, weights, **others)
    got, wanted = (gradients(one, ROWS, 200, SEED) for one in (task, plain))
    assert_same(got, wanted)
    assert got[0] != gradients(toy_task(tmp_path / "whole", PLAIN), ROWS, 200, SEED)[0]


def test_what_is_taken_away_depends_on_the_seed_and_not_on_the_budget(tmp_path):
    task = masked_task(tmp_path)
    one, same, other = gradients(task, ROWS, 1, 5), gradients(task, ROWS, 90, 5), gradients(task, ROWS, 1, 6)
    assert_same(same, one)
    assert one[0] != other[0]


@pytest.mark.parametrize("operator", OPERATORS)
def test_markers_are_those_of_what_is_left_on_both_sides(tmp_path, operator):
    """The model sees the pairs as if they had been written so, and no match with what is taken away."""
    techniques = Techniques(masking=Masking(operator, load_mask(tmp_path), 7))
    task = toy_task(tmp_path, techniques, marker=True)
    tokenizer = load_tokenizer(tmp_path)
    seen = []
    embeddings = task.model.classifier.bert.embeddings.token_type_embeddings
    embeddings.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    (micro,) = task.micro_batches(ROWS, 10_000, SEED)
    ids, sides = micro.inputs["input_ids"], micro.inputs["token_type_ids"]
    task.model(**micro.inputs)
    for row in range(len(ids)):
        for place in range(ids.shape[1]):
            across = ids[row][sides[row] != sides[row, place]].tolist()
            token = ids[row, place].item()
            match = token in across and token not in tokenizer.all_special_ids
            assert seen[0][row, place] == sides[row, place] + 2 * match
    order = np.array(sorted(ROWS, key=lambda row: -task.lengths[row]))
    left = techniques.masking(task.pairs, order, Update(ROWS, SEED))
    assert torch.equal(ids, left.batch(ROWS).input_ids) and torch.equal(sides, left.batch(ROWS).token_type_ids)
    assert not same_rows(left, task.pairs.select(order))


def load_mask(folder):
    return classifier(folder / "again")[1].mask_token_id


@pytest.mark.parametrize("operator", ["mask", "delete"])
def test_inputs_are_those_that_measures_by_removal_make(many, operator):
    """`keep_tokens` of the tokens that are left gives the same again."""
    update = update_of(200, step=1)
    before, after = many.select(update.rows), Masking(operator, MASK, 7)(many, update.rows, update)
    kept = np.concatenate([np.isin(old, new) for old, new in zip(rows_of(before), rows_of(after), strict=True)])
    again = keep_tokens(before, np.arange(200), kept, operator, MASK)
    assert same_rows(again, after)
    assert (again.first == after.first).all() and (again.second == after.second).all()


def test_whole_and_masked_pairs_choose_the_best_weights(tmp_path, monkeypatch):
    monkeypatch.setattr("yiju.models.tokenized_texts.CHUNK", 8)
    task, plain = masked_task(tmp_path / "masked"), toy_task(tmp_path / "plain")
    copies = task.techniques.masking.copies(task.pairs)
    figures = task.evaluate()
    whole, masked = (predict_logits(task.model.classifier, pairs, 200) for pairs in (task.pairs, copies))
    assert next(iter(figures)) == "mean_accuracy"
    assert figures["accuracy"] == ((whole[:, 1] > whole[:, 0]) == TRUTH).mean()
    assert figures["masked_accuracy"] == ((masked[:, 1] > masked[:, 0]) == TRUTH).mean()
    assert figures["mean_accuracy"] == (figures["accuracy"] + figures["masked_accuracy"]) / 2
    truth = torch.from_numpy(TRUTH)
    assert figures["dev_loss"] == pytest.approx(functional.cross_entropy(torch.from_numpy(whole), truth).item())
    assert figures == task.evaluate()
    assert plain.evaluate() == {name: figures[name] for name in ("accuracy", "dev_loss")}
    assert task.evaluated == plain.evaluated + copies.lengths.sum()
    # One copy of each pair, every second one by deletion, the same for every member and drawn by the seed of the run.
    assert len(copies) == len(task.pairs) and (taken(task.pairs, copies) > 0).mean() > 0.7
    shorter = copies.lengths < task.pairs.lengths
    assert not shorter[::2].any() and shorter[1::2].mean() > 0.7
    assert not same_rows(copies, replace(task.techniques.masking, seed=8).copies(task.pairs))


def test_the_configuration_says_which_techniques_are_on(tmp_path):
    model, tokenizer = classifier(tmp_path)
    settings = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["finetune"] | {"seed": 9}
    assert Techniques.of(settings, model, tokenizer) == PLAIN
    masking = {"enabled": True, "operator": "delete"}
    on = settings | {"label_smoothing": 0.1, "masking": masking, "rdrop": {"enabled": True, "alpha": 3.0}}
    chosen = Techniques.of(on, model, tokenizer)
    assert (chosen.label_smoothing, chosen.rdrop_alpha, chosen.passes) == (0.1, 3.0, 2)
    assert chosen.masking == Masking("delete", tokenizer.mask_token_id, 9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rdrop": {"alpha": -1.0}}, "finetune.rdrop.alpha"),
        ({"multi_dropout": {"samples": 1}}, "finetune.multi_dropout.samples"),
        ({"multi_dropout": {"combine": "max"}}, "finetune.multi_dropout.combine"),
        ({"mixup": {"at": "first"}}, "'embedding', 'pooler', 'last' or 'inner'"),
        ({"mixup": {"beta": 0.0}}, "finetune.mixup.beta"),
        ({"weighting": "bleu"}, "finetune.weighting"),
        ({"label_smoothing": -0.1}, "finetune.label_smoothing"),
        ({"masking": {"enabled": True, "operator": "swap"}}, "'mask', 'delete' or 'both'"),
        # The switch that masking took the place of.
        ({"mask_share": 0.1}, "layer_rates, lora, masking, mixup"),
        ({"mixup": {"enabled": True}, "rdrop": {"enabled": True}}, "mixup and rdrop both ask"),
    ],
)
def test_settings_without_sense_are_refused(change, says):
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for key, value in change.items():
        own = config["finetune"]
        own[key] = own[key] | value if isinstance(value, dict) else value
    with pytest.raises(YijuError) as refusal:
        load(config, [CONFIG])
    assert says in str(refusal.value)
