"""Rules that ignore the model."""

from yiju.data.items import Item
from yiju.evaluation.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.explain.rationales.fusion import Choice


def item(name, q, t):
    return Item(name, q, t, tuple(q), tuple(t))


PAIR = item("1", "ab，cd", "dxa，")


def test_order_of_position():
    assert all_in_order(PAIR) == ([0, 1, 2, 3, 4], [0, 1, 2, 3])


def test_shared_ones_first_without_punctuation():
    assert shared_first(PAIR) == ([0, 4, 1, 2, 3], [0, 2, 1, 3])


def test_random_order_is_a_permutation_of_its_own():
    long = [item(str(number), "a" * 30, "b" * 30) for number in range(5)]
    rule = random_order(7)
    rankings = [rule(i) for i in long]
    assert all(sorted(q) == sorted(t) == list(range(30)) for q, t in rankings)
    assert rankings == [random_order(7)(i) for i in long]
    assert rankings != [random_order(8)(i) for i in long]
    assert len({tuple(q) for q, _ in rankings}) == 5
    assert rule(long[3]) == rankings[3], "not touched by what was shuffled before"


def test_as_large_as_given_rationales():
    sizes = {"1": Choice(0, (4, 1), (2, 0, 1))}
    assert trivial_choices([PAIR], all_in_order, sizes, label=1) == {"1": Choice(1, (0, 1), (0, 1, 2))}
    assert trivial_choices([PAIR], all_in_order)["1"].q == (0, 1, 2, 3, 4)
