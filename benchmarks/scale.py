"""Time, memory and disk of every stage of the workflow as one corpus grows: for docs/scale.md.

    .venv/bin/python benchmarks/scale.py ../shared/corpora /tmp/scale --rows 300000 3000000 10000000

The rows are LCQMC's training rows over and over, as in corpora.py. The real Snakefile runs from the raw file to a
fine-tuned model, with every account of the data; the two trainings stop after 20 updates, so they show the price of
starting: reading, tokenising, ordering. What comes after looks at dev, test and test sets only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import yaml
from corpora import generate
from dag import ROOT, copy_project

UPDATES, BATCH = 20, 64
# Sentences to a pair, once repeats are out.
SENTENCES = 1.5
HELD_OUT = 2000
TARGETS = (
    *("folds/0/model/model.safetensors", "overlap.json", "data/near_leaks.json"),
    *("data/statistics.json", "data/duplicates.json", "data/shortcuts.json"),
)


def configuration(rows: int, raw: Path) -> dict:
    """The offline preset's model, its trainings cut short, one corpus."""
    share = UPDATES * BATCH / rows
    return {
        "run": "scale",
        "corpora": {"use": ["LCQMC"], "folder": str(raw)},
        "encoder": {"scratch": {"layers": 4, "width": 256, "heads": 4, "feed_forward": 1024}},
        "posttrain": {"batch_size": BATCH, "epochs": share / SENTENCES},
        "finetune": {"batch_size": BATCH, "epochs": share},
        "explain": {"methods": ["gradient_input_l2"]},
    }


def run(corpora: Path, work: Path, rows: int) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    """Seconds and peak GB by rule, and GB on disk by what lies there."""
    shutil.rmtree(work, ignore_errors=True)
    raw, folder = work / "raw", work / "project"
    (raw / "LCQMC").mkdir(parents=True)
    copy_project(folder)
    shutil.copytree(ROOT / "data/sample/test_sets", raw / "test_sets")
    generate(corpora, rows, raw / "LCQMC/train.tsv")
    with (corpora / "LCQMC/dev.tsv").open(encoding="utf-8", newline="\n") as file:
        held_out = [next(file) for _ in range(2 * HELD_OUT)]
    (raw / "LCQMC/dev.tsv").write_text("".join(held_out[:HELD_OUT]), encoding="utf-8")
    (raw / "LCQMC/test.tsv").write_text("".join(held_out[HELD_OUT:]), encoding="utf-8")
    (folder / "scale.yaml").write_text(yaml.safe_dump(configuration(rows, raw)), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "scale.yaml", "--"]
    command += [f"results/scale/{target}" for target in TARGETS]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-3000:] + done.stderr[-3000:], file=sys.stderr)
    taken: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for file in (folder / "results/scale/timings").glob("*.json"):
        facts = json.loads(file.read_text(encoding="utf-8"))
        seconds, peak = taken[facts["rule"]]
        taken[facts["rule"]] = (seconds + facts["seconds"], max(peak, facts["peak_memory_mb"] / 1000))
    places = {"raw file": raw / "LCQMC", "data/raw": folder / "data/raw", "results": folder / "results"}
    return dict(taken), {name: _size(place) for name, place in places.items()}


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 3_000_000, 10_000_000])
    options = parser.parse_args()
    found = {rows: run(options.corpora, options.work / str(rows), rows) for rows in options.rows}
    print(f"| rule | {' | '.join(f'{rows:,}: s | GB' for rows in found)} |")
    print("|---" * (1 + 2 * len(found)) + "|")
    last = found[options.rows[-1]][0]
    rules = {rule for taken, _ in found.values() for rule in taken}
    for rule in sorted(rules, key=lambda rule: -last.get(rule, (0.0, 0.0))[0]):
        cells = [
            f"{taken[rule][0]:.1f} | {taken[rule][1]:.2f}" if rule in taken else " | " for taken, _ in found.values()
        ]
        print(f"| {rule} | {' | '.join(cells)} |")
    for name in next(iter(found.values()))[1]:
        print(f"| on disk: {name} | {' | '.join(f' | {disk[name]:.2f}' for _, disk in found.values())} |")


if __name__ == "__main__":
    main()
