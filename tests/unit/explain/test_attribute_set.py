"""The time that explaining a set takes, interruptions included."""

import pytest

from yiju.explain import attribute_set


def test_time_counts_over_all_attempts(tmp_path, monkeypatch):
    clock = iter([0.0, 2.5, 10.0, 11.0])
    monkeypatch.setattr(attribute_set.time, "perf_counter", lambda: next(clock))
    with pytest.raises(KeyboardInterrupt), attribute_set._timed(tmp_path / attribute_set.SECONDS):
        raise KeyboardInterrupt
    with attribute_set._timed(tmp_path / attribute_set.SECONDS):
        pass
    assert attribute_set.seconds_of(tmp_path) == 3.5
