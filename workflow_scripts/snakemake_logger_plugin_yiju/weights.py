"""How long jobs take, as far as it was measured, and the time left that follows; none where it would mislead."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

# Seconds of one job of each rule, its start included, in the default experiment on 2 cores without a GPU. Only their
# proportions count: the time that has passed says how fast this machine is.
DEFAULT_EXPERIMENT = {
    "fetch_corpus": 0.4,
    "fetch_test_set": 0.4,
    "normalise_corpus": 0.6,
    "prepare_test_set": 0.7,
    "merge_corpora": 1.0,
    "write_texts": 0.6,
    "prepare_split": 0.6,
    "assign_folds": 0.6,
    "augment_pairs": 0.6,
    "find_near_leaks": 0.8,
    "compare_corpora": 1.0,
    "audit_shortcuts": 4.5,
    "describe_corpora": 1.0,
    "train_tokenizer": 0.9,
    "start_encoder": 1.5,
    "posttrain_encoder": 22.0,
    "finetune_fold": 58.0,
    "predict_pairs": 5.0,
    "calibrate_ensemble": 0.7,
    "combine_folds": 0.7,
    "fit_overlap_baseline": 0.9,
    "choose_method": 11.0,
    "attribute_tokens": 8.0,
    "select_rationales": 0.6,
    "fuse_rationales": 0.6,
    "write_submission": 0.6,
    "examine_examples": 19.0,
    "evaluate_predictions": 0.8,
    "evaluate_rationales": 0.8,
    "evaluate_faithfulness": 13.0,
    "record_run": 1.0,
    "rank_suspects": 0.9,
    "test_behaviour": 12.0,
    "write_card": 0.7,
    "write_student_card": 0.7,
    "render_report": 4.0,
    "all": 0.0,
}
# Rules whose time hardly depends on the experiment: what they read is small.
LIGHT = {
    *("calibrate_ensemble", "combine_folds", "select_rationales", "fuse_rationales", "write_submission"),
    *("evaluate_predictions", "evaluate_rationales", "record_run", "write_card", "write_student_card"),
    *("render_report", "start_encoder", "all"),
}
# Seconds that a job takes beyond what it measures itself: Snakemake starts it and looks at its outputs.
START = 0.4
# The share of the work, and the seconds, after which the pace is known.
SEEN, PASSED = 0.05, 10.0


def known_weights(run: Path | None, default: bool) -> dict[str, float]:
    """Seconds of one job, by rule.

    run: the folder of results, which may hold the times of an earlier run; default: whether this is the default
    experiment.
    """
    usual = DEFAULT_EXPERIMENT if default else {rule: DEFAULT_EXPERIMENT[rule] for rule in LIGHT}
    return {**usual, **(_measured(run) if run else {})}


def with_measured(weights: Mapping[str, float], seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The weights, and those of further rules by the times of their jobs in this run.

    seconds: of the jobs that are done, by rule. Where this machine, or its load, is another one than that of the
    weights, its times are brought to their scale.
    """
    means = {rule: sum(own) / len(own) for rule, own in seconds.items() if own}
    shared = [rule for rule in means if weights.get(rule)]
    scale = sum(weights[rule] for rule in shared) / sum(means[rule] for rule in shared) if shared else 1.0
    return {**{rule: scale * mean for rule, mean in means.items()}, **weights}


def time_left(elapsed: float, done: float, total: float) -> float | None:
    """Seconds that the rest will take at the pace so far; None as long as that cannot be said.

    elapsed: seconds since the first job began; done, total: work in the units of the weights.
    """
    if elapsed < PASSED or done < SEEN * total or not total:
        return None
    return elapsed * max(0.0, total - done) / done


def work(jobs: Mapping[str, float], weights: Mapping[str, float]) -> float | None:
    """The work of some jobs, given as their number by rule; None where the time of one is not known."""
    if any(count and rule not in weights for rule, count in jobs.items()):
        return None
    return sum(count * weights[rule] for rule, count in jobs.items() if count)


def _measured(run: Path) -> dict[str, float]:
    """The mean time of a rule's jobs in the run before, as each job has written it."""
    seconds = defaultdict(list)
    for file in sorted((run / "timings").glob("*.json")):
        try:
            facts = json.loads(file.read_text(encoding="utf-8"))
            seconds[str(facts["rule"])].append(float(facts["seconds"]) + START)
        except (OSError, ValueError, KeyError, TypeError):
            # A file that a killed job left, or of another version.
            continue
    return {rule: sum(values) / len(values) for rule, values in seconds.items()}
