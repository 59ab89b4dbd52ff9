"""The moving average of the weights: its formula, and its exchange with the weights."""

import pytest
import torch

from yiju.training.techniques import ema


def toy():
    torch.manual_seed(0)
    return torch.nn.Linear(3, 2).double()


def test_the_average_follows_its_formula():
    model = toy()
    shadow = ema.begin(model, 0.9)
    expected = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    for update in range(5):
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(update + 1.0)
        ema.follow(shadow, model, 0.9, update)
        stays = min(0.9, (1 + update) / (10 + update))
        for name, weight in model.named_parameters():
            expected[name] = stays * expected[name] + (1 - stays) * weight.detach()
    for name, value in expected.items():
        torch.testing.assert_close(shadow[name], value, rtol=1e-12, atol=1e-12)


def test_a_short_training_forgets_the_weights_that_it_began_with():
    model = toy()
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(1.0)
    shadow = ema.begin(model, 0.999)
    for weight in shadow.values():
        weight.fill_(0.0)
    for update in range(100):
        ema.follow(shadow, model, 0.999, update)
    # Without a beginning of its own, .999 of the start would stay at each update: nine tenths of it after a hundred.
    assert all((value > 0.999).all() for value in shadow.values())


def test_a_long_training_comes_to_the_decay_that_is_asked_for():
    shares = [ema.share_at(update, 0.999) for update in (0, 8000, 9000, 100_000)]
    assert shares[0] == 0.1
    assert shares[1] < 0.999
    assert shares[2:] == [0.999, 0.999]


def test_without_a_decay_no_average_is_kept():
    model = toy()
    before = [weight.detach().clone() for weight in model.parameters()]
    shadow = ema.begin(model, None)
    ema.follow(shadow, model, None, 0)
    with ema.averaged(shadow, model):
        assert all(map(torch.equal, model.parameters(), before))
    assert shadow == {}


def test_weights_and_average_come_back_even_when_the_evaluation_fails():
    model = toy()
    learning = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    average = {name: torch.randn_like(weight) for name, weight in learning.items()}
    shadow = {name: value.clone() for name, value in average.items()}
    with pytest.raises(RuntimeError), ema.averaged(shadow, model):
        assert all(torch.equal(weight, average[name]) for name, weight in model.named_parameters())
        raise RuntimeError
    assert all(torch.equal(weight, learning[name]) for name, weight in model.named_parameters())
    assert all(torch.equal(shadow[name], average[name]) for name in average)
