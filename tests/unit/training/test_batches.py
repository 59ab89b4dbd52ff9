"""The order of training is a function of the seed, and wastes little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.training.batches import epoch_updates, share, total_updates, update_seed

WAYS = ("random", "by_length")


@given(st.integers(1, 500), st.integers(1, 40), st.integers(0, 3), st.integers(0, 3), st.sampled_from(WAYS))
def test_an_epoch_holds_every_row_once(rows, batch_size, seed, epoch, batches):
    lengths = np.random.default_rng(0).integers(5, 64, rows)
    updates = epoch_updates(lengths, batch_size, seed, epoch, batches)
    assert sorted(np.concatenate(updates).tolist()) == list(range(rows))
    assert len(updates) == total_updates(rows, batch_size, 1)
    assert sorted(map(len, updates))[1:] == [batch_size] * (len(updates) - 1)


@pytest.mark.parametrize("batches", WAYS)
def test_orders_repeat_with_the_seed_and_differ_between_epochs(batches):
    lengths = np.arange(300) % 37
    same = [np.concatenate(epoch_updates(lengths, 8, 1, 0, batches)).tolist() for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != np.concatenate(epoch_updates(lengths, 8, 1, 1, batches)).tolist()
    assert same[0] != np.concatenate(epoch_updates(lengths, 8, 2, 0, batches)).tolist()


def test_updates_by_length_hold_similar_lengths_but_come_in_no_order_of_length():
    lengths = np.random.default_rng(0).integers(5, 64, 6400)
    updates = epoch_updates(lengths, 64, 1, 0, "by_length")
    padded = sum(len(rows) * lengths[rows].max() for rows in updates)
    assert padded < 1.1 * lengths.sum()
    means = [lengths[rows].mean() for rows in updates]
    assert abs(np.corrcoef(means, range(len(means)))[0, 1]) < 0.3


def test_random_updates_have_the_mix_of_labels_and_lengths_of_the_whole():
    """Longer pairs are positive here: by length, updates hold one label almost alone."""
    random = np.random.default_rng(0)
    lengths = random.integers(5, 64, 50_000)
    labels = random.random(len(lengths)) < lengths / 64
    shares, means = (
        {way: [values[rows].mean() for rows in epoch_updates(lengths, 500, 1, 0, way)] for way in WAYS}
        for values in (labels, lengths)
    )
    # Six standard deviations of a drawn update.
    assert np.ptp(shares["random"]) < 12 * 0.5 / np.sqrt(500)
    assert np.ptp(shares["by_length"]) > 0.6
    assert np.ptp(means["random"]) < 12 * lengths.std() / np.sqrt(500)


@pytest.mark.parametrize("batches", WAYS)
def test_processes_get_rows_of_similar_lengths(batches):
    lengths = np.random.default_rng(0).integers(5, 64, 6400)
    for rows in epoch_updates(lengths, 64, 1, 0, batches):
        tokens = [lengths[share(rows, rank, 4)].sum() for rank in range(4)]
        assert max(tokens) - min(tokens) <= 64


@given(st.integers(1, 50), st.integers(1, 8))
def test_processes_share_every_row_once(rows, processes):
    parts = [share(np.arange(rows), rank, processes).tolist() for rank in range(processes)]
    assert sorted(row for part in parts for row in part) == list(range(rows))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(
    ("rows", "batch", "epochs", "expected"), [(10, 4, 1, 3), (10, 4, 2, 6), (10, 4, 0.5, 2), (1, 9, 0.1, 1)]
)
def test_a_broken_epoch_counts_what_it_begins(rows, batch, epochs, expected):
    assert total_updates(rows, batch, epochs) == expected


def test_seeds_of_updates_and_processes_differ():
    seeds = {update_seed(111, update, rank) for update in range(100) for rank in range(4)}
    assert len(seeds) == 400
    assert all(0 <= seed < 2**63 for seed in seeds)
