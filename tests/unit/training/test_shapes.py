"""Micro-batches of few shapes, for bfloat16 on the CPU: what is learnt is the same."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from pair_tasks import TRUTH, assert_same, gradients, toy_task
from test_posttrain import gradients_of, task

from yiju.models.tokens import by_length
from yiju.training.objective import Techniques
from yiju.training.shapes import COST, GUESSES, ROWS, TOKENS, UNCOUNTED, Shapes, cheapest
from yiju.training.techniques.mixup import Mixup


def even(learnt):
    learnt.shapes = replace(learnt.shapes, even=True)
    return learnt


def test_shapes_are_even_for_bfloat16_on_the_cpu_alone(tmp_path):
    pairs = toy_task(tmp_path / "model").pairs
    found = {
        (device, dtype): Shapes.of(device, dtype, pairs).even
        for device in ("cpu", "cuda")
        for dtype in (None, torch.bfloat16)
    }
    assert found == {
        ("cpu", None): False,
        ("cpu", torch.bfloat16): True,
        ("cuda", None): False,
        ("cuda", torch.bfloat16): False,
    }


def test_an_update_of_pairs_has_the_same_gradients(tmp_path):
    rows = np.arange(len(TRUTH))
    plain = toy_task(tmp_path / "model")
    wanted = gradients(plain, rows, 200)
    learnt = even(plain)
    micros = learnt.micro_batches(rows, 200, 5)
    sizes = [tuple(micro.inputs["input_ids"].shape) for micro in micros]
    assert all(not width % TOKENS or width == learnt.shapes.longest for _, width in sizes)
    assert all(not count % ROWS or count < ROWS for count, _ in sizes[:-1]) and len(sizes) > 2
    assert all(count * width <= 200 + count * TOKENS for count, width in sizes)
    assert_same(gradients(learnt, rows, 200), wanted)


def test_no_row_is_made_longer_than_the_longest_of_the_training(tmp_path):
    """A model that reads 30 tokens has no place for a 32nd."""
    tokenizer = toy_task(tmp_path / "model").pairs
    longest = Shapes(True, True, int(tokenizer.lengths.max()))
    assert longest.width(longest.longest) == longest.longest
    assert longest.width(1) == TOKENS


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_an_update_of_masked_texts_has_the_same_gradients(tmp_path, share):
    masked = task(tmp_path / "model", dropout=0.0)
    masked.mask_share = share
    masked.model.double().eval()
    rows = np.arange(len(masked.sentences))
    wanted = gradients_of(masked, lambda: told(masked, rows))
    learnt = even(masked)
    micros = learnt.micro_batches(rows, 200, 3)
    assert all(not len(micro.inputs["chosen"]) % GUESSES for micro in micros)
    assert any(UNCOUNTED in micro.inputs["targets"] for micro in micros)
    assert all(micro.terms == (micro.inputs["targets"] != UNCOUNTED).sum() for micro in micros)
    assert not sum(len(micro.inputs["input_ids"]) for micro in micros) % ROWS or share > 0.05
    torch.testing.assert_close(gradients_of(learnt, lambda: told(learnt, rows)), wanted, rtol=1e-9, atol=1e-12)


def told(masked, rows):
    """The summed loss of an update, of which as many guesses are right in either way."""
    found = [masked.model(**micro.inputs) for micro in masked.micro_batches(rows, 200, 3)]
    right = sum(int(right) for _, right in found)
    masked.right = getattr(masked, "right", right)
    assert masked.right == right
    return sum(loss for loss, _ in found)


def test_batches_of_an_update_take_the_fewest_tokens():
    """Among all ways to cut its rows, by length, into batches of a multiple of ROWS within the budget."""
    lengths = np.random.default_rng(1).integers(5, 64, 5 * ROWS)
    ordered = np.sort(lengths)[::-1]

    def cost(ends):
        sizes = list(pairwise([0, *ends, len(lengths)]))
        if any((end - start) * ordered[start] > 1200 for start, end in sizes):
            return np.inf
        return sum((end - start) * ordered[start] + COST for start, end in sizes)

    places = range(ROWS, len(lengths), ROWS)
    wanted = min(cost(ends) for count in range(len(places) + 1) for ends in combinations(places, count))
    found = list(cheapest(lengths, 1200))
    assert sum(len(part) * lengths[part].max() + COST for part in found) == wanted
    assert np.array_equal(lengths[np.concatenate(found)], ordered)


@pytest.mark.parametrize("budget", [1, 50, 300, 2048])
@pytest.mark.parametrize("rows", [0, 1, 3, 9, 40])
def test_no_batch_of_several_rows_exceeds_the_budget(rows, budget):
    lengths = np.random.default_rng(rows).integers(3, 64, rows)
    found = list(cheapest(lengths, budget))
    assert sorted(row for part in found for row in part) == list(range(rows))
    assert all(len(part) == 1 or len(part) * lengths[part].max() <= budget for part in found)


def test_partners_of_mixup_are_drawn_among_as_many_pairs_as_the_budget_allows(tmp_path):
    rows, budget = np.arange(len(TRUTH)), 700
    mixed = toy_task(tmp_path / "model", Techniques(mixup=Mixup("pooler", 1.0, 1)))
    sizes = [len(micro.inputs["labels"]) for micro in mixed.micro_batches(rows, 2 * budget, 5)]
    assert sizes == [len(part) for part in by_length(mixed.lengths[rows], budget)]
    assert sizes != [len(part) for part in cheapest(mixed.lengths[rows], budget)]


def test_filled_up_guesses_are_never_right(tmp_path):
    """Not even by a model that always says the first token of the vocabulary."""
    masked = even(task(tmp_path / "model", dropout=0.0))
    masked.model.language_model.cls.predictions.bias.data[0] += 100
    micros = masked.micro_batches(np.arange(len(masked.sentences)), 200, 3)
    assert any(UNCOUNTED in micro.inputs["targets"] for micro in micros)
    assert all(masked.model(**micro.inputs)[1] == (micro.inputs["targets"] == 0).sum() for micro in micros)
