"""Tables of a finished run, for benchmarks/README.md: time of every stage, metrics, studies, and checked submissions.

.venv/bin/python benchmarks/stages.py results/offline
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju.base import tables
from yiju.data.sets import to_items
from yiju.explain.rationales.submission import check_submission, read_submission


def stages(run: Path) -> str:
    """One row a rule: its jobs, their seconds in all, the largest of their peaks."""
    jobs: dict[str, list[dict]] = defaultdict(list)
    for file in sorted((run / "timings").glob("*.json")):
        facts = json.loads(file.read_text(encoding="utf-8"))
        jobs[facts["rule"]].append(facts)
    rows = [
        f"| {rule} | {len(facts)} | {sum(one['seconds'] for one in facts):.1f} "
        f"| {max(one['peak_memory_mb'] for one in facts):,} |"
        for rule, facts in sorted(jobs.items(), key=lambda pair: -sum(one["seconds"] for one in pair[1]))
    ]
    return "\n".join(["| rule | jobs | seconds | peak MB |", "|---|---|---|---|", *rows])


def metrics(run: Path, file: Path) -> str:
    """One row a figure, with its interval."""
    facts = json.loads(file.read_text(encoding="utf-8"))
    rows = [
        f"| {key} | {value:.4f} | {facts[f'{key}.low']:.4f} to {facts[f'{key}.high']:.4f} |"
        for key, value in facts.items()
        if f"{key}.low" in facts
    ]
    return "\n".join([f"`{file.parent.relative_to(run)}`, {facts['items']:,} items", "", *_head(rows)])


# Of a study: what a column shows, and whether with its interval.
STUDIED = {
    "aopc_comprehensiveness.mask": ("AOPC compr.", True),
    "aopc_sufficiency.mask": ("AOPC suff.", True),
    "comprehensiveness.mask": ("compr.", False),
    "sufficiency.mask": ("suff.", False),
    "new_p.mask": ("New-P", False),
    "loo_tau.mask": ("LOO tau", False),
    "token_f1": ("token F1", True),
    "iou_f1": ("IoU F1", True),
    "map": ("MAP", True),
    "randomisation": ("random weights", False),
    "seconds_per_pair": ("ms a pair", False),
}


def study(file: Path) -> str:
    """One row a method, the trivial ones last; what the set has no gold for is left out."""
    facts = json.loads(file.read_text(encoding="utf-8"))
    keys = [key for key in STUDIED if any(key in one for one in facts["methods"])]
    head = f"| method | {' | '.join(STUDIED[key][0] for key in keys)} |"
    rows = [f"| {one['method']} | {' | '.join(_cell(one, key) for key in keys)} |" for one in facts["methods"]]
    title = f"study of {facts['set']}, {facts['items']:,} items: {facts['recommended']['reason']}"
    return "\n".join([title, "", head, "|---" * (len(keys) + 1) + "|", *rows])


def _cell(figures: dict, key: str) -> str:
    if figures.get(key) is None:
        return ""
    low, high = figures.get(f"{key}.low"), figures.get(f"{key}.high")
    interval = f" [{low:.3f}, {high:.3f}]" if STUDIED[key][1] and low is not None else ""
    return f"{1000 * figures[key]:,.0f}" if key == "seconds_per_pair" else f"{figures[key]:.3f}{interval}"


def submission(run: Path, file: Path) -> str:
    """Check a submission against its set, as the issue of a competition would."""
    items = to_items(tables.read(run / "data" / "sets" / f"{file.parents[1].name}.parquet", tables.ITEMS))
    choices = read_submission(file)
    check_submission(choices, items)
    return f"{file.parents[1].name}: {len(choices):,} lines, every id once, every index in range and once"


def _head(rows: list[str]) -> list[str]:
    return ["| figure | value | 95 % interval |", "|---|---|---|", *rows] if rows else ["no labels, no gold"]


def main(run: Path) -> None:
    print(stages(run), end="\n\n")
    for file in sorted(run.glob("sets/**/metrics.json")):
        print(metrics(run, file), end="\n\n")
    for file in sorted(run.glob("study/*/study.json")):
        print(study(file), end="\n\n")
    for file in sorted(run.glob("sets/*/*/sim_rationale_f1_f2_f3.txt")):
        print(submission(run, file))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
