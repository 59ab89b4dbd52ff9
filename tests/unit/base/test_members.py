"""Members: names that a path can hold, and seeds that meet nowhere."""

import pytest

from yiju.base.members import member_seed, members, parse_member


def test_the_members_of_one_seed_are_the_folds_and_more_seeds_come_after_them():
    assert members(1, 1) == ["0"]
    assert members(3, 1) == ["0", "1", "2"]
    assert members(2, 3) == ["0", "1", "0.1", "1.1", "0.2", "1.2"]


@pytest.mark.parametrize(("name", "parts"), [("0", (0, 0)), ("12", (12, 0)), ("0.1", (0, 1)), ("3.10", (3, 10))])
def test_a_name_tells_fold_and_repeat(name, parts):
    assert parse_member(name) == parts


def test_the_first_seed_is_the_configured_one_and_no_two_members_share_one():
    assert [member_seed(111, fold, 0) for fold in range(3)] == [111, 112, 113]
    seeds = [member_seed(111, *parse_member(name)) for name in members(10, 20)]
    assert len(set(seeds)) == 200
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert member_seed(111, 0, 1) == member_seed(111, 0, 1) != member_seed(112, 0, 1)
