"""The section of the learning curve: its figures, what it says of the last doubling, and where it is not there."""

import json
import re

import pytest
from unit.report.small_run import REAL, small_run

from yiju.report.page import gather, render


def measured(mean, reach, seeds=1):
    by_seed = [mean] * seeds
    over_seeds = [mean - 2 * reach, mean + 2 * reach] if seeds > 1 else None
    return {"mean": mean, "by_seed": by_seed, "over_pairs": [mean - reach, mean + reach], "over_seeds": over_seeds}


def curve_file(folder, gain=0.02, half=100, seeds=1):
    """What compare_sizes writes, of a quarter, a half and the whole of 200 pairs, on two sets."""
    counts = (50, half, 200)
    sizes = [{"share": count / 200, "pairs": count, "with_augmented": count + 7} for count in counts]
    brought = {"from": 1, "times": 200 / half, "difference": measured(gain, 0.01, seeds)}
    accuracy = [measured(mean, 0.03, seeds) for mean in (0.6, 0.7, 0.7 + gain)]
    sets = [{"set": name, "labelled": 1200, "accuracy": accuracy, "gain": brought} for name in ("dev", "told")]
    path = folder / "learning_curve.json"
    path.write_text(json.dumps({"seeds": seeds, "sizes": sizes, "sets": sets}), encoding="utf-8")
    return path


def section(folder, folds=2, run_seeds=1, **changes):
    inputs = small_run(folder, folds=folds, finetune={"seeds": run_seeds}) | {
        "learning_curve": [str(curve_file(folder, **changes))]
    }
    html = render(gather(inputs, folder / "none", REAL))
    found = re.search(r'<section id="learning_curve".*?</section>', html, re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).replace("\N{NO-BREAK SPACE}", " ").split())


def test_every_size_has_its_pairs_and_its_accuracy_on_every_set(tmp_path):
    text = section(tmp_path)

    assert "dev, 1,200 labelled pairs told, 1,200 labelled pairs" in text
    assert "25.0 % 50 57 60.0 % [57.0 %, 63.0 %] 60.0 % [57.0 %, 63.0 %]" in text
    assert "with one seed only" in text


def test_the_last_row_is_the_run_only_where_it_has_one_fold(tmp_path):
    text = section(tmp_path / "two")

    assert "The run has 2 folds" in text and "the last row is fold 0 of the run" in text
    assert "is the run itself" not in text
    text = section(tmp_path / "one", folds=1)
    assert "The last row is the run itself." in text and "fold 0" not in text


def test_the_last_row_is_the_run_only_where_all_its_seeds_are_in_the_curve(tmp_path):
    text = section(tmp_path / "one", folds=1, run_seeds=3)
    assert (
        "The run trains with 3 seeds, and the curve with the first one alone: the last row is of this training" in text
    )
    assert "is the run itself" not in text and "not known here (learning_curve.seeds, at most finetune.seeds)" in text
    text = section(tmp_path / "two", run_seeds=3, seeds=2)
    assert "the last row is fold 0 of the run" in text and "and the curve with the first 2 of them" in text
    text = section(tmp_path / "all", folds=1, run_seeds=3, seeds=3)
    assert "The last row is the run itself." in text and "The run trains with" not in text


@pytest.mark.parametrize(
    ("gain", "verdict"), [(0.02, "labelling more is likely to pay"), (-0.02, "worse"), (0.005, "is not shown")]
)
def test_what_doubling_brought_is_said_with_its_interval_and_what_follows(tmp_path, gain, verdict):
    text = section(tmp_path, gain=gain)

    points = f"{100 * gain:+.1f} [{100 * gain - 1:+.1f}, {100 * gain + 1:+.1f}]"
    assert f"Doubling the training pairs from 100 to 200 changed the accuracy on dev by {points} points." in text
    assert verdict in text


def test_another_step_is_told_for_each_doubling(tmp_path):
    text = section(tmp_path, half=50)

    assert "From 50 to 200 training pairs, 4 times as many," in text
    assert "by +2.0 [+1.0, +3.0] points; for each doubling that is +1.0 [+0.5, +1.5] points" in text


def test_an_interval_over_seeds_that_holds_0_leaves_it_open(tmp_path):
    text = section(tmp_path, gain=0.015, seeds=3, run_seeds=3)

    assert "Over 3 seeds it is +1.5 [-0.5, +3.5] points." in text
    assert "is not shown" in text and "with one seed only" not in text


def test_a_run_without_a_curve_has_no_such_section(tmp_path):
    html = render(gather(small_run(tmp_path), tmp_path / "none", REAL))

    assert "learning_curve" not in html
