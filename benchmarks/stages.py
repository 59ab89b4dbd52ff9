"""Tables of a finished run, for benchmarks/README.md: time of every stage, metrics, and a check of its submissions.

.venv/bin/python benchmarks/stages.py results/offline
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju import tables
from yiju.rationale.sets import to_items
from yiju.rationale.submission import check_submission, read_submission


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
    for file in sorted(run.glob("sets/*/*/sim_rationale_f1_f2_f3.txt")):
        print(submission(run, file))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
